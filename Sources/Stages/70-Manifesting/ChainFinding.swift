/// Something that is not as it must be among the records, for `verify`.
public struct ChainFinding: Hashable, Sendable, Codable {
  public enum Severity: String, Hashable, Sendable, Codable { case error, warning }
  /// What a finding is about, as a word that scripts may rely on.
  public enum Kind: String, Hashable, Sendable, Codable {
    case altered, missing, forked, foreign, unreadable, unbalanced, misplaced
    case notCanonical = "not-canonical"
    case strayFile = "stray-file"
    case leftover
  }
  public var severity: Severity
  public var kind: Kind
  /// A sentence.
  public var what: String
  /// Path of the file below the folder of manifests.
  public var `where`: String
  /// What to do, as a sentence.
  public var remedy: String
  public init(_ kind: Kind, _ what: String, where path: String, remedy: String, severity: Severity = .error) {
    self.severity = severity
    self.kind = kind
    self.what = what
    self.where = path
    self.remedy = remedy
  }
}
