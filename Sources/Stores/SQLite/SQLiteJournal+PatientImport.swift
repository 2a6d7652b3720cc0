import FoundationEssentials
import GRDB
import Journaling
import Model

/// Loading the patient index.
///
/// Files are read into temporary tables first, which holds up nobody; a snapshot's rows (CSV) are held against one another there.
/// Then everything is taken in one transaction, a feed's events (HL7, FHIR) one after the other. What is refused or ignored is
/// told by line; nothing is taken of a file that has refused lines unless its good part is wanted.
extension SQLiteJournal {
  public func load(
    _ files: [PatientImport], mode: PatientImportMode, whenGood: @escaping @Sendable ([Timestamp?]) throws -> Void
  ) async throws -> [PatientImportOutcome] {
    let (outcomes, refusals) = try await file.write(preparing: { db in try StagedImport.stage(files, in: db) }) {
      db, staged in
      let savedCache = try db.integer("PRAGMA main.cache_size")
      try db.execute(sql: "PRAGMA main.cache_size = -\(Self.importCacheKilobytes)")
      defer { try? db.execute(sql: "PRAGMA main.cache_size = \(savedCache)") }
      var outcomes: [PatientImportOutcome] = []
      var refused: [AuditEvent] = []
      var moments: [Timestamp?] = []
      for (file, content) in zip(files, staged) {
        let importer = try PatientImporter(file, in: db)
        outcomes.append(try importer.take(file, content))
        refused += importer.refusals
        moments.append(outcomes.last?.revision == nil ? nil : importer.importedAt)
        if mode == .dryRun, let asked = file.asked {
          outcomes[outcomes.count - 1].known = try db.candidates(numbers: asked.numbers, visits: asked.visits)
        }
      }
      try StagedImport.drop(staged, in: db)
      let stays = mode == .goodPart || mode == .whole && outcomes.allSatisfy(\.isClean)
      if stays {
        try whenGood(moments)
      } else {
        for at in outcomes.indices {
          outcomes[at].revision = nil
          if mode == .whole { outcomes[at].unchanged = nil }
        }
      }
      return ((outcomes, stays ? [] : refused), stays)
    }
    // They went with all else that was not taken, and are told all the same.
    if !refusals.isEmpty {
      try await file.write { db in for event in refusals { _ = try db.append(event) } }
    }
    return outcomes
  }

  /// Pages of the journal in memory during an import. Sorted rows touch each page once; this bounds what unsorted ones cost.
  static let importCacheKilobytes = 65_536
}

/// One file on its way into the index, inside the transaction.
final class PatientImporter {
  let db: Database
  let revision: Int
  let importedAt: Timestamp
  let clearance: Confidentiality
  let event: AuditEvent?
  var outcome = PatientImportOutcome()
  /// What is on record of what was refused because of somebody above the importer's level.
  var refusals: [AuditEvent] = []
  /// Numbers of the event in hand that were such a person's before it.
  var hiddenHere: Set<PatientKey> = []
  /// Anything of the index is another than before the file, were it only as of when it is known.
  var isChanged = false

  init(_ file: PatientImport, in db: Database) throws {
    self.db = db
    (clearance, event) = (file.clearance, file.event)
    revision = try db.integer("SELECT coalesce(max(revision), 0) + 1 FROM imports")
    // Another import that began later may have been first: a rebuild repeats them in the order of these moments.
    let newest = try db.integer("SELECT coalesce(max(imported_at), -1) FROM imports")
    importedAt = max(file.importedAt, Timestamp(microseconds: Int64(newest) + 1))
  }

  func take(_ file: PatientImport, _ content: StagedImport) throws -> PatientImportOutcome {
    switch content {
    case .snapshot(let snapshot): try take(snapshot)
    case .feed(let spool):
      try spool.forEach(in: db) { item in
        switch item {
        case .event(let event): try self.take(event)
        case .reject(let reject): try self.leaveOut(reject)
        }
      }
    }
    // Stable by contract: lines are unique but for those of one event, which come in order.
    outcome.rejects = outcome.rejects.enumerated().sorted {
      ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
    }
    .map(\.element)
    // Nothing but bad lines is no import: it has no revision, and its file is not kept. Nor is what changes nothing.
    if outcome.counts.taken == 0, !outcome.isClean { return outcome }
    guard isChanged || file.isRepeated else {
      outcome.unchanged = try db.patientRevision(upTo: clearance)
      return outcome
    }
    try recordImport(of: file)
    outcome.revision = try db.patientRevision(upTo: clearance)
    return outcome
  }

  /// A time that lies ahead by more than zones explain is a wrong clock's. Taken at its word, all that is said of the patient until then
  /// would be stale: it counts as of its import, as what has no time does.
  func dated(_ event: PatientEvent) -> PatientEvent {
    guard let at = event.at, at > importedAt.adding(seconds: Self.aheadSecondsMax) else { return event }
    var dated = event
    dated.at = importedAt
    outcome.note(event.line, "its time, \(at), lies ahead: it counts as of this import")
    return dated
  }

  /// A day: times without a zone may be 14 hours off.
  private static let aheadSecondsMax = 86_400.0

  func change(_ sql: String, _ arguments: StatementArguments = []) throws {
    if try db.change(sql, arguments) > 0 { isChanged = true }
  }

  func leaveOut(_ reject: PatientReject) throws {
    guard outcome.rejects.count < PatientImportOutcome.rejectsMax else {
      throw PatientImportError.tooManyRejects(max: PatientImportOutcome.rejectsMax)
    }
    outcome.rejects.append(reject)
  }

  /// Patients are the numbers that are not merged into another: counted by taking away, because few are.
  private func recordImport(of file: PatientImport) throws {
    let merged = "SELECT DISTINCT mrn, authority FROM merges WHERE undone IS NULL AND kind <> 'link'"
    try db.change(
      """
      INSERT INTO imports (revision, imported_at, file, patients, aliases, encounters) SELECT ?, ?, ?,
        (SELECT count(*) FROM patients)
          - (SELECT count(*) FROM (\(merged)) m JOIN patients p ON p.mrn = m.mrn AND p.authority = m.authority),
        (SELECT count(*) FROM (\(merged))),
        (SELECT count(*) FROM encounters)
      """, [revision, importedAt.microseconds, file.file.description])
  }
}

/// Why an event is not taken; it undoes what the event did so far.
struct PatientRefusal: Error {
  var kind = PatientReject.Kind.refused
  var reason: String
  /// Whom the reason names beside those whom the event names.
  var about: [PatientKey] = []
}
