import Glibc
import Journaling
import Model
import Synchronization
import Testing

@testable import SQLiteStores

@Suite struct SQLiteJournalTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("journal.sqlite") }

  @Test(arguments: JournalConformance.all)
  func `the embedded journal is a journal`(_ sentence: JournalConformance.Case) async throws {
    let path = path
    _ = try SQLiteJournal(path: path, create: true)
    try await sentence.run { try SQLiteJournal(path: path, create: false) }
  }

  @Test func `every commit is synced, at every open, whatever was set before`() async throws {
    for _ in 1...3 {
      let journal = try SQLiteJournal(path: path, create: true)
      #expect(try await journal.file.pragma("synchronous") == "2")
      #expect(try await journal.file.pragma("journal_mode") == "wal")
      #expect(try await journal.file.pragma("foreign_keys") == "1")
    }
  }

  @Test func `a missing or empty journal is never made by the way`() throws {
    #expect(throws: JournalError.self) { try SQLiteJournal(path: path, create: false) }
    #expect(folder.mode(of: "journal.sqlite") == nil)
    folder.write([], to: "journal.sqlite")
    #expect(throws: JournalError.self) { try SQLiteJournal(path: path, create: false) }
    _ = try SQLiteJournal(path: path, create: true)
    #expect(throws: JournalError.self) { try SQLiteJournal(path: folder.file("no/such/folder.sqlite"), create: true) }
    #expect(throws: JournalError.self) { try SQLiteJournal(path: folder.path, create: true) }
  }

  @Test func `nobody else may read the journal's files`() async throws {
    let before = umask(0)
    defer { umask(before) }
    let journal = try SQLiteJournal(path: path, create: true)
    try await journal.note(TroubleNote(at: Example.time(1), what: "x"))
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
      #expect(folder.mode(of: name) == 0o600)
    }
  }

  @Test func `a journal of a newer release is refused and left as it is`() throws {
    try SQLiteJournal(path: path, create: true).file.close()
    // SQLite database header, bytes 60…63: user_version, big-endian.
    folder.write([0, 0, 0, 99], to: "journal.sqlite", at: 60)
    #expect(throws: JournalError.newerSchema(found: 99, known: JournalSchema.kind.migrations.count)) {
      try SQLiteJournal(path: path, create: true)
    }
  }

  @Test func `another program's database is refused`() throws {
    try SQLiteChartIndex(path: path, create: true).close()
    #expect(throws: JournalError.self) { try SQLiteJournal(path: path, create: true) }
    folder.write(
      Array("II*\0 not a database, and longer than a header is. ".utf8) + [UInt8](repeating: 7, count: 4096),
      to: "scan.tif")
    #expect(throws: JournalError.self) { try SQLiteJournal(path: folder.file("scan.tif"), create: true) }
  }

  @Test func `a writer that waits too long for another says busy`() async throws {
    let holder = try SQLiteJournal(path: path, create: true)
    let waiter = try SQLiteJournal(path: path, create: false, busySeconds: 0.1)
    try await holder.bring(Example.plan(1), to: .archived)
    let isInside = SharedFlag(false)
    let mayEnd = SharedFlag(false)
    async let recorded = holder.record(Example.batch(1), generation: 1) { sequence, _, _ in
      // Inside the transaction until the other has begun, waited and given up, however long the tests beside it hold up the threads
      // that it needs.
      isInside.value = true
      while !mayEnd.value { usleep(10_000) }
      return ([1], Example.digest(sequence))
    }
    while !isInside.value { try await Task.sleep(for: .milliseconds(5)) }
    do {
      defer { mayEnd.value = true }
      await expect(JournalError.busy) { try await waiter.note(TroubleNote(at: Example.time(1), what: "x")) }
      #expect(try await waiter.chainEnd().sequence == 0, "readers do not wait")
    }
    #expect(try await recorded.sequence == 1)
    try await waiter.note(TroubleNote(at: Example.time(1), what: "x"))
  }

  @Test func `a full disk is told as such, and what was there before stays`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    try await journal.bring(Example.plan(1), to: .recorded)
    try await journal.bring(Example.plan(2), to: .archived)
    let pages = try await journal.file.pragma("page_count")
    _ = try await journal.file.pragma("max_page_count = \(pages)")
    do {
      _ = try await journal.record(Example.batch(2), generation: 1) { sequence, _, _ in
        ([UInt8](repeating: 1, count: 1 << 20), Example.digest(sequence))
      }
      Issue.record("a mebibyte went into a full database")
    } catch JournalError.disk {}
    #expect(try await journal.chainEnd().sequence == 1)
    #expect(try await journal.claim(Example.batch(2))?.state == .archived)
    _ = try await journal.file.pragma("max_page_count = 1000000")
    #expect(try await journal.record(Example.batch(2), generation: 1, render: Example.renderer()).sequence == 2)
    #expect(try await journal.checkIntegrity() == [])
  }

  @Test func `what was rejected since is told of the same bytes`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    try await journal.bring(Example.plan(1, source: 7), to: .finished)
    let source = SourceKey(sha256: Example.digest(7), sidecar: nil)
    #expect(try await journal.earlierUses(of: [source])[source]?.anyRejected == false)
    try await journal.file.execute("UPDATE documents SET disposition = 'rejected'")
    #expect(try await journal.earlierUses(of: [source])[source]?.anyRejected == true)
    #expect(try await journal.document(Example.document(1)) == nil)
    #expect(try await journal.counts()[0].documentsFiled == 0)
    // The next batch with these bytes takes them over, and is the one that a third repeats.
    try await journal.bring(Example.plan(2), to: .claimed)
    #expect(try await journal.commit(Example.plan(2), claiming: [source], generation: 1))
    let use = EarlierUse(batch: Example.batch(2), sidecar: nil, anyRejected: false)
    #expect(try await journal.earlierUses(of: [source]) == [source: use])
  }

  @Test func `a journal of the first release keeps what it knows of the sources`() async throws {
    let first = DatabaseKind(
      name: "journal", applicationID: JournalSchema.kind.applicationID, synchronous: .full,
      migrations: [JournalSchema.version1], remedy: "")
    let old = try DatabaseFile(path: path, create: true, kind: first, busySeconds: 1)
    try await old.execute(
      """
      INSERT INTO batches (batch, origin, station, folder, received_at, findings, state, generation)
        VALUES ('\(Example.batch(1))', 'drop', x'61', x'61', 1, x'5B5D', 'planned', 1);
      INSERT INTO sources VALUES ('\(Example.digest(7))', NULL, '\(Example.batch(1))');
      INSERT INTO sources VALUES ('\(Example.digest(8))', '\(Example.digest(5))', '\(Example.batch(1))')
      """)
    try old.close()
    let journal = try SQLiteJournal(path: path, create: false)
    let keys = [
      SourceKey(sha256: Example.digest(7), sidecar: nil),
      SourceKey(sha256: Example.digest(8), sidecar: Example.digest(5)),
    ]
    let uses = try await journal.earlierUses(of: keys)
    for key in keys {
      #expect(uses[key] == EarlierUse(batch: Example.batch(1), sidecar: key.sidecar, anyRejected: false))
    }
    #expect(try await journal.checkIntegrity() == [])
  }

  @Test func `a full check finds a broken chain and a batch without its record`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    for n in 1...3 { try await journal.bring(Example.plan(n), to: .recorded) }
    try await journal.file.execute("UPDATE records SET sha256 = '\(Example.digest(1))' WHERE sequence = 1")
    try await journal.bring(Example.plan(4), to: .archived)
    try await journal.file.execute("UPDATE batches SET state = 'finished' WHERE batch = '\(Example.batch(4))'")
    #expect(try await journal.checkIntegrity().count == 2)
  }

  @Test func `a journal that was closed has no log beside it, unless another process has it open`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    try await journal.note(TroubleNote(at: Example.time(1), what: "x"))
    #expect(try await journal.troubles(limit: 9).count == 1)
    let other = try SQLiteJournal(path: path, create: false)
    #expect(try await other.troubles(limit: 9).count == 1)
    try journal.close()
    #expect(folder.size(of: "journal.sqlite-wal") != nil)
    try await other.note(TroubleNote(at: Example.time(2), what: "y"))
    try other.close()
    #expect(folder.size(of: "journal.sqlite-wal") == nil && folder.size(of: "journal.sqlite-shm") == nil)
    let again = try SQLiteJournal(path: path, create: false)
    #expect(try await again.troubles(limit: 9).count == 2)
    #expect(try await again.checkIntegrity() == [])
  }

  @Test func `a malformed journal says so and what to do, and a full check of it goes on to its end`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    for n in 1...400 {
      try await journal.append(
        AuditEvent(
          at: Example.time(n), operator: "anna", login: "root", verb: "chart", outcome: .done, subject: AuditSubject()))
    }
    try await journal.bring(Example.plan(4), to: .archived)
    try await journal.file.execute("UPDATE batches SET state = 'finished' WHERE batch = '\(Example.batch(4))'")
    try journal.close()
    let size = try #require(folder.size(of: "journal.sqlite"))
    for page in size / 4096 * 3 / 4..<size / 4096 - 8 {
      folder.write([UInt8](repeating: 0xFF, count: 4096), to: "journal.sqlite", at: page * 4096)
    }
    let damaged = try SQLiteJournal(path: path, create: false)
    #expect(try await damaged.checkIntegrity().count > 1)
    do {
      _ = try await damaged.audit(after: 0, limit: 1000)
      Issue.record("the trail was read from pages of 0xFF")
    } catch let error as JournalError {
      #expect(error.isDamage && error.description.contains("rebuild --audit-from"), "\(error)")
    }
  }

  @Test func `a cancelled task does not cut a commit short`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await journal.note(TroubleNote(at: Example.time(1), what: "x"))
      return try await journal.troubles(limit: 1).count
    }
    #expect(try await task.value == 1)
  }

  @Test func `troubles do not grow without end`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    try await journal.file.execute(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      INSERT INTO troubles (at, what) SELECT i, x'41' FROM n
      """
    )
    try await journal.note(TroubleNote(at: Example.time(1), what: "newest"))
    let kept = try await journal.troubles(limit: 10_000)
    #expect(kept.count == SQLiteJournal.troublesMax && kept.first?.what == "newest")
  }

  @Test func `fifty thousand patients load in one transaction`() async throws {
    let journal = try SQLiteJournal(path: path, create: true)
    let patients = (0..<50_000).map { n in
      Patient(
        key: PatientKey(authority: "GENHOSP", mrn: String(10_000_000 + n)), family: "Family\(n)", given: "Given",
        birthDate: "1970-01-01", sex: "U")
    }
    let revision = try await journal.load(
      .init(patients: patients, encounters: [], file: .zero, importedAt: Example.time(1)))
    #expect(revision.patients == 50_000)
    #expect(try await journal.candidates(numbers: ["10049999"], visits: []).byNumber.count == 1)
  }
}

/// A flag that two threads share.
private final class SharedFlag: Sendable {
  private let state: Mutex<Bool>
  init(_ value: Bool) { state = Mutex(value) }
  var value: Bool {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}
