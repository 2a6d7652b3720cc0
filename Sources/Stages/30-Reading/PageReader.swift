import Model

/// The order in which a page is read: scan lines in both directions, symbols in two dimensions, regions of bars that are
/// left once more by their profile; then what still looks like a label and was not read.
struct PageReader: Sendable {
  /// Parts of a page that lean and are looked at once more.
  static let aslantMax = 12

  let view: PageView
  /// Of a part of a page that was turned once already.
  private let isLevel: Bool
  private(set) var upright: LinearReader
  private(set) var lying: LinearReader
  private(set) var matrix: MatrixReader

  init(_ view: PageView) { self.init(view, isLevel: false) }

  private init(_ view: PageView, isLevel: Bool) {
    self.view = view
    self.isLevel = isLevel
    upright = LinearReader(view, isTransposed: false)
    lying = LinearReader(view, isTransposed: true)
    matrix = MatrixReader(view, rows: upright.lines, columns: lying.lines)
  }

  /// Every row that was looked at.
  var lines: ScanLines { upright.lines }

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
        if !isRepeat { result.append((symbol, symbol.symbology.isPatch ? .patch : tier)) }
      }
    }
    add(upright.symbols.prefix(fromLines.upright), .lines)
    add(lying.symbols.prefix(fromLines.lying), .lines)
    add(upright.symbols.dropFirst(fromLines.upright), .profile)
    add(lying.symbols.dropFirst(fromLines.lying), .profile)
    add(matrix.symbols, .matrix)
    add(aslant, .level)
    return result
  }

  private var aslant: [PlacedSymbol] = []
  private var aslantUnreadable: [Box] = []

  /// Boxes of the page that look like labels and that nothing read.
  private(set) var unreadable: [Box] = []

  /// Where the readers have looked in vain, whatever is there.
  var left: [Box] { upright.left + lying.left.map(\.transposed) + matrix.left }

  mutating func read() {
    upright.readLines()
    lying.readLines()
    fromLines = (upright.symbols.count, lying.symbols.count)
    let ink = InkBlocks(view)
    matrix.read(
      besides: (upright.symbols + lying.symbols).map(\.box), upright: upright.stackedEnds.ends,
      lying: lying.stackedEnds.ends, blocks: ink)
    upright.retryRegions(besides: symbols.map(\.box))
    lying.retryRegions(besides: symbols.map(\.box))
    if !isLevel { readAslant() }
    unreadable = Remains(view, ink, besides: symbols.map(\.box)).boxes(
      found: left, symbols: matrix.symbolsLeft,
      logOddsMin: isLevel ? LabelLikelihood.aslantLogOdds : LabelLikelihood.reportedLogOdds)
    unreadable += aslantUnreadable.filter { box in unreadable.allSatisfy { $0.intersection(box).isEmpty } }
  }

  /// Everything once more for what leans so much that it was not read: turned, as if it were a page of its own.
  private mutating func readAslant() {
    var parts = 0
    let looks = Lookalikes(view: view)
    for box in matrix.places where parts < Self.aslantMax && !MatrixReader.isCovered(box, by: symbols.map(\.box)) {
      guard let part = LevelledPart(box, of: view) else { continue }
      parts += 1
      var level = PageReader(part.view, isLevel: true)
      level.read()
      // Patch codes are printed on sheets, never stuck on.
      let read = level.symbols.filter { !$0.symbology.isPatch }.compactMap(part.placed)
      aslant += read
      if read.isEmpty {
        aslantUnreadable += level.unreadable.filter(part.isWhole).map(part.place).filter { !looks.isMark($0) }
      }
    }
  }
}
