import GRDB
import Journaling
import Model

/// The rows of `documents`, `document_sources` and `station_pages`: written by a manifest's record, changed by
/// corrections.
extension Database {
  /// - Parameter waitingUntil: by document id, as in the plan; empty for a manifest that is restored.
  func add(documentsOf manifest: Manifest, waitingUntil: [String: Timestamp], sequence: Int) throws {
    for document in manifest.documents {
      let sources = manifest.sources(of: document)
      try insert(
        DocumentState(
          document: document, batch: manifest.batch, station: manifest.station, receivedAt: manifest.receivedAt,
          source: sources.first?.name ?? EscapedText(""), waitingUntil: waitingUntil[document.id.description],
          sequence: sequence))
      for digest in Set(sources.map(\.sha256)) {
        try change(
          "INSERT INTO document_sources (document, sha256) VALUES (?, ?)",
          [document.id.description, digest.description])
      }
    }
    let counts = manifest.counts
    try count(
      pages: [
        "filed": counts.filed, "separator": counts.separator, "blank": counts.blank, "exception": counts.exception,
        "duplicate": counts.duplicate,
      ], station: manifest.station)
  }

  /// Replaces each document by what the correction says, if all still are as `before` says. What is regrouped has no row.
  func apply(_ correction: Correction, sequence: Int) throws {
    var states: [DocumentID: DocumentState] = [:]
    // Gathered before any row goes: a new document may have those of one that ends.
    var sources: [DocumentID: [String]] = [:]
    for document in correction.befores {
      let state = try anyDocumentState(document.id)
      guard state.map({ $0.document == document }) ?? (document.status == .regrouped) else {
        throw JournalError.leaseLost(correction.batch)
      }
      states[document.id] = state
    }
    for document in correction.befores {
      guard let state = states[document.id] else { continue }
      try count(document, -1, station: state.station)
      sources[document.id] = try rows(
        "SELECT sha256 FROM document_sources WHERE document = ?", [document.id.description]
      ).map { $0["sha256"] }
    }
    let lasting = Set(correction.documents.map(\.after.id))
    for id in states.keys.sorted() where !lasting.contains(id) { try remove(id) }
    var done: Set<DocumentID> = []
    for change in correction.documents where done.insert(change.after.id).inserted {
      try put(change, of: correction, states, sources, sequence: sequence)
    }
  }

  /// The document as one change leaves it.
  private func put(
    _ change: Correction.Change, of correction: Correction, _ states: [DocumentID: DocumentState],
    _ known: [DocumentID: [String]], sequence: Int
  ) throws {
    let document = change.after
    if document.status == .regrouped { return try remove(document.id) }
    var state = try states[document.id] ?? origin(of: change, correction, states)
    // One that is put back together has no row; its pages are among those of the parts.
    let sources =
      change.sources?.map(\.description) ?? known[document.id] ?? known[change.before.id]
      ?? Set(known.values.joined()).sorted()
    // What waits for more than the index waits for a person.
    let mayWait = document.status == .exception && document.reasons.allSatisfy(\.mayWaitForIndex)
    state.document = document
    state.waitingUntil = mayWait ? state.waitingUntil : nil
    state.sequence = sequence
    try remove(document.id)
    try addFingerprint(of: change, state, outOf: correction.befores.map(\.id))
    try insert(state)
    for digest in sources {
      try self.change(
        "INSERT INTO document_sources (document, sha256) VALUES (?, ?)", [document.id.description, digest])
    }
    try count(document, 1, station: state.station)
  }

  /// Where a document that has no row belongs: a new one, or one that was regrouped and is put back together.
  private func origin(
    of change: Correction.Change, _ correction: Correction, _ states: [DocumentID: DocumentState]
  ) throws -> DocumentState {
    let batch = correction.batch(of: change)
    if let near = states.values.sorted(by: { $0.document.id < $1.document.id }).first(where: { $0.batch == batch }) {
      return near
    }
    guard let claim = try claims("WHERE batch = ?", [batch.description]).first else {
      throw JournalError.damaged("correction \(correction.correction): batch \(batch) is not known")
    }
    return DocumentState(
      document: change.after, batch: batch, station: claim.station, receivedAt: claim.receivedAt,
      source: claim.sources.first?.name ?? EscapedText(""), waitingUntil: nil, sequence: 0)
  }

  private func remove(_ id: DocumentID) throws {
    try change("DELETE FROM documents WHERE id = ?", [id.description])
    try displaceFingerprint(of: id)
  }

  /// The document while it is current; nil for one that nobody knows, or that was rejected or withdrawn.
  func documentState(_ id: DocumentID) throws -> DocumentState? {
    try row("SELECT * FROM documents WHERE id = ? AND disposition = 'current'", [id.description]).map(
      DocumentState.init)
  }

  func anyDocumentState(_ id: DocumentID) throws -> DocumentState? {
    try row("SELECT * FROM documents WHERE id = ?", [id.description]).map(DocumentState.init)
  }

  private func insert(_ state: DocumentState) throws {
    try change(
      """
      INSERT INTO documents (id, batch, station, status, disposition, received_at, waiting_until, sequence, source,
        document)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        state.document.id.description, state.batch.description, state.station.blob, state.document.status.rawValue,
        state.document.status.isCurrent ? "current" : state.document.status.rawValue, state.receivedAt.microseconds,
        state.waitingUntil?.microseconds, state.sequence, state.source.blob,
        try jsonBlob(state.document),
      ])
    try place(state.document)
  }

  private func count(_ document: Manifest.Document, _ sign: Int, station: EscapedText) throws {
    var sums = Manifest.CountsByDisposition()
    sums.add(document, sign: sign)
    try count(
      pages: [
        "filed": sums.filed, "blank": sums.blank, "exception": sums.exception, "rejected": sums.rejected,
        "withdrawn": sums.withdrawn,
      ], station: station)
  }

  /// Adds to the station's sums; keys are dispositions.
  private func count(pages: [String: Int], station: EscapedText) throws {
    try change(
      """
      INSERT INTO station_pages (station, filed, separator, blank, exception, duplicate, rejected, withdrawn)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (station) DO UPDATE SET filed = filed + excluded.filed, separator = separator + excluded.separator,
        blank = blank + excluded.blank, exception = exception + excluded.exception,
        duplicate = duplicate + excluded.duplicate, rejected = rejected + excluded.rejected,
        withdrawn = withdrawn + excluded.withdrawn
      """,
      [
        station.blob, pages["filed"] ?? 0, pages["separator"] ?? 0, pages["blank"] ?? 0, pages["exception"] ?? 0,
        pages["duplicate"] ?? 0, pages["rejected"] ?? 0, pages["withdrawn"] ?? 0,
      ])
  }
}

extension Manifest {
  /// Sources of a document's pages and inner blanks, its first page's first; repeated as often as they have pages.
  fileprivate func sources(of document: Document) -> [Source] {
    (document.pages + document.blanks).compactMap { number in
      guard pages.indices.contains(number - 1), sources.indices.contains(pages[number - 1].source) else { return nil }
      return sources[pages[number - 1].source]
    }
  }
}

extension DocumentState {
  init(_ row: Row) throws {
    self.init(
      document: try row.json("document"), batch: try row.value("batch", BatchID.init), station: row.escaped("station"),
      receivedAt: row.time("received_at"), source: row.escaped("source"),
      waitingUntil: (row["waiting_until"] as Int64?).map(Timestamp.init(microseconds:)), sequence: row["sequence"])
  }
}
