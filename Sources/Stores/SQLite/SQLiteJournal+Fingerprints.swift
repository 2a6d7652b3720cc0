import FoundationEssentials
import GRDB
import Journaling
import Model

/// Table `fingerprints`: of each document whose pages were all seen, also while it is only planned. `pages` is the JSON of its
/// `PageFingerprint`s and never changes, for a document's id is made of its pages. `authority`, `mrn`, `type` and `encounter` are
/// as the document is filed or will be, `mrn` NULL while it is in no chart.
enum FingerprintTables {
  static let migration = """
    CREATE TABLE fingerprints (
      document TEXT PRIMARY KEY, batch TEXT NOT NULL, received_at INTEGER NOT NULL,
      authority BLOB, mrn BLOB, type BLOB, encounter BLOB,
      page_count INTEGER NOT NULL CHECK (page_count > 0), pages BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX fingerprints_chart ON fingerprints (mrn, authority, type, page_count, received_at)
      WHERE mrn IS NOT NULL;
    CREATE INDEX fingerprints_batch ON fingerprints (batch);

    """
}

extension SQLiteJournal: FingerprintJournal {
  public func documents(like question: FingerprintQuestion) async throws -> [DocumentID] {
    try await file.read { db in try db.documents(like: question) }
  }

  public func fingerprint(of document: DocumentID) async throws -> DocumentFingerprint? {
    try await file.read { db in
      try db.row("SELECT * FROM fingerprints WHERE document = ?", [document.description]).map(DocumentFingerprint.init)
    }
  }

  public func keep(_ fingerprints: [DocumentFingerprint]) async throws {
    try await file.write { db in
      for fingerprint in fingerprints {
        guard let state = try db.anyDocumentState(fingerprint.document) else { continue }
        try db.add(fingerprint)
        try db.place(state.document)
      }
    }
  }
}

extension SQLiteJournal {
  public func dropFingerprints(receivedBefore moment: Timestamp, limit: Int) async throws -> Int {
    // Looked for without the lock: mostly there are none.
    let old = try await file.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT f.document FROM batches b CROSS JOIN fingerprints f ON f.batch = b.batch
          WHERE b.received_at < ? AND b.state = 'finished' LIMIT ?
          """, arguments: [moment.microseconds, max(0, limit)])
    }
    if old.isEmpty { return 0 }
    return try await file.write { db in
      for document in old { try db.change("DELETE FROM fingerprints WHERE document = ?", [document]) }
      return old.count
    }
  }
}

extension Database {
  fileprivate func documents(like question: FingerprintQuestion) throws -> [DocumentID] {
    var found: [Row] = []
    for patient in Set(question.patients) {
      found += try rows(
        """
        SELECT received_at, document FROM fingerprints
        WHERE mrn = ? AND authority = ? AND type = ? AND page_count = ? AND received_at >= ? AND batch <> ?
          AND (encounter = ? OR encounter IS NULL OR ? IS NULL)
        ORDER BY received_at DESC, document LIMIT ?
        """,
        [
          patient.mrn.blob, patient.authority.blob, question.type.blob, question.pages, question.since.microseconds,
          question.batch.description, question.encounter?.blob, question.encounter?.blob, fingerprintsMax,
        ])
    }
    let ordered = found.sorted {
      let (one, other): (Int64, Int64) = ($0["received_at"], $1["received_at"])
      let (id, next): (String, String) = ($0["document"], $1["document"])
      return (-one, id) < (-other, next)
    }
    return try ordered.prefix(fingerprintsMax).map { try $0.value("document", DocumentID.init) }
  }

  /// Whether a document that the comparison did not see came meanwhile.
  func hasNews(for comparison: FingerprintComparison) throws -> Bool {
    try documents(like: comparison.question).contains { !comparison.compared.contains($0) }
  }

  /// Those of a plan, as it will file them.
  func addFingerprints(of plan: BatchPlan) throws {
    let fingerprints = plan.fingerprints
    if fingerprints.isEmpty { return }
    let documents = Dictionary(plan.manifest.documents.map { ($0.id, $0) }) { first, _ in first }
    for fingerprint in fingerprints {
      try add(fingerprint)
      if let document = documents[fingerprint.document] { try place(document) }
    }
  }

  /// One that is known stays, for its pages are the same.
  fileprivate func add(_ fingerprint: DocumentFingerprint) throws {
    try change(
      """
      INSERT INTO fingerprints (document, batch, received_at, page_count, pages) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """,
      [
        fingerprint.document.description, fingerprint.batch.description, fingerprint.receivedAt.microseconds,
        fingerprint.pages.count, try jsonBlob(fingerprint.pages),
      ])
  }

  /// Lays the document's fingerprint, if there is one, where the document is now.
  func place(_ document: Manifest.Document) throws {
    let patient = document.status == .filed ? document.patient : nil
    try change(
      "UPDATE fingerprints SET authority = ?, mrn = ?, type = ?, encounter = ? WHERE document = ?",
      [
        patient?.authority.blob, patient?.mrn.blob, document.type?.blob, document.encounter?.blob,
        document.id.description,
      ])
  }

  /// In no chart any more; kept, for a correction may put the document together again.
  func displaceFingerprint(of document: DocumentID) throws {
    try change("UPDATE fingerprints SET authority = NULL, mrn = NULL WHERE document = ?", [document.description])
  }

  func dropFingerprints(of batch: BatchID) throws {
    try change("DELETE FROM fingerprints WHERE batch = ?", [batch.description])
  }

  /// That of a document made of others' pages: theirs, found by their digests; none where one of them has none.
  func addFingerprint(of change: Correction.Change, _ state: DocumentState, outOf documents: [DocumentID]) throws {
    guard let entries = change.pages else { return }
    var known: [ContentDigest: PageFingerprint] = [:]
    for document in documents {
      let row = try row("SELECT pages FROM fingerprints WHERE document = ?", [document.description])
      let pages: [PageFingerprint] = try row.map { try $0.json("pages") } ?? []
      for page in pages { known[page.sha256] = page }
    }
    let pages = change.after.pages.compactMap { number -> PageFingerprint? in
      guard let digest = entries.first(where: { $0.page == number })?.sha256, var page = known[digest] else {
        return nil
      }
      page.page = number
      return page
    }
    guard !pages.isEmpty, pages.count == change.after.pages.count else { return }
    try add(
      DocumentFingerprint(document: change.after.id, batch: state.batch, receivedAt: state.receivedAt, pages: pages))
  }
}

extension DocumentFingerprint {
  fileprivate init(_ row: Row) throws {
    self.init(
      document: try row.value("document", DocumentID.init), batch: try row.value("batch", BatchID.init),
      receivedAt: row.time("received_at"), pages: try row.json("pages"))
  }
}
