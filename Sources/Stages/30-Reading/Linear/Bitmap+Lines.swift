/// The loops that make scan lines of a whole page. Values in, values out; the pointers never leave this file.
extension Bitmap {
  /// Every `pitch`th row, each pixel the majority of five rows around it (`spacing` rows apart), so that specks and thin
  /// strokes across the bars are gone; beside it `faint`, where two of the `pitch` rows are enough, for faded print. Line k
  /// stands for the rows from `k * pitch` on; a last part line is left out.
  func sampledRows(pitch: Int, spacing: Int) -> (lines: Bitmap, faint: Bitmap) {
    var lines = Bitmap(width: width, height: height / pitch)
    var faint = lines
    let count = lines.height
    let (rowWords, height) = (rowWords, height)
    words.withUnsafeBufferPointer { page in
      lines.words.withUnsafeMutableBufferPointer { lines in
        faint.words.withUnsafeMutableBufferPointer { faint in
          for line in 0..<count {
            let middle = line * pitch + pitch / 2
            let rows = (-2...2).map { min(height - 1, max(0, middle + $0 * spacing)) * rowWords }
            let (a, b, c, d, e) = (rows[0], rows[1], rows[2], rows[3], rows[4])
            let target = line * rowWords
            for index in 0..<rowWords {
              lines[target &+ index] = majority5(
                page[a &+ index], page[b &+ index], page[c &+ index], page[d &+ index], page[e &+ index])
              var (once, twice): (UInt64, UInt64) = (0, 0)
              var at = line &* pitch &* rowWords &+ index
              for _ in 0..<pitch {
                twice |= once & page[at]
                once |= page[at]
                at &+= rowWords
              }
              faint[target &+ index] = twice
            }
          }
        }
      }
    }
    return (lines, faint)
  }

  /// Every eighth column as a line (x and y exchanged), each pixel the majority of five neighbours in its row; of these
  /// columns every `every`th. `faint` as with rows. Line k stands for the columns from `8 * every * k` on.
  ///
  /// A byte of a word is eight pixels, so the majority for all of a word's bytes is one expression, and eight rows fill a
  /// byte of each line: the page is read once, in order.
  func sampledColumns(every: Int) -> (lines: Bitmap, faint: Bitmap) {
    var lines = Bitmap(width: height, height: width / (8 * every))
    var faint = lines
    let (rowWords, height, lineBytes, count) = (rowWords, height, lines.rowWords * 8, lines.height)
    let lanes: UInt64 = 0x0101_0101_0101_0101
    words.withUnsafeBufferPointer { page in
      lines.words.withUnsafeMutableBytes { lines in
        faint.words.withUnsafeMutableBytes { faint in
          for top in stride(from: 0, to: height, by: 8) {
            let rows = min(8, height &- top)
            // The most significant byte of a word lies last in memory.
            let place = top >> 6 &* 8 &+ 7 &- (top >> 3) & 7
            for index in 0..<rowWords {
              var any: UInt64 = 0
              var at = top &* rowWords &+ index
              for _ in 0..<rows {
                any |= page[at]
                at &+= rowWords
              }
              if any == 0 { continue }
              var (threes, twos): (UInt64, UInt64) = (0, 0)
              at = top &* rowWords &+ index
              for _ in 0..<rows {
                let word = page[at]
                at &+= rowWords
                threes =
                  threes &<< 1 | majority5(word &>> 1, word &>> 2, word &>> 3, word &>> 4, word &>> 5) & lanes
                twos = twos &<< 1 | twoOfEight(word)
              }
              if twos == 0 { continue }
              threes &<<= UInt64(8 &- rows)
              twos &<<= UInt64(8 &- rows)
              var line = index &* 8
              while twos != 0 {
                if every == 1 || line % every == 0, line / every < count {
                  let target = line / every &* lineBytes &+ place
                  lines[target] = UInt8(truncatingIfNeeded: threes &>> 56)
                  faint[target] = UInt8(truncatingIfNeeded: twos &>> 56)
                }
                threes &<<= 8
                twos &<<= 8
                line &+= 1
              }
            }
          }
        }
      }
    }
    return (lines, faint)
  }

  /// Every `count` rows as one, black where any of them is.
  func united(_ count: Int) -> Bitmap {
    var result = Bitmap(width: width, height: height / count)
    for row in 0..<result.height {
      for index in 0..<rowWords {
        var word: UInt64 = 0
        for line in row * count..<(row + 1) * count { word |= words[line &* rowWords &+ index] }
        result.words[row &* rowWords &+ index] = word
      }
    }
    return result
  }

  /// The runs of line `y`, in pixels: white, black, white … white. The first and last are white and may be 0; what lies
  /// beyond the page is paper, so they are lengthened by `margin`. `runs` is emptied first and keeps its storage.
  func runs(of y: Int, margin: Int32, into runs: inout [Int32]) {
    runs.removeAll(keepingCapacity: true)
    let start = y * rowWords
    var last: Int32 = -margin
    var previous: UInt64 = 0
    words.withUnsafeBufferPointer { words in
      for index in 0..<rowWords {
        let word = words[start &+ index]
        var changes = word ^ (word &>> 1 | previous &<< 63)
        previous = word & 1
        let base = Int32(truncatingIfNeeded: index &<< 6)
        while changes != 0 {
          let lead = changes.leadingZeroBitCount
          let edge = base &+ Int32(truncatingIfNeeded: lead)
          runs.append(edge &- last)
          last = edge
          changes &= ~(0x8000_0000_0000_0000 &>> UInt64(lead))
        }
      }
    }
    if runs.count & 1 == 1 {
      runs.append(Int32(width) - last)
      last = Int32(width)
    }
    runs.append(Int32(width) - last + margin)
  }
}

/// Bits that are set in at least three of the five words: two full adders.
@inline(__always)
private func majority5(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64) -> UInt64 {
  let half = a ^ b
  let ones = half ^ c
  let first = a & b | half & c
  let rest = ones ^ d
  let second = ones & d | rest & e
  return first & second | (first | second) & (rest ^ e)
}

/// For each byte in which at least two bits are set its lowest bit.
@inline(__always)
private func twoOfEight(_ word: UInt64) -> UInt64 {
  // Bits in pairs, pairs in fours, fours in bytes; each with "one at least" and "two at least".
  let one = (word | word &>> 1) & 0x5555_5555_5555_5555
  let two = (word & word &>> 1) & 0x5555_5555_5555_5555
  let oneOfFour = (one | one &>> 2) & 0x1111_1111_1111_1111
  let twoOfFour = (two | two &>> 2 | one & one &>> 2) & 0x1111_1111_1111_1111
  return (twoOfFour | twoOfFour &>> 4 | oneOfFour & oneOfFour &>> 4) & 0x0101_0101_0101_0101
}
