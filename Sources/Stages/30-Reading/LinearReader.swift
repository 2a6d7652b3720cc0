import Model

/// A symbol with its place on the page, in pixels of the view.
struct PlacedSymbol: Sendable {
  var symbology: Symbology
  var bytes: [UInt8]
  var isGS1: Bool
  var rows: Int
  /// In the symbol's own frame: top left, top right, bottom right, bottom left.
  var corners: [Point]

  var box: Box {
    let x = corners.map(\.x)
    let y = corners.map(\.y)
    return Box(left: x.min()!, top: y.min()!, right: x.max()! + 1, bottom: y.max()! + 1)
  }
}

/// Reads linear symbols whose bars stand upright in `view`; the page's transposed view gives those that lie.
///
/// A read counts when enough scan lines agree: 2 for Code 128, which has a checksum, 3 for Code 39, 4 for ITF and
/// Codabar, whose fragments are symbols too. A misread is worse than no read.
struct LinearReader: Sendable {
  /// The barcode library finds a symbol only with paper around it.
  static let quietInches = 0.3
  /// More symbols than this in one region are texture.
  static let symbolsPerRegionMax = 12
  /// Symbols that the whole-page pass may find beyond the regions.
  static let netMax = 6
  /// Rows that the whole-page pass is given: the library looks at 256 of them.
  static let netRows = 550
  static let lines: [(symbologies: Set<Symbology>, minLines: Int)] = [
    ([.code128], 2), ([.code39], 3), ([.itf, .codabar], 4), ([.ean13, .upca], 5),
  ]

  let view: PageView
  /// The gray page, never transposed.
  let gray: GrayImage?
  let isTransposed: Bool
  private(set) var regions: BarRegions
  private(set) var symbols: [PlacedSymbol] = []

  init(_ view: PageView, gray: GrayImage?, isTransposed: Bool) {
    self.view = view
    self.gray = gray
    self.isTransposed = isTransposed
    regions = BarRegions(view.bits, dpi: view.dpi)
  }

  /// First pass: every region as it is.
  mutating func readRegions() {
    for box in regions.boxes() { read(cropBox(box), as: .natural) }
  }

  /// Second pass over what nothing read: the majority of each band (noise, thin strokes), its quarter (faded print), its
  /// three quarters (ink that has spread).
  mutating func retryRegions() {
    for box in regions.boxes() where BarEvidence.isLabelLike(box, in: regions) {
      for variant in [Variant.middle, .low, .high, .tall] where read(cropBox(box), as: variant) { break }
    }
  }

  /// Third pass: the barcode library's own search on the whole page, for what the regions missed (a slant of more than
  /// 5°, very small or very large bars). Each find is read again where it stands, by the same rules as the others.
  ///
  /// `read`: what needs no second look, in this reader's frame.
  mutating func castNet(besides read: [Box]) {
    let step = max(1, view.bits.height / Self.netRows)
    var image = rows(every: step)
    func erase(_ box: Box, _ reach: Int) {
      let box = box.grown(reach, reach)
      image.erase(Box(left: box.left, top: box.top / step, right: box.right, bottom: box.bottom / step + 1))
    }
    for box in read { erase(box, 4) }
    for _ in 0..<Self.netMax {
      guard let found = Symbols.find(Symbols.linear, in: image, rotate: false, minLines: 2).first else { return }
      let line = Box(found.corners.map { Point($0.x, $0.y * step) })
      let reach = view.pixels(0.1)
      let before = symbols.count
      self.read(cropBox(line.grown(0, reach)), as: .natural)
      for symbol in symbols[before...] { erase(isTransposed ? symbol.box.transposed : symbol.box, reach) }
      erase(line, reach)
    }
  }

  /// Forgets what others read; the box is in this reader's frame.
  mutating func erase(_ box: Box) { regions.erase(box.grown(BarRegions.cellPixels, 0)) }

  /// Regions that look like labels and that nothing read, in this reader's frame.
  func unread() -> [Box] { regions.boxes().filter { BarEvidence.isLabelLike($0, in: regions) } }

  // MARK: One region

  private enum Variant { case natural, middle, low, high, tall }

  /// Every `step`th row of the page.
  private func rows(every step: Int) -> GrayImage {
    var image = GrayImage(width: view.bits.width, height: view.bits.height / step)
    for y in 0..<image.height {
      let line = y * image.width
      if let gray, isTransposed {
        for x in 0..<image.width { image.pixels[line + x] = gray.pixels[x * gray.width + y * step] }
      } else if let gray {
        image.pixels.replaceSubrange(
          line..<line + image.width, with: gray.pixels[y * step * gray.width..<(y * step + 1) * gray.width])
      } else {
        view.bits.draw(row: y * step, from: 0, to: image.width, into: &image.pixels, at: line)
      }
    }
    return image
  }

  private func cropBox(_ box: Box) -> Box {
    box.grown(view.pixels(Self.quietInches), regions.bandRows)
      .clipped(toWidth: view.bits.width, height: view.bits.height)
  }

  private func bands(_ variant: Variant) -> Bitmap {
    switch variant {
    case .natural, .middle: regions.middle
    case .low, .tall: regions.low
    case .high: regions.high
    }
  }

  /// The pixels for the library, and how many rows of the page one row of them stands for.
  private func image(_ crop: Box, _ variant: Variant) -> (image: GrayImage, top: Int, rowScale: Double) {
    if variant == .natural {
      guard let gray else { return (view.bits.luminance(of: crop), crop.top, 1) }
      return (isTransposed ? gray.crop(crop.transposed).transposed() : gray.crop(crop), crop.top, 1)
    }
    if variant == .tall {
      let rows = min(31, regions.bandRows * 3)
      let bands = view.bits.rows(crop.top..<crop.bottom).bands(of: rows, needed: [max(1, rows / 5)])[0]
      let box = Box(left: crop.left, top: 0, right: crop.right, bottom: bands.height)
      return (
        bands.luminance(of: box).stretched(x: 1, y: Self.bandCopies), crop.top, Double(rows) / Double(Self.bandCopies)
      )
    }
    let first = crop.top / regions.bandRows
    let last = min(regions.middle.height, (crop.bottom + regions.bandRows - 1) / regions.bandRows)
    let box = Box(left: crop.left, top: first, right: crop.right, bottom: last)
    let image = bands(variant).luminance(of: box).stretched(x: 1, y: Self.bandCopies)
    return (image, first * regions.bandRows, Double(regions.bandRows) / Double(Self.bandCopies))
  }

  /// A band is given to the library as two equal rows: one may be passed over between two lines that are looked at.
  private static let bandCopies = 2

  /// Whether anything was read.
  @discardableResult private mutating func read(_ crop: Box, as variant: Variant) -> Bool {
    guard !crop.isEmpty else { return false }
    var (image, top, rowScale) = image(crop, variant)
    var count = 0
    for (symbologies, lines) in Self.lines {
      let minLines = variant == .natural ? lines : lines * Self.bandCopies - 1
      while count < Self.symbolsPerRegionMax,
        let found = Symbols.find(symbologies, in: image, rotate: false, minLines: minLines).first
      {
        let y = top + Int(Double(found.corners[0].y + found.corners[3].y) / 2 * rowScale)
        let placed = place(found, left: crop.left, y: y, in: bands(variant))
        let isCredible = isCredible(found, at: placed.span, y: y, in: bands(variant))
        // What a torn label leaves may look like the bars of goods: that is no reading, and must not hide the label.
        if !isCredible, found.symbology.isOfGoods { break }
        count += 1
        let span = placed.span.grown(2, regions.bandRows)
        image.erase(
          Box(
            left: span.left - crop.left, top: Int(Double(span.top - top) / rowScale), right: span.right - crop.left,
            bottom: Int(Double(span.bottom - top) / rowScale) + 1))
        guard isCredible else { continue }
        symbols.append(placed.symbol)
        erase(placed.span)
      }
    }
    return count > 0
  }

  /// Fragments of other symbols are refused: too short, an odd number of digits, or no paper beside them.
  private func isCredible(_ found: FoundSymbol, at span: Box, y: Int, in bands: Bitmap) -> Bool {
    switch found.symbology {
    case .code39: return found.bytes.count >= 3
    case .itf:
      return found.bytes.count >= 6 && found.bytes.count.isMultiple(of: 2) && hasQuietZone(span, y: y, in: bands)
    case .ean13, .upca: return found.bytes.count >= 12 && hasQuietZone(span, y: y, in: bands)
    case .codabar: return found.bytes.count >= 6 && hasQuietZone(span, y: y, in: bands)
    default: return !found.bytes.isEmpty
    }
  }

  private func hasQuietZone(_ span: Box, y: Int, in bands: Bitmap) -> Bool {
    let band = min(bands.height - 1, max(0, y / regions.bandRows))
    let quiet = view.pixels(0.06)
    let rows = (top: band, bottom: band + 1)
    return bands.blackCount(
      in: Box(left: span.left - 3 - quiet, top: rows.top, right: span.left - 3, bottom: rows.bottom)) == 0
      && bands.blackCount(
        in: Box(left: span.right + 3, top: rows.top, right: span.right + 3 + quiet, bottom: rows.bottom)) == 0
  }

  // MARK: Its place

  /// The symbol's corners on the page: the library names one scan line, the bars show how far it goes up and down.
  /// `span` is the upright box in this reader's frame.
  private func place(_ found: FoundSymbol, left: Int, y: Int, in bands: Bitmap) -> (symbol: PlacedSymbol, span: Box) {
    let start = found.corners[0].x + left
    let stop = found.corners[1].x + left
    let extent = BarExtent(from: min(start, stop), to: max(start, stop), y: y, bands: bands, bandRows: regions.bandRows)
    var corners = extent.corners
    // Own frame: from the start of the symbol to its stop is rightwards. In the transposed frame right and down are
    // exchanged, so what is the upper edge there is the lower one on the page.
    if (start > stop) != isTransposed { corners = [corners[3], corners[2], corners[1], corners[0]] }
    if start > stop { corners = [corners[1], corners[0], corners[3], corners[2]] }
    if isTransposed { corners = corners.map { Point($0.y, $0.x) } }
    let symbol = PlacedSymbol(
      symbology: found.symbology, bytes: found.bytes, isGS1: found.isGS1, rows: found.lines, corners: corners)
    return (symbol, extent.box)
  }
}
