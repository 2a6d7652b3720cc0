/// The site's label grammar: which texts in which symbologies mean what. Configuration, never code.
public struct LabelGrammar: Hashable, Sendable, Codable {
  /// Tried in order; the first that fits wins.
  public var entries: [LabelEntry]
  public init(entries: [LabelEntry]) { self.entries = entries }
}

/// One line of the grammar.
public struct LabelEntry: Hashable, Sendable, Codable {
  public var name: String
  public var meaning: LabelMeaning
  public var symbologies: [Symbology]
  /// A regular expression that must match the whole text, with named groups for the fields.
  public var pattern: String
  /// All must hold for `check` to be `ok`.
  public var checks: [LabelCheck]
  /// Assigning authority of the patient number; nil: the facility's own, or the group named `authority` if the pattern has one.
  public var authority: String?
  public var role: LabelRole?
  /// Only symbols that announce GS1 data.
  public var gs1: Bool?

  public init(
    name: String, meaning: LabelMeaning, symbologies: [Symbology], pattern: String, checks: [LabelCheck] = [],
    authority: String? = nil, role: LabelRole? = nil, gs1: Bool? = nil
  ) {
    self.name = name
    self.meaning = meaning
    self.symbologies = symbologies
    self.pattern = pattern
    self.checks = checks
    self.authority = authority
    self.role = role
    self.gs1 = gs1
  }
}

/// A check scheme over one field, or over the whole text where `field` is nil; its last character is the check character.
public struct LabelCheck: Hashable, Sendable, Codable {
  public enum Scheme: String, Hashable, Sendable, Codable, CaseIterable {
    /// HL7 M10 (CX-3).
    case luhn
    /// ANSI/HIBC 1.3: mod 43 over everything before the check character, `+` included.
    case hibc43
    /// GS1 General Specifications §7.9: weights 3, 1 from the right.
    case gs1mod10
  }
  public var scheme: Scheme
  public var field: String?
  public init(scheme: Scheme, field: String? = nil) {
    self.scheme = scheme
    self.field = field
  }
}
