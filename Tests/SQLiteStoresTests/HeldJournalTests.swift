import GRDBSQLite
import Journaling
import Model
import Testing

@testable import SQLiteStores

/// A journal that another program holds: given up after the time that was asked for, whatever is waited for.
@Suite struct HeldJournalTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.file("journal.sqlite") }

  /// Holds a database's lock on writing as any SQLite program may.
  private final class Holder {
    private var connection: OpaquePointer?

    init(_ path: String) throws {
      try #require(sqlite3_open(path, &connection) == SQLITE_OK)
      try #require(sqlite3_exec(connection, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
    }

    deinit { sqlite3_close(connection) }
  }

  @Test func `opening gives up in time, also where the log is still empty`() throws {
    try SQLiteJournal(path: path, create: true).file.close()
    let holder = try Holder(path)
    let took = ContinuousClock().measure {
      #expect(throws: JournalError.busy) { try SQLiteJournal(path: path, create: false, busySeconds: 1) }
    }
    #expect(took < .seconds(10))
    withExtendedLifetime(holder) {}
  }

  @Test func `of calls that queue none waits longer than the first`() async throws {
    let journal = try SQLiteJournal(path: path, create: true, busySeconds: 5)
    var holder: Holder? = try Holder(path)
    // Called and timed on threads of their own: other tests may hold up all that tasks share, for minutes.
    let took = await Task(executorPreference: QueueExecutor()) {
      await ContinuousClock().measure {
        await withDiscardingTaskGroup { group in
          for _ in 0..<40 {
            group.addTask(executorPreference: QueueExecutor()) {
              await expect(JournalError.busy) { try await journal.note(TroubleNote(at: Example.time(1), what: "x")) }
            }
          }
        }
      }
    }.value
    #expect(took < .seconds(100) && holder != nil)
    holder = nil
    try await journal.note(TroubleNote(at: Example.time(1), what: "x"))
  }
}
