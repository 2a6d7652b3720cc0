import GRDB
import Glibc
import Journaling
import Model
import Synchronization

/// The charts as a database for finding things: `var/index.sqlite`, SQLite 3 in WAL mode, `application_id` 0x43525831
/// ("CRX1"), `user_version` = number of the last migration, `synchronous=NORMAL`: what a power cut takes comes back
/// from the journal.
///
/// - `position`: the last record taken, one row; `sequence` is 0 when empty.
/// - `entries`: a document as its last record says; `authority` and `mrn` as BLOB, NULL while nobody's; `received_at`
///   in microseconds UTC; `entry` the JSON of `ChartEntry`.
///
/// Everything in it is derived (I7). A damaged file is put aside and made anew, empty: at opening silently, later
/// with an error, since the answer was not to be had; ``position()`` tells the caller what to apply again.
public final class SQLiteChartIndex: ChartIndex {
  private let path: String
  private let busySeconds: Double
  /// The open file, exchanged when it had to be made anew.
  private let current: Mutex<DatabaseFile>

  /// - Parameter create: Makes a missing file, mode 0600, in a folder that exists.
  public init(path: String, create: Bool, busySeconds: Double = 30) throws(JournalError) {
    self.path = path
    self.busySeconds = busySeconds
    current = Mutex(try Self.open(path: path, create: create, busySeconds: busySeconds))
  }

  /// Closes all connections; every later call fails.
  public func close() throws { try current.withLock { $0 }.close() }

  public func position() async throws -> Int { try await healing { try await $0.read { try $0.indexPosition() } } }

  /// - Throws: ``JournalError/busy`` for a record that is not the next: another process cleared the index; ask
  ///   ``position()`` again.
  public func apply(sequence: Int, entries: [ChartEntry]) async throws {
    try await healing { file in
      try await file.write { db in
        let position = try db.indexPosition()
        guard sequence > position else { return }
        guard sequence == position + 1 else { throw JournalError.busy }
        for entry in entries { try db.put(entry, sequence: sequence) }
        try db.change("UPDATE position SET sequence = ?", [sequence])
      }
    }
  }

  public func chart(of patient: PatientKey) async throws -> [ChartEntry] {
    try await healing { file in
      try await file.read { db in
        try db.rows(
          "SELECT entry FROM entries WHERE mrn = ? AND authority = ? AND status = 'filed' ORDER BY received_at, id",
          [patient.mrn.blob, patient.authority.blob]
        ).map { try $0.json("entry") }
      }
    }
  }

  public func clear() async throws {
    try await healing { file in
      try await file.write { try $0.execute(sql: "DELETE FROM entries; UPDATE position SET sequence = 0") }
    }
  }
}

extension SQLiteChartIndex {
  static let kind = DatabaseKind(
    name: "index", applicationID: 0x4352_5831, synchronous: .normal,
    migrations: [
      """
      CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL) STRICT;
      INSERT INTO position (one, sequence) VALUES (1, 0);
      CREATE TABLE entries (
        id TEXT PRIMARY KEY, authority BLOB, mrn BLOB, status TEXT NOT NULL,
        received_at INTEGER NOT NULL, sequence INTEGER NOT NULL, entry BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX entries_chart ON entries (mrn, authority, received_at, id) WHERE status = 'filed';
      """
    ], remedy: "it is derived: any verb that reads charts makes it again")

  private static func open(path: String, create: Bool, busySeconds: Double) throws(JournalError) -> DatabaseFile {
    do {
      return try DatabaseFile(path: path, create: create, kind: kind, busySeconds: busySeconds)
    } catch {
      guard error.isCorrupt else { throw error.error }
      return try remake(path: path, busySeconds: busySeconds)
    }
  }

  /// The broken file is kept as `….damaged`, in case the path named something else. Other processes go on with it
  /// until they open anew.
  private static func remake(path: String, busySeconds: Double) throws(JournalError) -> DatabaseFile {
    for suffix in ["-wal", "-shm", ""] {
      guard rename(path + suffix, path + ".damaged" + suffix) == 0 || errno == ENOENT else {
        throw .disk("\(path)\(suffix): cannot put the damaged index aside: \(String(cString: strerror(errno)))")
      }
    }
    do {
      return try DatabaseFile(path: path, create: true, kind: kind, busySeconds: busySeconds)
    } catch {
      throw error.error
    }
  }

  private func healing<T: Sendable>(_ body: (DatabaseFile) async throws -> T) async throws -> T {
    let file = current.withLock { $0 }
    do {
      return try await body(file)
    } catch let error as JournalError where error.isDamage {
      try current.withLock { now in
        if now === file { now = try Self.remake(path: path, busySeconds: busySeconds) }
      }
      var what = "\(error)"
      if case .malformed(let path, let detail) = error { what = "\(path): \(detail)" }
      throw JournalError.damaged("\(what); the index was made anew and fills up from the journal: try again")
    }
  }
}

extension Database {
  fileprivate func indexPosition() throws -> Int { try integer("SELECT sequence FROM position") }

  fileprivate func put(_ entry: ChartEntry, sequence: Int) throws {
    let document = entry.document
    try change(
      """
      INSERT INTO entries (id, authority, mrn, status, received_at, sequence, entry) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET authority = excluded.authority, mrn = excluded.mrn, status = excluded.status,
        received_at = excluded.received_at, sequence = excluded.sequence, entry = excluded.entry
      """,
      [
        document.id.description, document.authority?.blob, document.mrn?.blob, document.status.rawValue,
        entry.receivedAt.microseconds, sequence, try jsonBlob(entry),
      ])
  }
}
