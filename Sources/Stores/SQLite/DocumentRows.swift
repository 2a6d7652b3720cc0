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

  /// Replaces each document by what the correction says, if it still is as `before` says.
  func apply(_ correction: Correction, sequence: Int) throws {
    var moved: [String: Int] = [:]
    var station: EscapedText?
    for change in correction.documents {
      guard let state = try documentState(change.before.id), state.document == change.before,
        state.batch == correction.batch
      else {
        throw JournalError.leaseLost(correction.batch)
      }
      try replace(state, by: change.after, sequence: sequence)
      moved[change.before.status.rawValue, default: 0] -= change.before.pages.count
      moved[change.after.status.rawValue, default: 0] += change.after.pages.count
      station = state.station
    }
    if let station { try count(pages: moved, station: station) }
  }

  /// The document while it is current; nil for one that nobody knows, or that was rejected or withdrawn.
  func documentState(_ id: DocumentID) throws -> DocumentState? {
    try row("SELECT * FROM documents WHERE id = ? AND disposition = 'current'", [id.description]).map(
      DocumentState.init)
  }

  private func insert(_ state: DocumentState) throws {
    try change(
      """
      INSERT INTO documents (id, batch, station, status, received_at, waiting_until, sequence, source, document)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        state.document.id.description, state.batch.description, state.station.blob, state.document.status.rawValue,
        state.receivedAt.microseconds, state.waitingUntil?.microseconds, state.sequence, state.source.blob,
        try jsonBlob(state.document),
      ])
  }

  private func replace(_ state: DocumentState, by document: Manifest.Document, sequence: Int) throws {
    // What waits for more than the index waits for a person.
    let mayWait = document.status == .exception && document.reasons.allSatisfy(\.mayWaitForIndex)
    let waiting = mayWait ? state.waitingUntil : nil
    if document.id == state.document.id {
      try change(
        "UPDATE documents SET status = ?, waiting_until = ?, sequence = ?, document = ? WHERE id = ?",
        [
          document.status.rawValue, waiting?.microseconds, sequence, try jsonBlob(document), document.id.description,
        ])
      return
    }
    // Regrouped pages have an id of their own; where they came from stays the same.
    let sources = try rows("SELECT sha256 FROM document_sources WHERE document = ?", [state.document.id.description])
    try change("DELETE FROM documents WHERE id = ?", [state.document.id.description])
    var next = state
    next.document = document
    next.waitingUntil = waiting
    next.sequence = sequence
    try insert(next)
    for row in sources {
      let digest: String = row["sha256"]
      try change("INSERT INTO document_sources (document, sha256) VALUES (?, ?)", [document.id.description, digest])
    }
  }

  /// Adds to the station's sums; keys are dispositions.
  private func count(pages: [String: Int], station: EscapedText) throws {
    try change(
      """
      INSERT INTO station_pages (station, filed, separator, blank, exception, duplicate) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (station) DO UPDATE SET filed = filed + excluded.filed, separator = separator + excluded.separator,
        blank = blank + excluded.blank, exception = exception + excluded.exception,
        duplicate = duplicate + excluded.duplicate
      """,
      [
        station.blob, pages["filed"] ?? 0, pages["separator"] ?? 0, pages["blank"] ?? 0, pages["exception"] ?? 0,
        pages["duplicate"] ?? 0,
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
