import Model

/// Whether anything was written on a page that carries no label (RULES *Sheets*): no connected mark larger than 1 mm
/// outside a 5 mm border, also after a test of local contrast, so that pencil, carbon copies and print that shines
/// through from the reverse side are not blank. A hole that was punched is no mark: what is seen there is the lid.
struct BlankTest: Sendable {
  let view: PageView
  let options: ReadingOptions

  func blankness() -> Blankness {
    let interior = Box(left: 0, top: 0, right: view.bits.width, bottom: view.bits.height)
      .grown(-millimetres(options.borderMillimetres), -millimetres(options.borderMillimetres))
    guard !interior.isEmpty else { return .nearlyBlank }
    let printed = verdict(on: view, interior)
    guard printed == .blank, let gray = view.gray else { return printed }
    let halved = view.dpi >= 200
    let page = (halved ? gray.crop(interior).halved() : gray.crop(interior))
    let dpi = halved ? view.dpi / 2 : view.dpi
    let faint = page.darkerThanSurroundings(reach: max(4, Int(dpi / 25.4 * 1.5)), contrastMin: options.faintContrast)
    return verdict(
      on: PageView(bits: faint, gray: nil, dpi: dpi),
      Box(left: 0, top: 0, right: faint.width, bottom: faint.height))
  }

  /// A hole's rim.
  static let holeMarginInches = 0.01

  private var doubtfulMillimetres: Double { options.markMillimetres * options.doubtfulFactor }

  private func millimetres(_ length: Double) -> Int { Int((length / 25.4 * view.dpi).rounded()) }

  private func verdict(on page: PageView, _ interior: Box) -> Blankness {
    let verdict = verdict(on: page.bits, interior, dpi: page.dpi)
    if verdict == .blank { return .blank }
    let holes = Lookalikes(view: page).holes()
    if holes.isEmpty { return verdict }
    let margin = page.pixels(Self.holeMarginInches)
    return self.verdict(on: page.erasing(holes.map { $0.grown(margin, margin) }).bits, interior, dpi: page.dpi)
  }

  private func verdict(on bits: Bitmap, _ interior: Box, dpi: Double) -> Blankness {
    let pixels = dpi / 25.4
    let mark = Strokes(bits, in: interior, enough: Int(doubtfulMillimetres * pixels) + 1).longest
    if Double(mark) > doubtfulMillimetres * pixels { return .inked }
    if Double(mark) > options.markMillimetres * pixels { return .nearlyBlank }
    return isStrewn(bits, interior, pixelsPerMillimetre: pixels) ? .nearlyBlank : .blank
  }

  /// Whether small marks stand in a row, as a thin stroke does that thresholding has broken up: connected cells of half a
  /// millimetre that are clearly darker than the page's noise, over 3 mm.
  private func isStrewn(_ bits: Bitmap, _ interior: Box, pixelsPerMillimetre: Double) -> Bool {
    let size = max(2, Int((pixelsPerMillimetre / 2).rounded()))
    let columns = interior.width / size
    let rows = interior.height / size
    guard columns > 0, rows > 0 else { return false }
    var black = [Int](repeating: 0, count: columns * rows)
    var edges: [Int] = []
    for y in 0..<rows * size {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: interior.top + y, to: &edges)
      for place in stride(from: 0, to: edges.count - 1, by: 2) {
        for x in edges[place]..<edges[place + 1] where x >= interior.left && x < interior.left + columns * size {
          black[y / size * columns + (x - interior.left) / size] += 1
        }
      }
    }
    let noise = Double(black.reduce(0, +)) / Double(columns * rows)
    let least = max(size * size / 9, Int(noise * 4 + 4))
    let groups = CellGroups(marked: black.map { $0 >= least }, columns: columns, rows: rows, reachX: 2, reachY: 2)
    return groups.boxes.contains { $0.count >= 5 && max($0.cells.width, $0.cells.height) >= 6 }
  }
}
