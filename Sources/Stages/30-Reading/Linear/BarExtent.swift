import Model

/// How far the bars that were read on one line go up and down, following their slant.
struct BarExtent: Sendable {
  /// Share of pixels that may differ from the line that was read. Paper or text differs by about a half.
  static let differenceMax = 0.25
  /// Bands that may fail in between: a pen stroke, at most 3 mm.
  static let gapMax = 4

  /// Upper left, upper right, lower right, lower left, in the frame where the bars stand.
  let corners: [Point]
  var box: Box {
    let x = corners.map(\.x)
    let y = corners.map(\.y)
    return Box(left: x.min()!, top: y.min()!, right: x.max()! + 1, bottom: y.max()! + 1)
  }

  init(from left: Int, to right: Int, y: Int, bands: Bitmap, bandRows: Int) {
    let band = max(0, min(bands.height - 1, y / bandRows))
    let up = Self.follow(from: left, to: right, band: band, step: -1, in: bands)
    let down = Self.follow(from: left, to: right, band: band, step: 1, in: bands)
    let top = min(up.band * bandRows, y)
    let bottom = max((down.band + 1) * bandRows - 1, y)
    corners = [
      Point(left + up.shift, top), Point(right + up.shift, top), Point(right + down.shift, bottom),
      Point(left + down.shift, bottom),
    ]
  }

  /// The last band in one direction that shows the same bars, and by how many pixels they have moved there.
  private static func follow(from left: Int, to right: Int, band: Int, step: Int, in bands: Bitmap) -> (
    band: Int, shift: Int
  ) {
    var last = (band: band, shift: 0)
    var at = band + step
    while at >= 0, at < bands.height, abs(at - last.band) <= gapMax {
      let reach = 2 * abs(at - last.band)
      var best = (difference: Int.max, shift: 0)
      for shift in last.shift - reach...last.shift + reach {
        let difference = compare(left, right, band, at, shift, bands)
        if difference < best.difference
          || difference == best.difference && abs(shift - last.shift) < abs(best.shift - last.shift)
        {
          best = (difference, shift)
        }
      }
      if Double(best.difference) <= differenceMax * Double(right - left + 1) { last = (at, best.shift) }
      at += step
    }
    return last
  }

  /// Pixels between `left` and `right` in which one band differs from another that is looked at `shift` to the right.
  static func compare(_ left: Int, _ right: Int, _ band: Int, _ other: Int, _ shift: Int, _ bands: Bitmap) -> Int {
    var count = 0
    for x in stride(from: left, through: right, by: 64) {
      var difference = bands.window(x: x, y: band) ^ bands.window(x: x + shift, y: other)
      if right - x < 63 { difference &= ~UInt64(0) << UInt64(63 - (right - x)) }
      count += difference.nonzeroBitCount
    }
    return count
  }
}
