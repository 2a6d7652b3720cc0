import GRDB
import Journaling
import Model

/// **I5** A correction is committed before it is carried out. **I4** A document is in one at most, and is compared with what
/// the operator saw inside the transaction that begins it and again inside the one that records it.
extension SQLiteJournal: DeskJournal {
  public func begin(_ pending: PendingCorrection, beside others: [Manifest.Document]) async throws {
    try await file.write { db in
      for document in pending.correction.befores {
        let state = try db.anyDocumentState(document.id)
        guard state.map({ $0.document == document }) ?? (document.status == .regrouped) else {
          throw CorrectionConflict.changed(document.id)
        }
      }
      let known = Set(pending.correction.befores.map(\.id))
      for document in pending.correction.afters where !known.contains(document.id) {
        guard try db.anyDocumentState(document.id) == nil else { throw CorrectionConflict.changed(document.id) }
      }
      for other in others where !known.contains(other.id) {
        guard try db.anyDocumentState(other.id)?.document == other else { throw CorrectionConflict.changed(other.id) }
        guard try !db.isPending(other.id) else { throw CorrectionConflict.inHand(other.id) }
      }
      let id = pending.correction.correction.description
      try db.change("INSERT INTO pending (correction, pending) VALUES (?, ?)", [id, try jsonBlob(pending)])
      for document in pending.documents {
        let added = try db.change(
          "INSERT INTO pending_documents (document, correction) VALUES (?, ?) ON CONFLICT DO NOTHING",
          [document.description, id])
        guard added == 1 else { throw CorrectionConflict.inHand(document) }
      }
    }
  }

  public func pending() async throws -> [PendingCorrection] {
    try await file.read { db in
      try db.rows("SELECT pending FROM pending ORDER BY number").map { try $0.json("pending") }
    }
  }

  public func isPending(_ id: DocumentID) async throws -> Bool {
    try await file.read { db in try db.isPending(id) }
  }

  public func dropPending() async throws { try await file.write { db in _ = try db.change("DELETE FROM pending") } }

  public func record(_ pending: PendingCorrection, render: @escaping RecordRenderer) async throws -> ChainRecord {
    let correction = pending.correction
    return try await file.write { db in
      if let existing = try db.record(id: correction.correction) {
        try db.change("DELETE FROM pending WHERE correction = ?", [correction.correction.description])
        return existing
      }
      // First: the chain's record is anchored to a trail that has the action.
      _ = try db.append(pending.event)
      let record = try db.append(.correction, id: correction.correction, day: correction.correctedAt, render: render)
      try db.apply(correction, sequence: record.sequence)
      try db.change("DELETE FROM pending WHERE correction = ?", [correction.correction.description])
      return record
    }
  }

  public func anyDocument(_ id: DocumentID) async throws -> DocumentState? {
    try await file.read { db in try db.anyDocumentState(id) }
  }

  public func documents(
    startingWith text: String, after last: DocumentID?, limit: Int
  ) async throws -> [DocumentState] {
    try await file.read { db in
      // Ids are of hex digits and dashes: a `g` stands behind all that begin so.
      try db.rows(
        "SELECT * FROM documents WHERE id >= ? AND id < ? AND id > ? ORDER BY id LIMIT ?",
        [text, text + "g", last?.description ?? "", max(0, limit)]
      ).map(DocumentState.init)
    }
  }

  public func corrections(after sequence: Int, limit: Int) async throws -> [ChainRecord] {
    try await file.read { db in
      try db.rows(
        "SELECT * FROM records WHERE kind = 'correction' AND sequence > ? ORDER BY sequence LIMIT ?",
        [sequence, max(0, limit)]
      ).map(ChainRecord.init)
    }
  }

  public func documents(of batch: BatchID) async throws -> [DocumentState] {
    try await file.read { db in
      try db.rows("SELECT * FROM documents WHERE batch = ? ORDER BY id", [batch.description]).map(DocumentState.init)
    }
  }

  public func documents(
    after last: (receivedAt: Timestamp, id: DocumentID)?, limit: Int
  ) async throws -> [DocumentState] {
    let (moment, id) = (last?.receivedAt.microseconds ?? Int64.min, last?.id.description ?? "")
    return try await file.read { db in
      try db.rows(
        """
        SELECT * FROM documents WHERE disposition = 'current' AND (received_at, id) > (?, ?)
        ORDER BY received_at, id LIMIT ?
        """, [moment, id, max(0, limit)]
      ).map(DocumentState.init)
    }
  }

  public func documents(ofSources sources: [ContentDigest]) async throws -> [DocumentState] {
    try await file.read { db in
      var states: [DocumentID: DocumentState] = [:]
      for source in Set(sources) {
        for row in try db.rows(
          """
          SELECT d.* FROM document_sources s JOIN documents d ON d.id = s.document WHERE s.sha256 = ?
          """, [source.description])
        {
          let state = try DocumentState(row)
          states[state.document.id] = state
        }
      }
      return states.values.sorted { $0.document.id < $1.document.id }
    }
  }

  public func namesakes(of patient: PatientKey) async throws -> [Patient] {
    try await file.read { db in
      let own = try db.patients(number: patient.mrn).first { $0.key == patient }
      guard let own, !own.family.isEmpty, !own.birthDate.isEmpty else { return [] }
      let rows = try db.rows(
        """
        SELECT p.mrn, p.authority FROM patients p WHERE p.birth_date = ? AND NOT EXISTS (
          SELECT 1 FROM merges m WHERE m.mrn = p.mrn AND m.authority = p.authority AND m.undone IS NULL)
        ORDER BY p.authority, p.mrn
        """, [own.birthDate])
      let family = own.family.lowercased()
      var namesakes: [Patient] = []
      for key in rows.map({ PatientKey(authority: $0.text("authority"), mrn: $0.text("mrn")) }) where key != patient {
        guard let other = try db.patients(number: key.mrn).first(where: { $0.key == key }),
          other.family.lowercased() == family
        else { continue }
        namesakes.append(other)
        if namesakes.count == 20 { break }
      }
      return namesakes
    }
  }
}

extension Database {
  fileprivate func isPending(_ id: DocumentID) throws -> Bool {
    try integer("SELECT count(*) FROM pending_documents WHERE document = ?", [id.description]) > 0
  }
}
