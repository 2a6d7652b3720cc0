import Model

/// Lines that dust on the scanner's glass or feeder draws along the paper's way: one to three pixels wide, dark, and straight on
/// beyond the bars, where there is paper. Beside a bar such a line makes it wider, between two it is one more.
struct FeederLines: Sendable {
  static let widthInches = 0.014
  /// Above and below the bars, so far away and so far on.
  static let gapInches = 0.05
  static let lengthInches = 0.2
  static let blackMin = 0.9
  /// More are bars of another label.
  static let linesMax = 4

  /// Columns of the reader's frame.
  let lines: [Range<Int>]

  /// - Parameter region: of bars, in the reader's frame.
  init(beside region: Box, in reader: LinearReader) {
    let (view, isTransposed) = (reader.view, reader.isTransposed)
    let (gap, length) = (view.pixels(Self.gapInches), view.pixels(Self.lengthInches))
    let height = isTransposed ? view.bits.width : view.bits.height
    let strips = [
      max(0, region.top - gap - length)..<max(0, region.top - gap),
      min(height, region.bottom + gap)..<min(height, region.bottom + gap + length),
    ].filter { !$0.isEmpty }
    func isBlack(_ x: Int) -> Bool {
      strips.contains { rows in
        let column = Box(left: x, top: rows.lowerBound, right: x + 1, bottom: rows.upperBound)
        let black = view.bits.blackCount(in: isTransposed ? column.transposed : column)
        return Double(black) >= Self.blackMin * Double(rows.count)
      }
    }
    var lines: [Range<Int>] = []
    for x in region.left..<region.right where isBlack(x) {
      if let last = lines.last, last.upperBound == x {
        lines[lines.count - 1] = last.lowerBound..<x + 1
      } else {
        lines.append(x..<x + 1)
      }
    }
    lines.removeAll { $0.count > max(1, view.pixels(Self.widthInches)) }
    self.lines = lines.count > Self.linesMax ? [] : lines
  }

  /// Without the lines: where one side of a line is paper, it was paper. Nil where there are none.
  func mended(_ ink: GrayImage, of crop: Box) -> GrayImage? {
    guard !lines.isEmpty else { return nil }
    var ink = ink
    for line in lines {
      // What a scanner's optics blur is part of the line.
      let (from, to) = (line.lowerBound - crop.left - 1, line.upperBound - crop.left + 1)
      guard from > 0, to < ink.width else { continue }
      for row in 0..<ink.height {
        let start = row * ink.width
        let lighter = max(ink.pixels[start + from - 1], ink.pixels[start + to])
        for x in from..<to { ink.pixels[start + x] = max(ink.pixels[start + x], lighter) }
      }
    }
    return ink
  }
}
