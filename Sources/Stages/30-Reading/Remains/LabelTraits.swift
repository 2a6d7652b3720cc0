import Glibc
import Model

/// What can be said of a box of ink: size, ink, runs, how alike neighbouring lines are, which way its edges lie, what is around it. From these
/// ``LabelLikelihood`` says whether it is what is left of a label.
///
/// All lengths in inches, so that they mean the same at any resolution.
struct LabelTraits: Sendable {
  /// In the order in which ``LabelLikelihood`` was fitted.
  let values: [Float]

  /// `box`: of ink, without paper at its edges.
  init(_ box: Box, in view: PageView, noise: UInt16) {
    let dpi = view.dpi
    let raw = view.bits.crop(box)
    let bits = view.bits.median(of: box)
    let turned = bits.transposed()
    let area = Double(max(1, box.area))
    let ink = Double(bits.blackCount) / area
    let rawInk = Double(raw.blackCount) / area
    let thin = max(1, Int((dpi / 300).rounded()))
    let (across, down) = (LineTraits(bits, dpi: dpi, thin: thin), LineTraits(turned, dpi: dpi, thin: thin))
    // The direction across the bars first.
    let (first, second) = across.changesPerInch >= down.changesPerInch ? (across, down) : (down, across)
    let rawRuns = LineRuns(raw, thin: thin)
    let isAcross = across.changesPerInch >= down.changesPerInch
    let (long, short) = (Double(max(box.width, box.height)) / dpi, Double(min(box.width, box.height)) / dpi)
    let edges = Self.edges(of: bits, ink: ink)
    let corners = Self.corners(of: bits, ink: ink)
    let cells = Self.cells(of: bits, size: max(4, Int(dpi / 37.5)))
    let strips = Self.surroundings(of: box, in: view)
    let gray = Self.contrast(of: box, in: view)
    let profiles = BandProfiles.both(of: box, in: view, raw, raw.transposed())
    let (bars, lines) = isAcross ? (profiles.columns, profiles.rows) : (profiles.rows, profiles.columns)
    let tilt = raw.luminance(of: Box(left: 0, top: 0, right: raw.width, bottom: raw.height)).softened().tilt
    values = [
      log(long / short), log(short), (isAcross == (box.width >= box.height)) ? 1 : 0, ink, rawInk - ink,
      first.changesPerInch, second.changesPerInch, first.changes, second.changes, first.variety, second.variety,
      first.thinShare, second.thinShare, first.longShare, second.longShare, first.near, first.far, second.near,
      second.far, edges.least, edges.mean, cells.full, cells.empty, strips[0], strips[1], strips[2], strips[3],
      gray, min(40, Double(noise)), rawRuns.thinShare, bars.likeness,
      lines.likeness, bars.hillsPerInch, lines.hillsPerInch, bars.depth, lines.depth,
      corners.least, corners.mean, tilt.share, abs(tilt.angle),
    ].map { Float($0) }
  }

  /// Sums over all lines of a bitmap.
  private struct LineTraits {
    var changesPerInch = 0.0
    /// Of an average line.
    var changes = 0.0
    /// Standard deviation of a bar with the space after it, as a share of their mean.
    var variety = 0.0
    /// Of all ink, what lies in runs of a few pixels.
    var thinShare = 0.0
    /// Of the box, what lies in runs of a third of a line and more.
    var longShare = 0.0
    /// How alike a line is to the one 0.02 in and 0.06 in further: 1 the same, 0 by chance.
    var near = 0.0
    var far = 0.0

    init(_ bits: Bitmap, dpi: Double, thin: Int) {
      let sums = bits.runSums(thin: thin, thinInk: 2 * thin)
      let (runs, long) = (InkRuns(bits, sums), LineRuns(bits, sums))
      changes = runs.changes
      changesPerInch = runs.changes / Double(max(1, bits.width)) * dpi
      variety = runs.variety
      thinShare = runs.thinShare
      longShare = long.longShare
      near = bits.likeness(of: max(1, Int(0.02 * dpi)))
      far = bits.likeness(of: max(1, Int(0.06 * dpi)))
    }
  }

  /// Ink of the four edges (a tenth of the box each), as a share of the whole's.
  private static func edges(of bits: Bitmap, ink: Double) -> (least: Double, mean: Double) {
    let (x, y) = (max(1, bits.width / 10), max(1, bits.height / 10))
    let shares = [
      Box(left: 0, top: 0, right: bits.width, bottom: y),
      Box(left: 0, top: bits.height - y, right: bits.width, bottom: bits.height),
      Box(left: 0, top: 0, right: x, bottom: bits.height),
      Box(left: bits.width - x, top: 0, right: bits.width, bottom: bits.height),
    ].map { Double(bits.blackCount(in: $0)) / Double(max(1, $0.area)) / max(0.01, ink) }
    return (shares.min()!, shares.reduce(0, +) / 4)
  }

  /// Ink of the four corners (a sixth of the sides each), as a share of the whole's: what is round has none.
  static func corners(of bits: Bitmap, ink: Double) -> (least: Double, mean: Double) {
    let (x, y) = (max(1, bits.width / 6), max(1, bits.height / 6))
    let shares = [(0, 0), (bits.width - x, 0), (0, bits.height - y), (bits.width - x, bits.height - y)].map {
      let corner = Box(left: $0.0, top: $0.1, right: $0.0 + x, bottom: $0.1 + y)
      return Double(bits.blackCount(in: corner)) / Double(max(1, corner.area)) / max(0.01, ink)
    }
    return (shares.min()!, shares.reduce(0, +) / 4)
  }

  /// Shares of the cells that are black and that are white.
  private static func cells(of bits: Bitmap, size: Int) -> (full: Double, empty: Double) {
    let counts = bits.blackCounts(ofCells: size)
    var (full, empty, all) = (0, 0, 0)
    for row in 0..<counts.rows where row == 0 || row * size < bits.height - size / 2 {
      let height = min(size, bits.height - row * size)
      for column in 0..<counts.columns where column == 0 || column * size < bits.width - size / 2 {
        let area = height * min(size, bits.width - column * size)
        let share = Double(counts.counts[row * counts.columns + column]) / Double(max(1, area))
        all += 1
        if share > 0.92 { full += 1 }
        if share < 0.04 { empty += 1 }
      }
    }
    return (Double(full) / Double(max(1, all)), Double(empty) / Double(max(1, all)))
  }

  /// Ink of the strips of 0.06 in around the box, the emptiest first.
  static func surroundings(of box: Box, in view: PageView) -> [Double] {
    let (gap, depth) = (2, max(4, view.pixels(0.06)))
    return [
      Box(left: box.left, top: box.top - gap - depth, right: box.right, bottom: box.top - gap),
      Box(left: box.left, top: box.bottom + gap, right: box.right, bottom: box.bottom + gap + depth),
      Box(left: box.left - gap - depth, top: box.top, right: box.left - gap, bottom: box.bottom),
      Box(left: box.right + gap, top: box.top, right: box.right + gap + depth, bottom: box.bottom),
    ].map { Double(view.bits.blackCount(in: $0)) / Double(max(1, $0.area)) }.sorted()
  }

  /// Between ink and what is around it, 0…1; of a page of black and white 1.
  private static func contrast(of box: Box, in view: PageView) -> Double {
    guard let gray = view.gray else { return 1 }
    var (inkSum, inkCount, paperSum, paperCount) = (0, 0, 0, 0)
    let (stepX, stepY) = (max(1, box.width / 64), max(1, box.height / 64))
    for y in stride(from: box.top, to: box.bottom, by: stepY) {
      for x in stride(from: box.left, to: box.right, by: stepX) {
        let value = Int(gray.pixels[y * gray.width + x])
        if view.bits[x, y] {
          inkSum += value
          inkCount += 1
        } else {
          paperSum += value
          paperCount += 1
        }
      }
    }
    guard inkCount > 0, paperCount > 0 else { return 1 }
    return max(0, Double(paperSum) / Double(paperCount) - Double(inkSum) / Double(inkCount)) / 255
  }
}

extension Bitmap {
  /// How alike lines are that stand `distance` apart: 1 the same, 0 as by chance, of pixels of this density.
  func likeness(of distance: Int) -> Double {
    guard height > distance, width > 0 else { return 0 }
    let difference = differences(at: distance)
    let density = Double(blackCount) / Double(width * height)
    let chance = 2 * density * (1 - density) * Double(width * (height - distance))
    return chance > 0 ? 1 - Double(difference) / chance : 1
  }
}

/// Sums over the runs of black on all lines of a bitmap.
struct InkRuns {
  /// Colour changes of an average line.
  private(set) var changes = 0.0
  /// Standard deviation of a run of black with the white one behind it, as a share of their mean.
  private(set) var variety = 0.0
  /// Of all ink, what lies in runs of at most so many pixels.
  private(set) var thinShare = 0.0

  init(_ bits: Bitmap, thin: Int) { self.init(bits, bits.runSums(thin: 0, thinInk: thin)) }

  /// `sums`: of these bits.
  init(_ bits: Bitmap, _ sums: RunSums) {
    changes = Double(sums.changes) / Double(max(1, bits.height))
    if sums.pairs > 0 {
      let mean = Double(sums.pairLengths) / Double(sums.pairs)
      variety = max(0, Double(sums.pairSquares) / Double(sums.pairs) - mean * mean).squareRoot() / mean
    }
    thinShare = Double(sums.thinInk) / Double(max(1, sums.ink))
  }
}
