/// Texts of the configuration that have a form of their own.
enum TextForm: Hashable, Sendable {
  case schema, folder, store, glob, suffix, authority, timeZone, typeCode, loinc, fieldName

  /// As a phrase that follows "must be".
  var phrase: String {
    switch self {
    case .schema: "\"\(Configuration.schema)\""
    case .folder: "a path of 1 to 4095 bytes without control characters; relative paths start at the configuration file"
    case .store: "\"sqlite:\" and the path of a file; relative paths start at the configuration file"
    case .glob: "a file name with * and ? as wildcards, without /"
    case .suffix: "1 to 32 letters, digits, dots, dashes or underscores"
    case .authority: "1 to 40 letters, digits, dots, dashes or underscores"
    case .timeZone: "an IANA time zone name such as UTC or Europe/Berlin"
    case .typeCode: "a document type code: 2 to 12 of A–Z and 0–9"
    case .loinc: "a LOINC code with its check digit, such as 59284-0"
    case .fieldName: "the name of a group in the pattern: letters and digits, a letter first"
    }
  }

  func fits(_ text: String) -> Bool {
    switch self {
    case .schema: text == Configuration.schema
    case .folder: Self.isPlain(text, bytesMax: 4095)
    case .store: text.hasPrefix("sqlite:") && Self.isPlain(String(text.dropFirst(7)), bytesMax: 4095)
    case .glob: Self.isPlain(text, bytesMax: 255) && !text.contains("/")
    case .suffix: consists(text, of: 1...32) { isLetter($0) || isDigit($0) || ".-_".unicodeScalars.contains($0) }
    case .authority: consists(text, of: 1...40) { isLetter($0) || isDigit($0) || ".-_".unicodeScalars.contains($0) }
    case .timeZone: fitsTimeZone(text)
    case .typeCode: consists(text, of: 2...12) { isCapital($0) || isDigit($0) }
    case .loinc: fitsLOINC(text)
    case .fieldName: consists(text, of: 1...40) { isLetter($0) || isDigit($0) } && isLetter(text.unicodeScalars.first!)
    }
  }

  /// 1 to so many bytes and no control character: a NUL would end a path early, a line feed would forge a log line.
  static func isPlain(_ text: String, bytesMax: Int) -> Bool {
    (1...bytesMax).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}

/// `Area/Place` or one word. Whether this machine knows the zone is a question of its own: ``ZoneNames``.
private func fitsTimeZone(_ text: String) -> Bool {
  let parts = text.split(separator: "/", omittingEmptySubsequences: false)
  return (1...3).contains(parts.count)
    && parts.allSatisfy { part in
      consists(String(part), of: 1...30) { isLetter($0) || isDigit($0) || "+-_".unicodeScalars.contains($0) }
    }
}

/// One to seven digits, a dash and a mod 10 check digit (LOINC Users' Guide, *LOINC code structure*): the Luhn scheme,
/// over the digits before the dash.
private func fitsLOINC(_ text: String) -> Bool {
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  guard parts.count == 2, (1...7).contains(parts[0].count), parts[1].count == 1 else { return false }
  guard (parts[0] + parts[1]).unicodeScalars.allSatisfy(isDigit) else { return false }
  let digits = (parts[0] + parts[1]).reversed().compactMap(\.wholeNumberValue)
  let sum = digits.enumerated().reduce(0) { sum, next in
    let value = next.offset.isMultiple(of: 2) ? next.element : 2 * next.element
    return sum + value / 10 + value % 10
  }
  return sum.isMultiple(of: 10)
}

private func consists(_ text: String, of count: ClosedRange<Int>, _ allowed: (Unicode.Scalar) -> Bool) -> Bool {
  count.contains(text.unicodeScalars.count) && text.unicodeScalars.allSatisfy(allowed)
}

private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
private func isCapital(_ scalar: Unicode.Scalar) -> Bool { ("A"..."Z").contains(scalar) }
private func isLetter(_ scalar: Unicode.Scalar) -> Bool { isCapital(scalar) || ("a"..."z").contains(scalar) }
