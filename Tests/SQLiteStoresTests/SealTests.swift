import Journaling
import Model
import Testing

@testable import SQLiteStores

/// Sums over the rows of the journal's tables.
@Suite struct SealTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.file("journal.sqlite") }

  private func patients(_ family: String) -> PatientImport {
    let patient = Patient(key: PatientKey(authority: "A", mrn: "12345674"), family: family, given: "Ada")
    return PatientImport(patients: [patient], encounters: [], file: Example.digest(1), importedAt: Example.time(1))
  }

  @Test func `whatever the journal does itself leaves its sums right, in several processes too`() async throws {
    let one = try SQLiteJournal(path: path, create: true)
    let other = try SQLiteJournal(path: path, create: false)
    for n in 1...4 { try await (n.isMultiple(of: 2) ? one : other).bring(Example.plan(n), to: .finished) }
    _ = try await one.load(patients("Example"))
    _ = try await other.load(patients("Changed"))
    for n in 0..<20 { try await one.note(TroubleNote(at: Example.time(n), what: "x")) }
    try await other.bring(Example.plan(9), to: .planned)
    _ = try await other.dropPlan(of: Example.batch(9), generation: 1)
    for journal in [one, other] { #expect(try await journal.checkIntegrity() == []) }
    #expect(try await SQLiteJournal(path: path, create: false).checkIntegrity() == [])
  }

  @Test(arguments: [
    ("patients", "UPDATE patients SET family = x'45'"), ("patients", "DELETE FROM patients"),
    (
      "patients",
      "INSERT OR REPLACE INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary, revision) SELECT authority, mrn, x'45', given, middle, birth_date, sex, confidentiality, temporary, revision FROM patients"
    ),
    ("plans", "UPDATE plans SET plan = CAST(plan || x'20' AS BLOB)"), ("troubles", "UPDATE troubles SET at = at + 1"),
    ("claim_items", "UPDATE claim_items SET size = size + 1"), ("imports", "DELETE FROM imports"),
  ])
  func `a row that nobody of ours changed is found, and its table named`(_ table: String, _ change: String) async throws
  {
    let journal = try SQLiteJournal(path: path, create: true)
    _ = try await journal.load(patients("Example"))
    try await journal.bring(Example.plan(1), to: .planned, items: [Example.item(1)])
    try await journal.note(TroubleNote(at: Example.time(1), what: "x"))
    #expect(try await journal.checkIntegrity() == [])
    // As damage does it, or another program: unseen by the triggers.
    for event in ["INSERT", "UPDATE", "DELETE"] {
      try await journal.file.execute("DROP TRIGGER temp.\"seal_\(event)_\(table)\"")
    }
    try await journal.file.execute(change)
    #expect(try await journal.checkIntegrity() == ["rows of \(table) are not those that were written"])
  }

  @Test func `two changes that a plain sum would not see are seen`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    for n in 1...2 { try await journal.note(TroubleNote(at: Example.time(n), what: "x")) }
    for event in ["INSERT", "UPDATE", "DELETE"] {
      try await journal.file.execute("DROP TRIGGER temp.\"seal_\(event)_troubles\"")
    }
    try await journal.file.execute("UPDATE troubles SET at = at + CASE number WHEN 1 THEN 1 ELSE -1 END")
    #expect(try await journal.checkIntegrity().count == 1)
  }

  @Test func `a journal without sums gets them when it is opened`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    try await journal.bring(Example.plan(1), to: .finished)
    try await journal.file.execute("DROP TABLE seals")
    #expect(try await journal.checkIntegrity() == [])
    try journal.file.close()
    let again = try SQLiteJournal(path: path, create: false)
    try await again.bring(Example.plan(2), to: .finished)
    #expect(try await again.checkIntegrity() == [])
  }
}
