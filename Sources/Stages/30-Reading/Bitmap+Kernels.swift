/// The loops over whole pages. Each takes and gives values; a letter page at 300 dpi costs well under a millisecond each.
extension Bitmap {
  /// From packed bytes (a bilevel raster), every pixel `scaleX` wide and `scaleY` high.
  init(packed bytes: [UInt8], rowBytes: Int, width: Int, height: Int, scaleX: Int, scaleY: Int) {
    self.init(width: width * scaleX, height: height * scaleY)
    if scaleX == 1 {
      fill(from: bytes, rowBytes: rowBytes, scaleY: scaleY)
    } else {
      for y in 0..<height {
        for x in 0..<width where bytes[y * rowBytes + x >> 3] & (0x80 >> UInt8(x & 7)) != 0 {
          for copy in 0..<scaleX * scaleY { self[x * scaleX + copy % scaleX, y * scaleY + copy / scaleX] = true }
        }
      }
    }
  }

  private mutating func fill(from bytes: [UInt8], rowBytes: Int, scaleY: Int) {
    let whole = rowBytes / 8
    let tail = width & 63 == 0 ? ~UInt64(0) : ~UInt64(0) << UInt64(64 - width & 63)
    let packed = bytes.span.bytes
    for y in 0..<height {
      let start = y * rowWords
      let from = y / scaleY * rowBytes
      for index in 0..<whole {
        words[start + index] = UInt64(
          bigEndian: packed.unsafeLoadUnaligned(fromByteOffset: from + index * 8, as: UInt64.self))
      }
      for at in whole * 8..<max(whole * 8, rowBytes) {
        words[start + whole] |= UInt64(bytes[from + at]) << UInt64(56 - (at & 7) * 8)
      }
      words[start + rowWords - 1] &= tail
    }
  }

  /// Rows become columns: x and y are exchanged (a mirror at the diagonal, not a turn).
  func transposed() -> Bitmap {
    var result = Bitmap(width: height, height: width)
    var block = [UInt64](repeating: 0, count: 64)
    for blockY in 0..<(height + 63) / 64 {
      let rows = min(64, height - blockY * 64)
      for blockX in 0..<rowWords {
        var any: UInt64 = 0
        for row in 0..<64 {
          let word = row < rows ? words[(blockY * 64 + row) * rowWords + blockX] : 0
          block[row] = word
          any |= word
        }
        if any == 0 { continue }
        transpose64(&block)
        let columns = min(64, width - blockX * 64)
        for column in 0..<columns { result.words[(blockX * 64 + column) * result.rowWords + blockY] = block[column] }
      }
    }
    return result
  }

  /// Appends the positions where the colour changes in row `y`, starting from white: even entries begin black runs, odd
  /// ones end them (exclusive). An end at the right margin is `width`.
  func appendEdges(of y: Int, to edges: inout [Int]) {
    var previous: UInt64 = 0
    let start = y * rowWords
    for index in 0..<rowWords {
      let word = words[start + index]
      var changes = word ^ (word >> 1 | previous << 63)
      previous = word & 1
      while changes != 0 {
        let lead = changes.leadingZeroBitCount
        edges.append(index << 6 + lead)
        changes &= ~(UInt64(1) << UInt64(63 - lead))
      }
    }
    if previous == 1, edges.count & 1 == 1 { edges.append(width) }
  }

  /// For each row and each half word, in one byte: how often the colour changes along the row.
  /// `result[y * rowWords * 2 + cell]`, cells of 32 pixels.
  func rowChanges() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: rowWords * 2 * height)
    words.withUnsafeBufferPointer { words in
      result.withUnsafeMutableBufferPointer { result in
        for y in 0..<height {
          var previous: UInt64 = 0
          for index in 0..<rowWords {
            let word = words[y &* rowWords &+ index]
            let changes = word ^ (word &>> 1 | previous &<< 63)
            previous = word & 1
            if changes == 0 { continue }
            let quarters = quarterCounts(changes)
            let halves = quarters &+ quarters &>> 16
            let at = (y &* rowWords &+ index) &* 2
            result[at] = UInt8(truncatingIfNeeded: halves &>> 32)
            result[at &+ 1] = UInt8(truncatingIfNeeded: halves)
          }
        }
      }
    }
    return result
  }

  /// Whether the row below shows the same as row `y` in so many words from column `x` on, moved by up to `shiftMax` pixels
  /// to either side, but for `within` pixels.
  func goesOn(in y: Int, from x: Int, words count: Int, shiftMax: Int, within limit: Int) -> Bool {
    func differs(by shift: Int) -> Bool {
      var difference = 0
      for word in 0..<count {
        // The last word counts by half.
        let mask = word == count &- 1 ? ~UInt64(0) &<< 32 : ~UInt64(0)
        let at = x &+ word &* 64
        difference &+= ((window(x: at, y: y) ^ window(x: at &+ shift, y: y &+ 1)) & mask).nonzeroBitCount
      }
      return difference > limit
    }
    if !differs(by: 0) { return true }
    for shift in 1..<max(2, shiftMax + 1) where !differs(by: shift) || !differs(by: -shift) { return true }
    return false
  }

  /// The columns of a box (inside the page) that hold at least `least` black pixels: bit k of the words, from the most
  /// significant one, is column `box.left + k`.
  ///
  /// Counts in vertical binary numbers, a plane of 64 columns a binary digit; they start so far below the limit that the
  /// last digit's carry is the answer.
  func columns(of box: Box, withAtLeast least: Int) -> [UInt64] {
    let digits = Int.bitWidth - max(1, least).leadingZeroBitCount
    let start = 1 << digits - max(1, least)
    var result = [UInt64](repeating: 0, count: (box.width + 63) / 64)
    var planes = [UInt64](repeating: 0, count: digits)
    for index in result.indices {
      for digit in 0..<digits { planes[digit] = start >> digit & 1 == 1 ? ~0 : 0 }
      var full: UInt64 = 0
      for y in box.top..<box.bottom {
        var carry = window(x: box.left + index * 64, y: y)
        var digit = 0
        while carry != 0, digit < digits {
          let sum = planes[digit] & carry
          planes[digit] ^= carry
          carry = sum
          digit &+= 1
        }
        full |= carry
      }
      result[index] = full
    }
    if box.width & 63 != 0, let last = result.indices.last {
      result[last] &= ~UInt64(0) << UInt64(64 - box.width & 63)
    }
    return result
  }

  /// The box as 8-bit luminance, black 0 and white 255; what lies outside the page is white.
  func luminance(of box: Box) -> GrayImage {
    var image = GrayImage(width: box.width, height: box.height)
    for y in max(0, box.top)..<max(max(0, box.top), min(height, box.bottom)) {
      draw(row: y, from: box.left, to: box.right, into: &image.pixels, at: (y - box.top) * box.width)
    }
    return image
  }

  /// Blackens the black pixels of a part of row `y` in `pixels`, which are white; the first one stands at `line`.
  func draw(row y: Int, from left: Int, to right: Int, into pixels: inout [UInt8], at line: Int) {
    let bits = words
    pixels.withUnsafeMutableBufferPointer { pixels in
      bits.withUnsafeBufferPointer { bits in
        let start = y * rowWords
        for index in max(0, left >> 6)..<max(max(0, left >> 6), min(rowWords, (right + 63) >> 6)) {
          var word = bits[start + index]
          while word != 0 {
            let begin = word.leadingZeroBitCount
            let length = (~(word << UInt64(begin))).leadingZeroBitCount
            let from = max(left, index << 6 + begin)
            let to = min(right, index << 6 + begin + length)
            if from < to { for x in from..<to { pixels[line + x - left] = 0 } }
            if begin + length >= 64 { break }
            word &= ~UInt64(0) >> UInt64(begin + length)
          }
        }
      }
    }
  }

  /// 3 × 3 median of the box: takes salt and pepper off symbols in two dimensions. The page's outermost pixels are white.
  func median(of box: Box) -> Bitmap {
    var result = Bitmap(width: max(0, box.width), height: max(0, box.height))
    for y in max(1, box.top)..<max(max(1, box.top), min(height - 1, box.bottom)) {
      let line = (y - box.top) * result.rowWords
      for x in stride(from: box.left, to: box.right, by: 62) {
        // Columns x - 1 ... x + 62; the inner 62 get a full neighbourhood.
        let rows = (window(x: x - 1, y: y - 1), window(x: x - 1, y: y), window(x: x - 1, y: y + 1))
        var word = majority9(rows.0, rows.1, rows.2) << 1 & ~3
        if box.right - x < 62 { word &= ~UInt64(0) << UInt64(64 - (box.right - x)) }
        let (index, shift) = ((x - box.left) >> 6, UInt64((x - box.left) & 63))
        result.words[line + index] |= word >> shift
        if shift > 2, index + 1 < result.rowWords { result.words[line + index + 1] |= word << (64 - shift) }
      }
    }
    return result
  }

  func medianLuminance(of box: Box) -> GrayImage {
    let bits = median(of: box)
    return bits.luminance(of: Box(left: 0, top: 0, right: bits.width, bottom: bits.height))
  }
}

/// Bits whose 3 × 3 neighbourhood (in the three words) holds at least 5 set bits.
private func majority9(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  func add(_ x: UInt64, _ y: UInt64, _ z: UInt64) -> (low: UInt64, high: UInt64) {
    (x ^ y ^ z, x & y | x & z | y & z)
  }
  let first = add(a << 1, a, a >> 1)
  let second = add(b << 1, b, b >> 1)
  let third = add(c << 1, c, c >> 1)
  let ones = add(first.low, second.low, third.low)
  let twos = add(first.high, second.high, third.high)
  // The sum is ones.low + 2 × (ones.high + twos.low) + 4 × twos.high.
  let two = ones.high ^ twos.low
  let four = ones.high & twos.low
  let eight = four & twos.high
  let fours = four ^ twos.high
  return eight | fours & (two | ones.low)
}

/// In place; row r, bit c becomes row c, bit r (both counted from the most significant bit).
private func transpose64(_ block: inout [UInt64]) {
  var width = 32
  var mask: UInt64 = 0x0000_0000_FFFF_FFFF
  while width != 0 {
    var row = 0
    while row < 64 {
      let other = row | width
      let swap = (block[row] ^ (block[other] >> UInt64(width))) & mask
      block[row] ^= swap
      block[other] ^= swap << UInt64(width)
      row = (other &+ 1) & ~width
    }
    width >>= 1
    mask ^= mask << UInt64(width)
  }
}
