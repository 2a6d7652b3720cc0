import Model

/// Cuts what is connected from afar along its paper, columns and rows in turn, down to blocks without any: a symbol apart
/// from the words beside it.
struct BlockCut: Sendable {
  static let depthMax = 3
  /// Paper that parts two blocks.
  static let gapInches = 0.03
  static let sideInches = 0.1...1.6
  static let aspectMax = MatrixEvidence.squareAspectMax
  /// Percent of a line that may be black and the line still be paper, beyond two specks.
  static let speckPercent = 3

  private let bits: Bitmap
  private let gap: Int
  private let side: ClosedRange<Int>
  /// Blocks about as wide as high.
  private(set) var squares: [Box] = []

  init(_ view: PageView) {
    bits = view.bits
    gap = max(2, view.pixels(Self.gapInches))
    side = view.pixels(Self.sideInches.lowerBound)...view.pixels(Self.sideInches.upperBound)
  }

  /// `box` lies on the page.
  mutating func cut(_ box: Box, depth: Int) {
    let inked = bits.columns(of: box, withAtLeast: Self.inkMin(box.height))
    let columns = stretches(box.width) { (inked[$0 >> 6] << UInt64($0 & 63)) >> 63 == 1 }
    for column in columns where column.count >= side.lowerBound {
      let part = Box(
        left: box.left + column.lowerBound, top: box.top, right: box.left + column.upperBound, bottom: box.bottom)
      let counts = bits.blackCounts(ofRowsIn: part)
      let rows = stretches(part.height) { counts[$0] >= Self.inkMin(part.width) }
      for row in rows where row.count >= side.lowerBound {
        let block = Box(
          left: part.left, top: part.top + row.lowerBound, right: part.right, bottom: part.top + row.upperBound)
        if depth > 1, block != box {
          cut(block, depth: depth - 1)
        } else if side.contains(block.width), side.contains(block.height),
          Double(max(block.width, block.height)) <= Self.aspectMax * Double(min(block.width, block.height))
        {
          squares.append(block)
        }
      }
    }
  }

  private static func inkMin(_ length: Int) -> Int { length * speckPercent / 100 + 2 }

  /// Stretches of inked lines; fewer than `gap` lines of paper do not end one.
  private func stretches(_ count: Int, where isInked: (Int) -> Bool) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for line in 0..<count where isInked(line) {
      if let last = result.last, line - last.upperBound < gap {
        result[result.count - 1] = last.lowerBound..<line + 1
      } else {
        result.append(line..<line + 1)
      }
    }
    return result
  }
}
