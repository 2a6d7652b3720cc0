/// What speaks for a textured box being a symbol that somebody meant to be read. Cheap signs first: size, ink, changes of
/// colour, paper around; then the grid of modules, which text and pictures do not have.
struct MatrixEvidence: Sendable {
  /// Shorter side: a torn piece of a small symbol, up to a large one.
  static let sideInches = 0.085...2.5
  static let aspectMax = 4.6
  static let blackRange = 0.3...0.74
  /// Before the median, of a symbol whose ink is thin.
  static let thinInkRange = 0.26...0.5
  /// Colour changes of an average row and of an average column: the fewer, and the more of the two.
  static let changesMin = 3.2
  static let changesMoreMin = 6.3
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

  /// The candidate without what paper parts from it.
  let box: Box
  /// What is black there, without noise; nil where the cheap signs speak against a symbol.
  let bits: Bitmap?
  let grid: ModuleGrid?
  /// Paper on so many of the four sides.
  let quietSides: Int

  /// Changes of colour a module, along and across: modules are black or white by chance, so every second boundary is a
  /// change, fewer where ink covers some; in dithered pictures and hatching every boundary is one.
  static let changesPerModule = 0.28...0.66
  /// Of the shorter and the longer side. The smallest DataMatrix has 10, lines of letters have about 7; the largest QR and
  /// DataMatrix symbols that labels have are 57 and 52.
  static let modules = 9.0...60.0

  /// Certain enough to be looked at in every way, and reported where nothing reads it.
  let isSymbol: Bool

  /// Between two lines of modules of a symbol may be one that is nearly white, as below the finder squares of a QR; so
  /// the candidate is looked at without and with such gaps, and the first that has a grid counts.
  static func all(of candidate: Box, in view: PageView) -> [MatrixEvidence] {
    var found: [MatrixEvidence] = []
    for (margin, gap) in looks {
      let surroundings = candidate.grown(view.pixels(margin), view.pixels(margin))
        .clipped(toWidth: view.bits.width, height: view.bits.height)
      let box = block(in: surroundings, view.bits, gapMax: max(2, view.pixels(gap)))
      if found.contains(where: { $0.box == box }) { continue }
      let evidence = MatrixEvidence(of: box, in: view)
      if evidence.isSymbol, Double(max(box.width, box.height)) <= squareAspectMax * Double(min(box.width, box.height)) {
        return [evidence]
      }
      found.append(evidence)
    }
    return found
  }

  init(of block: Box, in view: PageView) {
    let page = view.bits
    box = block
    let (width, height) = (Double(box.width) / view.dpi, Double(box.height) / view.dpi)
    quietSides = Self.quietSides(of: box, page, view.pixels(Self.quietInches))
    guard Self.sideInches.contains(min(width, height)), max(width, height) <= Self.aspectMax * min(width, height),
      quietSides >= Self.quietSidesMin
    else {
      bits = nil
      grid = nil
      isSymbol = false
      return
    }
    // Without specks; but where ink is so thin that the median takes it too, as it is.
    var bits = page.median(of: box)
    var blackMin = Self.blackRange.lowerBound
    if Double(bits.blackCount) < Self.blackRange.lowerBound * Double(box.area), quietSides == 4,
      max(width, height) <= Self.squareAspectMax * min(width, height)
    {
      let raw = page.crop(box)
      if Self.thinInkRange.contains(Double(raw.blackCount) / Double(box.area)) {
        bits = raw
        blackMin = Self.thinInkRange.lowerBound
      }
    }
    let turned = bits.transposed()
    let rows = Runs(bits, thin: max(1, Int(view.dpi / 300)))
    let columns = Runs(turned, thin: max(1, Int(view.dpi / 300)))
    let black = Double(rows.black) / Double(max(1, box.area))
    let changes = (rows.changesPerLine, columns.changesPerLine)
    guard black >= blackMin, black <= Self.blackRange.upperBound, min(changes.0, changes.1) >= Self.changesMin,
      max(changes.0, changes.1) >= Self.changesMoreMin, rows.thinShare <= Self.thinShareMax
    else {
      self.bits = nil
      grid = nil
      isSymbol = false
      return
    }
    self.bits = bits
    let grid = ModuleGrid(bits, turned: turned)
    self.grid = grid
    let perModule = (changes.0 * grid.x.module / Double(bits.width), changes.1 * grid.y.module / Double(bits.height))
    isSymbol =
      grid.isSquare && Self.changesPerModule.contains(perModule.0) && Self.changesPerModule.contains(perModule.1)
      && Double(min(box.width, box.height)) >= Self.modules.lowerBound * grid.module
      && Double(max(box.width, box.height)) <= Self.modules.upperBound * grid.module
  }

  /// Sums over all lines of a bitmap.
  private struct Runs {
    var black = 0
    var changesPerLine = 0.0
    var thinShare = 0.0

    init(_ bits: Bitmap, thin: Int) {
      var edges: [Int] = []
      var (changes, runs, short) = (0, 0, 0)
      for y in 0..<bits.height {
        edges.removeAll(keepingCapacity: true)
        bits.appendEdges(of: y, to: &edges)
        changes += edges.count
        for place in edges.indices.dropFirst() {
          let run = edges[place] - edges[place - 1]
          runs += 1
          if run <= thin { short += 1 }
          if place & 1 == 1 { black += run }
        }
      }
      changesPerLine = Double(changes) / Double(max(1, bits.height))
      thinShare = runs == 0 ? 1 : Double(short) / Double(runs)
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
    for line in 0..<bits.height where bits.blackCount(ofRow: line) * 100 >= bits.width * inkedMin {
      if start == nil || line - last > gapMax + 1 { start = line }
      last = line
      if let start, last + 1 - start > longest.count { longest = start..<last + 1 }
    }
    return longest
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
