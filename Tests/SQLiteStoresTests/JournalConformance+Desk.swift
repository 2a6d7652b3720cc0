import Journaling
import Model
import Testing

extension JournalConformance {
  private static func event(_ verb: String) -> AuditEvent {
    AuditEvent(
      at: Example.time(1), operator: "anna", login: "root", verb: verb, outcome: .done, subject: AuditSubject())
  }

  private static func pending(
    _ n: Int, _ changes: [(Manifest.Document, Manifest.Document)]
  ) -> PendingCorrection {
    PendingCorrection(
      correction: Example.correction(n, of: Example.batch(1), changes), work: [], event: event("correct move"))
  }

  /// As `document` without a row: its pages stand elsewhere.
  private static func regrouped(_ document: Manifest.Document) -> Manifest.Document {
    var document = document
    document.status = .regrouped
    return document
  }

  static let desk: [Case] = [
    Case("the audit trail counts from 1, and each record names the one before") { open in
      let journal = try open()
      #expect(try await journal.auditHead() == AuditHead())
      for n in 1...5 { try await (n % 2 == 0 ? open() : journal).append(event("verb \(n)")) }
      let records = try await open().audit(after: 0, limit: 100)
      #expect(records.map(\.sequence) == [1, 2, 3, 4, 5])
      #expect(try await journal.audit(after: 3, limit: 1).map(\.sequence) == [4])
      #expect(try await journal.auditHead() == AuditHead(sequence: 5, head: records[4].hash))
    },
    Case("records of the chain are anchored to the trail's newest record") { open in
      let journal = try open()
      let audited = try await journal.append(event("run"))
      try await journal.bring(Example.plan(1), to: .archived)
      let anchors = Anchors()
      _ = try await journal.record(Example.batch(1), generation: 1) { sequence, previous, audit in
        anchors.add(audit)
        return try Example.renderer()(sequence, previous, audit)
      }
      #expect(anchors.all.map(\.sequence) == [audited.sequence])
      let head = try await journal.auditHead().head
      #expect(anchors.all.map(\.head) == [head])
    },
    Case("I5: a correction is known before it is carried out, and recorded together with its audit record") { open in
      let journal = try open()
      let before = Example.documentOf(1, reasons: [.noType])
      try await journal.bring(Example.plan(1, documents: [before]), to: .finished)
      let correction = pending(50, [(before, Example.documentOf(1))])
      try await journal.begin(correction)
      #expect(try await open().pending() == [correction])
      #expect(try await journal.isPending(before.id))
      #expect(try await journal.document(before.id)?.document == before)
      let record = try await open().record(correction, render: Example.renderer())
      #expect(record.kind == .correction && record.sequence == 2)
      #expect(try await journal.pending() == [])
      #expect(try await journal.document(before.id)?.document == Example.documentOf(1))
      #expect(try await journal.auditHead().sequence == 1)
      #expect(try await journal.record(correction, render: Example.renderer(3)) == record)
      #expect(try await journal.auditHead().sequence == 1)
    },
    Case("I4: a document is in one correction at a time, and only as it was seen") { open in
      let journal = try open()
      let before = [Example.documentOf(1, reasons: [.noType]), Example.documentOf(2, page: 2, reasons: [.noType])]
      try await journal.bring(Example.plan(1, documents: before), to: .finished)
      try await journal.begin(pending(50, [(before[0], Example.documentOf(1))]))
      await expect(CorrectionConflict.inHand(before[0].id)) {
        try await open().begin(pending(51, [(before[1], Example.documentOf(2, page: 2)), (before[0], before[0])]))
      }
      await expect(CorrectionConflict.changed(before[1].id)) {
        try await open().begin(pending(52, [(Example.documentOf(2, page: 2), before[1])]))
      }
      #expect(try await !journal.isPending(before[1].id), "nothing of it was begun")
      try await journal.dropPending()
      #expect(try await journal.pending() == [])
      #expect(try await !journal.isPending(before[0].id))
    },
    Case("I4: a correction is begun while the documents that it relies on are as they were and in nobody's hands") {
      open in
      let journal = try open()
      let before = [Example.documentOf(1, reasons: [.noType]), Example.documentOf(2, page: 2, reasons: [.noType])]
      let after = [Example.documentOf(1), Example.documentOf(2, page: 2)]
      try await journal.bring(Example.plan(1, documents: before), to: .finished)
      await expect(CorrectionConflict.changed(before[1].id)) {
        try await open().begin(pending(50, [(before[0], after[0])]), beside: [after[1]])
      }
      try await journal.begin(pending(51, [(before[0], after[0])]), beside: [before[1]])
      await expect(CorrectionConflict.inHand(before[0].id)) {
        try await open().begin(pending(52, [(before[1], after[1])]), beside: [before[0]])
      }
      #expect(try await !journal.isPending(before[1].id), "nothing of it was begun")
    },
    Case("a rejected document is not current and not forgotten; its pages are counted as such") { open in
      let journal = try open()
      let before = Example.documentOf(1, reasons: [.noLabel])
      try await journal.bring(Example.plan(1, documents: [before]), to: .finished)
      var rejected = before
      rejected.status = .rejected
      _ = try await journal.record(pending(50, [(before, rejected)]), render: Example.renderer())
      #expect(try await journal.document(before.id) == nil)
      #expect(try await journal.anyDocument(before.id)?.document == rejected)
      #expect(try await journal.exceptions(includingWaiting: true, limit: 9) == [])
      let pages = try await journal.counts()[0].pages
      #expect(pages.exception == 0 && pages.rejected == 1)
      let uses = try await journal.earlierUses(of: [SourceKey(sha256: Example.digest(1), sidecar: nil)])
      #expect(uses.values.first?.anyRejected == true)
    },
    Case("regrouped pages stand in the new documents alone, and come back when it is undone") { open in
      let journal = try open()
      let before = Example.documentOf(1)
      try await journal.bring(Example.plan(1, documents: [before]), to: .finished)
      let made = Example.documentOf(7)
      let split = pending(50, [(before, regrouped(before)), (before, made)])
      try await journal.begin(split)
      _ = try await journal.record(split, render: Example.renderer())
      #expect(try await journal.anyDocument(before.id) == nil)
      #expect(try await journal.documents(of: Example.batch(1)).map(\.document) == [made])
      #expect(try await journal.documents(ofSources: [Example.digest(1)]).map(\.document.id) == [made.id])
      #expect(try await journal.counts()[0].pages.filed == 1)
      let undo = pending(51, [(regrouped(before), before), (made, regrouped(made))])
      try await journal.begin(undo)
      _ = try await journal.record(undo, render: Example.renderer())
      #expect(try await journal.documents(of: Example.batch(1)).map(\.document) == [before])
      #expect(try await journal.documents(ofSources: [Example.digest(1)]).map(\.document.id) == [before.id])
      #expect(try await journal.counts()[0].pages.filed == 1)
      #expect(try await journal.checkIntegrity() == [])
    },
    Case("current documents are handed over in pieces, each once") { open in
      let journal = try open()
      for n in 1...5 { try await journal.bring(Example.plan(n), to: .recorded) }
      var seen: [DocumentID] = []
      var last: (receivedAt: Timestamp, id: DocumentID)?
      while true {
        let states = try await journal.documents(after: last, limit: 2)
        guard let end = states.last else { break }
        seen += states.map(\.document.id)
        last = (end.receivedAt, end.document.id)
      }
      #expect(seen == (1...5).map(Example.document))
    },
    Case("documents are found by the first characters of their ids, decided ones too, in pieces") { open in
      let journal = try open()
      let documents = [1, 2, 20].map { Example.documentOf($0, reasons: [.noLabel]) }
      for (n, document) in zip(1..., documents) {
        try await journal.bring(Example.plan(n, documents: [document]), to: .recorded)
      }
      var rejected = documents[0]
      rejected.status = .rejected
      _ = try await journal.record(pending(50, [(documents[0], rejected)]), render: Example.renderer())
      let all = "urn:uuid:00000000-0000-5000-8000-0000000000"
      func found(_ text: String, after last: DocumentID? = nil, limit: Int = 9) async throws -> [DocumentID] {
        try await journal.documents(startingWith: text, after: last, limit: limit).map(\.document.id)
      }
      #expect(try await found(all) == documents.map(\.id))
      #expect(try await found(all, limit: 2) == documents.prefix(2).map(\.id))
      #expect(try await found(all, after: documents[1].id) == [documents[2].id])
      #expect(try await found(all + "0") == documents.prefix(2).map(\.id))
      #expect(try await found(documents[2].id.description) == [documents[2].id])
      #expect(try await found("urn:uuid:1") == [])
    },
    Case("corrections are handed over in order, without the manifests between them") { open in
      let journal = try open()
      for n in 1...2 {
        let before = Example.documentOf(n, reasons: [.noType])
        try await journal.bring(Example.plan(n, documents: [before]), to: .recorded)
        let correction = PendingCorrection(
          correction: Example.correction(50 + n, of: Example.batch(n), [(before, Example.documentOf(n))]), work: [],
          event: event("correct move"))
        _ = try await journal.record(correction, render: Example.renderer())
      }
      #expect(try await journal.corrections(after: 0, limit: 9).map(\.sequence) == [2, 4])
      #expect(try await journal.corrections(after: 2, limit: 9).map(\.sequence) == [4])
      #expect(try await journal.corrections(after: 0, limit: 1).map(\.kind) == [.correction])
    },
    Case("patients of the same family name and birth date are namesakes, merged numbers are not") { open in
      let journal = try open()
      func person(_ mrn: String, _ family: String, into: String? = nil) -> Patient {
        Patient(
          key: PatientKey(authority: "A", mrn: mrn), family: family, birthDate: "2026-01-01",
          mergedInto: into.map { PatientKey(authority: "A", mrn: $0) })
      }
      let rows = [person("1", "Twin"), person("2", "Twin"), person("3", "Other"), person("4", "Twin", into: "1")]
      _ = try await journal.load(
        PatientImport(patients: rows, encounters: [], file: Example.digest(1), importedAt: Example.time(1)))
      let found = try await open().namesakes(of: PatientKey(authority: "A", mrn: "1"))
      #expect(found.map(\.key.mrn) == ["2"])
    },
  ]
}

/// What a renderer was given.
private final class Anchors: @unchecked Sendable {
  // Only the one transaction that renders writes, before anybody reads.
  private(set) var all: [Manifest.AuditAnchor] = []
  func add(_ anchor: Manifest.AuditAnchor) { all.append(anchor) }
}
