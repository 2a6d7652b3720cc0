/// Black pixels and colour changes by block of the page, estimated from its scan lines: where symbols in two dimensions may
/// stand.
struct Texture: Sendable {
  /// Pixels of a block's side: a quarter of a word.
  static let size = 16

  let columns: Int
  let rows: Int
  /// Black pixels of the block, colour changes along its rows, and along its columns.
  private(set) var black: [UInt16]
  private(set) var along: [UInt16]
  private(set) var across: [UInt16]

  private init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    black = [UInt16](repeating: 0, count: columns * rows)
    along = black
    across = black
  }

  /// `lines`: of the page's rows; `transposed`: of its columns, x and y exchanged.
  init(of page: Bitmap, rows lines: ScanLines, columns transposed: ScanLines) {
    let (rowPitch, columnPitch) = (lines.pitch, transposed.pitch)
    self.init(columns: page.rowWords * 4, rows: (page.height + Self.size - 1) / Self.size)
    let (width, height) = (columns, rows)
    black.withUnsafeMutableBufferPointer { black in
      along.withUnsafeMutableBufferPointer { along in
        let weight = UInt16(rowPitch)
        lines.bits.eachQuarter { line, quarter, count, changes in
          let row = (line &* rowPitch &+ rowPitch / 2) / Self.size
          guard row < height, quarter < width else { return }
          black[row &* width &+ quarter] &+= count &* weight
          along[row &* width &+ quarter] &+= changes &* weight
        }
      }
    }
    across.withUnsafeMutableBufferPointer { across in
      let weight = UInt16(columnPitch)
      transposed.bits.eachQuarter { line, quarter, _, changes in
        let column = (line &* columnPitch &+ columnPitch / 2) / Self.size
        guard quarter < height, column < width else { return }
        across[quarter &* width &+ column] &+= changes &* weight
      }
    }
  }

  /// Blocks of `factor` × `factor` blocks.
  func merged(_ factor: Int) -> Texture {
    guard factor > 1 else { return self }
    var result = Texture(columns: (columns + factor - 1) / factor, rows: (rows + factor - 1) / factor)
    for row in 0..<rows {
      let line = row / factor * result.columns
      for column in 0..<columns {
        let (from, to) = (row * columns + column, line + column / factor)
        result.black[to] &+= black[from]
        result.along[to] &+= along[from]
        result.across[to] &+= across[from]
      }
    }
    return result
  }

  /// Which blocks lie in a window of 2 × 2 blocks whose sums are wanted.
  func windows(_ isWanted: (_ black: Int, _ along: Int, _ across: Int) -> Bool) -> [Bool] {
    var marked = [Bool](repeating: false, count: columns * rows)
    for row in 0..<max(0, rows - 1) {
      for column in 0..<max(0, columns - 1) {
        let at = row * columns + column
        let (right, below) = (at + 1, at + columns)
        let black = Int(black[at]) + Int(black[right]) + Int(black[below]) + Int(black[below + 1])
        if black == 0 { continue }
        let along = Int(along[at]) + Int(along[right]) + Int(along[below]) + Int(along[below + 1])
        let across = Int(across[at]) + Int(across[right]) + Int(across[below]) + Int(across[below + 1])
        if isWanted(black, along, across) {
          marked[at] = true
          marked[right] = true
          marked[below] = true
          marked[below + 1] = true
        }
      }
    }
    return marked
  }
}

extension Bitmap {
  /// Calls `each` for every quarter word that is not white throughout, with its black pixels and its colour changes.
  fileprivate func eachQuarter(_ each: (_ row: Int, _ quarter: Int, _ black: UInt16, _ changes: UInt16) -> Void) {
    words.withUnsafeBufferPointer { words in
      for row in 0..<height {
        var previous: UInt64 = 0
        for index in 0..<rowWords {
          let word = words[row &* rowWords &+ index]
          let changes = word ^ (word &>> 1 | previous &<< 63)
          previous = word & 1
          if word | changes == 0 { continue }
          let (black, changed) = (quarterCounts(word), quarterCounts(changes))
          for quarter in 0..<4 {
            let shift = UInt64(48 &- quarter &* 16)
            each(
              row, index &* 4 &+ quarter, UInt16(truncatingIfNeeded: black &>> shift),
              UInt16(truncatingIfNeeded: changed &>> shift))
          }
        }
      }
    }
  }
}

/// Set bits of each 16-bit quarter, in that quarter.
@inline(__always)
func quarterCounts(_ word: UInt64) -> UInt64 {
  var x = word
  x = x &- (x &>> 1 & 0x5555_5555_5555_5555)
  x = x & 0x3333_3333_3333_3333 &+ (x &>> 2 & 0x3333_3333_3333_3333)
  x = (x &+ x &>> 4) & 0x0F0F_0F0F_0F0F_0F0F
  return (x &+ x &>> 8) & 0x00FF_00FF_00FF_00FF
}
