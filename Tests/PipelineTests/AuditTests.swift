import Formats
import Journaling
import Model
import TestSupport
import Testing

@testable import Pipeline
@testable import SQLiteStores

/// The audit trail by itself: whatever is done to it shows.
@Suite struct AuditTests {
  private let folder = TemporaryFolder()

  private func event(_ number: Int) -> AuditEvent {
    AuditEvent(
      at: Timestamp(microseconds: Int64(number)), operator: "anna", login: "root", verb: "chart", outcome: .done,
      subject: AuditSubject(detail: "number \(number)"))
  }

  /// A trail of ten, with its guards taken off, as somebody with the file in hand has it.
  private func trail() async throws -> SQLiteJournal {
    let journal = try SQLiteJournal(path: folder.text + "/journal", create: true)
    for number in 1...10 { try await journal.append(event(number)) }
    return journal
  }

  private func findings(_ journal: SQLiteJournal, noted: AuditHead? = nil) async throws -> [String] {
    var found: [String] = []
    try await AuditDesk(journal: journal).verify(noted: noted) { found.append("\($0.where): \($0.what)") }
    return found
  }

  @Test func `a trail as it was written is whole, and the store refuses to change or shorten it`() async throws {
    let journal = try await trail()
    #expect(try await findings(journal) == [])
    for sql in ["DELETE FROM audit WHERE sequence = 10", "UPDATE audit SET bytes = x'00' WHERE sequence = 3"] {
      await #expect(throws: JournalError.self) { try await journal.file.execute(sql) }
    }
    #expect(try await findings(journal) == [])
  }

  @Test(arguments: [
    ("DELETE FROM audit WHERE sequence = 4", "audit record 5"),
    ("DELETE FROM audit WHERE sequence = 1", "audit record 2"),
    ("DELETE FROM audit WHERE sequence = 10", "audit record 10"),
    ("DELETE FROM audit WHERE sequence > 7", "audit record 10"),
    (
      "UPDATE audit SET bytes = CAST(replace(CAST(bytes AS TEXT), 'anna', 'hugo') AS BLOB) WHERE sequence = 6",
      "audit record 6"
    ),
    (
      """
      UPDATE audit SET sequence = 103 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4;
      UPDATE audit SET sequence = 4 WHERE sequence = 103
      """, "audit record 3"
    ),
    ("INSERT INTO audit SELECT 11, hash, bytes FROM audit WHERE sequence = 10", "audit record 11"),
    ("INSERT OR REPLACE INTO audit SELECT 6, hash, bytes FROM audit WHERE sequence = 5", "audit record 6"),
    ("UPDATE audit SET hash = 'no digest' WHERE sequence = 6", "audit record 6"),
  ])
  func `a record that was removed, changed, put elsewhere or added is found`(sql: String, place: String) async throws {
    let journal = try await trail()
    try await journal.file.execute(
      "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened; \(sql)")
    let found = try await findings(journal)
    #expect(found.contains { $0.hasPrefix(place) }, "\(found)")
  }

  @Test func `a trail that was written anew from some record on is found by what is anchored to it`() async throws {
    let journal = try await trail()
    let noted = try await journal.auditHead()
    try await journal.file.execute(
      """
      DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;
      UPDATE audit_head SET sequence = 5, hash = (SELECT hash FROM audit WHERE sequence = 5);
      DELETE FROM audit WHERE sequence > 5
      """)
    for number in 6...10 { try await journal.append(event(-number)) }
    #expect(try await findings(journal) == [], "by itself it is a sound trail")
    #expect(try await findings(journal, noted: noted).contains { $0.contains("changed: it is not the one") })
  }

  @Test func `records that went with a lost journal are explained by the rebuild alone`() async throws {
    let journal = try SQLiteJournal(path: folder.text + "/journal", create: true)
    let lost = AuditHead(sequence: 40, head: sha256([1]))
    try await journal.append(event(1), after: lost)
    #expect(try await journal.auditHead().sequence == 41)
    let found = try await findings(journal, noted: lost)
    #expect(found.contains { $0.contains("removed: records 1 to 40 are missing") }, "\(found)")
  }

  @Test func `who appends at the same time gets a place of their own`() async throws {
    let path = folder.text + "/journal"
    let journals = [try SQLiteJournal(path: path, create: true), try SQLiteJournal(path: path, create: true)]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...40 { group.addTask { try await journals[number % 2].append(event(number)) } }
      try await group.waitForAll()
    }
    #expect(try await journals[0].auditHead().sequence == 40)
    #expect(try await findings(journals[1]) == [])
  }
}
