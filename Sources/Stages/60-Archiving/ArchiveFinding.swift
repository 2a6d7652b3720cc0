/// Something that is not as it must be in the archive, for `verify`.
public struct ArchiveFinding: Hashable, Sendable, Codable {
  public enum Severity: String, Hashable, Sendable, Codable { case error, warning }
  /// What a finding is about, as a word that scripts may rely on.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// Bytes are not those that were written.
    case altered
    case missing, unreadable, misplaced
    /// A file or folder that nothing names.
    case strayFile = "stray-file"
    /// An object that no record names.
    case unknownObject = "unknown-object"
    /// What the object says is not what its manifest or correction says.
    case contradiction
    case leftover
  }
  public var severity: Severity
  public var kind: Kind
  /// A sentence.
  public var what: String
  /// Path of the file or folder below the archive.
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
