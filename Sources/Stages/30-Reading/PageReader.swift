import Model

/// The order in which a page is read: scan lines in both directions, symbols in two dimensions, regions of bars that are
/// left once more by their profile; then what still looks like a label and was not read.
struct PageReader: Sendable {
  let view: PageView
  private(set) var upright: LinearReader
  private(set) var lying: LinearReader
  private(set) var matrix: MatrixReader

  init(_ view: PageView) {
    self.view = view
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
    return result
  }

  /// Boxes of the page that look like labels and that nothing read.
  private(set) var unreadable: [Box] = []

  mutating func read() {
    upright.readLines()
    lying.readLines()
    fromLines = (upright.symbols.count, lying.symbols.count)
    matrix.read(
      besides: (upright.symbols + lying.symbols).map(\.box), upright: upright.stackedEnds.ends,
      lying: lying.stackedEnds.ends)
    upright.retryRegions(besides: symbols.map(\.box))
    lying.retryRegions(besides: symbols.map(\.box))
    report()
  }

  private mutating func report() {
    var boxes = upright.unread + lying.unread.map(\.transposed) + matrix.unread
    boxes.sort { $0.area > $1.area }
    for box in boxes
    where standsOnPaper(box) && !isPartOfPicture(box) && !unreadable.contains(where: { !$0.intersection(box).isEmpty })
    {
      if !symbols.contains(where: { $0.box.intersection(box).area * 2 > box.area }) { unreadable.append(box) }
    }
  }

  /// Around a label is paper, on two sides of it at least: text may stand close, a pen may reach beyond. Inside a picture
  /// nothing stands on paper.
  private func standsOnPaper(_ box: Box) -> Bool {
    let (strip, beside) = (view.pixels(Self.paperInches), view.pixels(Self.besideInches))
    let strips = [
      Box(left: box.left - beside - strip, top: box.top, right: box.left - beside, bottom: box.bottom),
      Box(left: box.right + beside, top: box.top, right: box.right + beside + strip, bottom: box.bottom),
      Box(left: box.left, top: box.top - 2 - strip, right: box.right, bottom: box.top - 2),
      Box(left: box.left, top: box.bottom + 2, right: box.right, bottom: box.bottom + 2 + strip),
    ]
    let paper = strips.count {
      Double(view.bits.blackCount(in: $0)) <= Self.paperBlackMax * Double(max(1, $0.area))
    }
    return paper >= Self.paperSidesMin
  }

  /// A label that is one with a picture would be most of it.
  private func isPartOfPicture(_ box: Box) -> Bool {
    matrix.pictures.contains { picture in
      picture.intersection(box).area * 2 > box.area && Double(box.area) <= Self.pictureShareMax * Double(picture.area)
    }
  }

  static let pictureShareMax = 0.4
  static let paperInches = 0.05
  /// Regions of bars are known to a tenth of an inch along the lines.
  static let besideInches = 0.1
  static let paperBlackMax = 0.12
  static let paperSidesMin = 2
}
