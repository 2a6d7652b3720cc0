import Model

/// What stands on the labels: half to two thirds fit the sample grammar (`pipeline.json`), so that a wrong read may pass it.
public struct LabelText: Sendable {
  public var printed: Printed
  public var isGS1 = false

  static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  static let alphanumeric = letters + "0123456789"

  /// A label of one of the linear symbologies.
  static func linear(_ dice: inout Dice) -> LabelText {
    switch dice.whole(0...99) {
    case 0..<60: code128(&dice)
    case 60..<80: LabelText(printed: Printed(.code39, code39(&dice)))
    case 80..<90: LabelText(printed: Printed(.itf, dice.digits(2 * dice.whole(3...7))))
    default:
      LabelText(
        printed: Printed(
          .codabar, dice.characters(1, of: "ABCD") + dice.digits(dice.whole(5...10)) + dice.characters(1, of: "ABCD")))
    }
  }

  private static func code128(_ dice: inout Dice) -> LabelText {
    let text =
      switch dice.whole(0...13) {
      case 0...3: patient(&dice)
      case 4: hibc(&dice)
      case 5: encounter(&dice)
      case 6: "DOC" + dice.of(["CONSENT", "HP", "LAB", "OPNOTE", "IDCARD", dice.characters(2, of: alphanumeric)])
      case 7: "PG0\(dice.whole(1...9))OF\(dice.digits(2))"
      case 8: "SEPARATOR"
      case 9: "BATCH" + dice.characters(dice.whole(1...8), of: alphanumeric)
      case 10: ""
      case 11: dice.digits(dice.of([8, 10, 12]))
      case 12: dice.characters(2, of: letters) + "-" + dice.digits(6)
      default: dice.characters(dice.whole(4...14), of: alphanumeric + letters.lowercased() + "/ .")
      }
    if text.isEmpty {
      let body = dice.digits(17)
      return LabelText(printed: Printed(.code128, "8018" + body + gs1Digit(body)), isGS1: true)
    }
    return LabelText(printed: Printed(.code128, text))
  }

  private static func code39(_ dice: inout Dice) -> String {
    switch dice.whole(0...5) {
    case 0...1: patient(&dice)
    case 2: hibc(&dice)
    case 3: encounter(&dice)
    case 4: dice.digits(8)
    default: dice.characters(dice.whole(4...10), of: alphanumeric + "-. ")
    }
  }

  static func patient(_ dice: inout Dice) -> String {
    let body = dice.digits(7)
    return "MRN" + body + luhnDigit(body)
  }
  private static func encounter(_ dice: inout Dice) -> String {
    let body = dice.digits(9)
    return "ENC" + body + luhnDigit(body)
  }
  private static func hibc(_ dice: inout Dice) -> String {
    let body = dice.digits(7)
    let text = "+/AC" + dice.of(["", "MRN"]) + body + luhnDigit(body)
    let values = Array(alphanumericHIBC)
    return text + String(values[text.reduce(0) { $0 + values.firstIndex(of: $1)! } % 43])
  }
  private static let alphanumericHIBC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

  /// From the right every other digit doubled.
  private static func luhnDigit(_ digits: String) -> String {
    weighted(digits) { place, digit in place.isMultiple(of: 2) ? digit * 2 / 10 + digit * 2 % 10 : digit }
  }
  private static func gs1Digit(_ digits: String) -> String {
    weighted(digits) { place, digit in place.isMultiple(of: 2) ? digit * 3 : digit }
  }
  private static func weighted(_ digits: String, _ weight: (Int, Int) -> Int) -> String {
    let sum = digits.utf8.reversed().enumerated().reduce(0) { $0 + weight($1.offset, Int($1.element - 0x30)) }
    return String((10 - sum % 10) % 10)
  }

  // MARK: Drawn

  /// The bars, 60 to 220 pixels high, with modules of 6.67 to 15 mil at 300 dpi and ink that has spread or been lost.
  func bars(_ dice: inout Dice) -> (sheet: Sheet, module: Double) {
    let text = String(decoding: printed.bytes, as: UTF8.self)
    let ratio = dice.between(2, 3)
    let widths =
      switch printed.symbology {
      case .code39: BarDrawing.code39(text, ratio: ratio)
      case .itf: BarDrawing.itf(text, ratio: ratio)
      case .codabar: BarDrawing.codabar(text, ratio: ratio)
      default: BarDrawing.code128(text, isGS1: isGS1)
      }
    let module = dice.of([2, 2.4, 3, 3, 3.5, 3.9, 4, 4.5])
    let growth = dice.between(-0.6, 0.6)
    let phase = dice.share()
    let height = dice.whole(60...220)
    var sheet = Sheet(width: Int(widths.reduce(0, +) * module) + 3, height: height)
    var at = phase
    for (place, width) in widths.enumerated() {
      let end = at + width * module
      if place & 1 == 0 {
        let first = Int((at - growth / 2).rounded())
        sheet.fill(first..<max(first + 1, Int((end + growth / 2).rounded())), 0..<height)
      }
      at = end
    }
    return (sheet, module)
  }
}
