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
  static let marginInches = 0.32
  /// Around what has the shape of a symbol.
  static let tightMarginInches = 0.1
  /// Candidates of a page that are judged: pictures have texture all over.
  static let candidatesMax = 100
  /// Pixels a module of a sampled symbol.
  static let sampledModule = 4
  static let smoothScales = [4, 3, 2]
  /// Pixels a module of symbols that are read when they are larger: of others, on 1,900 pages, of 3,000 looks one was not in vain.
  static let smallModuleMax = 4.6
  /// From here on what stands alone is sampled even where its grid does not say that it is a symbol, on the page and cut out.
  static let (sampledLogOdds, sampledIsolatedLogOdds) = (-6.0, -3.0)
  /// From this side on what has a finder pattern is looked at in half its size, too.
  static let halvedInches = 0.5

  /// Share of ink of 32 × 32 pixels (at 300 dpi) inside a symbol; pieces of a page that are looked at alone.
  static let isolatedInk = 0.3
  static let isolatedMax = 60
  /// Of those worth the search for a grid, before it: of 51 symbols that were read so one was less likely, of other pieces every second.
  static let isolatedLogOdds = 2.0

  let view: PageView
  /// A piece that was cut out of the page.
  private let isIsolated: Bool
  /// Of 16 × 16 pixels.
  private let texture: Texture
  private(set) var symbols: [PlacedSymbol] = []
  /// Candidates that nothing read, whatever they are.
  private(set) var left: [Box] = []
  /// Of these what stands on a grid of modules without doubt.
  private(set) var symbolsLeft: [Box] = []
  /// Where labels may be by their texture, and what stands alone.
  private(set) var places: [Box] = []

  /// `rows` and `columns`: the page's scan lines.
  init(_ view: PageView, rows: ScanLines, columns: ScanLines) {
    self.view = view
    isIsolated = false
    texture = Texture(of: view.bits, rows: rows, columns: columns)
  }

  private init(_ part: IsolatedPart) {
    view = part.view
    isIsolated = true
    texture = Texture(blackOf: view.bits)
  }

  /// `taken`: what linear symbols cover; `upright` and `lying`: ends of PDF417 in rows and in columns; `blocks`: what stands
  /// on the page.
  mutating func read(
    besides taken: [Box], upright: [StackedEnds.End], lying: [StackedEnds.End], blocks: InkBlocks
  ) {
    let large = candidates(blocks: blockSize).filter { !Self.isCovered($0, by: taken) }
    var stacked = StackedReader(view)
    stacked.read(upright: upright, lying: lying, textures: large)
    symbols += stacked.symbols
    left += stacked.unread
    var judged: [Box] = taken + symbols.map(\.box) + left
    places = large + standing(blocks)
    for box in places where !Self.isCovered(box, by: judged) {
      for evidence in MatrixEvidence.all(of: box, in: view) where !Self.isCovered(evidence.box, by: judged) {
        let (isRead, isSymbol, logOdds) = read(evidence)
        if !isRead, evidence.isLikely { left.append(evidence.box) }
        if !isRead, logOdds >= MatrixEvidence.sureLogOdds { symbolsLeft.append(evidence.box) }
        if isRead || isSymbol { judged.append(evidence.box) }
      }
    }
    readIsolated(blocks, besides: taken)
  }

  /// Once more, alone: what stands so close to a border, a line or text that it was not read, whether or not it was known for a symbol.
  private mutating func readIsolated(_ blocks: InkBlocks, besides taken: [Box]) {
    var covered = taken + symbols.map(\.box)
    let places = blocks.dense(Self.isolatedInk).map { blocks.pixels($0.cells, in: view) }
      .filter { !Self.isCovered($0, by: covered) }
    for piece in IsolatedPart.pieces(around: places, of: view).prefix(Self.isolatedMax)
    where !Self.isCovered(piece.box, by: covered) {
      let part = IsolatedPart(piece.box, of: view)
      var alone = MatrixReader(part)
      alone.readEvidence(of: part.box)
      for var symbol in alone.symbols {
        symbol.corners = symbol.corners.map(part.place)
        symbols.append(symbol)
        covered.append(symbol.box)
      }
      // What is only a part of something, as of a pattern, is no symbol unless it is read.
      guard piece.isWhole else { continue }
      left += alone.left.map(part.place)
    }
  }

  private mutating func readEvidence(of box: Box) {
    for evidence in MatrixEvidence.all(of: box, in: view)
    where evidence.likelihood.logOdds >= Self.isolatedLogOdds || !evidence.isLikely {
      let (isRead, _, logOdds) = read(evidence)
      if isRead { return }
      if logOdds >= MatrixEvidence.sureLogOdds { left.append(evidence.box) }
    }
  }

  /// Whether it is read: as it is first; then, where it stands on a grid of modules, and so is a symbol for sure, in every
  /// other way.
  private mutating func read(_ evidence: MatrixEvidence) -> (
    isRead: Bool, isSymbol: Bool, logOdds: Double
  ) {
    guard let bits = evidence.bits else { return (false, false, -.infinity) }
    let tight = cropBox(evidence.box, marginInches: Self.tightMarginInches)
    let wanted = evidence.isAlone ? Symbols.square : MatrixFinder(bits).symbologies
    if !wanted.isEmpty, take(find(wanted, in: natural(tight)), crop: tight) { return (true, true, .infinity) }
    if min(evidence.box.width, evidence.box.height) >= view.pixels(Self.halvedInches),
      takeHalved(MatrixFinder(bits).symbologies, tight)
    {
      return (true, true, .infinity)
    }
    let (grid, likelihood) = evidence.graded(bits)
    if likelihood.logOdds >= MatrixEvidence.symbolLogOdds {
      return (readAgain(evidence.box, tight, bits, grid), true, likelihood.logOdds)
    }
    guard evidence.isAlone else { return (false, false, likelihood.logOdds) }
    let isWorthMore = likelihood.logOdds >= MatrixEvidence.worthLogOdds
    let isWorthSampling =
      likelihood.logOdds >= (isIsolated ? Self.sampledIsolatedLogOdds : Self.sampledLogOdds)
    let isRead =
      isWorthSampling && takeSampled(evidence.box, bits, grid) || isWorthMore && takeSmooth(tight, grid)
    return (isRead, false, likelihood.logOdds)
  }

  /// What has a grid of modules is worth several looks: module by module, with its surroundings, without noise, larger.
  private mutating func readAgain(_ box: Box, _ tight: Box, _ bits: Bitmap, _ grid: ModuleGrid) -> Bool {
    if take(find(in: natural(tight)), crop: tight) || takeSampled(box, view.bits.crop(box), grid)
      || takeSampled(box, bits, grid)
    {
      return true
    }
    if !isIsolated {
      let wide = cropBox(box, marginInches: Self.marginInches)
      if take(find(in: natural(wide)), crop: wide) { return true }
    }
    return takeSmooth(tight, grid)
      || take(find(in: view.bits.medianLuminance(of: tight), isBilevel: true), crop: tight)
      || takeEnlarged(tight, grid)
      || takeMirrored(tight)
  }

  /// Modules of few pixels larger, as they are and without noise.
  private mutating func takeEnlarged(_ tight: Box, _ grid: ModuleGrid) -> Bool {
    guard grid.module <= Self.smallModuleMax else { return false }
    return take(find(in: view.bits.luminance(of: tight).enlarged(2), isBilevel: true), crop: tight, scale: 2)
      || take(find(in: view.bits.medianLuminance(of: tight).enlarged(3), isBilevel: true), crop: tight, scale: 3)
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

  /// Larger by lines drawn from pixel to pixel, so that the library's own limit between black and white falls between pixels: what
  /// reads modules of three pixels.
  private mutating func takeSmooth(_ tight: Box, _ grid: ModuleGrid) -> Bool {
    guard grid.isFound, grid.module <= Self.smallModuleMax else { return false }
    let image = natural(tight)
    return Self.smoothScales.contains { scale in
      take(find(in: image.enlargedSmoothly(scale), isBilevel: false), crop: tight, scale: scale)
    }
  }

  /// Half as large: the library's 1.4 looks in vain for some QR codes of modules of seven pixels and more.
  private mutating func takeHalved(_ wanted: Set<Symbology>, _ tight: Box) -> Bool {
    guard !wanted.isEmpty else { return false }
    var found = find(wanted, in: natural(tight).halved(), isBilevel: false)
    for index in found.indices { found[index].corners = found[index].corners.map { Point($0.x * 2, $0.y * 2) } }
    return take(found, crop: tight)
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

  /// Every candidate with what is weighed of it, whatever its odds.
  func weighed() -> [(box: Box, likelihood: MatrixLikelihood)] {
    candidates(blocks: blockSize).flatMap { box in
      MatrixEvidence.all(of: box, in: view, least: -.infinity).compactMap { evidence in
        evidence.bits.map { (evidence.box, evidence.graded($0).likelihood) }
      }
    }
  }

  /// Of a symbol that stands alone, in whole cells: paper around it adds up to one on each side.
  static let standingInches = 0.1...1.3
  static let standingAspectMax = 1.5
  static let standingInkMin = 0.2

  /// Blocks about as wide as high with the ink of a symbol, the fullest first: however much else is on the page, a symbol with
  /// paper around it is looked at.
  private func standing(_ blocks: InkBlocks) -> [Box] {
    let texture = blocks.texture
    return blocks.groups.compactMap { group -> (box: Box, ink: Double)? in
      let (cells, sides) = (group.cells, (group.cells.width * blocks.size, group.cells.height * blocks.size))
      guard Self.standingInches.contains(Double(min(sides.0, sides.1)) / view.dpi),
        Double(max(sides.0, sides.1)) <= Self.standingInches.upperBound * view.dpi,
        Double(max(cells.width, cells.height) - 1) <= Self.standingAspectMax * Double(min(cells.width, cells.height))
      else { return nil }
      var black = 0
      for row in cells.top..<cells.bottom {
        for at in row * texture.columns + cells.left..<row * texture.columns + cells.right {
          black += Int(texture.black[at])
        }
      }
      // Of a block of 3 × 3 cells a symbol may fill little more than one.
      let inner = max(1, (sides.0 - blocks.size) * (sides.1 - blocks.size))
      let ink = Double(black) / Double(inner)
      return ink >= Self.standingInkMin ? (blocks.pixels(cells, in: view), ink) : nil
    }
    .sorted { $0.ink > $1.ink }.prefix(Self.candidatesMax).map(\.box)
  }

  private var blockSize: Int { view.dpi < 250 ? 16 : view.dpi < 450 ? 32 : 64 }

  /// Boxes of connected texture, the fullest first.
  private func candidates(blocks size: Int) -> [Box] {
    let side = 2 * size
    let blackMin = Int(Self.blackRange.lowerBound * Double(side * side))
    let blackMax = Int(Self.blackRange.upperBound * Double(side * side))
    let changes = Double(side * side) / 64 * (300 / view.dpi)
    let alongMin = Int(Self.changesAlongMin * changes)
    let acrossMin = Int(Self.changesAcrossMin * changes)
    let sizeMin = Int(Self.sizeMinInches * view.dpi)
    let wanted = Texture.Wanted(black: blackMin...blackMax, changesMoreMin: alongMin, changesFewerMin: acrossMin)
    return groups(blocks: size, wanted)
      .filter { $0.width >= sizeMin && $0.height >= sizeMin }
      .prefix(Self.candidatesMax).map { $0 }
  }

  /// Boxes around what is connected of the windows of 2 × 2 blocks that are wanted by their sums, the fullest first.
  private func groups(blocks size: Int, _ wanted: Texture.Wanted) -> [Box] {
    let texture = self.texture.merged(size / Texture.size)
    let marked = texture.windows(wanted)
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
