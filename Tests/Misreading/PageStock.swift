/// Where pieces of pages come from.
public protocol PageStock: Sendable {
  /// A label with about half an inch of what is around it, and all labels that show in it; nil where there are none.
  func label(_ dice: inout Dice) -> (sheet: Sheet, printed: [Printed])?
  /// A part of a page without barcodes, of the given size: text, tables, pictures.
  func piece(_ dice: inout Dice, width: Int, height: Int) -> Sheet
  /// A third of a page at least, without barcodes; what is printed on it all the same are patch codes.
  func window(_ dice: inout Dice) -> (sheet: Sheet, printed: [Printed])
}

/// A label drawn with our own encoder, stuck on a piece of a page.
func drawnLabel(_ stock: some PageStock, _ dice: inout Dice) -> (sheet: Sheet, printed: [Printed]) {
  let text = LabelText.linear(&dice)
  let (bars, module) = text.bars(&dice)
  // Half an inch of surroundings, of which the label's own paper is some.
  let around = dice.whole(60...170)
  let quiet = Int(module * dice.of([4, 6, 8, 10, 10, 10, 12, 12, 15]))
  let above = dice.whole(2...30)
  var sheet = stock.piece(&dice, width: bars.width + 2 * (quiet + around), height: bars.height + 2 * around)
  sheet.fill(around..<sheet.width - around, around - above..<sheet.height - around + above, isBlack: false)
  sheet.lay(bars, x: around + quiet, y: around, .darken)
  return (sheet, [text.printed])
}

/// Pages drawn by the dice: rulings, tables, blocks of strokes as large as text, bars that are no code. For the tests,
/// which need no files.
public struct DrawnStock: PageStock {
  public init() {}

  public func label(_ dice: inout Dice) -> (sheet: Sheet, printed: [Printed])? { nil }

  public func window(_ dice: inout Dice) -> (sheet: Sheet, printed: [Printed]) {
    let width = dice.whole(1500...2550)
    return (piece(&dice, width: width, height: 2_900_000 / width), [])
  }

  public func piece(_ dice: inout Dice, width: Int, height: Int) -> Sheet {
    var sheet = Sheet(width: width, height: height)
    for _ in 0..<1 + width * height / 300_000 {
      let (x, y) = (dice.whole(-100...width), dice.whole(-50...height))
      switch dice.whole(0...5) {
      case 0: table(&sheet, x, y, &dice)
      case 1: bars(&sheet, x, y, &dice)
      case 2: grid(&sheet, x, y, &dice)
      default: text(&sheet, x, y, &dice)
      }
    }
    return sheet
  }

  private func table(_ sheet: inout Sheet, _ x: Int, _ y: Int, _ dice: inout Dice) {
    let (columns, rows, wide, high) = (dice.whole(2...30), dice.whole(2...12), dice.whole(8...120), dice.whole(20...80))
    let pen = dice.whole(1...5)
    for column in 0...columns { sheet.fill(x + column * wide..<x + column * wide + pen, y..<y + rows * high) }
    for row in 0...rows { sheet.fill(x..<x + columns * wide, y + row * high..<y + row * high + pen) }
  }

  /// Bars of widths by chance, with paper on both sides.
  private func bars(_ sheet: inout Sheet, _ x: Int, _ y: Int, _ dice: inout Dice) {
    let (module, height) = (dice.whole(2...6), dice.whole(20...200))
    let isWideNarrow = dice.isLucky(0.5)
    var at = x
    for _ in 0..<dice.whole(8...60) {
      let widths = isWideNarrow ? [1, 1, 3] : [1, 2, 3, 4]
      let bar = dice.of(widths)
      sheet.fill(at..<at + bar * module, y..<y + height)
      at += (bar + dice.of(widths)) * module
    }
  }

  private func grid(_ sheet: inout Sheet, _ x: Int, _ y: Int, _ dice: inout Dice) {
    let (module, side) = (dice.whole(3...7), dice.whole(8...40))
    for row in 0..<side {
      for column in 0..<side where dice.isLucky(0.5) {
        sheet.fill(x + column * module..<x + (column + 1) * module, y + row * module..<y + (row + 1) * module)
      }
    }
  }

  private func text(_ sheet: inout Sheet, _ x: Int, _ y: Int, _ dice: inout Dice) {
    let size = dice.whole(16...60)
    let pen = max(2, size / 9)
    for line in 0..<dice.whole(1...8) {
      var at = x
      let top = y + line * size * 3 / 2
      for _ in 0..<dice.whole(4...40) {
        if dice.isLucky(0.8) { sheet.fill(at..<at + pen, top..<top + size) }
        if dice.isLucky(0.5) { sheet.fill(at..<at + size / 2, top..<top + pen) }
        if dice.isLucky(0.4) { sheet.fill(at..<at + size / 2, top + size / 2..<top + size / 2 + pen) }
        if dice.isLucky(0.5) { sheet.fill(at + size / 2 - pen..<at + size / 2, top..<top + size) }
        at += dice.isLucky(0.15) ? size * 3 / 2 : size * 3 / 4
      }
    }
  }
}
