import GRDB
import Journaling
import Model

extension SQLiteJournal {
  /// Troubles kept: what a person would still scroll through; older ones go.
  static let troublesMax = 1000

  public func noteIncomplete(_ seen: [String: Timestamp], gone: [String]) async throws {
    if seen.isEmpty, gone.isEmpty { return }
    try await file.write { db in
      for (key, moment) in seen {
        try db.change(
          """
          INSERT INTO incomplete (key, first_seen) VALUES (?, ?)
          ON CONFLICT (key) DO UPDATE SET first_seen = min(first_seen, excluded.first_seen)
          """, [key.blob, moment.microseconds])
      }
      for key in gone { try db.change("DELETE FROM incomplete WHERE key = ?", [key.blob]) }
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
