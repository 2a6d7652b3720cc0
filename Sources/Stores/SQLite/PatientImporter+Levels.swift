import FoundationEssentials
import GRDB
import Journaling
import Model

/// What whoever imports may not see: nothing is told or counted of it, and no level falls. What is kept from falling, what falls, and what
/// else becomes of such a person is on record with the patient.
extension PatientImporter {
  /// Whether one of the numbers is of a person above the importer's level.
  func hides(_ numbers: @autoclosure () -> [PatientKey]) throws -> Bool {
    guard clearance < .veryRestricted else { return false }
    return try numbers().contains { try db.level(of: $0) > clearance }
  }

  /// Those of the numbers that are of persons above the importer's level, each once.
  func hidden(among numbers: @autoclosure () -> [PatientKey]) throws -> [PatientKey] {
    guard clearance < .veryRestricted else { return [] }
    var seen: Set<PatientKey> = []
    return try numbers().filter { try seen.insert($0).inserted && db.level(of: $0) > clearance }
  }

  /// Why anything about such a person is left out, whatever it is: the reason itself would tell of the person.
  static var hiddenReason: String {
    "it is about a patient of a level that you may not see; who may see it can take it, or is told what is wrong with it"
  }

  /// A changed level is told; one that falls is on record too.
  func noteLevel(_ line: Int, _ key: PatientKey, from old: String, to new: String) throws {
    outcome.noteLevel(line, key, from: old, to: new)
    guard Confidentiality(indexed: new) < Confidentiality(indexed: old) else { return }
    try record(.done, key, "confidentiality \(old) → \(new)")
  }

  func raiseLevel(of patient: Patient, to level: String, line: Int) throws {
    guard Confidentiality(indexed: level) > Confidentiality(indexed: patient.confidentiality) else { return }
    try noteLevel(line, patient.key, from: patient.confidentiality, to: level)
    try change(
      "UPDATE patients SET confidentiality = ? WHERE mrn = ? AND authority = ?",
      [level, patient.key.mrn.blob, patient.key.authority.blob])
  }

  /// The numbers of the person whom a merge made, with their levels, where whoever imports may not see the person: no half loses its
  /// level when the merge is taken back. The two that were merged come first: what hangs on them needs no level of its own then.
  func protectedNumbers(_ ends: LinkEnds) throws -> [(number: PatientKey, level: Confidentiality)] {
    guard try hides([ends.from]) else { return [] }
    let numbers = try db.numbers(ofPersonWith: ends.from).filter { $0 != ends.from && $0 != ends.into }
    return try ([ends.from, ends.into] + numbers).map { ($0, try db.level(of: $0)) }
  }

  /// A level that does not fall, because whoever imports may not see it.
  func noteKept(_ line: Int, _ key: PatientKey, at level: String, not wanted: String) throws {
    outcome.noteKept(line, key)
    try record(.refused, key, "confidentiality stays \(level); the file says \(wanted)")
  }

  func record(_ result: AuditEvent.Outcome, _ key: PatientKey, _ detail: String) throws {
    if let event = audited(result, key, detail) { _ = try db.append(event) }
  }

  /// Of a line that is left out, which is told also where nothing is taken in the end.
  func recordRefusal(_ key: PatientKey, _ detail: String) throws {
    guard let refusal = audited(.refused, key, detail) else { return }
    _ = try db.append(refusal)
    refusals.append(refusal)
  }

  private func audited(_ result: AuditEvent.Outcome, _ key: PatientKey, _ detail: String) -> AuditEvent? {
    guard var event else { return nil }
    event.outcome = result
    event.subject = AuditSubject(patient: key, detail: detail)
    return event
  }

  // MARK: Many rows at once

  /// The numbers above the importer's level as they were before the file, for statements over many rows.
  func listHidden() throws {
    try db.execute(
      sql: """
        CREATE TEMP TABLE IF NOT EXISTS hidden_numbers (
          mrn BLOB NOT NULL, authority BLOB NOT NULL, PRIMARY KEY (mrn, authority)
        ) WITHOUT ROWID;
        DELETE FROM temp.hidden_numbers;
        """)
    guard clearance < .veryRestricted else { return }
    try db.execute(
      sql: "INSERT INTO temp.hidden_numbers (authority, mrn) \(Database.persons(above: clearance)) "
        + "SELECT authority, mrn FROM person")
  }

  /// - Parameters:
  ///   - table: alias of a table with a number and its authority.
  ///   - prefix: of the two columns' names.
  static func isHidden(_ table: String, _ prefix: String = "") -> String {
    "((\(table).\(prefix)mrn, \(table).\(prefix)authority) IN (SELECT mrn, authority FROM temp.hidden_numbers))"
  }

  /// Own rows that would lower somebody above the importer's level.
  private static var lowering: String {
    func rank(_ level: String) -> String {
      "CASE \(level) WHEN '' THEN 0 WHEN 'normal' THEN 0 WHEN 'restricted' THEN 1 ELSE 2 END"
    }
    return """
      p.mrn = s.mrn AND p.authority = s.authority AND s.into_mrn IS NULL AND \(isHidden("s"))
        AND \(rank("s.confidentiality")) < \(rank("p.confidentiality"))
      """
  }

  func tellKeptLevels(_ table: String) throws {
    guard clearance < .veryRestricted else { return }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.line, s.authority, s.mrn, p.confidentiality AS old, s.confidentiality AS new
        FROM \(table) s JOIN patients p ON \(Self.lowering) ORDER BY s.line
        """)
    while let row = try rows.next() {
      try noteKept(row.line, row.patientKey, at: row["old"], not: row["new"])
    }
  }

  /// Also of the rows that do not speak of the level of a person whose merge they take back.
  func keepLevels(_ table: String) throws {
    guard clearance < .veryRestricted else { return }
    try db.change(
      "UPDATE \(table) AS s SET confidentiality = p.confidentiality FROM patients p WHERE \(Self.lowering)")
  }

  // MARK: What was told

  /// What was told and counted up to a moment. Without the rejects: a copy of them for each event would take the square of their number.
  struct Told {
    let counts: PatientImportOutcome.Counts
    let changes: Int
    let changesBeyond: Int
    let levels: Int
    let levelsBeyond: Int
    let kept: Int
    let keptBeyond: Int
    let isChanged: Bool
  }

  var told: Told {
    Told(
      counts: outcome.counts, changes: outcome.changes.count, changesBeyond: outcome.changesBeyond,
      levels: outcome.levels.count, levelsBeyond: outcome.levelsBeyond, kept: outcome.kept.count,
      keptBeyond: outcome.keptBeyond, isChanged: isChanged)
  }

  /// It did not happen.
  func forget(since told: Told) {
    hush(since: told)
    outcome.kept.removeSubrange(told.kept...)
    outcome.keptBeyond = told.keptBeyond
    isChanged = told.isChanged
  }

  /// It happened, and is not told. Whether it changed anything would tell, too.
  func hush(since told: Told) {
    outcome.counts = told.counts
    outcome.changes.removeSubrange(told.changes...)
    outcome.levels.removeSubrange(told.levels...)
    (outcome.changesBeyond, outcome.levelsBeyond) = (told.changesBeyond, told.levelsBeyond)
    isChanged = true
  }

  /// Does something about these numbers, and tells of it only where whoever imports may see them all.
  func telling(of numbers: [PatientKey], _ body: () throws -> Void) throws {
    let isHidden = try hides(numbers)
    let before = told
    try body()
    if isHidden { hush(since: before) }
  }
}

extension PatientEvent {
  /// Everybody whom it names.
  var numbers: [PatientKey] {
    facts.flatMap { fact -> [PatientKey] in
      switch fact {
      case .row(let patient, _): [patient.key] + [patient.mergedInto].compactMap(\.self)
      case .visit(let visit): [visit.patient]
      case .person(let update): update.keys
      case .stay(let update): [update.patient]
      case .link(let from, let into, _): [from, into]
      case .unlink(let one, let other): [one, other]
      case .moveVisit(_, let from, let to), .moveAccount(_, let from, let to): [from, to]
      }
    }
  }
}
