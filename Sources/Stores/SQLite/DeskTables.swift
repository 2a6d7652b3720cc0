import Formats
import FoundationEssentials
import GRDB
import Journaling
import Model

/// The desk's tables of the journal.
///
/// - `audit`: the audit trail; `hash` is the SHA-256 of `bytes`, the canonical JSON of `AuditRecord`. Triggers refuse every
///   change and removal.
/// - `audit_head`: the newest record, one row; what is missing at the trail's end shows by it.
/// - `pending`: corrections that were begun, JSON of `PendingCorrection`; `pending_documents`: the documents that they change,
///   each in one at most.
/// - `station_pages` counts the pages of rejected and withdrawn documents too.
enum DeskTables {
  static let migration = """
    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY CHECK (sequence > 0), hash TEXT NOT NULL, bytes BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
      BEGIN SELECT raise(ABORT, 'the audit trail is append-only'); END;
    CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
      BEGIN SELECT raise(ABORT, 'the audit trail is append-only'); END;
    CREATE TABLE audit_head (
      one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL
    ) STRICT;
    INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

    CREATE TABLE pending (
      number INTEGER PRIMARY KEY, correction TEXT NOT NULL UNIQUE, pending BLOB NOT NULL
    ) STRICT;
    CREATE TABLE pending_documents (
      document TEXT PRIMARY KEY,
      correction TEXT NOT NULL REFERENCES pending (correction) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pending_documents_correction ON pending_documents (correction);

    ALTER TABLE station_pages ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE station_pages ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX documents_current ON documents (received_at, id) WHERE disposition = 'current';

    """
}

extension Database {
  func auditHead() throws -> AuditHead {
    guard let row = try row("SELECT sequence, hash FROM audit_head") else {
      throw JournalError.damaged("the end of the audit trail is missing")
    }
    return AuditHead(sequence: row["sequence"], head: try row.value("hash", ContentDigest.init))
  }

  /// Write transactions follow one another, so two processes never get the same place.
  func append(_ event: AuditEvent) throws -> AuditRecord {
    let end = try auditHead()
    let record = AuditRecord(sequence: end.sequence + 1, previous: end.head, event: event)
    let bytes = try canonicalJSON(record)
    let hash = sha256(bytes).description
    try change("INSERT INTO audit (sequence, hash, bytes) VALUES (?, ?, ?)", [record.sequence, hash, Data(bytes)])
    try change("UPDATE audit_head SET sequence = ?, hash = ?", [record.sequence, hash])
    return record
  }
}
