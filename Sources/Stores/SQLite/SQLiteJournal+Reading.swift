import FoundationEssentials
import GRDB
import Journaling
import Model

extension SQLiteJournal {
  public func document(_ id: DocumentID) async throws -> DocumentState? {
    try await file.read { db in try db.documentState(id) }
  }

  /// A document whose waiting time is over is an ordinary exception and always among them.
  public func exceptions(includingWaiting: Bool, limit: Int) async throws -> [DocumentState] {
    let now = now()
    return try await file.read { db in
      try db.rows(
        """
        SELECT * FROM documents WHERE status = 'exception' AND disposition = 'current'
          AND (? OR waiting_until IS NULL OR waiting_until <= ?)
        ORDER BY received_at, id LIMIT ?
        """, [includingWaiting, now.microseconds, max(0, limit)]
      ).map(DocumentState.init)
    }
  }

  public func waitingForIndex(at now: Timestamp) async throws -> [DocumentState] {
    try await file.read { db in
      try db.rows(
        """
        SELECT * FROM documents WHERE waiting_until > ? AND status = 'exception' AND disposition = 'current'
        ORDER BY received_at, id
        """, [now.microseconds]
      ).map(DocumentState.init)
    }
  }

  /// In bytewise order of the stations' names.
  public func counts() async throws -> [StationCounts] {
    let now = now()
    return try await file.read { db in
      var stations: [EscapedText: StationCounts] = [:]
      for row in try db.rows("SELECT station, state = 'finished' AS done, count(*) AS n FROM batches GROUP BY 1, 2") {
        let done: Bool = row["done"]
        stations[row.escaped("station"), default: .init(row)].add(
          row["n"], to: done ? \.batchesFinished : \.batchesInHand)
      }
      for row in try db.rows("SELECT * FROM station_pages") {
        stations[row.escaped("station"), default: .init(row)].pages = Manifest.CountsByDisposition(row)
      }
      let documents = """
        SELECT station, status, count(*) AS n, sum(waiting_until IS NOT NULL AND waiting_until > ?) AS waiting
        FROM documents WHERE disposition = 'current' GROUP BY station, status
        """
      for row in try db.rows(documents, [now.microseconds]) {
        let (count, waiting): (Int, Int) = (row["n"], row["waiting"])
        if row["status"] == DocumentDecision.Status.filed.rawValue {
          stations[row.escaped("station"), default: .init(row)].add(count, to: \.documentsFiled)
        } else {
          stations[row.escaped("station"), default: .init(row)].add(count - waiting, to: \.documentsInException)
          stations[row.escaped("station"), default: .init(row)].add(waiting, to: \.documentsWaitingForIndex)
        }
      }
      return stations.values.sorted { $0.station < $1.station }
    }
  }

  public func originalsDue(before: Timestamp) async throws -> [Claim] {
    try await file.read { db in
      try db.claims(
        "WHERE state = 'finished' AND originals = 'kept' AND manifest_at < ? ORDER BY manifest_at, batch",
        [before.microseconds])
    }
  }

  public func originalsKept(since: Timestamp, after last: BatchID?, limit: Int) async throws -> [Claim] {
    try await file.read { db in
      try db.claims(
        """
        WHERE state = 'finished' AND originals = 'kept' AND origin = 'drop' AND manifest_at >= ?
          AND (? IS NULL OR (manifest_at, batch) > (SELECT manifest_at, batch FROM batches WHERE batch = ?))
        ORDER BY manifest_at, batch LIMIT ?
        """,
        [since.microseconds, last?.description, last?.description, max(0, limit)])
    }
  }

  public func markOriginalsDeleted(_ batch: BatchID) async throws {
    try await file.write { db in
      let marked = try db.change(
        "UPDATE batches SET originals = 'deleted' WHERE batch = ? AND state = 'finished'", [batch.description])
      guard marked == 1 else { throw JournalError.leaseLost(batch) }
    }
  }
}

extension StationCounts {
  fileprivate init(_ row: Row) { self.init(station: row.escaped("station")) }
  fileprivate mutating func add(_ count: Int, to field: WritableKeyPath<StationCounts, Int>) {
    self[keyPath: field] += count
  }
}

extension Manifest.CountsByDisposition {
  fileprivate init(_ row: Row) {
    self.init()
    filed = row["filed"]
    separator = row["separator"]
    blank = row["blank"]
    exception = row["exception"]
    duplicate = row["duplicate"]
    rejected = row["rejected"]
    withdrawn = row["withdrawn"]
  }
}
