import Archiving
import Formats
import Journaling
import Model
import System

/// Loads files of the patient index (RULES *Patient index*): all of a file's good rows in one transaction, the file
/// itself kept in the archive, so that a rebuild needs nothing else (I7).
public struct PatientLoading: Sendable {
  private let possible: PossibleNumbers

  /// - Throws: `GrammarError`.
  public init(_ configuration: Configuration) throws {
    possible = try PossibleNumbers(LabelGrammar(entries: configuration.reading.labels))
  }

  /// Bytes of a file that are read at most.
  public static let fileBytesMax = PatientCSVLimits().fileBytesMax

  /// Reads a file without taking anything of it.
  /// - Throws: `PatientCSVError` where it cannot be read at all.
  public func parse(_ bytes: [UInt8]) throws(PatientCSVError) -> PatientCSV {
    try parsePatientCSV(bytes) { possible.contains($0) }
  }

  /// Takes a file that was read: first its bytes become durable in the archive, then its rows are in force.
  /// - Returns: the new revision.
  /// - Throws: `ArchiveError`, `JournalError`, `SystemError`.
  public func load(_ file: PatientCSV, bytes: [UInt8], into site: Site) async throws -> PatientRevision {
    let now = site.clock.now()
    try await patiently { _ = try site.archive.storeRecord(RecordKind(file.kind), bytes: bytes, at: now) }
    return try await site.journal.load(file.accepted(file: sha256(bytes), importedAt: now))
  }
}

extension RecordKind {
  init(_ kind: PatientCSV.Kind) { self = kind == .patients ? .patients : .encounters }
}
