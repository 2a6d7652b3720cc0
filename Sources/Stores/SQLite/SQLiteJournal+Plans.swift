import GRDB
import Journaling
import Model

extension SQLiteJournal {
  public func earlierUses(of sources: [SourceKey]) async throws -> [SourceKey: EarlierUse] {
    try await file.read { db in
      var uses: [SourceKey: EarlierUse] = [:]
      for source in Set(sources) { uses[source] = try db.earlierUse(of: source) }
      return uses
    }
  }

  public func commit(
    _ plan: BatchPlan, claiming sources: [SourceKey], compared: [FingerprintComparison], generation: Int
  ) async throws -> Bool {
    let batch = plan.manifest.batch
    do {
      try await file.write { db in
        try db.move(batch, to: .planned, generation: generation)
        for source in sources {
          guard try db.take(source, for: batch) else { throw TakenMeanwhile() }
        }
        for digest in plan.manifest.duplicateSources where try !db.isTaken(digest) { throw TakenMeanwhile() }
        for comparison in compared where try db.hasNews(for: comparison) { throw TakenMeanwhile() }
        try db.requireNew(plan.manifest.documents, of: batch)
        try db.change("INSERT INTO plans (batch, plan) VALUES (?, ?)", [batch.description, try jsonBlob(plan)])
        try db.addFingerprints(of: plan)
      }
      return true
    } catch is TakenMeanwhile {
      return false
    }
  }

  public func dropPlan(of batch: BatchID, generation: Int) async throws -> Bool {
    try await file.write { db in
      try db.requireLease(batch, generation: generation, in: .planned)
      if try db.isRelied(on: batch) { return false }
      try db.change("DELETE FROM plans WHERE batch = ?", [batch.description])
      try db.change("DELETE FROM sources WHERE batch = ?", [batch.description])
      try db.dropFingerprints(of: batch)
      try db.change("UPDATE batches SET state = 'claimed' WHERE batch = ?", [batch.description])
      return true
    }
  }

  public func plan(of batch: BatchID) async throws -> BatchPlan? {
    try await file.read { db in try db.plan(of: batch) }
  }
}

extension SourceKey {
  /// As the `sources` table has it: a primary key holds no NULL.
  fileprivate var sidecarText: String { sidecar?.description ?? "" }
}

/// Rolls the transaction of a plan back.
private struct TakenMeanwhile: Error {}

extension Manifest {
  /// Sources of which every page came before: somebody must have taken them.
  fileprivate var duplicateSources: Set<ContentDigest> {
    let others = Set(pages.filter { $0.disposition != .duplicate }.map(\.source))
    return Set(pages.map(\.source)).subtracting(others).reduce(into: []) { $0.insert(sources[$1].sha256) }
  }
}

extension Database {
  func plan(of batch: BatchID) throws -> BatchPlan? {
    try row("SELECT plan FROM plans WHERE batch = ?", [batch.description]).map { try $0.json("plan") }
  }

  /// The very pair if it was taken, else the first batch with these bytes and another sidecar.
  fileprivate func earlierUse(of source: SourceKey) throws -> EarlierUse? {
    let found = try row(
      """
      SELECT s.batch, nullif(s.sidecar, '') AS sidecar, EXISTS (
        SELECT 1 FROM document_sources u JOIN documents d ON d.id = u.document
        WHERE u.sha256 = s.sha256 AND d.batch = s.batch AND d.disposition <> 'current') AS rejected
      FROM sources s JOIN batches b USING (batch) WHERE s.sha256 = ?
      ORDER BY s.sidecar = ? DESC, b.received_at, s.batch LIMIT 1
      """, [source.sha256.description, source.sidecarText])
    return try found.map { row in
      EarlierUse(
        batch: try row.value("batch", BatchID.init), sidecar: try row.optional("sidecar", ContentDigest.init),
        anyRejected: row["rejected"])
    }
  }

  /// One batch for each source with its sidecar: false when another batch has it, all of whose documents stand. A second
  /// identical file within the batch is no other batch.
  func take(_ source: SourceKey, for batch: BatchID) throws -> Bool {
    if let earlier = try earlierUse(of: source), earlier.sidecar == source.sidecar, earlier.batch != batch {
      guard earlier.anyRejected else { return false }
    }
    try change(
      """
      INSERT INTO sources (sha256, sidecar, batch) VALUES (?, ?, ?)
      ON CONFLICT (sha256, sidecar) DO UPDATE SET batch = excluded.batch
      """, [source.sha256.description, source.sidecarText, batch.description])
    return true
  }

  fileprivate func isTaken(_ source: ContentDigest) throws -> Bool {
    try integer("SELECT count(*) FROM sources WHERE sha256 = ?", [source.description]) >= 1
  }

  /// Whether another batch's plan names bytes that this one took. Reads every plan: for the rare case alone.
  fileprivate func isRelied(on batch: BatchID) throws -> Bool {
    let relying = """
      SELECT count(*) FROM sources s JOIN plans p ON p.batch <> s.batch AND instr(CAST(p.plan AS TEXT), s.sha256) > 0
      WHERE s.batch = ?
      """
    return try integer(relying, [batch.description]) > 0
  }

  /// Ids come from content, so a document that is already recorded can only mean a plan that overlooked it.
  fileprivate func requireNew(_ documents: [Manifest.Document], of batch: BatchID) throws {
    for document in documents {
      let known = try integer("SELECT count(*) FROM documents WHERE id = ?", [document.id.description])
      guard known == 0 else {
        throw JournalError.damaged("batch \(batch): document \(document.id) is already recorded for another batch")
      }
    }
  }
}
