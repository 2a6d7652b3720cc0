/// Whether a region of bars that nothing read is a label that somebody stuck or printed, for the page's account of what
/// could not be read. A false one sends a good document to a person, a missed one may hide another patient's label.
///
/// Told from the profile along the bars: a barcode's bars go on from the upper third of it to the lower (text and
/// pictures differ), are neither all alike (rulings, hatching, combs, millimetre paper) nor far apart (tables), and many.
extension BarProfile {
  static let labelWidthInches = 0.4...4.0
  static let labelHeightInches = 0.14...1.3
  static let stretchesMax = 3
  /// Steeper bars are hatching: 11°.
  static let labelSlopeMax = 0.2
  /// Share of ink along a bar that is whole, and that is left of a faded one at least.
  static let solidMin = 0.7
  /// Share of the bars that must be so; in a table every second one is a line of figures.
  static let solidBarsMin = 0.8
  static let faintRange = 0.08...0.6
  static let faintBarsMin = 14
  /// How much a pixel of a faded bar says of the one two further along it: specks have no order, letters have strokes; and
  /// the changes along it, as a share of those that specks without any order have.
  static let orderRange = -0.08...0.32
  static let disorderMin = 0.6
  /// A torn Code 39 of two whole characters has as many.
  static let edgesMin = 18
  /// Edges that stand together without a long gap or blot.
  static let stretchEdgesMin = 6
  /// Longer runs are paper or ink, not bars.
  static let barMaxInches = 0.14
  static let blackRange = 0.2...0.8
  /// Standard deviation of a bar with the space after it, as a share of the mean: in hatching and combs it is small.
  static let varietyMin = 0.21
  /// Of two thirds of the region's height, on a scale where 1 is the same bars.
  static let correlationMin = 0.7
  static let edgesPerInchMin = 26.0

  var isLabelLike: Bool {
    let rows = top..<bottom
    guard Self.labelHeightInches.contains(Double(rows.count) / dpi) else { return false }
    let whole = sums(rows)
    let (runs, origin) = runs(whole, limit: Self.limits[0])
    let barMax = Int32(Self.barMaxInches * dpi) * Self.unit
    // Only what stands in the region: the crop is wider.
    let slack = Int(0.06 * dpi)
    let inside = Int32(left - slack) * Self.unit...Int32(right + slack) * Self.unit
    var stretches: [Range<Int>] = []
    var start = 1
    var place = origin
    for at in 0..<runs.count {
      let isOutside = !inside.contains(place) || !inside.contains(place + runs[at])
      place += runs[at]
      guard at > 0, runs[at] > barMax || isOutside || at == runs.count - 1 else { continue }
      if at - start >= Self.stretchEdgesMin { stretches.append(start..<at) }
      start = at + 1
    }
    let edges = stretches.reduce(0) { $0 + $1.count + 1 }
    guard edges >= Self.edgesMin, stretches.count <= Self.stretchesMax, abs(slope) <= Self.labelSlopeMax else {
      return false
    }
    var (black, total, pairs): (Int32, Int32, [Double]) = (0, 0, [])
    for stretch in stretches {
      for at in stretch {
        total += runs[at]
        if at & 1 == 1 { black += runs[at] }
        if at + 1 < stretch.upperBound { pairs.append(Double(runs[at] + runs[at + 1])) }
      }
    }
    let inches = Double(total) / Double(Self.unit) / dpi
    guard Self.labelWidthInches.contains(inches), Double(edges) / inches >= Self.edgesPerInchMin,
      Self.blackRange.contains(Double(black) / Double(total)), Self.variety(pairs) >= Self.varietyMin
    else { return false }
    return correlation(runs, origin: origin, stretches) >= Self.correlationMin && areBars(runs, origin, stretches)
  }

  /// Whether the bars are ink from end to end, or specks without order as faded print leaves them; letters in lines, which
  /// lie like bars on a page that is turned, are neither. The best third of the height counts: the rest may be torn off.
  private func areBars(_ runs: [Int32], _ origin: Int32, _ stretches: [Range<Int>]) -> Bool {
    var middles: [Int] = []
    var place = origin
    var next = stretches.makeIterator()
    var stretch = next.next()
    for (at, run) in runs.enumerated() {
      if let now = stretch, now.contains(at) {
        if at & 1 == 1 { middles.append(Int((place + run / 2) / Self.unit)) }
        if at == now.upperBound - 1 { stretch = next.next() }
      }
      place += run
    }
    let third = max(1, (bottom - top) / 3)
    return (0..<3).contains { part in
      let rows = top + part * third..<min(bottom, top + (part + 1) * third)
      let solid = middles.count { texture([$0], rows).density >= Self.solidMin }
      return Double(solid) >= Self.solidBarsMin * Double(middles.count)
        || isFaint(texture(middles, rows), middles.count)
    }
  }

  private func isFaint(_ texture: Texture, _ bars: Int) -> Bool {
    Self.faintRange.contains(texture.density) && bars >= Self.faintBarsMin && Self.orderRange.contains(texture.order)
      && texture.changes >= Self.disorderMin * 2 * texture.density * (1 - texture.density)
  }

  /// Of the pixels along the middles of the bars: the share that is black, the share that differs from the one before, and
  /// the correlation of a pixel with the one two further along.
  private struct Texture {
    var density: Double
    var changes: Double
    var order: Double
  }

  private func texture(_ columns: [Int], _ rows: Range<Int>) -> Texture {
    let middle = (top + bottom) / 2
    var (black, both, count, pairs, changes) = (0, 0, 0, 0, 0)
    for column in columns {
      var (last, beforeLast) = (false, false)
      for row in rows {
        let x = column + Int((Double(row - middle) * slope).rounded())
        guard x >= 0, x < ink.width else { continue }
        let isBlack = ink.pixels[row * ink.width + x] < 128
        black += isBlack ? 1 : 0
        if row > rows.lowerBound, isBlack != last { changes += 1 }
        if row >= rows.lowerBound + 2 {
          both += isBlack && beforeLast ? 1 : 0
          pairs += 1
        }
        (beforeLast, last) = (last, isBlack)
        count += 1
      }
    }
    let density = Double(black) / Double(max(1, count))
    let variance = density * (1 - density)
    return Texture(
      density: density, changes: Double(changes) / Double(max(1, count)),
      order: variance > 0 ? (Double(both) / Double(max(1, pairs)) - density * density) / variance : 1)
  }

  /// Standard deviation over mean.
  private static func variety(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count))
    return mean > 0 ? square.squareRoot() / mean : 0
  }

  /// The best of the three pairs of thirds, over the columns of the stretches.
  private func correlation(_ runs: [Int32], origin: Int32, _ stretches: [Range<Int>]) -> Double {
    let third = (bottom - top) / 3
    guard third > 0 else { return 0 }
    let thirds = (0..<3).map { sums(top + $0 * third..<top + ($0 + 1) * third) }
    var columns: [Int] = []
    var place = origin
    var next = stretches.makeIterator()
    var stretch = next.next()
    for (at, run) in runs.enumerated() {
      if let now = stretch, at >= now.lowerBound {
        let (from, to) = (Int(max(0, place) / Self.unit), Int(max(0, place + run) / Self.unit))
        for column in from..<max(from, min(to, thirds[0].count)) { columns.append(column) }
        if at == now.upperBound - 1 { stretch = next.next() }
      }
      place += run
    }
    return max(
      Self.correlation(thirds[0], thirds[1], columns), Self.correlation(thirds[1], thirds[2], columns),
      Self.correlation(thirds[0], thirds[2], columns))
  }

  private static func correlation(_ a: [Int32], _ b: [Int32], _ columns: [Int]) -> Double {
    let count = Double(max(1, columns.count))
    let meanA = columns.reduce(0) { $0 + Double(a[$1]) } / count
    let meanB = columns.reduce(0) { $0 + Double(b[$1]) } / count
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for column in columns {
      let (x, y) = (Double(a[column]) - meanA, Double(b[column]) - meanB)
      ab += x * y
      aa += x * x
      bb += y * y
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
  }
}
