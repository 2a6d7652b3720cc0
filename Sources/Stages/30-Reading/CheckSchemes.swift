import Model

extension LabelCheck.Scheme {
  /// Whether the last character of `text` is the check character of what stands before it. Digits are ASCII digits.
  func holds(for text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 2 else { return false }
    let expected =
      switch self {
      case .luhn: Self.luhn(bytes.dropLast())
      case .hibc43: Self.hibc43(bytes.dropLast())
      case .gs1mod10: Self.gs1mod10(bytes.dropLast())
      }
    return expected == bytes.last
  }

  /// HL7 v2.5.1 CX-3 `M10`: from the right every other digit is doubled, sums of digits, to the next ten.
  private static func luhn(_ digits: ArraySlice<UInt8>) -> UInt8? {
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      guard let value = value(digit) else { return nil }
      let weighted = place.isMultiple(of: 2) ? value * 2 : value
      sum += weighted > 9 ? weighted - 9 : weighted
    }
    return UInt8(ascii: "0") + UInt8((10 - sum % 10) % 10)
  }

  /// GS1 General Specifications §7.9.1: weights 3, 1, 3 … from the right, to the next ten.
  private static func gs1mod10(_ digits: ArraySlice<UInt8>) -> UInt8? {
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      guard let value = value(digit) else { return nil }
      sum += place.isMultiple(of: 2) ? value * 3 : value
    }
    return UInt8(ascii: "0") + UInt8((10 - sum % 10) % 10)
  }

  /// ANSI/HIBC 1.3 §2.2 and appendix B: the sum of all characters' values, `+` included, modulo 43.
  private static func hibc43(_ characters: ArraySlice<UInt8>) -> UInt8? {
    var sum = 0
    for character in characters {
      guard let value = hibcAlphabet.firstIndex(of: character) else { return nil }
      sum += value
    }
    return hibcAlphabet[sum % 43]
  }

  private static let hibcAlphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%".utf8)

  private static func value(_ digit: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) ? Int(digit - UInt8(ascii: "0")) : nil
  }
}
