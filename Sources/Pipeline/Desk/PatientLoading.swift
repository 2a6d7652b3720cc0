import Archiving
import Formats
import Glibc
import Journaling
import Model
import System

/// Loads files of the patient index (RULES *Patient index*): CSV, HL7 v2 ADT or a FHIR Bundle, all files of one command in one
/// transaction, each file kept in the archive, so that a rebuild needs nothing else (I7). Files are read a piece at a time.
public struct PatientLoading: Sendable {
  let numbering: PatientNumbering

  /// - Throws: `GrammarError`.
  public init(_ configuration: Configuration) throws {
    let possible = try PossibleNumbers(LabelGrammar(entries: configuration.reading.labels))
    let systems = configuration.facility.systems.map { ($0.system, $0.authority) }
    numbering = PatientNumbering(
      authority: configuration.facility.authority,
      authoritiesBySystem: Dictionary(systems, uniquingKeysWith: { first, _ in first })
    ) { possible.contains($0) }
  }

  /// Looks at a file: its format, its digest, a CSV's header. Takes nothing of it.
  /// - Parameter format: nil: by its content.
  /// - Throws: ``PatientFileError``, `PatientCSVError`, `SystemError`, `SourceError`.
  public func open(_ path: FilePath, format: PatientFile.Format? = nil) throws -> PatientFile {
    let source = try FileSource(Descriptor.openRegular(path))
    return try PatientFile(
      source, format: format ?? PatientFile.Format(of: source), sha256: sha256(of: source), numbering: numbering)
  }

  /// A file that was taken before.
  func open(_ record: ArchivedRecord, of archive: Archive) throws -> PatientFile {
    let (source, digest) = try archive.open(record)
    let format: PatientFile.Format =
      switch record.kind {
      case .hl7: .hl7
      case .fhir: .fhir
      case .configuration, .patients, .encounters: .csv
      }
    return try PatientFile(source, format: format, sha256: digest, numbering: numbering)
  }

  /// Takes files that were looked at: inside one transaction their rows are tried, then their bytes become durable in the
  /// archive, then all is in force. With it goes what the audit trail has to say of levels.
  /// - Parameter asked: what a dry run is to say of the index as it would be after all files.
  /// - Returns: for each file what it did, or would do.
  /// - Throws: `PatientImportError`, `PatientCSVError`, `ArchiveError`, `JournalError`, `SystemError`: nothing is taken.
  public func load(
    _ files: [PatientFile], mode: PatientImportMode, in action: DeskAction, asking asked: PatientQuestion? = nil
  ) async throws -> [PatientImportOutcome] {
    let site = action.site
    let now = site.clock.now()
    let (archive, clearance) = (site.archive, action.who.clearance)
    var imports = files.map { $0.taken(at: now, clearance: clearance) }
    for index in imports.indices { imports[index].event = action.event(at: now) }
    if let last = imports.indices.last { imports[last].asked = asked }
    let outcomes = try await site.journal.load(imports, mode: mode) { moments in
      for case (let file, let moment?) in zip(files, moments) {
        try patientlyInside {
          _ = try archive.storeRecord(
            file.kind, source: file.source, sha256: file.sha256, at: moment, clearance: clearance)
        }
      }
    }
    // It is in force, told or not.
    if let newest = outcomes.compactMap({ $0.revision?.importedAt }).max() { try? archive.tellImport(at: newest) }
    return outcomes
  }
}

/// As ``patiently(_:)``, where nothing may be awaited.
private func patientlyInside(_ body: () throws -> Void) throws {
  for _ in 0..<100 {
    do { return try body() } catch ArchiveError.busy { usleep(50_000) }
  }
  try body()
}
