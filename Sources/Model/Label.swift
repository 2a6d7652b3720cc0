/// What a label says, once the grammar has read it.
public enum LabelMeaning: String, Codable, Hashable, Sendable, CaseIterable {
  case patient, encounter, type, page, separator, header
}

/// Result of the entry's check schemes: `ok`, `failed`, or `none` where the entry has no scheme (or the label is foreign).
public enum CheckState: String, Codable, Hashable, Sendable {
  case ok, failed, none
}

/// Where a label was given: printed on the page, or named in the sidecar.
public enum LabelOrigin: String, Codable, Hashable, Sendable {
  case page, sidecar
}

/// What a label is used for: `file` decides where a page goes; `related` (a mother's label on a newborn's form) is
/// recorded and never used to file.
public enum LabelRole: String, Codable, Hashable, Sendable {
  case file, related
}

/// A barcode read on a page or given in a sidecar, after the grammar. This is also its form in a manifest.
public struct Label: Hashable, Sendable, Codable {
  public var symbology: Symbology
  /// As printed, never trimmed; nil for a foreign label, whose ``length`` and ``hash`` stand instead.
  @Nullable public var text: EscapedText?
  /// Name of the grammar's entry that it fits; nil for a foreign label and for a bare patch code.
  @Nullable public var entry: String?
  @Nullable public var meaning: LabelMeaning?
  public var role: LabelRole
  /// Named parts without the prefix: `mrn`, `gsrn`, `encounter`, `type`, `page`, `of`, `header`; on a header
  /// sheet perhaps `pages`, `sheets` and `box`, counts in decimal.
  public var fields: [String: String]
  /// The assigning authority that the label or its entry names; nil means the facility's own.
  @Nullable public var authority: String?
  /// nil for a label from a sidecar.
  @Nullable public var quad: Quad?
  public var check: CheckState
  public var origin: LabelOrigin
  /// Scan rows that agreed.
  public var rows: Int
  /// Bytes of a foreign label's text.
  @Nullable public var length: Int?
  /// Keyed hash of a foreign label's text, 64 hex digits.
  @Nullable public var hash: String?

  public init(
    symbology: Symbology, text: EscapedText?, entry: String? = nil, meaning: LabelMeaning? = nil,
    role: LabelRole = .file,
    fields: [String: String] = [:], authority: String? = nil, quad: Quad?, check: CheckState = .none,
    origin: LabelOrigin = .page, rows: Int = 1, length: Int? = nil, hash: String? = nil
  ) {
    self.symbology = symbology
    self.text = text
    self.entry = entry
    self.meaning = meaning
    self.role = role
    self.fields = fields
    self.authority = authority
    self.quad = quad
    self.check = check
    self.origin = origin
    self.rows = rows
    self.length = length
    self.hash = hash
  }

  /// It fits no entry of our grammar: starts nothing, breaks nothing, holds nothing.
  public var isForeign: Bool { entry == nil && !symbology.isPatch }

  /// The number that a patient label carries, whatever its entry calls it.
  public var patientNumber: String? { meaning == .patient ? fields["mrn"] ?? fields["gsrn"] : nil }
  public var encounterNumber: String? { meaning == .encounter ? fields["encounter"] : nil }
  public var typeCode: String? { meaning == .type ? fields["type"] : nil }
  /// (nn, of) of a page label.
  public var pageNumber: (page: Int, of: Int)? {
    guard meaning == .page, let page = fields["page"].flatMap({ Int($0) }), let of = fields["of"].flatMap({ Int($0) })
    else { return nil }
    return (page, of)
  }

  /// Readable, checked (or without a scheme) and meant for filing.
  public var isSound: Bool { check != .failed && role == .file }
}
