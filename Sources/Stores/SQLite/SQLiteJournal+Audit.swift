import GRDB
import Journaling
import Model

extension SQLiteJournal {
  @discardableResult
  public func append(_ event: AuditEvent) async throws -> AuditRecord {
    try await file.write { db in try db.append(event) }
  }

  public func audit(after sequence: Int, limit: Int) async throws -> [StoredAuditRecord] {
    try await file.read { db in
      try db.rows("SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?", [sequence, max(0, limit)]).map {
        StoredAuditRecord(
          sequence: $0["sequence"], hash: try $0.value("hash", ContentDigest.init), bytes: $0.bytes("bytes"))
      }
    }
  }

  public func auditHead() async throws -> AuditHead { try await file.read { db in try db.auditHead() } }

  @discardableResult
  public func append(_ event: AuditEvent, after head: AuditHead) async throws -> AuditRecord {
    try await file.write { db in
      try db.change(
        "UPDATE audit_head SET sequence = ?1, hash = ?2 WHERE sequence < ?1", [head.sequence, head.head.description])
      return try db.append(event)
    }
  }
}
