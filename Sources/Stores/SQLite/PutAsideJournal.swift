import FoundationEssentials
import GRDB
import Journaling
import Model

/// A journal that was put aside, damaged or not: its audit trail is read as far as it can be read. Nothing is written to it.
public final class PutAsideJournal: Sendable {
  private let queue: DatabaseQueue

  /// - Throws: ``JournalError``: it is no journal.
  public init(path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      _ = try queue.read { db in try db.columns(in: "audit") }
    } catch { throw JournalError.mapped(error, at: path) }
  }

  /// Records with `sequence` greater than the given one, in order; fewer where the file is damaged behind them.
  public func audit(after sequence: Int, limit: Int) -> [StoredAuditRecord] {
    var records: [StoredAuditRecord] = []
    // What a damaged page hides ends the trail there.
    try? queue.read { db in
      let rows = try Row.fetchCursor(
        db, sql: "SELECT sequence, hash, bytes FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
        arguments: [sequence, limit])
      while let row = try rows.next() {
        records.append(
          StoredAuditRecord(
            sequence: row["sequence"], hash: try row.value("hash", ContentDigest.init), bytes: row.bytes("bytes")))
      }
    }
    return records
  }
}
