/// What a person may do at the desk.
public enum Role: String, Codable, Hashable, Sendable, CaseIterable {
  /// Run the intake and see how it stands.
  case scan
  /// See charts and work through exceptions.
  case index
  /// Correct what is filed, and everything that `index` and `scan` may.
  case supervise
  /// Read the audit trail.
  case audit
  /// Act for somebody else (`--operator`): both names are recorded.
  case delegate
}

/// One operator of the site (`operators.<login>` of pipeline.json).
public struct Operator: Hashable, Sendable, Codable {
  /// For people; nil: the login name.
  public var name: String?
  public var roles: [Role]
  /// The highest level that the operator sees; nil: `normal`.
  public var confidentiality: Confidentiality?
  public init(name: String? = nil, roles: [Role], confidentiality: Confidentiality? = nil) {
    self.name = name
    self.roles = roles
    self.confidentiality = confidentiality
  }
}
