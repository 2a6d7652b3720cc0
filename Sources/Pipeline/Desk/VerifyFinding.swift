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
