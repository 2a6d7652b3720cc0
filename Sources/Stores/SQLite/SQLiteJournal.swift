import GRDB
import Glibc
import Journaling
import Model

/// The embedded journal, with the patient index in the same database. ``JournalSchema`` describes the file.
///
/// - **I4** Only the holder of the current lease may advance a batch or correct a document: generation and state are
///   compared inside the transaction that changes them.
/// - **I5** The plan is durable before it is carried out: every commit is synced (`synchronous=FULL`, read back at
///   every open).
///
/// Several processes may hold the same file; writers queue for `busySeconds`, readers never wait for a writer.
public final class SQLiteJournal: Journal, PatientIndex {
  let file: DatabaseFile
  let now: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - create: Makes a missing file (mode 0600) or fills an empty one: for `init` and `rebuild` only. Without it a
  ///     missing or empty file is ``JournalError/damaged(_:)`` and nothing is created.
  ///   - busySeconds: How long a call waits for other processes before ``JournalError/busy``.
  ///   - now: Tells which waiting documents became ordinary exceptions (``exceptions(includingWaiting:limit:)``,
  ///     ``counts()``); nothing is written by it.
  public init(
    path: String, create: Bool, busySeconds: Double = 30,
    now: @escaping @Sendable () -> Timestamp = SQLiteJournal.systemTime
  ) throws(JournalError) {
    do {
      file = try DatabaseFile(path: path, create: create, kind: JournalSchema.kind, busySeconds: busySeconds)
    } catch {
      throw error.error
    }
    self.now = now
  }

  /// Closes all connections; every later call fails.
  public func close() throws { try file.close() }

  /// The system's real-time clock.
  public static let systemTime: @Sendable () -> Timestamp = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  // MARK: Identity

  public func identity() async throws -> SiteIdentity? {
    try await file.read { db in
      try db.row("SELECT archive, created_at, foreign_key FROM site").map {
        SiteIdentity(archive: $0["archive"], createdAt: $0.time("created_at"), foreignKey: $0["foreign_key"])
      }
    }
  }

  public func establish(_ identity: SiteIdentity) async throws {
    try await file.write { db in
      let added = try db.change(
        "INSERT INTO site (one, archive, created_at, foreign_key) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING",
        [identity.archive, identity.createdAt.microseconds, identity.foreignKey])
      guard added == 1 else {
        throw JournalError.damaged("this journal already belongs to an archive; one archive belongs to one journal")
      }
    }
  }

  public func checkIntegrity() async throws -> [String] {
    try await file.read { db in
      var findings: [String] = []
      for check in [Self.fileFindings, Self.keyFindings, Self.sealFindings, Self.chainFindings, Self.stateFindings] {
        // What one cannot read for damage the next may still read.
        do { findings += try check(db) } catch let error as DatabaseError where error.isMalformed {
          let finding = "it cannot be read whole: \(error.sentence)"
          if !findings.contains(finding) { findings.append(finding) }
        }
      }
      return findings
    }
  }

  public func awaitWriters() async throws { try await file.write { _ in } }

  private static func fileFindings(_ db: Database) throws -> [String] {
    try String.fetchAll(db, sql: "PRAGMA integrity_check(100)").filter { $0 != "ok" }
  }

  private static func keyFindings(_ db: Database) throws -> [String] {
    try db.rows("PRAGMA foreign_key_check").prefix(100).map { row in
      let table: String = row["table"]
      let parent: String = row["parent"]
      return "a row of \(table) names a row of \(parent) that does not exist"
    }
  }

  private static func sealFindings(_ db: Database) throws -> [String] { try Seals.findings(db) }

  private static func chainFindings(_ db: Database) throws -> [String] {
    let broken = try db.rows(
      """
      SELECT r.sequence FROM records r LEFT JOIN records p ON p.sequence = r.sequence - 1
      WHERE r.previous <> coalesce(p.sha256, ?) OR (p.sequence IS NULL AND r.sequence > 1) ORDER BY r.sequence LIMIT 100
      """, [ContentDigest.zero.description])
    return broken.map { row in
      let sequence: Int = row["sequence"]
      return "record \(sequence) does not follow the record before it"
    }
  }

  private static func stateFindings(_ db: Database) throws -> [String] {
    try db.rows(
      """
      SELECT b.batch FROM batches b LEFT JOIN records r ON r.id = b.batch
      WHERE (b.state IN ('recorded', 'attested', 'finished')) <> (r.id IS NOT NULL) ORDER BY b.batch LIMIT 100
      """
    ).map { row in
      let batch: String = row["batch"]
      return "batch \(batch): its state and its record do not fit"
    }
  }
}
