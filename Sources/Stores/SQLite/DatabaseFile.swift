import GRDB
import GRDBSQLite
import Glibc
import Journaling
import Model

/// What a database file of ours must be.
struct DatabaseKind: Sendable {
  /// `PRAGMA synchronous`: 1 may lose the last commits at a power cut, 2 syncs every commit.
  enum Synchronous: Int, Sendable { case normal = 1, full = 2 }
  /// In words, for messages.
  var name: String
  /// `PRAGMA application_id`: tells our files from others' and from one another.
  var applicationID: Int
  var synchronous: Synchronous
  /// SQL that brings version n − 1 to version n, from version 1. Released ones are never changed, only followed.
  var migrations: [String]
  /// What to do when the file is missing or empty.
  var remedy: String
  /// Whether ``Seals`` are kept: for what cannot be held against anything else.
  var isSealed = false
}

/// One SQLite database (GRDB `DatabasePool`): opened, checked, migrated. Several processes may hold the same file.
///
/// Every write is one `BEGIN IMMEDIATE` transaction and is not interrupted when the calling task is cancelled: a call
/// either returns, and then is as durable as ``DatabaseKind/synchronous`` says, or throws, and then nothing has
/// changed.
final class DatabaseFile: Sendable {
  /// Why a file could not be opened; `isCorrupt` only where SQLite itself finds it broken, never where it is somebody
  /// else's.
  struct OpeningError: Error {
    let error: JournalError
    let isCorrupt: Bool
  }

  let path: String
  private let pool: DatabasePool
  private let busySeconds: Double

  /// - Parameters:
  ///   - create: Makes a missing file, mode 0600; -wal and -shm take their modes from it. Without it a missing or empty
  ///     file is an error.
  ///   - busySeconds: How long to wait for another process before ``JournalError/busy``.
  init(path: String, create: Bool, kind: DatabaseKind, busySeconds: Double) throws(OpeningError) {
    self.path = path
    self.busySeconds = busySeconds
    do {
      try Self.makeFile(at: path, create: create, kind: kind)
      pool = try Self.openPool(at: path, busySeconds: busySeconds)
      try pool.barrierWriteWithoutTransaction { db in
        try Self.refuseReadOnly(db, path: path)
        try Self.setSynchronous(kind, db)
        try Self.migrate(db, kind: kind, path: path, create: create)
        if kind.isSealed { try Seals.keep(db) }
      }
    } catch {
      let isCorrupt = (error as? DatabaseError)?.isMalformed ?? false
      throw OpeningError(error: JournalError.closed(error, at: path), isCorrupt: isCorrupt)
    }
  }

  /// A consistent snapshot, which a writer does not hold up.
  func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    try await handedOver { (answer: @escaping @Sendable (Result<T, any Error>) -> Void) in
      pool.asyncRead { result in
        answer(Result { try body(result.get()) }.mapError { JournalError.mapped($0, at: self.path) })
      }
    }.get()
  }

  /// One transaction; nothing changes when `body` throws.
  /// - Parameter what: the transaction's name for ``StepWatch``: the calling function's.
  func write<T: Sendable>(
    _ what: String = #function, _ body: @escaping @Sendable (Database) throws -> T
  ) async throws -> T {
    let watcher = StepWatch.watcher
    try watcher?.willDo(what, "")
    let value = try await commit(body)
    try watcher?.didDo(what, "")
    return value
  }

  private func commit<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
    let patience = Patience(seconds: busySeconds)
    return try await handedOver { (answer: @escaping @Sendable (Result<T, any Error>) -> Void) in
      pool.asyncWriteWithoutTransaction { db in
        let result = Result {
          var value: T?
          patience.spend(on: db)
          try db.inTransaction(.immediate) {
            value = try body(db)
            return .commit
          }
          return value!
        }
        answer(result.mapError { JournalError.mapped($0, at: self.path) })
      }
    }.get()
  }

  /// Two steps on the writing connection: `prepare` works on temporary tables alone, so that it holds up no other process; then
  /// `body` in one transaction, which stays only where `body` says so.
  func write<S, T: Sendable>(
    _ what: String = #function, preparing prepare: @escaping @Sendable (Database) throws -> S,
    _ body: @escaping @Sendable (Database, S) throws -> (value: T, stays: Bool)
  ) async throws -> T {
    let watcher = StepWatch.watcher
    try watcher?.willDo(what, "")
    let value = try await commit(preparing: prepare, body)
    try watcher?.didDo(what, "")
    return value
  }

  private func commit<S, T: Sendable>(
    preparing prepare: @escaping @Sendable (Database) throws -> S,
    _ body: @escaping @Sendable (Database, S) throws -> (value: T, stays: Bool)
  ) async throws -> T {
    let patience = Patience(seconds: busySeconds)
    return try await handedOver { (answer: @escaping @Sendable (Result<T, any Error>) -> Void) in
      pool.asyncWriteWithoutTransaction { db in
        let result = Result {
          var prepared: S?
          patience.spend(on: db)
          try db.inTransaction(.deferred) {
            prepared = try prepare(db)
            return .commit
          }
          var value: T?
          try db.inTransaction(.immediate) {
            let outcome = try body(db, prepared!)
            value = outcome.value
            return outcome.stays ? .commit : .rollback
          }
          return value!
        }
        answer(result.mapError { JournalError.mapped($0, at: self.path) })
      }
    }.get()
  }

  /// Closes all connections; every later call fails. Where no other process has the file open its log goes into it: of a
  /// log that lies there only the part before its first damaged page is believed, so that one flipped bit in it would take back
  /// what was committed after that.
  func close() throws {
    try pool.close()
    putLogAway()
  }

  /// The pool closes its readers last, and a connection that only reads leaves the log where it is (GRDB issue 739). The last
  /// connection that may write puts it away, and SQLite's locks tell it whether it is the last one, of other processes too;
  /// the file is synced before the log goes. What fails here is left to the next process.
  private func putLogAway() {
    guard access(path + "-wal", F_OK) == 0 else { return }
    var connection: OpaquePointer?
    if sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK {
      // Reading anything joins those who have the log open.
      sqlite3_exec(connection, "PRAGMA synchronous = FULL; PRAGMA user_version", nil, nil, nil)
    }
    sqlite3_close(connection)
  }

  /// Value of a pragma on the writing connection.
  func pragma(_ name: String) async throws -> String {
    try await write { try String.fetchOne($0, sql: "PRAGMA \(name)") ?? "" }
  }

  /// Runs SQL of our own as one transaction.
  func execute(_ sql: String) async throws { try await write { try $0.execute(sql: sql) } }
}

// MARK: - Opening

extension DatabaseFile {
  /// Existence is asked of the folder and never by opening: closing any descriptor of a database drops this process's
  /// locks on it (sqlite.org/howtocorrupt.html §2.2). `mknod` makes an empty regular file without one.
  private static func makeFile(at path: String, create: Bool, kind: DatabaseKind) throws(JournalError) {
    var facts = stat()
    if stat(path, &facts) == 0 {
      guard facts.st_mode & S_IFMT == S_IFREG else { throw .damaged("\(path): not a regular file; \(kind.remedy)") }
      return
    }
    guard errno == ENOENT else { throw .disk("\(path): \(String(cString: strerror(errno)))") }
    guard create else { throw .damaged("\(path): there is no \(kind.name); \(kind.remedy)") }
    guard mknod(path, S_IFREG | 0o600, 0) == 0 || errno == EEXIST else {
      throw .disk("\(path): cannot create the \(kind.name): \(String(cString: strerror(errno)))")
    }
  }

  /// Opening switches to WAL and may collide with another process that opens or closes the same file, in ways that
  /// SQLite's busy handler does not wait for (sqlite.org/wal.html "Sometimes Queries Return SQLITE_BUSY In WAL
  /// Mode"): tried again for the same time.
  private static func openPool(at path: String, busySeconds: Double) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.busyMode = .timeout(busySeconds)
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      // The log is cut back after a patient import; a schema or page that was tampered with is found, not trusted.
      try db.execute(
        sql: "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
      try Seals.addFunction(to: db)
    }
    // By time and not by number: where the log is empty the pool writes to it, and one try then waits as long as all may.
    let patience = Patience(seconds: busySeconds)
    while true {
      do {
        return try DatabasePool(path: path, configuration: configuration)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED {
        if patience.left == 0 { throw error }
        usleep(50_000)
      }
    }
  }

  /// Where a file cannot be opened for writing SQLite opens it for reading, without a word, and every write then fails for
  /// as long as the connection lives, also when the disk has long been well again.
  private static func refuseReadOnly(_ db: Database, path: String) throws {
    guard sqlite3_db_readonly(db.sqliteConnection, "main") == 0 else {
      throw JournalError.disk("\(path) can only be read; check its filesystem, its folder and their modes")
    }
  }

  /// The pool sets NORMAL when it opens, so this comes after, and is read back at every open.
  private static func setSynchronous(_ kind: DatabaseKind, _ db: Database) throws {
    try db.execute(sql: "PRAGMA synchronous = \(kind.synchronous.rawValue)")
    let found = try Int.fetchOne(db, sql: "PRAGMA synchronous")
    guard found == kind.synchronous.rawValue else {
      throw JournalError.damaged(
        "PRAGMA synchronous is \(found ?? -1), not \(kind.synchronous.rawValue): commits would not be durable")
    }
  }

  private static func migrate(_ db: Database, kind: DatabaseKind, path: String, create: Bool) throws {
    let known = kind.migrations.count
    if try version(db, kind: kind, path: path, create: create) == known { return }
    try db.inTransaction(.immediate) {
      // Another process may have been first.
      let found = try version(db, kind: kind, path: path, create: create)
      for sql in kind.migrations[found...] { try db.execute(sql: sql) }
      try Seals.forget(db)
      try db.execute(sql: "PRAGMA application_id = \(kind.applicationID); PRAGMA user_version = \(known)")
      return .commit
    }
  }

  /// Schema version of the file; 0 for an empty one that may be filled.
  private static func version(_ db: Database, kind: DatabaseKind, path: String, create: Bool) throws -> Int {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
    if application == 0 && version == 0 && tables == 0 {
      guard create else { throw JournalError.damaged("\(path): the \(kind.name) is empty; \(kind.remedy)") }
      return 0
    }
    guard application == kind.applicationID else {
      throw JournalError.damaged("\(path): a database, but not a Chartroom \(kind.name); \(kind.remedy)")
    }
    guard version <= kind.migrations.count else {
      throw JournalError.newerSchema(found: version, known: kind.migrations.count)
    }
    return version
  }
}
