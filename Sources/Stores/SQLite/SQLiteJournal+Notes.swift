import GRDB
import Journaling
import Model

extension SQLiteJournal {
  /// Troubles kept: what a person would still scroll through; older ones go.
  static let troublesMax = 1000

  public func noteIncomplete(_ key: String, at: Timestamp) async throws -> Timestamp {
    try await file.write { db in
      let row = try db.row(
        """
        INSERT INTO incomplete (key, first_seen) VALUES (?, ?)
        ON CONFLICT (key) DO UPDATE SET first_seen = min(first_seen, excluded.first_seen) RETURNING first_seen
        """, [key.blob, at.microseconds])
      return row?.time("first_seen") ?? at
    }
  }

  public func incomplete() async throws -> [String: Timestamp] {
    try await file.read { db in
      var kept: [String: Timestamp] = [:]
      for row in try db.rows("SELECT key, first_seen FROM incomplete") {
        kept[row.text("key")] = row.time("first_seen")
      }
      return kept
    }
  }

  public func forgetIncomplete(_ keys: [String]) async throws {
    guard !keys.isEmpty else { return }
    try await file.write { db in
      for key in keys { try db.change("DELETE FROM incomplete WHERE key = ?", [key.blob]) }
    }
  }

  public func note(_ trouble: TroubleNote) async throws {
    try await file.write { db in
      try db.change("INSERT INTO troubles (at, what) VALUES (?, ?)", [trouble.at.microseconds, trouble.what.blob])
      try db.change("DELETE FROM troubles WHERE number <= (SELECT max(number) FROM troubles) - ?", [Self.troublesMax])
    }
  }

  public func troubles(limit: Int) async throws -> [TroubleNote] {
    try await file.read { db in
      try db.rows("SELECT at, what FROM troubles ORDER BY number DESC LIMIT ?", [max(0, limit)])
        .map { TroubleNote(at: $0.time("at"), what: $0.text("what")) }
    }
  }
}
