import Model

/// A black-and-white picture in 64-bit words, with all that happens to paper as operations on words.
///
/// The most significant bit of a word is its leftmost pixel; 1 is black; bits right of `width` are 0.
public struct Sheet: Sendable {
  public let width: Int
  public let height: Int
  let rowWords: Int
  var words: [UInt64]

  /// All white.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
    rowWords = (width + 63) / 64
    words = [UInt64](repeating: 0, count: rowWords * height)
  }

  /// A part of a picture of packed rows (PBM P4, most significant bit first); what lies outside is white.
  public init(packed rows: UnsafeRawBufferPointer, rowBytes: Int, left: Int, top: Int, width: Int, height: Int) {
    self.init(width: width, height: height)
    let all = rows.count / rowBytes
    func word(_ at: Int, _ line: Int) -> UInt64 {
      let first = at * 8
      if first >= 0, first + 8 <= rowBytes {
        return UInt64(bigEndian: rows.loadUnaligned(fromByteOffset: line + first, as: UInt64.self))
      }
      return (0..<8).reduce(0) { word, place in
        let byte = first + place
        return word << 8 | (byte >= 0 && byte < rowBytes ? UInt64(rows[line + byte]) : 0)
      }
    }
    for y in max(0, -top)..<max(max(0, -top), min(height, all - top)) {
      let line = (y + top) * rowBytes
      for index in 0..<rowWords {
        let x = left + index * 64
        let shift = UInt64(x & 63)
        let high = word(x >> 6, line)
        words[y * rowWords + index] = shift == 0 ? high : high << shift | word(x >> 6 + 1, line) >> (64 - shift)
      }
    }
    trim()
  }

  public var raster: Raster {
    let rowBytes = (width + 7) / 8
    var bytes = [UInt8](repeating: 0, count: rowBytes * height)
    bytes.withUnsafeMutableBytes { bytes in
      for y in 0..<height {
        for index in 0..<rowWords {
          let word = words[y * rowWords + index].bigEndian
          if index * 8 + 8 <= rowBytes {
            bytes.storeBytes(of: word, toByteOffset: y * rowBytes + index * 8, as: UInt64.self)
          } else {
            for place in index * 8..<rowBytes {
              bytes[y * rowBytes + place] = UInt8(truncatingIfNeeded: word >> UInt64((place & 7) * 8))
            }
          }
        }
      }
    }
    return Raster(width: width, height: height, depth: .bilevel, bytes: bytes)
  }

  // MARK: Parts and places

  private mutating func trim() {
    guard width & 63 != 0 else { return }
    let tail = ~UInt64(0) << UInt64(64 - width & 63)
    for y in 0..<height { words[(y + 1) * rowWords - 1] &= tail }
  }

  /// The 64 pixels from `x` on; white outside.
  @inline(__always) private func window(_ x: Int, _ y: Int) -> UInt64 {
    let index = x >> 6
    let shift = UInt64(x & 63)
    let high = index >= 0 && index < rowWords ? words[y &* rowWords &+ index] : 0
    guard shift != 0 else { return high }
    let low = index >= -1 && index &+ 1 < rowWords ? words[y &* rowWords &+ index &+ 1] : 0
    return high &<< shift | low &>> (64 &- shift)
  }

  /// Of word `index` the bits of the columns `from..<to`.
  @inline(__always) private static func mask(_ index: Int, _ from: Int, _ to: Int) -> UInt64 {
    let first = max(0, from - index * 64)
    let last = min(64, to - index * 64)
    guard first < last else { return 0 }
    return ~UInt64(0) >> UInt64(first) & ~UInt64(0) << UInt64(64 - last)
  }

  public func crop(left: Int, top: Int, width: Int, height: Int) -> Sheet {
    var result = Sheet(width: width, height: height)
    for y in max(0, -top)..<max(max(0, -top), min(height, self.height - top)) {
      for index in 0..<result.rowWords {
        result.words[y * result.rowWords + index] = window(left + index * 64, y + top)
      }
    }
    result.trim()
    return result
  }

  public enum Lay: Sendable {
    /// Ink on ink.
    case darken
    /// Paper over it.
    case cover
    /// White where the other is black.
    case scratch
  }

  /// Puts another sheet on this one with its top left at `x`, `y`.
  public mutating func lay(_ other: Sheet, x: Int, y: Int, _ way: Lay) {
    let (from, to) = (max(0, x), min(width, x + other.width))
    guard from < to else { return }
    for row in max(0, y)..<max(max(0, y), min(height, y + other.height)) {
      for index in from >> 6...(to - 1) >> 6 {
        let mask = Self.mask(index, from, to)
        let word = other.window(index * 64 - x, row - y) & mask
        switch way {
        case .darken: words[row * rowWords + index] |= word
        case .scratch: words[row * rowWords + index] &= ~word
        case .cover: words[row * rowWords + index] = words[row * rowWords + index] & ~mask | word
        }
      }
    }
  }

  public mutating func fill(_ x: Range<Int>, _ y: Range<Int>, isBlack: Bool = true) {
    let (from, to) = (max(0, x.lowerBound), min(width, x.upperBound))
    guard from < to else { return }
    for row in y.clamped(to: 0..<height) {
      for index in from >> 6...(to - 1) >> 6 {
        let mask = Self.mask(index, from, to)
        if isBlack { words[row * rowWords + index] |= mask } else { words[row * rowWords + index] &= ~mask }
      }
    }
  }

  @inline(__always) public mutating func flip(_ x: Int, _ y: Int) {
    words[y &* rowWords &+ x &>> 6] ^= 0x8000_0000_0000_0000 &>> UInt64(x & 63)
  }

  // MARK: Turned, stretched, sheared

  public func mirrored() -> Sheet {
    var result = Sheet(width: width, height: height)
    let shift = UInt64(rowWords * 64 - width)
    for y in 0..<height {
      var carry: UInt64 = 0
      // The last word, reversed, comes first; the bits right of the width fall out at the front.
      for index in 0..<rowWords {
        let word = Self.reversed(words[(y + 1) * rowWords - 1 - index])
        if shift == 0 {
          result.words[y * rowWords + index] = word
        } else {
          if index > 0 { result.words[y * rowWords + index - 1] = carry << shift | word >> (64 - shift) }
          carry = word
        }
      }
      if shift != 0 { result.words[(y + 1) * rowWords - 1] = carry << shift }
    }
    return result
  }

  private static func reversed(_ word: UInt64) -> UInt64 {
    var word = word.byteSwapped
    word = word >> 4 & 0x0F0F_0F0F_0F0F_0F0F | (word & 0x0F0F_0F0F_0F0F_0F0F) << 4
    word = word >> 2 & 0x3333_3333_3333_3333 | (word & 0x3333_3333_3333_3333) << 2
    return word >> 1 & 0x5555_5555_5555_5555 | (word & 0x5555_5555_5555_5555) << 1
  }

  public func flipped() -> Sheet {
    var result = self
    for y in 0..<height {
      for index in 0..<rowWords { result.words[y * rowWords + index] = words[(height - 1 - y) * rowWords + index] }
    }
    return result
  }

  /// x and y exchanged, by blocks of 64 × 64.
  public func transposed() -> Sheet {
    var result = Sheet(width: height, height: width)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { block in
      for row in 0..<(height + 63) / 64 {
        for index in 0..<rowWords {
          for y in 0..<64 { block[y] = row * 64 + y < height ? words[(row * 64 + y) * rowWords + index] : 0 }
          var size = 32
          var mask: UInt64 = 0x0000_0000_FFFF_FFFF
          while size != 0 {
            var k = 0
            while k < 64 {
              let swap = (block[k] ^ block[k + size] >> UInt64(size)) & mask
              block[k] ^= swap
              block[k + size] ^= swap << UInt64(size)
              k = (k + size + 1) & ~size
            }
            size >>= 1
            mask ^= mask << UInt64(size)
          }
          for x in 0..<min(64, width - index * 64) { result.words[(index * 64 + x) * result.rowWords + row] = block[x] }
        }
      }
    }
    return result
  }

  /// Turned clockwise by quarters.
  public func turned(_ quarters: Int) -> Sheet {
    switch quarters & 3 {
    case 1: transposed().mirrored()
    case 2: mirrored().flipped()
    case 3: transposed().flipped()
    default: self
    }
  }

  /// Rows moved to the right by `slant` pixels a row, around the middle one.
  public func sheared(_ slant: Double) -> Sheet {
    var result = Sheet(width: width, height: height)
    for y in 0..<height {
      let shift = Int((Double(y - height / 2) * slant).rounded())
      for index in 0..<rowWords { result.words[y * rowWords + index] = window(index * 64 - shift, y) }
    }
    result.trim()
    return result
  }

  public func stretched(height newHeight: Int) -> Sheet {
    var result = Sheet(width: width, height: newHeight)
    for y in 0..<newHeight {
      let from = y * height / newHeight
      for index in 0..<rowWords { result.words[y * rowWords + index] = words[from * rowWords + index] }
    }
    return result
  }

  // MARK: Ink

  /// Ink (or, `isInk` false, paper) spreads by one pixel to the right, or downwards.
  public func spread(isInk: Bool, down: Bool) -> Sheet {
    var result = self
    for y in 0..<height {
      for index in 0..<rowWords {
        let other = down ? (y > 0 ? words[(y - 1) * rowWords + index] : 0) : window(index * 64 - 1, y)
        let at = y * rowWords + index
        result.words[at] = isInk ? words[at] | other : words[at] & other
      }
    }
    result.trim()
    return result
  }
}
