/// Sums over squares of cells, each in constant time: a summed-area table (F. Crow, 1984).
struct InkSums {
  /// Cells to either side of the one in the middle: a square of 16 cells is 34 × 46 mm of letter paper.
  private static let reach = 8
  private let side: Int
  /// `(side + 1)²` sums of all cells above and to the left.
  private let sums: [Float]

  init(_ cells: [Float], side: Int) {
    self.side = side
    var sums = [Float](repeating: 0, count: (side + 1) * (side + 1))
    for row in 0..<side {
      var line: Float = 0
      for column in 0..<side {
        line += cells[row * side + column]
        sums[(row + 1) * (side + 1) + column + 1] = sums[row * (side + 1) + column + 1] + line
      }
    }
    self.sums = sums
  }

  /// The sum of the square around a cell; what lies beyond the page is nothing.
  func around(_ row: Int, _ column: Int) -> Float {
    let (top, left) = (max(0, row + 1 - Self.reach), max(0, column + 1 - Self.reach))
    let (end, right) = (min(side, row + 1 + Self.reach), min(side, column + 1 + Self.reach))
    let width = side + 1
    return sums[end * width + right] - sums[top * width + right] - sums[end * width + left] + sums[top * width + left]
  }
}
