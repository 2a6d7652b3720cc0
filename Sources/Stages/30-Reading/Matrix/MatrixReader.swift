import Model

/// Finds and reads symbols in two dimensions: texture first, then what has a grid of modules or a finder pattern, then the
/// barcode library on crops of that.
///
/// The library is slow on whole pages and Debian's finds no DataMatrix there; crops take about a millisecond.
struct MatrixReader: Sendable {
  /// Share of black, and colour changes per 64 pixels along and across, that modules of up to 25 mil have.
  static let blackRange = 0.24...0.85
  static let changesAlongMin = 3.0
  static let changesAcrossMin = 1.1
  static let sizeMinInches = 0.08
  /// Of a candidate on the finer grid.
  static let smallMaxInches = 0.45
  static let marginInches = 0.32
  /// Around what has the shape of a symbol.
  static let tightMarginInches = 0.1
  /// Candidates of a page that are judged: pictures have texture all over.
  static let candidatesMax = 100
  /// Pixels a module of a sampled symbol.
  static let sampledModule = 4

  let view: PageView
  private let rows: ScanLines
  private let columns: ScanLines
  /// Of 16 × 16 pixels.
  private let texture: Texture
  private(set) var symbols: [PlacedSymbol] = []
  /// Places of texture that are larger than labels and nowhere crossed by paper: pictures.
  private(set) var pictures: [Box] = []
  /// Candidates that look like symbols and that nothing read.
  private(set) var unread: [Box] = []

  /// `rows` and `columns`: the page's scan lines.
  init(_ view: PageView, rows: ScanLines, columns: ScanLines) {
    self.view = view
    self.rows = rows
    self.columns = columns
    texture = Texture(of: view.bits, rows: rows, columns: columns)
  }

  /// `taken`: what linear symbols cover; `upright` and `lying`: ends of PDF417 in rows and in columns.
  mutating func read(besides taken: [Box], upright: [StackedEnds.End], lying: [StackedEnds.End]) {
    let large = candidates(blocks: blockSize).filter { !Self.isCovered($0, by: taken) }
    pictures = findPictures()
    var stacked = StackedReader(view)
    stacked.read(upright: upright, lying: lying, textures: large)
    symbols += stacked.symbols
    unread += stacked.unread
    var judged: [Box] = taken + symbols.map(\.box) + unread
    for box in large + smallCandidates() where !Self.isCovered(box, by: judged) {
      for evidence in MatrixEvidence.all(of: box, in: view) where !Self.isCovered(evidence.box, by: judged) {
        if judge(evidence) { judged.append(evidence.box) }
      }
    }
  }

  /// Whether it is read, or reported: as it is first; then, where it stands on a grid of modules, in every other way.
  private mutating func judge(_ evidence: MatrixEvidence) -> Bool {
    guard let bits = evidence.bits else { return false }
    let tight = cropBox(evidence.box, marginInches: Self.tightMarginInches)
    let wanted = evidence.isAlone ? Symbols.square : MatrixFinder(bits).symbologies
    if !wanted.isEmpty, take(find(wanted, in: natural(tight)), crop: tight) { return true }
    let (grid, likelihood) = evidence.graded(bits)
    if likelihood.logOdds >= MatrixEvidence.symbolLogOdds {
      if !readAgain(evidence.box, tight, bits, grid) { unread.append(evidence.box) }
      return true
    }
    return evidence.isAlone && takeSampled(evidence.box, bits, grid)
  }

  /// What has a grid of modules is worth several looks: module by module, with its surroundings, without noise, larger.
  private mutating func readAgain(_ box: Box, _ tight: Box, _ bits: Bitmap, _ grid: ModuleGrid) -> Bool {
    if take(find(in: natural(tight)), crop: tight) || takeSampled(box, view.bits.crop(box), grid)
      || takeSampled(box, bits, grid)
    {
      return true
    }
    let wide = cropBox(box, marginInches: Self.marginInches)
    return take(find(in: natural(wide)), crop: wide)
      || take(find(in: view.bits.medianLuminance(of: tight), isBilevel: true), crop: tight)
      || take(find(in: view.bits.luminance(of: tight).enlarged(2), isBilevel: true), crop: tight, scale: 2)
      || take(find(in: view.bits.medianLuminance(of: tight).enlarged(3), isBilevel: true), crop: tight, scale: 3)
      || takeMirrored(tight)
  }

  /// Each module by the majority of its middle: noise, ink that has spread and a page fed aslant are gone.
  private mutating func takeSampled(_ box: Box, _ bits: Bitmap, _ grid: ModuleGrid) -> Bool {
    guard grid.isFound else { return false }
    let scale = Self.sampledModule
    // Half of the middle; less where ink is thin, more where it has spread.
    for (share, isMirrored) in [(0.5, false), (0.3, false), (0.7, false), (0.5, true)] {
      let sampled = grid.sampled(bits, scale: scale, share: share)
      var found = find(in: isMirrored ? sampled.mirrored() : sampled, isBilevel: true)
      for index in found.indices {
        found[index].corners = found[index].corners.map { corner in
          let place = grid.place(
            x: isMirrored ? sampled.width - 1 - corner.x : corner.x, y: corner.y, scale: scale, width: bits.width,
            height: bits.height)
          return Point(place.x, place.y)
        }
      }
      if take(found, crop: box) { return true }
    }
    return false
  }

  /// A page with Orientation 2, 4, 5 or 7 is stored as in a mirror (TIFF 6.0 §8).
  private mutating func takeMirrored(_ crop: Box) -> Bool {
    var found = find(in: natural(crop).mirrored())
    for index in found.indices {
      found[index].corners = found[index].corners.map { Point(crop.width - 1 - $0.x, $0.y) }
    }
    return take(found, crop: crop)
  }

  private func cropBox(_ box: Box, marginInches: Double) -> Box {
    let margin = view.pixels(marginInches)
    return box.grown(margin, margin).clipped(toWidth: view.bits.width, height: view.bits.height)
  }

  private func natural(_ crop: Box) -> GrayImage { view.gray?.crop(crop) ?? view.bits.luminance(of: crop) }

  private func find(
    _ wanted: Set<Symbology> = Symbols.square, in image: GrayImage, isBilevel: Bool? = nil
  ) -> [FoundSymbol] {
    Symbols.find(wanted, in: image, rotate: true, isBilevel: isBilevel ?? (view.gray == nil))
  }

  /// Whether anything was read.
  @discardableResult private mutating func take(_ found: [FoundSymbol], crop: Box, scale: Int = 1) -> Bool {
    for symbol in found where !symbol.bytes.isEmpty {
      symbols.append(
        PlacedSymbol(
          symbology: symbol.symbology, bytes: symbol.bytes, isGS1: symbol.isGS1, rows: 1,
          corners: symbol.corners.map { Point($0.x / scale + crop.left, $0.y / scale + crop.top) }))
    }
    return found.contains { !$0.bytes.isEmpty }
  }

  static func isCovered(_ box: Box, by taken: [Box]) -> Bool {
    taken.contains { $0.intersection(box).area * 2 > box.area }
  }

  /// Shorter side.
  static let pictureInches = 1.0
  /// Colour changes per 64 pixels along and across, and share of black, of a halftone or dithered picture.
  static let pictureChangesMin = 7.0
  static let pictureBlackRange = 0.04...0.96
  /// Of a line that is paper, and of such lines in a picture.
  static let paperInkMax = 0.04
  static let paperLinesMax = 0.05

  /// Text has paper between its lines, forms between their fields; a picture has none.
  private func findPictures() -> [Box] {
    let side = 2 * blockSize
    let changes = Int(Self.pictureChangesMin * Double(side * side) / 64 * (300 / view.dpi))
    let area = Double(side * side)
    return groups(blocks: blockSize) { black, along, across in
      min(along, across) >= changes && Self.pictureBlackRange.contains(Double(black) / area)
    }
    .filter { box in
      min(box.width, box.height) >= view.pixels(Self.pictureInches)
        && Self.paperShare(rows.bits, pitch: rows.pitch, box) <= Self.paperLinesMax
        && Self.paperShare(columns.bits, pitch: columns.pitch, box.transposed) <= Self.paperLinesMax
    }
  }

  /// Share of the scan lines across a box that are paper.
  private static func paperShare(_ lines: Bitmap, pitch: Int, _ box: Box) -> Double {
    let range = box.top / pitch..<min(lines.height, box.bottom / pitch)
    guard !range.isEmpty else { return 1 }
    let paper = range.count { line in
      let black = lines.blackCount(in: Box(left: box.left, top: line, right: box.right, bottom: line + 1))
      return Double(black) <= paperInkMax * Double(box.width)
    }
    return Double(paper) / Double(range.count)
  }

  /// Every candidate with what is weighed of it, whatever its odds.
  func weighed() -> [(box: Box, likelihood: MatrixLikelihood)] {
    (candidates(blocks: blockSize) + smallCandidates()).flatMap { box in
      MatrixEvidence.all(of: box, in: view, least: -.infinity).compactMap { evidence in
        evidence.bits.map { (evidence.box, evidence.graded($0).likelihood) }
      }
    }
  }

  private var blockSize: Int { view.dpi < 250 ? 16 : view.dpi < 450 ? 32 : 64 }

  /// Symbols that are smaller than two blocks, and so fill none: looked for on a grid of half the size. Only what stands
  /// alone and has the shape of a symbol; text is texture on this grid too.
  private func smallCandidates() -> [Box] {
    guard blockSize > 16 else { return [] }
    let sideMax = Int(Self.smallMaxInches * view.dpi)
    return candidates(blocks: blockSize / 2) {
      max($0.width, $0.height) <= sideMax && max($0.width, $0.height) * 10 <= min($0.width, $0.height) * 25
    }
  }

  /// Boxes of connected texture, the fullest first.
  private func candidates(blocks size: Int, where isWanted: (Box) -> Bool = { _ in true }) -> [Box] {
    let side = 2 * size
    let blackMin = Int(Self.blackRange.lowerBound * Double(side * side))
    let blackMax = Int(Self.blackRange.upperBound * Double(side * side))
    let changes = Double(side * side) / 64 * (300 / view.dpi)
    let alongMin = Int(Self.changesAlongMin * changes)
    let acrossMin = Int(Self.changesAcrossMin * changes)
    let sizeMin = Int(Self.sizeMinInches * view.dpi)
    return groups(blocks: size) { black, along, across in
      black >= blackMin && black <= blackMax && max(along, across) >= alongMin && min(along, across) >= acrossMin
    }
    .filter { $0.width >= sizeMin && $0.height >= sizeMin && isWanted($0) }
    .prefix(Self.candidatesMax).map { $0 }
  }

  /// Boxes around what is connected of the windows of 2 × 2 blocks that are wanted by their sums, the fullest first.
  private func groups(
    blocks size: Int, where isWanted: (_ black: Int, _ along: Int, _ across: Int) -> Bool
  ) -> [Box] {
    let texture = self.texture.merged(size / Texture.size)
    let marked = texture.windows(isWanted)
    return CellGroups(marked: marked, columns: texture.columns, rows: texture.rows, reachX: 1, reachY: 1).boxes
      .sorted { $0.count > $1.count }
      .map { group in
        let cells = group.cells
        return Box(
          left: cells.left * size, top: cells.top * size, right: cells.right * size, bottom: cells.bottom * size
        )
        .clipped(toWidth: view.bits.width, height: view.bits.height)
      }
  }
}
