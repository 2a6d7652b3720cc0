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
  /// Where on the page such a label may stand; nil: anywhere.
  public var zone: LabelZone?
  /// Document type codes: it counts only on a page that carries a type label with one of them; empty: on every page.
  public var forms: [String]

  public init(
    name: String, meaning: LabelMeaning, symbologies: [Symbology], pattern: String, checks: [LabelCheck] = [],
    authority: String? = nil, role: LabelRole? = nil, gs1: Bool? = nil, zone: LabelZone? = nil,
    forms: [String] = []
  ) {
    self.name = name
    self.meaning = meaning
    self.symbologies = symbologies
    self.pattern = pattern
    self.checks = checks
    self.authority = authority
    self.role = role
    self.gs1 = gs1
    self.zone = zone
    self.forms = forms
  }
}

/// A part of the page as a viewer sees it, upright: shares of its width from the left and of its height from the top,
/// 0…1. A label stands in it if its middle does, edges included; so a zone needs no resolution and forgives skew.
public struct LabelZone: Hashable, Sendable, Codable {
  public var left: Double
  public var top: Double
  public var right: Double
  public var bottom: Double

  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// Whether it is a part of the page at all.
  public var isArea: Bool { 0 <= left && left < right && right <= 1 && 0 <= top && top < bottom && bottom <= 1 }

  public func contains(x: Double, y: Double) -> Bool { left <= x && x <= right && top <= y && y <= bottom }

  public func overlaps(_ other: LabelZone) -> Bool {
    left <= other.right && other.left <= right && top <= other.bottom && other.top <= bottom
  }
}

/// A check scheme over one field, or over the whole text where `field` is nil; its check characters stand last.
public struct LabelCheck: Hashable, Sendable, Codable {
  public enum Scheme: String, Hashable, Sendable, Codable, CaseIterable {
    /// HL7 M10 (CX-3).
    case luhn
    /// HL7 M11 (CX-3): weights 2…7 from the right.
    case hl7mod11
    /// Of the NHS number: weights 2, 3 … from the right; a remainder that would need 10 is no number.
    case nhsmod11
    /// ANSI/HIBC 1.3: mod 43 over everything before the check character, `+` included.
    case hibc43
    /// GS1 General Specifications §7.9: weights 3, 1 from the right.
    case gs1mod10
    /// ISO/IEC 7064 mod 97-10: two check digits; letters count 10…35.
    case iso7064mod97 = "iso7064mod97_10"
    /// ISO/IEC 7064 mod 37-2: `0-9A-Z`, the check character perhaps `*`. Blood-bank labels (ISBT 128).
    case iso7064mod37 = "iso7064mod37_2"
    /// ISO/IEC 7064 mod 11-2: digits, the check character perhaps `X`.
    case iso7064mod11 = "iso7064mod11_2"
  }
  public var scheme: Scheme
  public var field: String?
  public init(scheme: Scheme, field: String? = nil) {
    self.scheme = scheme
    self.field = field
  }
}
