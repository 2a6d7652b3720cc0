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
    self.init(columns: page.rowWords * 4, rows: (page.height + Self.size - 1) / Self.size)
    let (width, height) = (columns, rows)
    let (rowPitch, columnPitch) = (lines.pitch, transposed.pitch)
    black.withUnsafeMutableBufferPointer { black in
      along.withUnsafeMutableBufferPointer { along in
        lines.bits.eachWord { line, index, word, changes in
          let row = (line &* rowPitch &+ rowPitch / 2) / Self.size
          guard row < height else { return }
          let at = row &* width &+ index &* 4
          add(quarterCounts(word), UInt16(truncatingIfNeeded: rowPitch), to: black, at: at, step: 1, count: 4)
          add(quarterCounts(changes), UInt16(truncatingIfNeeded: rowPitch), to: along, at: at, step: 1, count: 4)
        }
      }
    }
    across.withUnsafeMutableBufferPointer { across in
      transposed.bits.eachWord { line, index, _, changes in
        let column = (line &* columnPitch &+ columnPitch / 2) / Self.size
        guard column < width, changes != 0 else { return }
        add(
          quarterCounts(changes), UInt16(truncatingIfNeeded: columnPitch), to: across,
          at: index &* 4 &* width &+ column,
          step: width, count: min(4, height &- index &* 4))
      }
    }
  }

  /// From every row of the page, and so exactly; black pixels alone.
  init(blackOf page: Bitmap) {
    let cells = page.blackCounts(ofCells: Self.size)
    self.init(columns: cells.columns, rows: cells.rows)
    black = cells.counts
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

  /// What a window of 2 × 2 blocks must hold: black pixels, and colour changes in the direction of more and in that of fewer.
  struct Wanted: Sendable {
    var black: ClosedRange<Int>
    var changesMoreMin = 0
    var changesFewerMin = 0
  }

  /// Which blocks lie in a window of 2 × 2 blocks whose sums are wanted.
  func windows(_ wanted: Wanted) -> [Bool] {
    var marked = [Bool](repeating: false, count: columns * rows)
    let (columns, blackMin, blackMax) = (columns, max(1, wanted.black.lowerBound), wanted.black.upperBound)
    let (moreMin, fewerMin) = (wanted.changesMoreMin, wanted.changesFewerMin)
    marked.withUnsafeMutableBufferPointer { marked in
      black.withUnsafeBufferPointer { black in
        along.withUnsafeBufferPointer { along in
          across.withUnsafeBufferPointer { across in
            func sum(_ counts: UnsafeBufferPointer<UInt16>, _ at: Int) -> Int {
              Int(counts[at]) &+ Int(counts[at &+ 1]) &+ Int(counts[at &+ columns]) &+ Int(counts[at &+ columns &+ 1])
            }
            for row in 0..<max(0, rows &- 1) {
              let line = row &* columns
              // Of the two blocks to the left of the window's middle.
              var left = columns > 0 ? Int(black[line]) &+ Int(black[line &+ columns]) : 0
              for at in line..<line &+ max(0, columns &- 1) {
                let right = Int(black[at &+ 1]) &+ Int(black[at &+ 1 &+ columns])
                let total = left &+ right
                left = right
                if total < blackMin || total > blackMax { continue }
                if moreMin > 0 || fewerMin > 0 {
                  let (a, b) = (sum(along, at), sum(across, at))
                  if max(a, b) < moreMin || min(a, b) < fewerMin { continue }
                }
                marked[at] = true
                marked[at &+ 1] = true
                marked[at &+ columns] = true
                marked[at &+ columns &+ 1] = true
              }
            }
          }
        }
      }
    }
    return marked
  }
}

/// Adds the quarters of `counts`, the first the leftmost, to so many places that are `step` apart.
@inline(__always)
private func add(
  _ counts: UInt64, _ weight: UInt16, to places: UnsafeMutableBufferPointer<UInt16>, at: Int, step: Int, count: Int
) {
  var place = at
  for quarter in 0..<count {
    places[place] &+= UInt16(truncatingIfNeeded: counts &>> UInt64(48 &- quarter &* 16)) &* weight
    place &+= step
  }
}

extension Bitmap {
  /// Calls `each` for every word that is not white throughout or that begins with a change, with its colour changes.
  @inline(__always)
  fileprivate func eachWord(_ each: (_ row: Int, _ index: Int, _ word: UInt64, _ changes: UInt64) -> Void) {
    let (height, rowWords) = (height, rowWords)
    words.withUnsafeBufferPointer { words in
      for row in 0..<height {
        var previous: UInt64 = 0
        for index in 0..<rowWords {
          let word = words[row &* rowWords &+ index]
          let changes = word ^ (word &>> 1 | previous &<< 63)
          previous = word & 1
          if word | changes != 0 { each(row, index, word, changes) }
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
