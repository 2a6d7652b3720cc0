/// What happens to a sheet between printing and scanning, each by the dice.
enum Damage: String, CaseIterable {
  case shift, turn, mirror, noise, strokes, scratches, blots, lines, piece, secondLabel, cut, blackCut, shear, stretch
  case swollen, thin, aslant

  /// The damages of one sheet: none at all now and then, mostly one to three.
  static func some(_ dice: inout Dice) -> [Damage] {
    (0..<dice.of([0, 1, 1, 1, 2, 2, 3, 4])).map { _ in dice.of(allCases) }
  }

  /// `stock`: where pieces come from. - Returns: labels that have come onto the sheet.
  func happen(to sheet: inout Sheet, from stock: some PageStock, _ dice: inout Dice) -> [Printed] {
    switch self {
    case .shift: shift(&sheet, &dice)
    case .turn: sheet = sheet.turned(dice.whole(1...3))
    case .mirror: sheet = sheet.mirrored()
    case .noise: noise(&sheet, &dice)
    case .strokes: strokes(&sheet, &dice, isBlack: true)
    case .scratches: strokes(&sheet, &dice, isBlack: false)
    case .blots: blots(&sheet, &dice)
    case .lines: lines(&sheet, &dice)
    case .piece:
      let piece = stock.piece(
        &dice, width: dice.whole(sheet.width / 8...sheet.width), height: dice.whole(20...max(40, sheet.height / 2)))
      sheet.lay(
        piece, x: dice.whole(-40...sheet.width - 20), y: dice.whole(-20...sheet.height - 10),
        dice.of([.darken, .darken, .cover, .scratch]))
    case .secondLabel: return secondLabel(&sheet, stock, &dice)
    case .cut: cut(&sheet, &dice, isBlack: false)
    case .blackCut: cut(&sheet, &dice, isBlack: true)
    case .shear: sheet = sheet.sheared(dice.between(-0.35, 0.35))
    case .stretch: stretch(&sheet, &dice)
    case .swollen: sheet = sheet.spread(isInk: true, down: dice.isLucky(0.4))
    case .thin: sheet = sheet.spread(isInk: false, down: dice.isLucky(0.4))
    case .aslant:
      // A small turn is a shear each way.
      let slant = dice.between(-0.12, 0.12)
      sheet = sheet.sheared(slant).transposed().sheared(-slant).transposed()
    }
    return []
  }

  /// The sheet, or a part of it, is moved: what stood at the edge is cut off.
  private func shift(_ sheet: inout Sheet, _ dice: inout Dice) {
    let (x, y) = (dice.whole(-sheet.width / 3...sheet.width / 3), dice.whole(-sheet.height / 3...sheet.height / 3))
    if dice.isLucky(0.6) {
      sheet = sheet.crop(left: x, top: y, width: sheet.width, height: sheet.height)
    } else {
      // Paper that slips while it is scanned: below a row everything stands elsewhere.
      let row = dice.whole(0...sheet.height - 1)
      let below = sheet.crop(left: dice.whole(-30...30), top: row, width: sheet.width, height: sheet.height - row)
      sheet.lay(below, x: 0, y: row, .cover)
    }
  }

  private func noise(_ sheet: inout Sheet, _ dice: inout Dice) {
    // Share of the pixels that change.
    let share = dice.of([0.002, 0.005, 0.01, 0.01, 0.02, 0.04, 0.08])
    for _ in 0..<Int(Double(sheet.width * sheet.height) * share) {
      let bits = dice.next()
      sheet.flip(Int((bits & 0xFFFF_FFFF) * UInt64(sheet.width) >> 32), Int((bits >> 32) * UInt64(sheet.height) >> 32))
    }
  }

  private func strokes(_ sheet: inout Sheet, _ dice: inout Dice, isBlack: Bool) {
    for _ in 0..<dice.whole(1...5) {
      let pen = dice.whole(2...10)
      var (x, y) = (dice.between(0, Double(sheet.width)), dice.between(0, Double(sheet.height)))
      // Along, across or anyhow.
      let way = dice.of([(1.0, 0.0), (0.0, 1.0), (dice.between(-1, 1), dice.between(-1, 1))])
      let bend = dice.between(-0.004, 0.004)
      var (dx, dy) = way
      for _ in 0..<dice.whole(40...600) {
        sheet.fill(Int(x)..<Int(x) + pen, Int(y)..<Int(y) + pen, isBlack: isBlack)
        (dx, dy) = (dx - bend * dy, dy + bend * dx)
        (x, y) = (x + dx, y + dy)
      }
    }
  }

  private func blots(_ sheet: inout Sheet, _ dice: inout Dice) {
    for _ in 0..<dice.whole(1...6) {
      let (x, y) = (dice.whole(0...sheet.width - 1), dice.whole(0...sheet.height - 1))
      let (a, b) = (dice.whole(3...70), dice.whole(3...70))
      let isBlack = dice.isLucky(0.7)
      for row in -b...b {
        let half = Int(Double(a) * (1 - Double(row * row) / Double(b * b)).squareRoot())
        sheet.fill(x - half..<x + half + 1, y + row..<y + row + 1, isBlack: isBlack)
      }
    }
  }

  /// Rulings, alone or in rows.
  private func lines(_ sheet: inout Sheet, _ dice: inout Dice) {
    let isUpright = dice.isLucky(0.5)
    let (pen, pitch) = (dice.whole(1...6), dice.whole(5...90))
    var at = dice.whole(0...(isUpright ? sheet.width : sheet.height) - 1)
    for _ in 0..<dice.of([1, 1, 2, 5, 20]) {
      if isUpright {
        sheet.fill(at..<at + pen, 0..<sheet.height)
      } else {
        sheet.fill(0..<sheet.width, at..<at + pen)
      }
      at += pitch
    }
  }

  private func secondLabel(_ sheet: inout Sheet, _ stock: some PageStock, _ dice: inout Dice) -> [Printed] {
    var (other, printed) = dice.isLucky(0.3) ? stock.label(&dice) ?? drawnLabel(stock, &dice) : drawnLabel(stock, &dice)
    if dice.isLucky(0.3) { other = other.turned(dice.whole(1...3)) }
    let piece = other.crop(
      left: dice.whole(0...other.width / 2), top: dice.whole(0...other.height / 2),
      width: dice.whole(other.width / 4...other.width), height: dice.whole(other.height / 4...other.height))
    sheet.lay(
      piece, x: dice.whole(-piece.width / 2...sheet.width - 20), y: dice.whole(-piece.height / 2...sheet.height - 10),
      dice.of([.darken, .cover, .cover]))
    return printed
  }

  /// A part is gone (or black), with a straight edge that may lie askew; or only a strip is.
  private func cut(_ sheet: inout Sheet, _ dice: inout Dice, isBlack: Bool) {
    let isUpright = dice.isLucky(0.7)
    if isUpright == false { sheet = sheet.transposed() }
    let from = dice.whole(0...sheet.width - 1)
    let strip = dice.isLucky(0.5) ? dice.whole(2...120) : sheet.width
    let slant = dice.isLucky(0.5) ? 0 : dice.between(-0.3, 0.3)
    let rows = dice.isLucky(0.8) ? 0..<sheet.height : 0..<dice.whole(1...sheet.height)
    let isLeft = dice.isLucky(0.5)
    for y in rows {
      let x = from + Int(Double(y) * slant)
      sheet.fill(isLeft ? x - strip..<x : x..<x + strip, y..<y + 1, isBlack: isBlack)
    }
    if isUpright == false { sheet = sheet.transposed() }
  }

  private func stretch(_ sheet: inout Sheet, _ dice: inout Dice) {
    let height = max(40, Int(Double(sheet.height) * dice.between(0.7, 1.4)))
    if dice.isLucky(0.3) {
      sheet = sheet.stretched(height: height)
    } else {
      let width = max(64, Int(Double(sheet.width) * dice.between(0.7, 1.4)))
      sheet = sheet.transposed().stretched(height: width).transposed()
    }
  }
}
