/// Whether a textured box is a symbol that somebody meant to be read: modules evenly spread, about half of them black, paper
/// around. Pictures, logos, stamps and bold text fail one of these.
struct MatrixEvidence: Sendable {
  /// Shorter side: 12 modules of 10 mil and more.
  static let sideInches = 0.11...2.5
  /// Smaller ones are read, but not reported when they are not: letters of a poster are as large. One that has paper on
  /// all sides and the changes of many modules is no letter.
  static let reportedInches = 0.25...2.5
  static let smallReportedInches = 0.13...0.25
  static let smallChangesMin = 5.5
  /// A PDF417 has about as many black modules as white ones; bold headings have less ink.
  static let stackedBlackRange = 0.42...0.62
  static let stackedReportedInches = 0.22...2.5
  static let stackedLengthMinInches = 0.9
  /// A PDF417 is up to so many times as wide as high; the others are squares.
  static let stackedAspectMax = 14.0
  static let stackedHeightMinInches = 0.08
  static let squareAspectMax = 1.35
  static let blackRange = 0.33...0.67
  /// Of 16 parts so many must be neither nearly white nor nearly black.
  static let mixedPartsMin = 13
  static let stackedGapInches = 0.05
  static let quietInches = 0.04
  static let quietBlackMax = 0.08
  static let quietSidesMin = 3
  /// Runs of one pixel at 300 dpi are dither, not modules.
  static let thinShareMax = 0.25

  /// The candidate without what paper parts from it.
  let box: Box
  /// Colour changes that an average row and an average column have at least: the smallest DataMatrix has 10 × 10 modules.
  static let changesMin = 4.5

  /// Worth several looks.
  let isSymbolLike: Bool
  /// Like a PDF417: long, and even along its length.
  let isStackedLike: Bool
  /// Certain enough to be reported where nothing could read it.
  let isLabelLike: Bool

  init(of candidate: Box, in view: PageView) {
    let bits = view.bits
    let margin = view.pixels(0.1)
    let surroundings = candidate.grown(margin, margin).clipped(toWidth: bits.width, height: bits.height)
    let square = Self.block(in: surroundings, bits, gapMax: 2)
    let isSquare =
      Double(max(square.width, square.height)) <= Self.squareAspectMax * Double(min(square.width, square.height))
    // The start pattern of a PDF417 ends in a space of three modules.
    box = isSquare ? square : Self.block(in: surroundings, bits, gapMax: view.pixels(Self.stackedGapInches))
    let width = Double(box.width) / view.dpi
    let height = Double(box.height) / view.dpi
    let aspect = max(width, height) / max(0.001, min(width, height))
    let black = Double(bits.blackCount(in: box)) / Double(max(1, box.area))
    let isSquareLike =
      Self.sideInches.contains(min(width, height)) && aspect <= Self.squareAspectMax
      && Self.mixedParts(of: box, bits, columns: 4, rows: 4) >= Self.mixedPartsMin
    let isStackedLike =
      min(width, height) >= Self.stackedHeightMinInches && (1.8...Self.stackedAspectMax).contains(aspect)
      && Self.mixedParts(of: box, bits, columns: width > height ? 16 : 1, rows: width > height ? 1 : 16)
        >= Self.mixedPartsMin
    let changes = isSquareLike ? Self.changes(in: box, bits) : 0
    let isDense = isSquareLike && changes >= Self.changesMin
    isSymbolLike = Self.blackRange.contains(black) && (isDense || isStackedLike)
    self.isStackedLike = isStackedLike
    guard isSymbolLike else {
      isLabelLike = false
      return
    }
    let side = min(width, height)
    let quietSides = Self.quietSides(of: box, bits, view.pixels(Self.quietInches))
    let hasModules = Self.thinShare(of: box, bits, dpi: view.dpi) <= Self.thinShareMax
    if aspect > Self.squareAspectMax {
      isLabelLike =
        isStackedLike && hasModules && quietSides >= Self.quietSidesMin && Self.stackedBlackRange.contains(black)
        && Self.stackedReportedInches.contains(side) && max(width, height) >= Self.stackedLengthMinInches
    } else if Self.reportedInches.contains(side) {
      isLabelLike = hasModules && quietSides >= Self.quietSidesMin
    } else {
      isLabelLike =
        hasModules && quietSides == 4 && Self.smallReportedInches.contains(side) && changes >= Self.smallChangesMin
    }
  }

  /// The largest block between rows and columns of paper: a symbol without the text beside it.
  static func block(in box: Box, _ bits: Bitmap, gapMax: Int) -> Box {
    var box = box
    for _ in 0..<2 {
      let rows = longestInked(bits.crop(box), gapMax)
      guard !rows.isEmpty else { return box }
      box = Box(left: box.left, top: box.top + rows.lowerBound, right: box.right, bottom: box.top + rows.upperBound)
      let columns = longestInked(bits.crop(box).transposed(), gapMax)
      guard !columns.isEmpty else { return box }
      box = Box(
        left: box.left + columns.lowerBound, top: box.top, right: box.left + columns.upperBound, bottom: box.bottom)
    }
    return box
  }

  /// The longest stretch of lines that are inked; `gapMax` lines of paper inside do not end it.
  private static func longestInked(_ bits: Bitmap, _ gapMax: Int) -> Range<Int> {
    var longest = 0..<0
    var start: Int?
    var last = 0
    for line in 0..<bits.height where bits.blackCount(ofRow: line) * 100 >= bits.width * 9 {
      if start == nil || line - last > gapMax + 1 { start = line }
      last = line
      if let start, last + 1 - start > longest.count { longest = start..<last + 1 }
    }
    return longest
  }

  /// How many of `columns` × `rows` parts are neither nearly white nor nearly black.
  private static func mixedParts(of box: Box, _ bits: Bitmap, columns: Int, rows: Int) -> Int {
    var count = 0
    for part in 0..<columns * rows {
      let (x, y) = (part % columns, part / columns)
      let cell = Box(
        left: box.left + box.width * x / columns, top: box.top + box.height * y / rows,
        right: box.left + box.width * (x + 1) / columns, bottom: box.top + box.height * (y + 1) / rows)
      let share = Double(bits.blackCount(in: cell)) / Double(max(1, cell.area))
      if (0.18...0.82).contains(share) { count += 1 }
    }
    return count
  }

  /// Of an average row or an average column, whichever has fewer.
  private static func changes(in box: Box, _ bits: Bitmap) -> Double {
    var along = 0
    var across = 0
    for y in box.top..<box.bottom {
      for x in stride(from: box.left, to: box.right, by: 63) {
        // 64 pixels make 63 neighbours.
        let pixels = min(63, box.right - 1 - x)
        if pixels > 0 {
          let word = bits.window(x: x, y: y)
          along += ((word ^ word << 1) >> UInt64(64 - pixels)).nonzeroBitCount
        }
        if y + 1 < box.bottom {
          let difference = bits.window(x: x, y: y) ^ bits.window(x: x, y: y + 1)
          across += (difference >> UInt64(64 - min(63, box.right - x))).nonzeroBitCount
        }
      }
    }
    return min(Double(along) / Double(max(1, box.height)), Double(across) / Double(max(1, box.width)))
  }

  private static func quietSides(of box: Box, _ bits: Bitmap, _ quiet: Int) -> Int {
    let strips = [
      Box(left: box.left, top: box.top - 2 - quiet, right: box.right, bottom: box.top - 2),
      Box(left: box.left, top: box.bottom + 2, right: box.right, bottom: box.bottom + 2 + quiet),
      Box(left: box.left - 2 - quiet, top: box.top, right: box.left - 2, bottom: box.bottom),
      Box(left: box.right + 2, top: box.top, right: box.right + 2 + quiet, bottom: box.bottom),
    ]
    return strips.count { Double(bits.blackCount(in: $0)) <= quietBlackMax * Double($0.area) }
  }

  private static func thinShare(of box: Box, _ bits: Bitmap, dpi: Double) -> Double {
    let thin = max(1, Int(dpi / 300))
    var edges: [Int] = []
    var runs = 0
    var short = 0
    for y in stride(from: box.top, to: box.bottom, by: 3) {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      for (place, edge) in edges.enumerated().dropFirst() where edge <= box.right && edges[place - 1] >= box.left {
        runs += 1
        if edge - edges[place - 1] <= thin { short += 1 }
      }
    }
    return runs == 0 ? 1 : Double(short) / Double(runs)
  }
}
