import Model

/// The order in which a page is read: regions of bars in both directions, textured regions, what is left once more with
/// filters, the whole page as a net under all of it; then what still looks like a label and was not read.
struct PageReader: Sendable {
  let view: PageView
  var upright: LinearReader
  var lying: LinearReader
  var matrix: MatrixReader
  private var patches: [PlacedSymbol] = []

  init(_ view: PageView) {
    self.view = view
    upright = LinearReader(view, isTransposed: false)
    lying = LinearReader(view, isTransposed: true)
    matrix = MatrixReader(
      view, rows: upright.regions.middle, rowPitch: upright.regions.bandRows, columns: lying.regions.middle,
      columnPitch: lying.regions.bandRows)
  }

  /// How many of the linear readers' symbols are their first tier's.
  private var fromLines = (upright: 0, lying: 0)

  /// Without repeats, in no order.
  var symbols: [PlacedSymbol] { tieredSymbols.map(\.symbol) }

  /// The same, each with what read it.
  var tieredSymbols: [(symbol: PlacedSymbol, tier: ReadingTier)] {
    var result: [(symbol: PlacedSymbol, tier: ReadingTier)] = []
    func add(_ symbols: some Sequence<PlacedSymbol>, _ tier: ReadingTier) {
      for symbol in symbols {
        let isRepeat = result.contains {
          $0.symbol.symbology == symbol.symbology && $0.symbol.bytes == symbol.bytes
            && !$0.symbol.box.intersection(symbol.box).isEmpty
        }
        if !isRepeat { result.append((symbol, tier)) }
      }
    }
    add(upright.symbols.prefix(fromLines.upright), .lines)
    add(lying.symbols.prefix(fromLines.lying), .lines)
    add(upright.symbols.dropFirst(fromLines.upright), .profile)
    add(lying.symbols.dropFirst(fromLines.lying), .profile)
    add(matrix.symbols, .matrix)
    add(patches, .patch)
    return result
  }

  /// Boxes of the page that look like labels and that nothing read.
  private(set) var unreadable: [Box] = []

  mutating func read() {
    patches =
      PatchReader.read(upright.regions, isTransposed: false) + PatchReader.read(lying.regions, isTransposed: true)
    erase(patches)
    upright.readLines()
    lying.readLines()
    fromLines = (upright.symbols.count, lying.symbols.count)
    matrix.read(
      besides: (upright.symbols + lying.symbols).map(\.box),
      bars: upright.regions.boxes() + lying.regions.boxes().map(\.transposed))
    erase(symbols)
    upright.retryRegions()
    lying.retryRegions()
    erase(symbols)
    report()
  }

  private mutating func erase(_ symbols: [PlacedSymbol]) {
    for symbol in symbols {
      upright.erase(symbol.box)
      lying.erase(symbol.box.transposed)
    }
  }

  private mutating func report() {
    var boxes = upright.unread + lying.unread.map(\.transposed) + matrix.unread
    boxes.sort { $0.area > $1.area }
    for box in boxes where !unreadable.contains(where: { !$0.intersection(box).isEmpty }) {
      if !symbols.contains(where: { $0.box.intersection(box).area * 2 > box.area }) { unreadable.append(box) }
    }
  }
}
