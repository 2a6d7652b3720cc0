import FoundationEssentials
import GRDB
import Journaling
import Model

extension SQLiteJournal {
  public func record(_ batch: BatchID, generation: Int, render: @escaping RecordRenderer) async throws -> ChainRecord {
    try await file.write { db in
      if let existing = try db.recordAlreadyMade(of: batch, generation: generation) { return existing }
      try db.requireLease(batch, generation: generation, in: .archived)
      guard let plan = try db.plan(of: batch) else { throw JournalError.damaged("batch \(batch): its plan is missing") }
      let record = try db.append(.manifest, id: batch, day: plan.manifest.receivedAt, render: render)
      try db.add(documentsOf: plan.manifest, waitingUntil: plan.waitingUntil, sequence: record.sequence)
      try db.change(
        "UPDATE batches SET manifest_at = ? WHERE batch = ?",
        [plan.manifest.finishedAt.microseconds, batch.description])
      try db.move(batch, to: .recorded, generation: generation)
      return record
    }
  }

  public func record(_ correction: Correction, render: @escaping RecordRenderer) async throws -> ChainRecord {
    try await file.write { db in
      // A repeat of a correction that was recorded finds its record (I5): the documents are no longer as `before` says.
      if let existing = try db.record(id: correction.correction) { return existing }
      // First: the chain's record is anchored to a trail that has the action.
      for change in correction.documents { _ = try db.append(AuditEvent(of: change, in: correction)) }
      let record = try db.append(.correction, id: correction.correction, day: correction.correctedAt, render: render)
      try db.apply(correction, sequence: record.sequence)
      return record
    }
  }

  public func unattested(limit: Int) async throws -> [ChainRecord] {
    try await file.read { db in
      try db.rows("SELECT * FROM records WHERE attested = 0 ORDER BY sequence LIMIT ?", [max(0, limit)]).map(
        ChainRecord.init)
    }
  }

  public func markAttested(sequence: Int) async throws {
    try await file.write { db in
      let marked = try db.change("UPDATE records SET attested = 1 WHERE sequence = ?", [sequence])
      guard marked == 1 else { throw JournalError.damaged("there is no record \(sequence)") }
    }
  }

  public func chain(after sequence: Int, limit: Int) async throws -> [ChainRecord] {
    try await file.read { db in
      try db.rows("SELECT * FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?", [sequence, max(0, limit)])
        .map(ChainRecord.init)
    }
  }

  public func record(of id: BatchID) async throws -> ChainRecord? {
    try await file.read { db in try db.record(id: id) }
  }

  public func withoutRecord(_ ids: [BatchID]) async throws -> [BatchID] {
    try await file.read { db in
      let statement = try db.cachedStatement(sql: "SELECT count(*) FROM records WHERE id = ?")
      return try ids.filter { try Int.fetchOne(statement, arguments: [$0.description]) == 0 }
    }
  }

  public func chainEnd() async throws -> (sequence: Int, sha256: ContentDigest) {
    try await file.read { db in try db.chainEnd() }
  }
}

extension Database {
  func chainEnd() throws -> (sequence: Int, sha256: ContentDigest) {
    guard let row = try row("SELECT sequence, sha256 FROM records ORDER BY sequence DESC LIMIT 1") else {
      return (0, .zero)
    }
    return (row["sequence"], try row.value("sha256", ContentDigest.init))
  }

  func record(id: BatchID) throws -> ChainRecord? {
    try row("SELECT * FROM records WHERE id = ?", [id.description]).map(ChainRecord.init)
  }

  /// The record of a batch that is `recorded` or later; nil where the batch has not come so far. The lease is checked
  /// all the same (I4).
  fileprivate func recordAlreadyMade(of batch: BatchID, generation: Int) throws -> ChainRecord? {
    let made = try integer(
      """
      SELECT count(*) FROM batches
      WHERE batch = ? AND generation = ? AND state IN ('recorded', 'attested', 'finished')
      """,
      [batch.description, generation])
    return made == 1 ? try record(id: batch) : nil
  }

  /// Takes the next place in the chain. Write transactions follow one another, so two processes never get the same
  /// place.
  func append(_ kind: ChainRecord.Kind, id: BatchID, day: Timestamp, render: RecordRenderer) throws
    -> ChainRecord
  {
    let end = try chainEnd()
    let rendered = try render(end.sequence + 1, end.sha256, try auditHead())
    let record = ChainRecord(
      kind: kind, sequence: end.sequence + 1, previous: end.sha256, sha256: rendered.sha256, id: id, day: day,
      bytes: rendered.bytes)
    try insert(record, attested: false)
    return record
  }

  func insert(_ record: ChainRecord, attested: Bool) throws {
    try change(
      """
      INSERT INTO records (sequence, kind, id, previous, sha256, day, attested, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        record.sequence, record.kind.rawValue, record.id.description, record.previous.description,
        record.sha256.description,
        record.day.microseconds, attested, Data(record.bytes),
      ])
  }
}

extension ChainRecord {
  init(_ row: Row) throws {
    self.init(
      kind: try row.value("kind", Kind.init), sequence: row["sequence"],
      previous: try row.value("previous", ContentDigest.init),
      sha256: try row.value("sha256", ContentDigest.init), id: try row.value("id", BatchID.init), day: row.time("day"),
      bytes: row.bytes("bytes"))
  }
}
