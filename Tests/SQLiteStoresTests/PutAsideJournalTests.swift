import Journaling
import Model
import Testing

@testable import SQLiteStores

/// The audit trail of a lost journal: read as far as it can be read, and carried over as it was.
@Suite struct PutAsideJournalTests {
  let folder = TemporaryFolder()

  private func event(_ verb: String) -> AuditEvent {
    AuditEvent(
      at: Example.time(1), operator: "anna", login: "root", verb: verb, outcome: .done, subject: AuditSubject())
  }

  @Test func `a lost journal's trail is carried over as it was, and goes on behind it`() async throws {
    let old = try SQLiteJournal(path: folder.file("old.sqlite"), create: true)
    for n in 1...5 { try await old.append(event("verb \(n)")) }
    let records = try await old.audit(after: 0, limit: 9)
    let head = try await old.auditHead()
    try old.close()
    let aside = try PutAsideJournal(path: folder.file("old.sqlite"))
    #expect(aside.audit(after: 0, limit: 9) == records)
    #expect(aside.audit(after: 3, limit: 1).map(\.sequence) == [4])
    let journal = try SQLiteJournal(path: folder.file("new.sqlite"), create: true)
    try await journal.carryOver(Array(records[..<2]))
    try await journal.carryOver(Array(records[2...]))
    #expect(try await journal.audit(after: 0, limit: 9) == records)
    #expect(try await journal.append(event("rebuild"), after: head).sequence == 6)
    var changed = records[4]
    (changed.sequence, changed.bytes) = (9, [1])
    for bad in [records[4], changed] {
      await #expect(throws: JournalError.self) { try await journal.carryOver([bad]) }
    }
    #expect(try await journal.auditHead().sequence == 6)
  }

  @Test func `of a journal with a damaged page what comes before it is read`() async throws {
    let path = folder.file("old.sqlite")
    let old = try SQLiteJournal(path: path, create: true)
    for n in 1...400 { try await old.append(event("verb \(n)")) }
    try old.close()
    let whole = try PutAsideJournal(path: path).audit(after: 0, limit: 1000).count
    let size = try #require(folder.size(of: "old.sqlite"))
    for page in stride(from: size * 3 / 4, to: size - 4096, by: 4096) {
      folder.write([UInt8](repeating: 0xFF, count: 4096), to: "old.sqlite", at: page / 4096 * 4096)
    }
    let left = try PutAsideJournal(path: path).audit(after: 0, limit: 1000)
    #expect(whole == 400 && left.count < whole)
    #expect(left.map(\.sequence) == Array(1...max(1, left.count)))
  }

  @Test func `what is no journal is refused`() throws {
    folder.write([1, 2, 3], to: "old.sqlite")
    #expect(throws: JournalError.self) { try PutAsideJournal(path: folder.file("old.sqlite")) }
    #expect(throws: JournalError.self) { try PutAsideJournal(path: folder.file("missing.sqlite")) }
  }
}
