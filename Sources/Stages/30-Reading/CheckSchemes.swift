import Model

extension LabelCheck.Scheme {
  /// Whether the last characters of `text` are the check characters of what stands before them. Digits and letters are
  /// ASCII; a text that has other characters than the scheme knows never holds.
  func holds(for text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count > checkLength else { return false }
    return checkCharacters(of: bytes.dropLast(checkLength)) == Array(bytes.suffix(checkLength))
  }

  /// One of how many texts that a broken label could turn into passes all the same: the number of check characters, each
  /// as likely as the others. Of 11 remainders the NHS's scheme has no digit for one, so that an eleventh passes there too.
  var oneIn: Double {
    switch self {
    case .luhn, .hl7mod11, .gs1mod10: 10
    case .nhsmod11, .iso7064mod11: 11
    case .hibc43: 43
    case .iso7064mod97: 97
    case .iso7064mod37: 37
    }
  }

  private var checkLength: Int { self == .iso7064mod97 ? 2 : 1 }

  private func checkCharacters(of payload: ArraySlice<UInt8>) -> [UInt8]? {
    switch self {
    case .luhn: Self.luhn(payload)
    case .hl7mod11: Self.hl7mod11(payload)
    case .nhsmod11: Self.nhsmod11(payload)
    case .hibc43: Self.hibc43(payload)
    case .gs1mod10: Self.gs1mod10(payload)
    case .iso7064mod97: Self.iso7064mod97(payload)
    case .iso7064mod37: Self.iso7064(payload, modulus: 37, Self.alphanumeric + [UInt8(ascii: "*")])
    case .iso7064mod11: Self.iso7064(payload, modulus: 11, Self.alphanumeric.prefix(10) + [UInt8(ascii: "X")])
    }
  }

  // MARK: Weighted sums

  /// HL7 v2.5.1 CX-3 `M10`: from the right every other digit is doubled, sums of digits, to the next ten.
  private static func luhn(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    weighted(digits) { place, value in
      let weighted = place.isMultiple(of: 2) ? value * 2 : value
      return weighted > 9 ? weighted - 9 : weighted
    }.map { digit((10 - $0 % 10) % 10) }
  }

  /// GS1 General Specifications §7.9.1: weights 3, 1, 3 … from the right, to the next ten.
  private static func gs1mod10(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    weighted(digits) { place, value in place.isMultiple(of: 2) ? value * 3 : value }.map { digit((10 - $0 % 10) % 10) }
  }

  /// HL7 v2.5.1 CX-3 `M11`: weights 2, 3, 4, 5, 6, 7, 2 … from the right; a remainder of 0 counts as 1.
  private static func hl7mod11(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    weighted(digits) { place, value in value * (place % 6 + 2) }.map { digit((11 - max(1, $0 % 11)) % 10) }
  }

  /// NHS Data Dictionary *NHS number*: weights 2, 3 … 10 from the right; 11 is written 0, and 10 is no number.
  private static func nhsmod11(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    guard let sum = weighted(digits, { place, value in value * (place + 2) }) else { return nil }
    let check = (11 - sum % 11) % 11
    return check == 10 ? nil : digit(check)
  }

  /// The sum over digits of what `weigh` makes of each, places counted from 0 at the right; nil where one is no digit.
  private static func weighted(_ digits: ArraySlice<UInt8>, _ weigh: (_ place: Int, _ value: Int) -> Int) -> Int? {
    var sum = 0
    for (place, character) in digits.reversed().enumerated() {
      guard let value = value(character), value < 10 else { return nil }
      sum += weigh(place, value)
    }
    return sum
  }

  // MARK: Alphabets

  /// ANSI/HIBC 1.3 §2.2 and appendix B: the sum of all characters' values, `+` included, modulo 43.
  private static func hibc43(_ characters: ArraySlice<UInt8>) -> [UInt8]? {
    var sum = 0
    for character in characters {
      guard let value = hibcAlphabet.firstIndex(of: character) else { return nil }
      sum += value
    }
    return [hibcAlphabet[sum % 43]]
  }

  /// ISO/IEC 7064 §9, pure system with two check digits: with them the number leaves 1 modulo 97.
  private static func iso7064mod97(_ characters: ArraySlice<UInt8>) -> [UInt8]? {
    var rest = 0
    for character in characters {
      guard let value = value(character) else { return nil }
      rest = (rest * (value < 10 ? 10 : 100) + value) % 97
    }
    let check = 98 - rest * 100 % 97
    return digit(check / 10) + digit(check % 10)
  }

  /// ISO/IEC 7064 §8, pure systems with one check character and radix 2: its alphabet's last character is the
  /// supplementary one, which only checks.
  private static func iso7064(_ characters: ArraySlice<UInt8>, modulus: Int, _ alphabet: [UInt8]) -> [UInt8]? {
    var sum = 0
    for character in characters {
      guard let value = alphabet.firstIndex(of: character), value < modulus - 1 else { return nil }
      sum = (sum + value) * 2 % modulus
    }
    return [alphabet[(modulus + 1 - sum) % modulus]]
  }

  private static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
  private static let hibcAlphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%".utf8)

  private static func value(_ character: UInt8) -> Int? { alphanumeric.firstIndex(of: character) }
  private static func digit(_ value: Int) -> [UInt8] { [UInt8(ascii: "0") + UInt8(value)] }
}
