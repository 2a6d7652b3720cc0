/// Whether a region of upright bars is a label that somebody stuck or printed, for the page's account of what could not
/// be read. A false one sends a good document to a person, a missed one may hide another patient's label: doubtful
/// regions that any of these rules explains otherwise (rulings, grids, hatching, capitals) are left out.
struct BarEvidence: Sendable {
  static let widthInches = 0.6...5.0
  static let heightInches = 0.15...2.5
  static let changesMin = 20
  /// Letters, grids and hatching have strokes of one width; in a Code 39 six bars in ten are narrow, in a Code 128 fewer.
  static let regularBlackMax = 0.74
  static let regularMax = 1.38
  /// A grid or hatching for sure: nearly all lines and nearly all gaps are of one width. In doubt a region is reported: a
  /// page that needs a look costs a minute, a label that nobody saw costs a page in the wrong chart (I6).
  static let regularShare = 0.8
  /// Runs longer than this are paper or ink, not bars.
  static let barMaxInches = 0.14
  static let longShareMax = 0.45
  static let driftMax = 0.55

  /// Median over the bands.
  let changes: Int
  let changesPerInch: Double
  let regularBlack: Double
  let regularWhite: Double
  let longShare: Double
  /// How much the bands differ from those a little below, 0 for bars without a fault, 1 for text.
  let drift: Double
  let isSized: Bool

  private var areBars: Bool {
    isSized && changes >= Self.changesMin && changesPerInch >= BarRegions.changesPerInchMin * 0.8
      && longShare <= Self.longShareMax && drift <= Self.driftMax
  }
  private var isGrid: Bool { regularBlack >= Self.regularShare && regularWhite >= Self.regularShare }
  private var isVaried: Bool {
    regularBlack <= Self.regularBlackMax && regularBlack + regularWhite <= Self.regularMax
  }

  /// Whether the region looks like a label in the majority of each band or, for faded print, in its quarter, where more
  /// is asked because letters run together there.
  static func isLabelLike(_ box: Box, in regions: BarRegions) -> Bool {
    let middle = BarEvidence(of: box, in: regions.middle, regions)
    if middle.areBars, !middle.isGrid { return true }
    let low = BarEvidence(of: box, in: regions.low, regions)
    return low.areBars && low.isVaried
  }

  private init(of box: Box, in bands: Bitmap, _ regions: BarRegions) {
    let dpi = regions.dpi
    isSized =
      Self.widthInches.contains(Double(box.width) / dpi) && Self.heightInches.contains(Double(box.height) / dpi)
    let first = max(0, box.top / regions.bandRows)
    let last = max(first, min(bands.height, box.bottom / regions.bandRows))
    var counts: [Int] = []
    var black: [Int] = []
    var white: [Int] = []
    var long = 0
    var total = 0
    var edges: [Int] = []
    for band in first..<last {
      edges.removeAll(keepingCapacity: true)
      bands.appendEdges(of: band, to: &edges)
      let inside = edges.filter { $0 >= box.left && $0 <= box.right }
      counts.append(inside.count)
      var previous = box.left
      for edge in inside + [box.right] {
        let run = edge - previous
        total += run
        if Double(run) > Self.barMaxInches * dpi { long += run }
        previous = edge
      }
      for (place, edge) in edges.enumerated().dropFirst() where edge <= box.right && edges[place - 1] >= box.left {
        let run = edge - edges[place - 1]
        if Double(run) <= Self.barMaxInches * dpi { if place & 1 == 1 { black.append(run) } else { white.append(run) } }
      }
    }
    drift = Self.drift(of: box, first..<last, in: bands)
    changes = Self.median(counts)
    changesPerInch = box.width > 0 ? Double(changes) * dpi / Double(box.width) : 0
    regularBlack = Self.regularity(black)
    regularWhite = Self.regularity(white)
    longShare = total > 0 ? Double(long) / Double(total) : 1
  }

  /// Median over the bands of the difference to the third band below, at the best shift (the label may lie aslant), as a
  /// share of what unrelated rows with as much black would differ by.
  private static func drift(of box: Box, _ rows: Range<Int>, in bands: Bitmap) -> Double {
    var shares: [Double] = []
    for band in rows where band + 3 < rows.upperBound {
      let black = Double(bands.blackCount(in: Box(left: box.left, top: band, right: box.right, bottom: band + 1)))
      let share = black / Double(max(1, box.width))
      let unrelated = 2 * share * (1 - share) * Double(box.width)
      let best = (-4...4).map { BarExtent.compare(box.left, box.right - 1, band, band + 3, $0, bands) }.min()!
      shares.append(unrelated > 0 ? Double(best) / unrelated : 1)
    }
    return shares.isEmpty ? 1 : shares.sorted()[shares.count / 2]
  }

  private static func median(_ values: [Int]) -> Int { values.isEmpty ? 0 : values.sorted()[values.count / 2] }

  /// Share of the runs that are as wide as the median, give or take a pixel or a quarter.
  private static func regularity(_ runs: [Int]) -> Double {
    guard !runs.isEmpty else { return 1 }
    let middle = median(runs)
    let slack = max(1, middle / 4)
    return Double(runs.count { abs($0 - middle) <= slack }) / Double(runs.count)
  }
}
