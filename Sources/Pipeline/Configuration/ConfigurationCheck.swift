import Model

/// Holds a JSON text against the table of keys and fills in the defaults.
///
/// It goes on after a problem, so that an administrator hears of all of them at once.
struct ConfigurationCheck {
  private(set) var problems: [ConfigurationProblem] = []

  /// The whole configuration with every default filled in; only to be used where ``problems`` is empty.
  mutating func complete(_ file: JSONValue) -> JSONValue {
    guard case .object(let members) = file else {
      report("$", "must be an object, not \(file.kind)")
      return ConfigurationDefaults.root
    }
    return section("", members, at: "$", defaults: ConfigurationDefaults.root)
  }

  mutating func report(_ path: String, _ message: String) { problems.append(.init(path: path, message: message)) }

  // MARK: Objects

  /// One object. `table` is its path in the table of keys, `path` its place in the file.
  private mutating func section(_ table: String, _ members: [JSONValue.Member], at path: String, defaults: JSONValue)
    -> JSONValue
  {
    let keys = configurationKeys.filter { $0.parent == table }
    var result: [JSONValue.Member] = []
    for member in members {
      let place = path + Self.step(member.key)
      if let key = keys.first(where: { $0.name == member.key }) {
        result.append(
          .init(key: member.key, value: value(member.value, of: key, at: place, default: defaults[member.key])))
      } else {
        report(place, Self.unknown(member.key, among: keys.map(\.name)))
      }
    }
    for key in keys where !result.contains(where: { $0.key == key.name }) {
      if key.isRequired {
        report(path, "\(key.name) is missing; it must be \(key.rule.phrase(unit: key.unit))")
      } else if let value = defaults[key.name] {
        result.append(.init(key: key.name, value: value))
      }
    }
    return .object(result)
  }

  /// `unknown key; did you mean settleSeconds?`
  private static func unknown(_ name: String, among siblings: [String]) -> String {
    guard let near = nearestName(to: name, among: siblings) else { return "unknown key" }
    let elsewhere = configurationKeys.first { $0.name == name && !$0.parent.isEmpty }
    if near.distance > 2, let elsewhere { return "unknown key here; did you mean \(elsewhere.path)?" }
    return near.distance <= max(2, name.count / 3)
      ? "unknown key; did you mean \(near.name)?"
      : "unknown key; the nearest is \(near.name), and all are: \(siblings.joined(separator: ", "))"
  }

  // MARK: Values

  /// One value, with defaults below it. What is wrong is reported, and stays as it is.
  private mutating func value(_ value: JSONValue, of key: ConfigurationKey, at path: String, default: JSONValue?)
    -> JSONValue
  {
    switch (key.rule, value) {
    case (.section, .object(let members)):
      return section(key.path, members, at: path, defaults: `default` ?? .object([]))
    case (.entries(let names), .object(let members)): return entries(members, named: names, of: key, at: path)
    case (.list(let item, let least), .array(let items)):
      if items.count < least { report(path, "must be \(key.rule.phrase(unit: key.unit)), not an empty list") }
      return .array(items.enumerated().map { self.item($1, rule: item, of: key, at: "\(path)[\($0)]") })
    default: return scalar(value, rule: key.rule, unit: key.unit, at: path)
    }
  }

  private mutating func entries(
    _ members: [JSONValue.Member], named names: AllowedValue.EntryName, of key: ConfigurationKey, at path: String
  ) -> JSONValue {
    let table = key.path + ".*"
    var result: [JSONValue.Member] = []
    for member in members {
      let place = path + Self.step(member.key)
      if let fault = Self.fault(inName: member.key, of: names) { report(place, fault) }
      result.append(.init(key: member.key, value: object(member.value, table: table, at: place)))
    }
    return .object(result)
  }

  private mutating func item(_ value: JSONValue, rule: AllowedValue, of key: ConfigurationKey, at path: String)
    -> JSONValue
  {
    rule == .section
      ? object(value, table: key.path + "[]", at: path) : scalar(value, rule: rule, unit: key.unit, at: path)
  }

  private mutating func object(_ value: JSONValue, table: String, at path: String) -> JSONValue {
    guard case .object(let members) = value else {
      report(path, "must be an object, not \(value.kind)")
      return value
    }
    return section(table, members, at: path, defaults: ConfigurationDefaults.template(of: table))
  }

  private mutating func scalar(_ value: JSONValue, rule: AllowedValue, unit: String?, at path: String) -> JSONValue {
    guard rule.allows(value) else {
      report(path, "must be \(rule.phrase(unit: unit)), not \(Self.shown(value))")
      return value
    }
    // `5.0` is a whole number to a person; to the decoder of an Int it need not be.
    if case .number(let digits) = value, let whole = AllowedValue.whole(digits) { return .number(String(whole)) }
    return value
  }

  // MARK: Wording

  /// `.name`, or `["any text"]` where the name is not a plain word.
  static func step(_ name: String) -> String {
    let isWord =
      !name.isEmpty && name.utf8.allSatisfy { $0 == 95 || (48...57).contains($0) || (65...90).contains($0 & 0xDF) }
    return isWord ? "." + name : "[" + JSONValue.quoted(EscapedText(name).description) + "]"
  }

  private static func fault(inName name: String, of rule: AllowedValue.EntryName) -> String? {
    switch rule {
    case .documentType:
      TextForm.typeCode.fits(name) ? nil : "the name of the entry must be \(TextForm.typeCode.phrase)"
    case .station:
      TextForm.isPlain(name, bytesMax: 765) && !name.contains("/") && !name.hasPrefix(".")
        ? nil : "a station is named as its folder: 1 to 255 bytes, without / or control characters, no dot first"
    case .login:
      TextForm.isPlain(name, bytesMax: 255) && !name.contains(" ")
        ? nil : "an operator is named by the login name: 1 to 255 bytes, without spaces or control characters"
    }
  }

  /// The value as written, if it is short; else what it is.
  private static func shown(_ value: JSONValue) -> String {
    switch value {
    case .array, .object: return value.kind
    case .null: return "null (leave the key out for its default)"
    default:
      let text = EscapedText(value.text).description
      return text.utf8.count <= 80 ? text : "a text of \(value.text.utf8.count) bytes"
    }
  }
}
