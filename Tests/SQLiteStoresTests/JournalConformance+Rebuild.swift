import Journaling
import Model
import Testing

extension JournalConformance {
  private static func manifestRecord(_ n: Int, sequence: Int, previous: ContentDigest) -> ChainRecord {
    ChainRecord(
      kind: .manifest, sequence: sequence, previous: previous, sha256: Example.digest(9000 + sequence),
      id: Example.batch(n),
      day: Example.time(n), bytes: [1, 2, 3])
  }

  static let rebuild: [Case] = [
    Case("I7: a journal that is made again from the chain knows the same documents, sums and sources") { open in
      let journal = try open()
      let before = Example.documentOf(1, reasons: [.noType])
      let first = manifestRecord(1, sequence: 1, previous: .zero)
      let second = manifestRecord(2, sequence: 2, previous: first.sha256)
      let correction = Example.correction(50, of: Example.batch(1), [(before, Example.documentOf(1))])
      let third = ChainRecord(
        kind: .correction, sequence: 3, previous: second.sha256, sha256: Example.digest(9003),
        id: correction.correction,
        day: Example.time(50), bytes: [4])
      for _ in 1...2 {
        // The second time nothing changes: a rebuild that was interrupted starts at the beginning.
        try await open().restore(
          first, manifest: Example.plan(1, documents: [before], source: 7).manifest, correction: nil)
        try await open().restore(second, manifest: Example.plan(2, source: 7).manifest, correction: nil)
        try await open().restore(third, manifest: nil, correction: correction)
      }
      #expect(try await journal.chain(after: 0, limit: 9) == [first, second, third])
      #expect(try await journal.unattested(limit: 9) == [])
      #expect(try await journal.unfinished() == [])
      #expect(try await journal.document(before.id)?.document == Example.documentOf(1))
      let source = SourceKey(sha256: Example.digest(7), sidecar: nil)
      #expect(try await journal.earlierUses(of: [source])[source]?.batch == Example.batch(1))
      let claim = try await journal.claim(Example.batch(2))
      #expect(claim?.state == .finished && claim?.sources.map(\.name) == [EscapedText("scan2.tif")])
      let counts = try await journal.counts()[0]
      #expect(
        counts.batchesFinished == 2 && counts.documentsFiled == 2 && counts.pages.filed == 2
          && counts.pages.separator == 2)
      #expect(try await journal.checkIntegrity() == [])
      try await journal.bring(Example.plan(60), to: .recorded)
      #expect(try await journal.chainEnd().sequence == 4)
    },
    Case("a chain with a missing or changed record is refused") { open in
      let journal = try open()
      let first = manifestRecord(1, sequence: 1, previous: .zero)
      try await journal.restore(first, manifest: Example.plan(1).manifest, correction: nil)
      var changed = first
      changed.sha256 = Example.digest(5)
      let refused = [
        changed, manifestRecord(3, sequence: 3, previous: first.sha256),
        manifestRecord(2, sequence: 2, previous: .zero),
      ]
      for record in refused {
        await #expect(throws: JournalError.self) {
          try await journal.restore(record, manifest: Example.plan(2).manifest, correction: nil)
        }
      }
      let wrongKind = manifestRecord(2, sequence: 2, previous: first.sha256)
      await #expect(throws: JournalError.self) {
        try await journal.restore(wrongKind, manifest: Example.plan(3).manifest, correction: nil)
      }
      #expect(try await journal.chainEnd().sequence == 1)
    },
    Case("a correction that does not fit the documents before it is damage") { open in
      let journal = try open()
      let first = manifestRecord(1, sequence: 1, previous: .zero)
      try await journal.restore(first, manifest: Example.plan(1).manifest, correction: nil)
      let correction = Example.correction(
        50, of: Example.batch(1), [(Example.documentOf(1, reasons: [.noType]), Example.documentOf(1))])
      let record = ChainRecord(
        kind: .correction, sequence: 2, previous: first.sha256, sha256: Example.digest(6), id: correction.correction,
        day: Example.time(50), bytes: [4])
      await #expect(throws: JournalError.self) {
        try await journal.restore(record, manifest: nil, correction: correction)
      }
      #expect(try await journal.chainEnd().sequence == 1)
    },
  ]
}
