/// One key of `pipeline.json`, as `config explain` prints it and as `config check` holds files against it.
public struct ConfigurationKey: Hashable, Sendable {
  /// From the root, with `*` for the site's own names and `[]` for the items of a list: `claiming.settleSeconds`,
  /// `stations.*.duplex`, `reading.labels[].name`.
  public let path: String
  /// What the key says, as one sentence.
  public let meaning: String
  /// nil where the value is no measure.
  public let unit: String?
  /// Why the default is what it is.
  public let reason: String
  /// There is no default: a file that has the section must have the key.
  public let isRequired: Bool
  let rule: AllowedValue

  init(
    _ path: String, _ meaning: String, _ rule: AllowedValue, unit: String? = nil, isRequired: Bool = false,
    because reason: String
  ) {
    self.path = path
    self.meaning = meaning
    self.rule = rule
    self.unit = unit
    self.isRequired = isRequired
    self.reason = reason
  }

  /// What may stand here, without the unit.
  public var allowed: String { rule.phrase(unit: nil) }

  /// Whether other keys stand below this one.
  public var isSection: Bool { rule == .section }

  /// The default as JSON text; nil for a section and for a required key.
  public var defaultText: String? {
    isRequired || isSection ? nil : (ConfigurationDefaults.value(at: path) ?? .null).text
  }

  /// The last component without `[]`: what stands in the file.
  var name: String { String(path.split(separator: ".").last ?? "") }

  /// The path of the section that the key stands in; empty for the root.
  var parent: String { path.split(separator: ".").dropLast().joined(separator: ".") }
}
