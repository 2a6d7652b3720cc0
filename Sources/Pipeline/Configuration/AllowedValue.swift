/// What a key of the configuration may hold. It prints itself in `config explain`, and it judges in `config check`, so
/// that the two can never disagree.
indirect enum AllowedValue: Hashable, Sendable {
  /// An object with the keys that the table lists below it.
  case section
  /// An object with one section an entry; the entries' names are the site's own.
  case entries(named: EntryName)
  /// A list of at least so many of these; a list of `section` holds objects.
  case list(of: AllowedValue, atLeast: Int)
  case orNull(AllowedValue)
  case flag
  case whole(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case oneOf([String])
  /// Any text of 1 to so many bytes, without control characters.
  case text(bytesMax: Int)
  /// A text in one of the forms that ``TextForm`` knows.
  case form(TextForm)

  /// How the entries of a map are named.
  enum EntryName: Hashable, Sendable {
    case documentType, station, login
  }

  /// As a phrase that follows "must be": `a number from 0 to 3600 (seconds)`.
  func phrase(unit: String?) -> String {
    let unit = unit.map { " (\($0))" } ?? ""
    switch self {
    case .section: return "an object"
    case .entries(.documentType): return "an object with one entry for each document type code"
    case .entries(.station): return "an object with one entry for each station"
    case .entries(.login): return "an object with one entry for each login name"
    case .list(let item, let least):
      let item = item == .section ? "objects" : "values, each \(item.phrase(unit: nil))"
      return "a list of " + (least > 0 ? "at least \(least) " : "") + item
    case .orNull(let value): return value.phrase(unit: nil) + unit + ", or null"
    case .flag: return "true or false"
    case .whole(let range): return "a whole number from \(range.lowerBound) to \(range.upperBound)\(unit)"
    case .number(let range): return "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))\(unit)"
    case .oneOf(let words): return "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .text(let most): return "a text of 1 to \(most) bytes without control characters"
    case .form(let form): return form.phrase
    }
  }

  /// Whether a value that is neither section, map nor list is allowed.
  func allows(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.orNull(let inner), _): value == .null || inner.allows(value)
    case (.flag, .bool): true
    case (.whole(let range), .number(let digits)): AllowedValue.whole(digits).map(range.contains) ?? false
    case (.number(let range), .number(let digits)): Double(digits).map(range.contains) ?? false
    case (.oneOf(let words), .string(let text)): words.contains(text)
    case (.text(let most), .string(let text)): TextForm.isPlain(text, bytesMax: most)
    case (.form(let form), .string(let text)): form.fits(text)
    default: false
    }
  }

  /// The whole number that the digits mean; `5.0` and `5e0` mean 5. nil for fractions and for what no `Int` holds.
  static func whole(_ digits: String) -> Int? { Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) } }
}

/// A number without a needless `.0`.
private func plain(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }
