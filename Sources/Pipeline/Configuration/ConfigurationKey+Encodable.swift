/// One line of `config explain --json`: `{"key", "meaning", "unit", "default", "allowed", "reason", "required"}`.
/// `default` is the value as it would stand in the file; null for a section and for a key that is required.
extension ConfigurationKey: Encodable {
  private enum CodingKeys: String, CodingKey {
    case key, meaning, unit, `default`, allowed, reason, required
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .key)
    try container.encode(meaning, forKey: .meaning)
    try container.encode(unit, forKey: .unit)
    try container.encode(isRequired || isSection ? nil : ConfigurationDefaults.value(at: path), forKey: .default)
    try container.encode(allowed, forKey: .allowed)
    try container.encode(reason, forKey: .reason)
    try container.encode(isRequired, forKey: .required)
  }
}

extension JSONValue: Encodable {
  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let members):
      var container = encoder.container(keyedBy: Name.self)
      for member in members { try container.encode(member.value, forKey: Name(stringValue: member.key)) }
    case .array(let items):
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(item) }
    default: try encodeScalar(to: encoder)
    }
  }

  private func encodeScalar(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .number(let digits):
      if let whole = AllowedValue.whole(digits) {
        try container.encode(whole)
      } else {
        try container.encode(Double(digits))
      }
    case .null, .array, .object: try container.encodeNil()
    }
  }
}
