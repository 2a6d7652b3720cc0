/// What speaks for a textured box being a symbol that somebody meant to be read. Cheap signs first: size, ink, changes of
/// colour, paper around; then the grid of modules, which text and pictures do not have.
struct MatrixEvidence: Sendable {
  /// Shorter side: a torn piece of a small symbol, up to a large one.
  static let sideInches = 0.085...2.5
  static let aspectMax = 4.6
  static let blackRange = 0.12...0.9
  /// Before the median, of a symbol whose ink is thin.
  static let thinInkRange = 0.13...0.3
  /// Colour changes of an average row and of an average column: the fewer, and the more of the two.
  static let changesMin = 3.2
  static let changesMoreMin = 6.3
  /// The same where paper is all around: the smallest DataMatrix has 10 modules a line.
  static let changesAloneMin = 3.0
  static let changesMoreAloneMin = 4.2
  static let quietInches = 0.04
  static let quietBlackMax = 0.08
  static let quietSidesMin = 3
  /// Runs of one pixel at 300 dpi are dither, not modules.
  static let thinShareMax = 0.4
  /// Lines and columns with less ink part a symbol from the text beside it, in percent.
  static let inkedMin = 9
  /// Around a candidate, and between two of its lines, in inches: 0.05 is one or two modules; the last is for symbols that
  /// something stands close to.
  static let looks = [(margin: 0.1, gap: 0.0), (margin: 0.1, gap: 0.05), (margin: 0.03, gap: 0.0)]
  static let squareAspectMax = 1.35
  /// From this side on a finder pattern is enough, where paper is all around: few symbols are so large.
  static let largeInches = 0.6

  /// The candidate without what paper parts from it.
  let box: Box
  /// What is black there, without noise; nil where the cheap signs speak against a symbol.
  let bits: Bitmap?
  /// Paper on so many of the four sides.
  let quietSides: Int

  /// Paper is all around, and it is about as wide as high: worth a call of the barcode library.
  let isAlone: Bool

  /// With the best of grids.
  let likelihood: MatrixLikelihood

  /// Not looked at for its finder pattern alone: patterns have such, too.
  var isLikely: Bool { likelihood.logOdds >= (isAlone ? Self.worthLogOdds - Self.aloneLogOdds : Self.worthLogOdds) }

  /// From here on a candidate is worth a call of the barcode library: with the best grid that there is nearly all that were
  /// ever read are more likely symbols than not, and of forty candidates without a label one is.
  static let worthLogOdds = -0.3
  /// From 1,000 : 1 on it is a symbol even where a pen has changed its looks.
  static let sureLogOdds = 7.0
  /// So much less is enough where paper is all around: few such are there, and a symbol of ten modules a line has few changes.
  static let aloneLogOdds = 1.0
  /// From 11 : 2 on what nothing reads is reported.
  static let symbolLogOdds = 1.7

  /// Between two lines of modules of a symbol may be one that is nearly white, as below the finder squares of a QR; so
  /// the candidate is looked at without and with such gaps, and the first that has a grid counts.
  ///
  /// The likeliest first; those under `least` are left out.
  static func all(of candidate: Box, in view: PageView, least: Double = worthLogOdds) -> [MatrixEvidence] {
    var found: [MatrixEvidence] = []
    for (margin, gap) in looks {
      let surroundings = candidate.grown(view.pixels(margin), view.pixels(margin))
        .clipped(toWidth: view.bits.width, height: view.bits.height)
      let box = block(in: surroundings, view.bits, gapMax: max(2, view.pixels(gap)))
      if found.contains(where: { $0.box == box }) { continue }
      let evidence = MatrixEvidence(of: box, in: view, least: least)
      if evidence.isAlone { return [evidence] }
      found.append(evidence)
    }
    // A symbol with a name beside it is one candidate with it.
    let surroundings = candidate.grown(view.pixels(looks[0].margin), view.pixels(looks[0].margin))
      .clipped(toWidth: view.bits.width, height: view.bits.height)
    var blocks = BlockCut(view)
    blocks.cut(surroundings, depth: BlockCut.depthMax)
    for box in blocks.squares where !found.contains(where: { $0.box == box }) {
      found.append(MatrixEvidence(of: box, in: view, least: least))
    }
    return found.filter { $0.bits != nil }.sorted { $0.likelihood.logOdds > $1.likelihood.logOdds }
  }

  init(of block: Box, in view: PageView, least: Double = worthLogOdds) {
    let page = view.bits
    box = block
    let (width, height) = (Double(box.width) / view.dpi, Double(box.height) / view.dpi)
    quietSides = Self.quietSides(of: box, page, view.pixels(Self.quietInches))
    guard Self.sideInches.contains(min(width, height)), max(width, height) <= Self.aspectMax * min(width, height),
      quietSides >= Self.quietSidesMin
    else {
      (bits, isAlone, likelihood) = (nil, false, MatrixLikelihood())
      return
    }
    let inkOfAll = Double(page.blackCount(in: box)) / Double(max(1, box.area))
    guard Self.blackRange.contains(inkOfAll) else {
      (bits, isAlone, likelihood) = (nil, false, MatrixLikelihood())
      return
    }
    isAlone = quietSides == 4 && max(width, height) <= Self.squareAspectMax * min(width, height)
    // Without specks; but where ink is so thin that the median takes it too, as it is.
    var bits = page.median(of: box)
    var blackMin = Self.blackRange.lowerBound
    if Double(bits.blackCount) < Self.blackRange.lowerBound * Double(box.area), isAlone {
      let raw = page.crop(box)
      if Self.thinInkRange.contains(Double(raw.blackCount) / Double(box.area)) {
        bits = raw
        blackMin = Self.thinInkRange.lowerBound
      }
    }
    let turned = bits.transposed()
    let thin = max(1, Int(view.dpi / 300))
    let rows = LineRuns(bits, thin: thin)
    let columns = LineRuns(turned, thin: thin)
    let black = Double(bits.blackCount) / Double(max(1, box.area))
    let changes = (min(rows.changes, columns.changes), max(rows.changes, columns.changes))
    guard black >= blackMin, black <= Self.blackRange.upperBound,
      changes.0 >= (isAlone ? Self.changesAloneMin : Self.changesMin),
      changes.1 >= (isAlone ? Self.changesMoreAloneMin : Self.changesMoreMin), rows.thinShare <= Self.thinShareMax
    else {
      (self.bits, likelihood) = (nil, MatrixLikelihood())
      return
    }
    var likelihood = MatrixLikelihood()
    likelihood.aspect = max(width, height) / min(width, height)
    (likelihood.changes, likelihood.changesMore) = changes
    likelihood.longRuns = min(rows.longShare, columns.longShare)
    likelihood.thinRuns = min(rows.thinShare, columns.thinShare)
    likelihood.ink = inkOfAll
    likelihood.specks = inkOfAll - black
    likelihood.isQuiet = quietSides == 4
    likelihood.inches = min(width, height)
    guard
      likelihood.logOdds >= (isAlone ? least - Self.aloneLogOdds : least)
        || isAlone && likelihood.inches >= Self.largeInches && !MatrixFinder(bits).symbologies.isEmpty
    else {
      (self.bits, self.likelihood) = (nil, MatrixLikelihood())
      return
    }
    self.bits = bits
    self.likelihood = likelihood
  }

  /// The grid of modules, and the odds with it: what costs most, so only where a first look read nothing.
  func graded(_ bits: Bitmap) -> (grid: ModuleGrid, likelihood: MatrixLikelihood) {
    let grid = ModuleGrid(bits, turned: bits.transposed())
    var likelihood = likelihood
    likelihood.grid = grid.score
    return (grid, likelihood)
  }

  /// The largest block between rows and columns of paper: a symbol without the text beside it. `box` lies on the page.
  static func block(in box: Box, _ bits: Bitmap, gapMax: Int) -> Box {
    var box = box
    for _ in 0..<2 {
      guard !box.isEmpty else { return box }
      let rowMin = Int32((box.width * inkedMin + 99) / 100)
      let counts = bits.blackCounts(ofRowsIn: box)
      let rows = Stretch.longest(gapMax: gapMax, count: box.height) { counts[$0] >= rowMin }
      guard !rows.isEmpty else { return box }
      box = Box(left: box.left, top: box.top + rows.lowerBound, right: box.right, bottom: box.top + rows.upperBound)
      let inked = bits.columns(of: box, withAtLeast: (box.height * inkedMin + 99) / 100)
      let columns = Stretch.longest(gapMax: gapMax, count: box.width) { (inked[$0 >> 6] << UInt64($0 & 63)) >> 63 == 1 }
      guard !columns.isEmpty else { return box }
      box = Box(
        left: box.left + columns.lowerBound, top: box.top, right: box.left + columns.upperBound, bottom: box.bottom)
    }
    return box
  }

  private enum Stretch {
    /// The longest stretch of lines that are inked; `gapMax` lines of paper inside do not end it.
    static func longest(gapMax: Int, count: Int, where isInked: (Int) -> Bool) -> Range<Int> {
      var longest = 0..<0
      var start: Int?
      var last = 0
      for line in 0..<count where isInked(line) {
        if start == nil || line - last > gapMax + 1 { start = line }
        last = line
        if let start, last + 1 - start > longest.count { longest = start..<last + 1 }
      }
      return longest
    }
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
}
