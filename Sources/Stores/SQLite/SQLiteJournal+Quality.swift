import GRDB
import Journaling
import Model

/// Quality control's tables: `quality_position`, one row; `quality`: a sample, JSON of `QualitySample` beside what is asked for.
enum QualityTables {
  static let migration = """
    CREATE TABLE quality_position (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL) STRICT;
    INSERT INTO quality_position VALUES (1, 0);
    CREATE TABLE quality (
      document TEXT PRIMARY KEY,
      station BLOB NOT NULL, operator BLOB NOT NULL, type BLOB NOT NULL,
      verdict TEXT NOT NULL CHECK (verdict IN ('pending', 'confirmed', 'wrong')),
      drawn_at INTEGER NOT NULL, decided_at INTEGER, sample BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX quality_pending ON quality (verdict, drawn_at, document);
    CREATE INDEX quality_stratum ON quality (station, operator, type, decided_at);

    """
}

extension SQLiteJournal: QualityJournal {
  public func qualityPosition() async throws -> Int {
    try await file.read { db in try db.integer("SELECT sequence FROM quality_position") }
  }

  public func draw(_ samples: [QualitySample], decided: [QualitySample], sequence: Int) async throws {
    try await file.write { db in
      let moved = try db.change(
        "UPDATE quality_position SET sequence = ?1 WHERE sequence = ?1 - 1", [sequence])
      guard moved == 1 else { return }
      for sample in samples { try db.put(sample, replacing: false) }
      for sample in decided { try db.put(sample, replacing: true) }
    }
  }

  public func sample(_ id: DocumentID) async throws -> QualitySample? {
    try await file.read { db in
      try db.row("SELECT sample FROM quality WHERE document = ?", [id.description]).map { try $0.json("sample") }
    }
  }

  public func samples(_ verdict: QualitySample.Verdict?, limit: Int) async throws -> [QualitySample] {
    try await file.read { db in
      try db.rows(
        "SELECT sample FROM quality WHERE ?1 IS NULL OR verdict = ?1 ORDER BY drawn_at, document LIMIT ?2",
        [verdict?.rawValue, max(0, limit)]
      ).map { try $0.json("sample") }
    }
  }

  public func verdicts(
    on stratum: QualitySample.Stratum, until moment: Timestamp, limit: Int
  ) async throws -> [QualitySample] {
    try await file.read { db in
      try db.rows(
        """
        SELECT sample FROM quality WHERE station = ? AND operator = ? AND type = ? AND verdict <> 'pending'
          AND decided_at <= ? ORDER BY decided_at DESC, document LIMIT ?
        """,
        [stratum.station.blob, stratum.operator.blob, stratum.type.blob, moment.microseconds, max(0, limit)]
      ).map { try $0.json("sample") }
    }
  }

  public func decide(_ sample: QualitySample, event: AuditEvent) async throws -> Bool {
    try await file.write { db in
      let pending = try db.integer(
        "SELECT count(*) FROM quality WHERE document = ? AND verdict = 'pending'", [sample.document.description])
      guard pending == 1 else { return false }
      try db.put(sample, replacing: true)
      _ = try db.append(event)
      return true
    }
  }
}

extension Database {
  /// A document is drawn once; what was drawn stays drawn.
  fileprivate func put(_ sample: QualitySample, replacing: Bool) throws {
    let stratum = sample.stratum
    try change(
      """
      INSERT INTO quality (document, station, operator, type, verdict, drawn_at, decided_at, sample)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (document) DO
      """
        + (replacing
          ? " UPDATE SET verdict = excluded.verdict, decided_at = excluded.decided_at, sample = excluded.sample"
          : " NOTHING"),
      [
        sample.document.description, stratum.station.blob, stratum.operator.blob, stratum.type.blob,
        sample.verdict.rawValue, sample.drawnAt.microseconds, sample.decidedAt?.microseconds, try jsonBlob(sample),
      ])
  }
}
