import Model

/// Finds and reads symbols in two dimensions: texture first, then the barcode library on what has it.
///
/// The library is slow on whole pages and Debian's finds no DataMatrix there; crops take about a millisecond.
struct MatrixReader: Sendable {
  /// Share of black, and colour changes per 64 pixels along and across, that modules of up to 25 mil have.
  static let blackRange = 0.27...0.75
  static let changesAlongMin = 3.0
  static let changesAcrossMin = 1.1
  static let sizeMinInches = 0.1
  /// Of a candidate on the finer grid.
  static let smallMaxInches = 0.45
  static let marginInches = 0.32
  static let stackedMarginInches = 0.7
  /// Bars may be any part of a PDF417.
  static let barsMarginInches = 2.2
  /// Around what has the shape of a symbol.
  static let tightMarginInches = 0.1
  /// Candidates of a page that are judged; those without the shape of a symbol that are looked at (a PDF417 may be among
  /// them), and how much of the page: pictures have texture all over.
  static let candidatesMax = 100
  static let texturesMax = 10
  static let areaMaxSquareInches = 24.0

  let view: PageView
  /// Of 16 × 16 pixels.
  private let texture: Texture
  private(set) var symbols: [PlacedSymbol] = []
  /// Candidates that look like symbols and that nothing read.
  private(set) var unread: [Box] = []

  /// `rows` and `columns`: the page's scan lines, every `rowPitch`th row and every `columnPitch`th column.
  init(_ view: PageView, rows: Bitmap, rowPitch: Int, columns: Bitmap, columnPitch: Int) {
    self.view = view
    texture = Texture(
      of: view.bits, rows: rows, rowPitch: rowPitch, columns: columns, columnPitch: columnPitch)
  }

  /// `taken`: what linear symbols cover. `bars`: regions of bars that are none: the rows of a PDF417 are bars as well.
  mutating func read(besides taken: [Box], bars: [Box]) {
    let found = candidates(blocks: blockSize).filter { !Self.isCovered($0, by: taken) }
      .map { (box: $0, evidence: MatrixEvidence(of: $0, in: view)) }
    for evidence in smallEvidence(besides: taken + found.filter(\.evidence.isSymbolLike).map(\.box)) {
      if !Self.isCovered(evidence.box, by: symbols.map(\.box)), !read(evidence), evidence.isLabelLike {
        unread.append(evidence.box)
      }
    }
    for (_, evidence) in found where evidence.isSymbolLike {
      if !Self.isCovered(evidence.box, by: symbols.map(\.box)), !read(evidence), evidence.isLabelLike {
        unread.append(evidence.box)
      }
    }
    for box in bars where !Self.isCovered(box, by: symbols.map(\.box)) {
      takeTurned(stackedCropBox(box, alongInches: Self.barsMarginInches))
    }
    var area = 0.0
    for (box, _) in found.lazy.filter({ !$0.evidence.isSymbolLike }).prefix(Self.texturesMax)
    where !Self.isCovered(box, by: symbols.map(\.box)) && MatrixFinder(box, of: view.bits).hasStackedEnd {
      area += Double(box.area) / (view.dpi * view.dpi)
      guard area <= Self.areaMaxSquareInches else { break }
      let crop =
        box.width * 2 > box.height * 3 || box.height * 2 > box.width * 3
        ? stackedCropBox(box) : cropBox(box, marginInches: Self.marginInches)
      take(find(in: natural(crop)), crop: crop)
    }
  }

  /// What would be reported if it were not read is looked at in every way; what only may be a symbol, where a finder
  /// pattern says so.
  private mutating func read(_ evidence: MatrixEvidence) -> Bool {
    if evidence.isLabelLike { return readSymbolLike(evidence.box) }
    let symbologies = MatrixFinder(evidence.box, of: view.bits).symbologies
    guard !symbologies.isEmpty else { return false }
    let tight = cropBox(evidence.box, marginInches: Self.tightMarginInches)
    if take(find(symbologies, in: natural(tight)), crop: tight) { return true }
    return symbologies.contains(.pdf417) && takeTurned(stackedCropBox(evidence.box))
  }

  /// What has the shape of a symbol is worth several looks: alone, with its surroundings, without noise, larger.
  private mutating func readSymbolLike(_ box: Box) -> Bool {
    let tight = cropBox(box, marginInches: Self.tightMarginInches)
    let isStacked = max(box.width, box.height) > 2 * min(box.width, box.height)
    let wide = isStacked ? stackedCropBox(box) : cropBox(box, marginInches: Self.marginInches)
    return take(find(in: natural(tight)), crop: tight) || take(find(in: natural(wide)), crop: wide)
      || isStacked && takeTurned(wide)
      || take(find(in: view.bits.medianLuminance(of: tight), isBilevel: true), crop: tight)
      || take(find(in: view.bits.luminance(of: tight).enlarged(2), isBilevel: true), crop: tight, scale: 2)
      || take(find(in: view.bits.medianLuminance(of: tight).enlarged(3), isBilevel: true), crop: tight, scale: 3)
      || take(find(in: natural(tight).enlarged(2)), crop: tight, scale: 2) || takeMirrored(tight)
  }

  /// Looks for PDF417 at every quarter turn: the library reads its rows from left to right only.
  @discardableResult private mutating func takeTurned(_ crop: Box) -> Bool {
    var image = natural(crop)
    for quarters in 0..<4 {
      if quarters > 0 { image = image.turned() }
      var found = Symbols.find([.pdf417], in: image, rotate: false, isBilevel: view.gray == nil)
      for index in found.indices where !found[index].corners.contains(Point(0, 0)) {
        found[index].corners = found[index].corners.map { back($0, quarters: quarters, crop) }
      }
      if take(found, crop: crop) { return true }
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

  /// From the crop turned clockwise `quarters` times to the crop as it is.
  private func back(_ point: Point, quarters: Int, _ crop: Box) -> Point {
    switch quarters {
    case 1: Point(point.y, crop.height - 1 - point.x)
    case 2: Point(crop.width - 1 - point.x, crop.height - 1 - point.y)
    case 3: Point(crop.width - 1 - point.y, point.x)
    default: point
    }
  }

  private func cropBox(_ box: Box, marginInches: Double) -> Box {
    let margin = view.pixels(marginInches)
    return box.grown(margin, margin).clipped(toWidth: view.bits.width, height: view.bits.height)
  }

  /// With room for the start and stop patterns of a PDF417, which have no texture: 18 modules of up to 25 mil.
  private func stackedCropBox(_ box: Box, alongInches: Double = stackedMarginInches) -> Box {
    let along = view.pixels(alongInches)
    let across = view.pixels(Self.marginInches)
    return (box.width >= box.height ? box.grown(along, across) : box.grown(across, along))
      .clipped(toWidth: view.bits.width, height: view.bits.height)
  }

  private func natural(_ crop: Box) -> GrayImage { view.gray?.crop(crop) ?? view.bits.luminance(of: crop) }

  private func find(
    _ wanted: Set<Symbology> = Symbols.matrix, in image: GrayImage, isBilevel: Bool? = nil
  ) -> [FoundSymbol] {
    Symbols.find(wanted, in: image, rotate: true, isBilevel: isBilevel ?? (view.gray == nil))
  }

  /// Whether anything was read.
  @discardableResult private mutating func take(_ found: [FoundSymbol], crop: Box, scale: Int = 1) -> Bool {
    for symbol in found where !symbol.bytes.isEmpty {
      symbols.append(
        PlacedSymbol(
          symbology: symbol.symbology, bytes: symbol.bytes, isGS1: symbol.isGS1, rows: 1,
          corners: corners(of: symbol, in: crop, scale: scale)))
    }
    return found.contains { !$0.bytes.isEmpty }
  }

  /// On the page. Of a PDF417 whose start or stop pattern was not seen the library names only the other edge (the rest
  /// stands at 0, 0): then the symbol is what is black there, turned as that edge says.
  private func corners(of symbol: FoundSymbol, in crop: Box, scale: Int) -> [Point] {
    let corners = symbol.corners.map { Point($0.x / scale + crop.left, $0.y / scale + crop.top) }
    let unseen = symbol.corners.map { $0 == Point(0, 0) }
    guard unseen.contains(true) else { return corners }
    let margin = view.pixels(Self.tightMarginInches)
    let box = MatrixEvidence.block(
      in: crop.grown(-margin, -margin), view.bits, gapMax: view.pixels(MatrixEvidence.stackedGapInches))
    let (top, bottom) = unseen[0] || unseen[3] ? (corners[1], corners[2]) : (corners[0], corners[3])
    let upright = [
      Point(box.left, box.top), Point(box.right - 1, box.top), Point(box.right - 1, box.bottom - 1),
      Point(box.left, box.bottom - 1),
    ]
    // Which corner of the page's frame is the symbol's first: its left or right edge says where its top is.
    let (dx, dy) = (top.x - bottom.x, top.y - bottom.y)
    let first = abs(dy) >= abs(dx) ? (dy <= 0 ? 0 : 2) : (dx > 0 ? 1 : 3)
    return (0..<4).map { upright[(first + $0) % 4] }
  }

  private static func isCovered(_ box: Box, by taken: [Box]) -> Bool {
    taken.contains { $0.intersection(box).area * 2 > box.area }
  }

  private var blockSize: Int { view.dpi < 250 ? 16 : view.dpi < 450 ? 32 : 64 }

  /// Symbols that are smaller than two blocks, and so fill none: looked for on a grid of half the size. Only what stands
  /// alone and has the shape of a symbol; text is texture on this grid too.
  private func smallEvidence(besides taken: [Box]) -> [MatrixEvidence] {
    guard blockSize > 16 else { return [] }
    let sideMax = Int(Self.smallMaxInches * view.dpi)
    return candidates(blocks: blockSize / 2) {
      max($0.width, $0.height) <= sideMax && max($0.width, $0.height) * 10 <= min($0.width, $0.height) * 17
    }
    .filter { !Self.isCovered($0, by: taken) }
    .map { MatrixEvidence(of: $0, in: view) }
    .filter { $0.isSymbolLike && !$0.isStackedLike }
  }

  /// Boxes of connected texture, the fullest first.
  private func candidates(blocks size: Int, where isWanted: (Box) -> Bool = { _ in true }) -> [Box] {
    let texture = self.texture.merged(size / Texture.size)
    let side = 2 * size
    let blackMin = Int(Self.blackRange.lowerBound * Double(side * side))
    let blackMax = Int(Self.blackRange.upperBound * Double(side * side))
    let changes = Double(side * side) / 64 * (300 / view.dpi)
    let alongMin = Int(Self.changesAlongMin * changes)
    let acrossMin = Int(Self.changesAcrossMin * changes)
    let marked = texture.windows { black, along, across in
      black >= blackMin && black <= blackMax && max(along, across) >= alongMin && min(along, across) >= acrossMin
    }
    let sizeMin = Int(Self.sizeMinInches * view.dpi)
    return CellGroups(marked: marked, columns: texture.columns, rows: texture.rows, reachX: 1, reachY: 1).boxes
      .sorted { $0.count > $1.count }
      .map { group in
        let cells = group.cells
        return Box(
          left: cells.left * size, top: cells.top * size, right: cells.right * size, bottom: cells.bottom * size
        )
        .clipped(toWidth: view.bits.width, height: view.bits.height)
      }
      .filter { $0.width >= sizeMin && $0.height >= sizeMin && isWanted($0) }
      .prefix(Self.candidatesMax).map { $0 }
  }
}
