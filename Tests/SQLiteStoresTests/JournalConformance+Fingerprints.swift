import Journaling
import Model
import Testing

extension JournalConformance {
  /// A plan of one document a patient, each of one page that was seen.
  private static func plan(
    _ n: Int, documents: [Manifest.Document]? = nil, type: String? = "LAB", encounter: String? = nil
  ) -> BatchPlan {
    var document = Example.documentOf(n)
    (document.type, document.encounter, document.mrn) = (type, encounter, "7")
    // Bytes that no page of another plan has: a plan that others rely on stays.
    var plan = Example.plan(n, documents: documents ?? [document], source: 100 + n)
    let print = InkPrint(shares: [Float](repeating: 0.1, count: InkPrint.side * InkPrint.side))
    plan.prints = Dictionary(uniqueKeysWithValues: plan.manifest.documents.flatMap(\.pages).map { ($0, print) })
    return plan
  }

  private static func question(
    _ mrn: String = "7", encounter: String? = nil, pages: Int = 1, since: Int = 0, batch: Int = 900
  ) -> FingerprintQuestion {
    FingerprintQuestion(
      patients: [PatientKey(authority: "GENHOSP", mrn: mrn)], type: "LAB", encounter: encounter, pages: pages,
      since: Example.time(since), batch: Example.batch(batch))
  }

  private static func sources(of plan: BatchPlan) -> [SourceKey] {
    plan.manifest.sources.map { SourceKey(sha256: $0.sha256, sidecar: nil) }
  }

  /// Those of the documents that a question finds, in that order.
  private static func alike(
    _ journal: some FingerprintJournal, _ question: FingerprintQuestion
  ) async throws -> [DocumentFingerprint] {
    var found: [DocumentFingerprint] = []
    for document in try await journal.documents(like: question) {
      found.append(try #require(try await journal.fingerprint(of: document)))
    }
    return found
  }

  static let fingerprints: [Case] = [
    Case("what a plan files is found by patient, type, visit, length and time, before it is recorded too") { open in
      let journal = try open()
      try await journal.bring(plan(1), to: .planned)
      try await journal.bring(plan(2, encounter: "55"), to: .finished)
      try await journal.bring(plan(3, type: nil), to: .finished)
      func found(_ question: FingerprintQuestion) async throws -> [DocumentID] {
        try await open().documents(like: question)
      }
      #expect(try await found(question()) == [Example.document(2), Example.document(1)])
      #expect(try await found(question(encounter: "55")) == [Example.document(2), Example.document(1)])
      #expect(try await found(question(encounter: "56")) == [Example.document(1)])
      #expect(try await found(question(since: 2)) == [Example.document(2)])
      #expect(try await found(question(batch: 2)) == [Example.document(1)])
      #expect(try await found(question("8")) == [])
      #expect(try await found(question(pages: 2)) == [])
      #expect(try await journal.fingerprint(of: Example.document(1)) == plan(1).fingerprints[0])
      #expect(try await journal.dropPlan(of: Example.batch(1), generation: 1))
      #expect(try await journal.fingerprint(of: Example.document(1)) == nil)
    },
    Case("of two plans that know nothing of one another the second is to be decided again") { open in
      let journal = try open()
      let second = plan(2)
      try await journal.bring(plan(1), to: .planned)
      try await journal.bring(second, to: .claimed)
      func commit(_ compared: Set<DocumentID>) async throws -> Bool {
        let comparison = FingerprintComparison(question: question(batch: 2), compared: compared)
        return try await open().commit(second, claiming: sources(of: second), compared: [comparison], generation: 1)
      }
      #expect(try await !commit([]))
      #expect(try await journal.fingerprint(of: Example.document(2)) == nil, "nothing of it was committed")
      #expect(try await commit([Example.document(1)]))
      #expect(try await journal.fingerprint(of: Example.document(2)) != nil)
    },
    Case("a document is found where corrections put it, and out of every chart not at all") { open in
      let journal = try open()
      let before = plan(1).manifest.documents[0]
      try await journal.bring(plan(1), to: .finished)
      var moved = before
      moved.mrn = "8"
      _ = try await journal.record(
        Example.correction(50, of: Example.batch(1), [(before, moved)]), render: Example.renderer())
      #expect(try await journal.documents(like: question()) == [])
      #expect(try await alike(journal, question("8")) == plan(1).fingerprints)
      var gone = moved
      gone.status = .withdrawn
      _ = try await journal.record(
        Example.correction(51, of: Example.batch(1), [(moved, gone)]), render: Example.renderer())
      #expect(try await journal.documents(like: question("8")) == [])
    },
    Case("a document made of others' pages has their fingerprints, and one put back together its own again") { open in
      let journal = try open()
      var parts = [Example.documentOf(1), Example.documentOf(2, page: 2)]
      for index in parts.indices { (parts[index].type, parts[index].mrn) = ("LAB", "7") }
      let plan = plan(1, documents: parts)
      try await journal.bring(plan, to: .finished)
      var whole = parts[0]
      (whole.id, whole.pages) = (Example.document(9), [2, 1])
      func ended(_ document: Manifest.Document) -> Manifest.Document {
        var document = document
        document.status = .regrouped
        return document
      }
      var joined = Example.correction(
        50, of: Example.batch(1), [(parts[0], ended(parts[0])), (parts[1], ended(parts[1]))])
      joined.documents.append(
        .init(before: parts[0], after: whole, version: "v1", pages: Array(plan.manifest.pages.prefix(2))))
      _ = try await journal.record(joined, render: Example.renderer())
      #expect(try await journal.documents(like: question()) == [])
      let found = try await alike(journal, question(pages: 2))
      #expect(found.map(\.document) == [whole.id] && found[0].pages.map(\.page) == [2, 1])
      #expect(found[0].pages.map(\.sha256) == [Example.digest(2), Example.digest(1)])
      let undone = Example.correction(
        51, of: Example.batch(1),
        [(whole, ended(whole)), (ended(parts[0]), parts[0]), (ended(parts[1]), parts[1])])
      _ = try await journal.record(undone, render: Example.renderer())
      #expect(try await journal.documents(like: question(pages: 2)) == [])
      #expect(Set(try await journal.documents(like: question())) == Set(parts.map(\.id)))
    },
    Case("what is too old to be compared with goes, batch by batch, and nothing of a batch in hand") { open in
      let journal = try open()
      try await journal.bring(plan(1), to: .finished)
      try await journal.bring(plan(2), to: .planned)
      try await journal.bring(plan(3), to: .finished)
      func drop(_ moment: Int) async throws -> Int {
        try await open().dropFingerprints(receivedBefore: Example.time(moment), limit: 10)
      }
      #expect(try await drop(1) == 0)
      #expect(try await drop(3) == 1)
      #expect(try await journal.documents(like: question()) == [Example.document(3), Example.document(2)])
      #expect(try await journal.dropFingerprints(receivedBefore: Example.time(900), limit: 0) == 0)
      #expect(try await drop(900) == 1)
      #expect(try await journal.documents(like: question()) == [Example.document(2)])
    },
    Case("I7: what the archive has comes back after a rebuild, for documents that are recorded") { open in
      let journal = try open()
      let plan = plan(1)
      let record = ChainRecord(
        kind: .manifest, sequence: 1, previous: .zero, sha256: Example.digest(1), id: Example.batch(1),
        day: Example.time(1), bytes: [1])
      try await journal.restore(record, manifest: plan.manifest, correction: nil)
      #expect(try await journal.documents(like: question()) == [])
      try await journal.keep(plan.fingerprints + Self.plan(2).fingerprints)
      #expect(try await alike(open(), question()) == plan.fingerprints)
      #expect(try await journal.fingerprint(of: Example.document(2)) == nil)
    },
  ]
}
