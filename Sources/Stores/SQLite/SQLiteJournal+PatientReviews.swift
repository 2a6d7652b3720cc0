import FoundationEssentials
import GRDB
import Journaling
import Model

extension SQLiteJournal {
  public func details(number: String, authority: String?) async throws -> [PatientDetail] {
    try await file.read { db in
      try db.patients(number: number).filter { authority == nil || $0.key.authority == authority }.map { patient in
        let key = patient.key
        let links = try db.rows(
          """
          SELECT m.*, i.imported_at FROM merges m LEFT JOIN imports i ON i.revision = m.revision
          WHERE (m.mrn = ?1 AND m.authority = ?2) OR (m.into_mrn = ?1 AND m.into_authority = ?2)
          """, [key.mrn.blob, key.authority.blob]
        ).map(PatientLink.init).sorted { ($0.since, $0.from, $0.into) < ($1.since, $1.from, $1.into) }
        let encounters = try db.rows(
          "SELECT * FROM encounters WHERE mrn = ? AND authority = ? ORDER BY visit", [key.mrn.blob, key.authority.blob])
        return PatientDetail(
          patient: patient, survivor: try db.knownPatient(key).survivor, links: links,
          encounters: encounters.map(Encounter.init))
      }
    }
  }

  public func list(_ filter: PatientFilter, after: PatientKey?, limit: Int) async throws -> [Patient] {
    try await file.read { db in
      var conditions = ["true"]
      var arguments = StatementArguments()
      if let after {
        conditions.append("(mrn, authority) > (?, ?)")
        arguments += [after.mrn.blob, after.authority.blob]
      }
      if let family = filter.family {
        conditions.append("substr(family, 1, ?) = ?")
        arguments += [family.utf8.count, family.blob]
      }
      if filter.temporaryOnly { conditions.append("temporary = 1") }
      if filter.mergedOnly {
        conditions.append(
          """
          EXISTS (SELECT 1 FROM merges m WHERE m.mrn = patients.mrn AND m.authority = patients.authority
            AND m.undone IS NULL AND m.kind <> 'link')
          """)
      }
      arguments += [max(0, limit)]
      return try db.rows(
        "SELECT * FROM patients WHERE \(conditions.joined(separator: " AND ")) ORDER BY mrn, authority LIMIT ?",
        arguments
      ).map { try db.patient($0) }
    }
  }

  public func successors(of patient: PatientKey) async throws -> [PatientKey] {
    try await file.read { db in
      try db.rows(
        """
        WITH RECURSIVE next (authority, mrn) AS (
          SELECT into_authority, into_mrn FROM merges WHERE authority = ?1 AND mrn = ?2 AND kind <> 'link'
          UNION
          SELECT m.into_authority, m.into_mrn FROM merges m JOIN next n ON m.authority = n.authority AND m.mrn = n.mrn
          WHERE m.kind <> 'link')
        SELECT authority, mrn FROM next WHERE NOT (authority = ?1 AND mrn = ?2) ORDER BY authority, mrn
        """, [patient.authority.blob, patient.mrn.blob]
      ).map(\.patientKey)
    }
  }

  // MARK: Reviews

  public func openReviews() async throws -> [PatientReview] {
    try await file.read { db in
      try db.rows("SELECT * FROM reviews WHERE done = 0 ORDER BY number").map(PatientReview.init)
    }
  }

  public func finish(_ review: PatientReview, proposing proposals: [RefilingProposal]) async throws {
    try await file.write { db in
      guard try db.change("UPDATE reviews SET done = 1 WHERE number = ? AND done = 0", [review.number]) == 1 else {
        return
      }
      for proposal in proposals {
        try db.change(
          """
          INSERT INTO proposals (document, review, filed_authority, filed_mrn, authority, mrn, reason)
          VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
          """,
          [
            proposal.document.description, review.number, proposal.filedUnder.authority.blob,
            proposal.filedUnder.mrn.blob,
            proposal.target?.authority.blob, proposal.target?.mrn.blob, proposal.reason.blob,
          ])
      }
    }
  }

  public func proposals(limit: Int) async throws -> [RefilingProposal] {
    try await file.read { db in try db.proposals("true", [], limit: limit) }
  }

  public func proposals(of document: DocumentID) async throws -> [RefilingProposal] {
    try await file.read { db in try db.proposals("p.document = ?", [document.description], limit: .max) }
  }
}

extension Database {
  fileprivate func proposals(
    _ condition: String, _ arguments: StatementArguments, limit: Int
  ) throws -> [RefilingProposal] {
    let rows = try Row.fetchCursor(
      self,
      sql: """
        SELECT r.*, p.document, p.filed_authority, p.filed_mrn, p.authority AS target_authority, p.mrn AS target_mrn,
          p.reason, d.document AS state
        FROM proposals p JOIN reviews r ON r.number = p.review JOIN documents d ON d.id = p.document
        WHERE p.settled_at IS NULL AND d.status = 'filed' AND d.disposition = 'current' AND \(condition)
        ORDER BY p.review, p.document
        """, arguments: arguments)
    var found: [RefilingProposal] = []
    while found.count < limit, let row = try rows.next() {
      let proposal = try RefilingProposal(row)
      let today: Manifest.Document = try row.json("state")
      if today.patient == proposal.filedUnder, !today.isConfirmed(since: proposal.review.at) { found.append(proposal) }
    }
    return found
  }
}

extension PatientReview {
  init(_ row: Row) throws {
    self.init(
      number: row["number"], kind: try row.value("kind", Kind.init), from: row.patientKey, into: row.intoKey,
      visit: row.text("visit"), at: row.time("at"))
  }
}

extension RefilingProposal {
  fileprivate init(_ row: Row) throws {
    let target: Data? = row["target_mrn"]
    self.init(
      review: try PatientReview(row), document: try row.value("document", DocumentID.init),
      filedUnder: PatientKey(authority: row.text("filed_authority"), mrn: row.text("filed_mrn")),
      target: target == nil ? nil : PatientKey(authority: row.text("target_authority"), mrn: row.text("target_mrn")),
      reason: row.text("reason"))
  }
}
