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
    precondition(rowBytes <= rowWords * 8 && bytes.count >= (height + scaleY - 1) / scaleY * rowBytes)
    let (rowWords, height, whole) = (rowWords, height, rowBytes / 8)
    let tail = width & 63 == 0 ? ~UInt64(0) : ~UInt64(0) << UInt64(64 - width & 63)
    bytes.withUnsafeBytes { packed in
      words.withUnsafeMutableBufferPointer { words in
        for y in 0..<height {
          let start = y &* rowWords
          let from = y / scaleY &* rowBytes
          for index in 0..<whole {
            words[start &+ index] = UInt64(
              bigEndian: packed.loadUnaligned(fromByteOffset: from &+ index &* 8, as: UInt64.self))
          }
          for at in whole &* 8..<rowBytes {
            words[start &+ whole] |= UInt64(packed[from &+ at]) &<< UInt64(56 &- (at & 7) &* 8)
          }
          words[start &+ rowWords &- 1] &= tail
        }
      }
    }
  }

  /// A part of it; what lies outside the page is white.
  func crop(_ box: Box) -> Bitmap {
    var result = Bitmap(width: max(0, box.width), height: max(0, box.height))
    let (rowWords, resultWords) = (rowWords, result.rowWords)
    guard resultWords > 0 else { return result }
    let tail = result.width & 63 == 0 ? ~UInt64(0) : ~UInt64(0) << UInt64(64 - result.width & 63)
    let (first, shift) = (box.left >> 6, UInt64(box.left & 63))
    let rows = max(0, box.top)..<max(max(0, box.top), min(height, box.bottom))
    words.withUnsafeBufferPointer { words in
      result.words.withUnsafeMutableBufferPointer { result in
        for y in rows {
          let (line, start) = ((y &- box.top) &* resultWords, y &* rowWords)
          for place in 0..<resultWords {
            let index = first &+ place
            var word = index >= 0 && index < rowWords ? words[start &+ index] &<< shift : 0
            if shift != 0, index >= -1, index &+ 1 < rowWords { word |= words[start &+ index &+ 1] &>> (64 &- shift) }
            result[line &+ place] = word
          }
          result[line &+ resultWords &- 1] &= tail
        }
      }
    }
    return result
  }

  /// Rows become columns: x and y are exchanged (a mirror at the diagonal, not a turn).
  func transposed() -> Bitmap {
    var result = Bitmap(width: height, height: width)
    let (rowWords, height, width, resultWords) = (rowWords, height, width, result.rowWords)
    words.withUnsafeBufferPointer { words in
      result.words.withUnsafeMutableBufferPointer { result in
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { block in
          for blockY in 0..<(height + 63) / 64 {
            let rows = min(64, height - blockY * 64)
            for blockX in 0..<rowWords {
              var any: UInt64 = 0
              var at = blockY &* 64 &* rowWords &+ blockX
              for row in 0..<rows {
                let word = words[at]
                block[row] = word
                any |= word
                at &+= rowWords
              }
              if any == 0 { continue }
              for row in rows..<64 { block[row] = 0 }
              transpose64(block)
              var target = blockX &* 64 &* resultWords &+ blockY
              for column in 0..<min(64, width - blockX * 64) {
                result[target] = block[column]
                target &+= resultWords
              }
            }
          }
        }
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

  /// The 64 pixels from `x` on in row `y` of the page; what lies outside the page is white. `x` may be negative.
  func window(x: Int, y: Int) -> UInt64 {
    precondition(y >= 0 && y < height)
    return words.withUnsafeBufferPointer { $0.window(x: x, row: y * rowWords, words: rowWords) }
  }

  /// Black pixels in a box that is clipped to the page.
  func blackCount(in box: Box) -> Int {
    let box = box.clipped(toWidth: width, height: height)
    guard !box.isEmpty else { return 0 }
    let (mask, rowWords) = (RowMask(box.left, box.right), rowWords)
    return words.withUnsafeBufferPointer { words in
      var count = 0
      var start = box.top &* rowWords
      for _ in box.top..<box.bottom {
        count &+= mask.count(words, start)
        start &+= rowWords
      }
      return count
    }
  }

  /// Black pixels of each row of a box that lies on the page and is not empty.
  func blackCounts(ofRowsIn box: Box) -> [Int32] {
    precondition(!box.isEmpty && box == box.clipped(toWidth: width, height: height))
    let (mask, rowWords) = (RowMask(box.left, box.right), rowWords)
    var counts = [Int32](repeating: 0, count: box.height)
    words.withUnsafeBufferPointer { words in
      for row in counts.indices {
        counts[row] = Int32(truncatingIfNeeded: mask.count(words, (box.top &+ row) &* rowWords))
      }
    }
    return counts
  }

  /// Black pixels of the cells of `size` × `size` pixels from the upper left corner on, row by row; the last of a row and the
  /// last rows may be smaller.
  func blackCounts(ofCells size: Int) -> (counts: [UInt16], columns: Int, rows: Int) {
    let (columns, rows) = ((width + size - 1) / size, (height + size - 1) / size)
    var counts = [UInt16](repeating: 0, count: columns * rows)
    if size == 4 {
      countQuads(&counts, columns: columns, rows: rows)
      return (counts, columns, rows)
    }
    guard size == 8 || size == 16 else {
      for row in 0..<rows {
        for column in 0..<columns {
          let (left, top) = (column * size, row * size)
          counts[row * columns + column] = UInt16(
            blackCount(in: Box(left: left, top: top, right: left + size, bottom: top + size)))
        }
      }
      return (counts, columns, rows)
    }
    // A byte, or a quarter of a word, is a row of a cell: all cells of a word are counted at once, and their pixels fit.
    let (rowWords, height, inWord) = (rowWords, height, 64 / size)
    let mask = UInt64(1) << UInt64(size) - 1
    words.withUnsafeBufferPointer { words in
      counts.withUnsafeMutableBufferPointer { counts in
        for row in 0..<rows {
          let lines = row &* size..<min(height, row &* size &+ size)
          for index in 0..<rowWords {
            var sum: UInt64 = 0
            for y in lines {
              let word = words[y &* rowWords &+ index]
              if word != 0 { sum &+= size == 8 ? byteCounts(word) : quarterCounts(word) }
            }
            if sum == 0 { continue }
            var shift = UInt64(64 &- size)
            for column in index &* inWord..<min(columns, index &* inWord &+ inWord) {
              counts[row &* columns &+ column] = UInt16(truncatingIfNeeded: sum &>> shift & mask)
              shift &-= UInt64(size)
            }
          }
        }
      }
    }
    return (counts, columns, rows)
  }

  /// Sixteen cells of 4 × 4 pixels a word: their counts go up to 16, a byte each, so every second cell at a time.
  private func countQuads(_ counts: inout [UInt16], columns: Int, rows: Int) {
    let (rowWords, height) = (rowWords, height)
    let (pairs, quads, bytes): (UInt64, UInt64, UInt64) = (
      0x5555_5555_5555_5555, 0x3333_3333_3333_3333, 0x0F0F_0F0F_0F0F_0F0F
    )
    words.withUnsafeBufferPointer { words in
      counts.withUnsafeMutableBufferPointer { counts in
        for row in 0..<rows {
          for index in 0..<rowWords {
            var (left, right): (UInt64, UInt64) = (0, 0)
            for y in row &* 4..<min(height, row &* 4 &+ 4) {
              var word = words[y &* rowWords &+ index]
              if word == 0 { continue }
              word = word &- (word &>> 1 & pairs)
              word = (word & quads) &+ (word &>> 2 & quads)
              left &+= word &>> 4 & bytes
              right &+= word & bytes
            }
            if left | right == 0 { continue }
            var shift: UInt64 = 56
            for column in stride(from: index &* 16, to: min(columns, index &* 16 &+ 16), by: 2) {
              counts[row &* columns &+ column] = UInt16(truncatingIfNeeded: left &>> shift & 0xFF)
              if column &+ 1 < columns {
                counts[row &* columns &+ column &+ 1] = UInt16(truncatingIfNeeded: right &>> shift & 0xFF)
              }
              shift &-= 8
            }
          }
        }
      }
    }
  }

  /// Pixels that differ between all rows and those `distance` below them.
  func differences(at distance: Int) -> Int {
    guard height > distance else { return 0 }
    let (count, shift) = ((height - distance) * rowWords, distance * rowWords)
    return words.withUnsafeBufferPointer { words in
      var difference = 0
      for at in 0..<count { difference &+= (words[at] ^ words[at &+ shift]).nonzeroBitCount }
      return difference
    }
  }

  /// How often the colour changes along all rows and along all columns; beyond the edges is paper.
  var changes: (rows: Int, columns: Int) {
    var (rows, columns) = (0, 0)
    let (rowWords, height) = (rowWords, height)
    words.withUnsafeBufferPointer { words in
      for index in 0..<rowWords &* height {
        let word = words[index]
        let before = index % rowWords == 0 ? 0 : words[index &- 1] & 1
        rows &+= (word ^ (word &>> 1 | before &<< 63)).nonzeroBitCount
        columns &+= (word ^ (index < rowWords ? 0 : words[index &- rowWords])).nonzeroBitCount
        // At the right edge, and at the lower one.
        if index % rowWords == rowWords &- 1 { rows &+= Int(word & 1) }
        if index >= rowWords &* (height &- 1) { columns &+= word.nonzeroBitCount }
      }
    }
    return (rows, columns)
  }

  /// Whether something that hangs together may be so many pixels long: within rows of ink, without one of paper between them, as many rows,
  /// or as many columns beside one another that have ink.
  func mayHaveStrokes(ofLength length: Int) -> Bool {
    let rowWords = rowWords
    var band = [UInt64](repeating: 0, count: rowWords)
    var top = 0
    return words.withUnsafeBufferPointer { words in
      band.withUnsafeMutableBufferPointer { band in
        for y in 0...height {
          var ink: UInt64 = 0
          if y < height {
            for index in 0..<rowWords {
              ink |= words[y &* rowWords &+ index]
              band[index] |= words[y &* rowWords &+ index]
            }
          }
          if ink != 0 { continue }
          if y - top >= length || Self.longestRun(of: band) >= length { return true }
          top = y + 1
          band.update(repeating: 0)
        }
        return false
      }
    }
  }

  private static func longestRun(of words: UnsafeMutableBufferPointer<UInt64>) -> Int {
    var (longest, open) = (0, 0)
    for word in words {
      var (word, left) = (word, 64)
      while left > 0 {
        let black = min(left, (~word).leadingZeroBitCount)
        open += black
        longest = max(longest, open)
        left -= black
        if left == 0 { break }
        word <<= UInt64(black)
        let white = min(left, word.leadingZeroBitCount)
        open = 0
        left -= white
        word = white == 64 ? 0 : word << UInt64(white)
      }
    }
    return longest
  }

  /// Sums over the runs of every row.
  ///
  /// - Parameters:
  ///   - thin: pixels of a run, black or white, that is thin.
  ///   - thinInk: pixels of a black run that is thin.
  func runSums(thin: Int, thinInk: Int) -> RunSums {
    var sums = RunSums()
    let (longMin, rowWords, width) = (width / 3, rowWords, width)
    words.withUnsafeBufferPointer { words in
      for y in 0..<height {
        // Where the run before began, and the black one before that; -1: nowhere yet.
        var (last, begin) = (-1, -1)
        var isBlack = false
        func change(at edge: Int) {
          sums.changes &+= 1
          if last >= 0 {
            let run = edge &- last
            sums.runs &+= 1
            if run <= thin { sums.thinRuns &+= 1 }
            if run > longMin { sums.long &+= run }
          }
          if isBlack {
            let run = edge &- last
            sums.ink &+= run
            if run <= thinInk { sums.thinInk &+= run }
          } else {
            if begin >= 0 {
              let pair = edge &- begin
              sums.pairs &+= 1
              sums.pairLengths &+= pair
              sums.pairSquares &+= pair &* pair
            }
            begin = edge
          }
          isBlack.toggle()
          last = edge
        }
        var previous: UInt64 = 0
        let start = y &* rowWords
        for index in 0..<rowWords {
          let word = words[start &+ index]
          var changes = word ^ (word &>> 1 | previous &<< 63)
          previous = word & 1
          while changes != 0 {
            let lead = changes.leadingZeroBitCount
            change(at: index &<< 6 &+ lead)
            changes &= ~(0x8000_0000_0000_0000 &>> UInt64(lead))
          }
        }
        if isBlack { change(at: width) }
      }
    }
    return sums
  }

  /// Whether the row below shows the same as row `y` in so many words from column `x` on, moved by up to `shiftMax` pixels
  /// to either side, but for `within` pixels.
  func goesOn(in y: Int, from x: Int, words count: Int, shiftMax: Int, within limit: Int) -> Bool {
    precondition(y >= 0 && y + 1 < height)
    let (start, rowWords) = (y * rowWords, rowWords)
    return words.withUnsafeBufferPointer { words in
      func window(_ x: Int, _ start: Int) -> UInt64 { words.window(x: x, row: start, words: rowWords) }
      func differs(by shift: Int) -> Bool {
        var difference = 0
        for word in 0..<count {
          // The last word counts by half.
          let mask = word == count &- 1 ? ~UInt64(0) &<< 32 : ~UInt64(0)
          let at = x &+ word &* 64
          difference &+= ((window(at, start) ^ window(at &+ shift, start &+ rowWords)) & mask).nonzeroBitCount
        }
        return difference > limit
      }
      if !differs(by: 0) { return true }
      for shift in 1..<max(2, shiftMax + 1) where !differs(by: shift) || !differs(by: -shift) { return true }
      return false
    }
  }

  /// The columns of a box (inside the page) that hold at least `least` black pixels: bit k of the words, from the most
  /// significant one, is column `box.left + k`.
  ///
  /// Counts in vertical binary numbers, a plane of 64 columns a binary digit; they start so far below the limit that the
  /// last digit's carry is the answer.
  func columns(of box: Box, withAtLeast least: Int) -> [UInt64] {
    precondition(box.isEmpty || box == box.clipped(toWidth: width, height: height))
    let digits = Int.bitWidth - max(1, least).leadingZeroBitCount
    let start = 1 << digits - max(1, least)
    var result = [UInt64](repeating: 0, count: (box.width + 63) / 64)
    let (rowWords, shift) = (rowWords, UInt64(box.left & 63))
    words.withUnsafeBufferPointer { words in
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: digits) { planes in
        for place in result.indices {
          for digit in 0..<digits { planes[digit] = start >> digit & 1 == 1 ? ~0 : 0 }
          let index = box.left >> 6 + place
          let hasNext = shift != 0 && index + 1 < rowWords
          var full: UInt64 = 0
          var at = box.top * rowWords + index
          for _ in box.top..<box.bottom {
            var carry = words[at] &<< shift
            if hasNext { carry |= words[at &+ 1] &>> (64 &- shift) }
            var digit = 0
            while carry != 0, digit < digits {
              let sum = planes[digit] & carry
              planes[digit] ^= carry
              carry = sum
              digit &+= 1
            }
            full |= carry
            at &+= rowWords
          }
          result[place] = full
        }
      }
    }
    if box.width & 63 != 0, let last = result.indices.last {
      result[last] &= ~UInt64(0) << UInt64(64 - box.width & 63)
    }
    return result
  }

  /// The box as 8-bit luminance, black 0 and white 255; what lies outside the page is white.
  func luminance(of box: Box) -> GrayImage {
    var image = GrayImage(width: box.width, height: box.height)
    image.pixels.withUnsafeMutableBytes { pixels in
      for y in max(0, box.top)..<max(max(0, box.top), min(height, box.bottom)) {
        draw(row: y, from: box.left, to: box.right, into: pixels, at: (y - box.top) * box.width)
      }
    }
    return image
  }

  /// Blackens the black pixels of a part of row `y` in `pixels`, which are white; the first one stands at `line`.
  private func draw(row y: Int, from left: Int, to right: Int, into pixels: UnsafeMutableRawBufferPointer, at line: Int)
  {
    words.withUnsafeBufferPointer { words in
      for index in max(0, left >> 6)..<max(max(0, left >> 6), min(rowWords, (right + 63) >> 6)) {
        let word = words[y &* rowWords &+ index]
        if word == 0 { continue }
        let start = index &* 64
        if start >= left, start &+ 64 <= right {
          for eight in 0..<8 {
            let byte = word &>> UInt64(56 &- eight &* 8) & 0xFF
            // Each bit in a byte of its own, the highest in the first; then 1 for those that are set.
            let bits = byte &* 0x0101_0101_0101_0101 & 0x0102_0408_1020_4080
            let black = (bits &+ 0x7F7F_7F7F_7F7F_7F7F) &>> 7 & 0x0101_0101_0101_0101
            pixels.storeBytes(
              of: (~(black &* 255)).littleEndian, toByteOffset: line &+ start &- left &+ eight &* 8, as: UInt64.self)
          }
        } else {
          for x in max(left, start)..<min(right, start &+ 64) where (word &<< UInt64(x &- start)) &>> 63 == 1 {
            pixels[line &+ x &- left] = 0
          }
        }
      }
    }
  }

  /// 3 × 3 median of the box: takes salt and pepper off symbols in two dimensions. The page's outermost pixels are white.
  func median(of box: Box) -> Bitmap {
    var result = Bitmap(width: max(0, box.width), height: max(0, box.height))
    let (rowWords, resultWords) = (rowWords, result.rowWords)
    let rows = max(1, box.top)..<max(max(1, box.top), min(height - 1, box.bottom))
    words.withUnsafeBufferPointer { words in
      func window(_ x: Int, _ start: Int) -> UInt64 { words.window(x: x, row: start, words: rowWords) }
      result.words.withUnsafeMutableBufferPointer { result in
        for y in rows {
          let (line, start) = ((y - box.top) * resultWords, y * rowWords)
          for x in stride(from: box.left, to: box.right, by: 62) {
            // Columns x - 1 ... x + 62; the inner 62 get a full neighbourhood.
            let above = window(x - 1, start - rowWords)
            let (middle, below) = (window(x - 1, start), window(x - 1, start + rowWords))
            if above | middle | below == 0 { continue }
            var word = majority9(above, middle, below) << 1 & ~3
            if box.right - x < 62 { word &= ~UInt64(0) << UInt64(64 - (box.right - x)) }
            let (index, shift) = ((x - box.left) >> 6, UInt64((x - box.left) & 63))
            result[line + index] |= word >> shift
            if shift > 2, index + 1 < resultWords { result[line + index + 1] |= word << (64 - shift) }
          }
        }
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
private func transpose64(_ block: UnsafeMutableBufferPointer<UInt64>) {
  var width = 32
  var mask: UInt64 = 0x0000_0000_FFFF_FFFF
  while width != 0 {
    var first = 0
    while first < 64 {
      for row in first..<first &+ width {
        let swap = (block[row] ^ (block[row &+ width] &>> UInt64(width))) & mask
        block[row] ^= swap
        block[row &+ width] ^= swap &<< UInt64(width)
      }
      first &+= 2 &* width
    }
    width >>= 1
    mask ^= mask &<< UInt64(width)
  }
}

extension UnsafeBufferPointer<UInt64> {
  /// The 64 pixels from `x` on in the row of so many words that begins at `start`; what lies beyond its ends is white. `x` may be
  /// negative.
  @inline(__always)
  fileprivate func window(x: Int, row start: Int, words count: Int) -> UInt64 {
    let (index, shift) = (x >> 6, UInt64(x & 63))
    let high = index >= 0 && index < count ? self[start &+ index] : 0
    guard shift != 0 else { return high }
    let low = index >= -1 && index &+ 1 < count ? self[start &+ index &+ 1] : 0
    return high &<< shift | low &>> (64 &- shift)
  }
}

/// The words of a row that a stretch of columns lies in, and which of their bits.
private struct RowMask {
  let first: Int
  let last: Int
  let head: UInt64
  let tail: UInt64

  /// Columns `left..<right`, not none, of a row.
  init(_ left: Int, _ right: Int) {
    first = left >> 6
    last = (right - 1) >> 6
    let end = ~UInt64(0) << UInt64(63 - (right - 1) & 63)
    let start = ~UInt64(0) >> UInt64(left & 63)
    head = first == last ? start & end : start
    tail = first == last ? 0 : end
  }

  /// Black pixels of the row that begins at `start`.
  @inline(__always)
  func count(_ words: UnsafeBufferPointer<UInt64>, _ start: Int) -> Int {
    var count = (words[start &+ first] & head).nonzeroBitCount
    if first == last { return count }
    for index in start &+ first &+ 1..<start &+ last { count &+= words[index].nonzeroBitCount }
    return count &+ (words[start &+ last] & tail).nonzeroBitCount
  }
}

/// Set bits of each byte, in that byte.
@inline(__always)
private func byteCounts(_ word: UInt64) -> UInt64 {
  var x = word
  x = x &- (x &>> 1 & 0x5555_5555_5555_5555)
  x = x & 0x3333_3333_3333_3333 &+ (x &>> 2 & 0x3333_3333_3333_3333)
  return (x &+ x &>> 4) & 0x0F0F_0F0F_0F0F_0F0F
}

/// Sums over the runs of black and white between the first and the last change of each row.
struct RunSums: Sendable {
  /// Of colour; a run that ends at the right margin counts.
  var changes = 0
  /// Of either colour, between two changes.
  var runs = 0
  var thinRuns = 0
  /// Pixels of the runs of more than a third of a row.
  var long = 0
  /// Black pixels, and those in thin runs.
  var ink = 0
  var thinInk = 0
  /// Black runs with the white one behind them, their lengths and the squares of these.
  var pairs = 0
  var pairLengths = 0
  var pairSquares = 0
}
