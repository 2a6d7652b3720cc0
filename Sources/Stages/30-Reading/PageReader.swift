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

  /// Without repeats, in no order.
  var symbols: [PlacedSymbol] {
    var result: [PlacedSymbol] = []
    for symbol in upright.symbols + lying.symbols + matrix.symbols {
      let isRepeat = result.contains {
        $0.symbology == symbol.symbology && $0.bytes == symbol.bytes && !$0.box.intersection(symbol.box).isEmpty
      }
      if !isRepeat { result.append(symbol) }
    }
    return result
  }

  /// Boxes of the page that look like labels and that nothing read.
  private(set) var unreadable: [Box] = []

  mutating func read() {
    upright.readLines()
    lying.readLines()
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
    for box in boxes where !unreadable.contains(where: { !$0.intersection(box).isEmpty }) {
      if !symbols.contains(where: { $0.box.intersection(box).area * 2 > box.area }) { unreadable.append(box) }
    }
  }
}
