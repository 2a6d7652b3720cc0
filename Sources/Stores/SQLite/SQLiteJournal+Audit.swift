import Formats
import FoundationEssentials
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
        // What is no digest is nobody's: `audit verify` names the record, and goes on.
        StoredAuditRecord(
          sequence: $0["sequence"], hash: (try? $0.value("hash", ContentDigest.init)) ?? .zero,
          bytes: $0.bytes("bytes"))
      }
    }
  }

  public func auditFindings() async throws -> [String] {
    try await file.read { db in try Seals.findings(db, of: ["audit", "audit_head"]) }
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

  public func carryOver(_ records: [StoredAuditRecord]) async throws {
    try await file.write { db in
      for record in records {
        guard try record.sequence > db.auditHead().sequence, sha256(record.bytes) == record.hash else {
          throw JournalError.damaged("audit record \(record.sequence) does not follow the end of the trail")
        }
        try db.insert(record)
        try db.change("UPDATE audit_head SET sequence = ?, hash = ?", [record.sequence, record.hash.description])
      }
    }
  }

  public func fillGap(with records: [StoredAuditRecord]) async throws {
    try await file.write { db in
      for record in records {
        guard try record.sequence < db.auditHead().sequence, sha256(record.bytes) == record.hash,
          try db.row("SELECT 1 FROM audit WHERE sequence = ?", [record.sequence]) == nil
        else { throw JournalError.damaged("audit record \(record.sequence) fits no gap of the trail") }
        try db.insert(record)
      }
    }
  }
}

extension Database {
  fileprivate func insert(_ record: StoredAuditRecord) throws {
    try change(
      "INSERT INTO audit (sequence, hash, bytes) VALUES (?, ?, ?)",
      [record.sequence, record.hash.description, Data(record.bytes)])
  }
}
