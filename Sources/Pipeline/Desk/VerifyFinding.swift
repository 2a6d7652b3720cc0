import Archiving
import Manifesting

/// Something that is not as it must be: one line of `verify`.
public struct VerifyFinding: Hashable, Sendable, Codable {
  public enum Severity: String, Hashable, Sendable, Codable { case error, warning }
  public var severity: Severity
  /// A sentence.
  public var what: String
  /// The file, folder, record or chart that shows it.
  public var `where`: String
  /// What to do, as a sentence.
  public var remedy: String
  public init(_ severity: Severity = .error, _ what: String, where place: String, remedy: String) {
    self.severity = severity
    self.what = what
    self.where = place
    self.remedy = remedy
  }

  init(_ finding: ArchiveFinding, archive: String) {
    self.init(
      finding.severity == .error ? .error : .warning, "\(finding.kind.rawValue): \(finding.what)",
      where: "\(archive)/\(finding.where)", remedy: finding.remedy)
  }

  /// Why an archive cannot be opened.
  public init(_ error: ArchiveError, archive: String) {
    let restored = "restore it from a copy of the archive"
    switch error {
    case .missing(let path):
      self.init(
        .error, "there is no archive here", where: path, remedy: "mount it, \(restored), or correct archiving.archive")
    case .different(let path, let expected, let found):
      self.init(
        .error, "it is archive \(found), and the journal belongs to \(expected)", where: path,
        remedy: "mount the right one")
    case .malformed(let path, let detail): self.init(.error, detail, where: path, remedy: restored)
    default: self.init(.error, "\(error)", where: archive, remedy: "look at its disk, then verify again")
    }
  }

  init(_ finding: ChainFinding, manifests: String) {
    self.init(
      finding.severity == .error ? .error : .warning, "\(finding.kind.rawValue): \(finding.what)",
      where: "\(manifests)/\(finding.where)", remedy: Self.remedy(for: finding))
  }

  /// A sound journal keeps the exact bytes of every record.
  private static func remedy(for finding: ChainFinding) -> String {
    let writtenAgain = "run `chartroom rebuild`: a sound journal writes it again; or restore it from a copy"
    switch finding.kind {
    case .missing: return writtenAgain
    case .altered, .unreadable, .unbalanced, .notCanonical: return "put the file aside and \(writtenAgain)"
    case .forked, .foreign, .misplaced, .strayFile, .leftover: return finding.remedy
    }
  }
}
