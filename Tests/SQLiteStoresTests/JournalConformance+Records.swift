import Journaling
import Model
import Testing

extension JournalConformance {
  static let records: [Case] = [
    Case("the chain counts from 1 without a gap and each record names the one before") { open in
      let journal = try open()
      let start = try await journal.chainEnd()
      #expect(start.sequence == 0 && start.sha256 == .zero)
      for n in 1...5 { try await (n % 2 == 0 ? open() : journal).bring(Example.plan(n), to: .recorded) }
      let chain = try await open().chain(after: 0, limit: 100)
      #expect(chain.map(\.sequence) == [1, 2, 3, 4, 5])
      #expect(chain.map(\.previous) == [.zero] + chain.dropLast().map(\.sha256))
      #expect(chain.map(\.id) == (1...5).map(Example.batch))
      #expect(chain[4].bytes == Array("record 5 after \(chain[3].sha256)".utf8))
      #expect(chain[0].day == Example.time(1) && chain[0].kind == .manifest)
      #expect(try await journal.chain(after: 3, limit: 1).map(\.sequence) == [4])
      let end = try await journal.chainEnd()
      #expect(end.sequence == 5 && end.sha256 == chain[4].sha256)
    },
    Case("instances that race for the chain get a place each") { open in
      let journals = [try open(), try open()]
      for n in 1...12 { try await journals[0].bring(Example.plan(n), to: .archived) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for n in 1...12 {
          group.addTask {
            _ = try await journals[n % 2].record(Example.batch(n), generation: 1, render: Example.renderer())
          }
        }
        while try await group.next() != nil {}
      }
      let chain = try await journals[1].chain(after: 0, limit: 100)
      #expect(chain.map(\.sequence) == Array(1...12))
      #expect(chain.map(\.previous) == [.zero] + chain.dropLast().map(\.sha256))
      #expect(try await journals[0].checkIntegrity() == [])
    },
    Case("I5: recording twice gives the same record and bytes") { open in
      let journal = try open()
      try await journal.bring(Example.plan(1), to: .recorded)
      try await journal.bring(Example.plan(2), to: .recorded)
      let again = try await open().record(Example.batch(1), generation: 1, render: Example.renderer(7))
      #expect(again == (try await journal.chain(after: 0, limit: 1)).first)
      #expect(try await journal.chainEnd().sequence == 2)
    },
    Case("nothing is recorded when the manifest cannot be rendered") { open in
      struct Unbalanced: Error, Equatable {}
      let journal = try open()
      try await journal.bring(Example.plan(1), to: .archived)
      await expect(Unbalanced()) {
        _ = try await journal.record(Example.batch(1), generation: 1) { _, _, _ in throw Unbalanced() }
      }
      #expect(try await journal.chainEnd().sequence == 0)
      #expect(try await journal.document(Example.document(1)) == nil)
      #expect(try await journal.claim(Example.batch(1))?.state == .archived)
    },
    Case("I1: a document is seen when its batch is recorded and not before") { open in
      let journal = try open()
      try await journal.bring(Example.plan(1), to: .archived)
      #expect(try await journal.document(Example.document(1)) == nil)
      #expect(try await journal.exceptions(includingWaiting: true, limit: 10) == [])
      _ = try await journal.record(Example.batch(1), generation: 1, render: Example.renderer())
      let state = try await open().document(Example.document(1))
      #expect(
        state
          == DocumentState(
            document: Example.documentOf(1), batch: Example.batch(1), station: EscapedText("front-desk"),
            receivedAt: Example.time(1),
            source: EscapedText("scan1.tif"), waitingUntil: nil, sequence: 1))
    },
    Case("records wait for their files: attested by the batch's step or by anyone") { open in
      let journal = try open()
      for n in 1...3 { try await journal.bring(Example.plan(n), to: .recorded) }
      #expect(try await journal.unattested(limit: 2).map(\.sequence) == [1, 2])
      try await open().markAttested(sequence: 2)
      try await journal.advance(Example.batch(1), to: .attested, generation: 1)
      #expect(try await journal.unattested(limit: 9).map(\.sequence) == [3])
    },
  ]

  static let corrections: [Case] = [
    Case("a correction replaces what it saw and follows in the chain") { open in
      let journal = try open()
      let before = Example.documentOf(1, reasons: [.unknownMRN])
      try await journal.bring(
        Example.plan(1, documents: [before], waitingUntil: [before.id.description: Example.time(500)]), to: .finished)
      let correction = Example.correction(50, of: Example.batch(1), [(before, Example.documentOf(1))])
      let record = try await open().record(correction, render: Example.renderer())
      #expect(
        record.kind == .correction && record.sequence == 2 && record.id == correction.correction
          && record.day == Example.time(50))
      let state = try await journal.document(before.id)
      #expect(state?.document == Example.documentOf(1) && state?.sequence == 2 && state?.waitingUntil == nil)
      #expect(try await journal.exceptions(includingWaiting: true, limit: 9) == [])
      let counts = try await journal.counts()
      #expect(counts[0].documentsFiled == 1 && counts[0].pages.filed == 1 && counts[0].pages.exception == 0)
    },
    Case("a document waits on while its reasons do, and no longer when another comes") { open in
      let journal = try open()
      let before = Example.documentOf(1, reasons: [.unknownMRN])
      let until = Example.time(500)
      try await journal.bring(
        Example.plan(1, documents: [before], waitingUntil: [before.id.description: until]), to: .finished)
      let still = Example.documentOf(1, reasons: [.unknownMRN, .unknownEncounter])
      _ = try await journal.record(
        Example.correction(50, of: Example.batch(1), [(before, still)]), render: Example.renderer())
      #expect(try await journal.waitingForIndex(at: Example.time(1)).map(\.document) == [still])
      let over = Example.documentOf(1, reasons: [.ambiguousMRN])
      _ = try await journal.record(
        Example.correction(51, of: Example.batch(1), [(still, over)]), render: Example.renderer())
      #expect(try await journal.waitingForIndex(at: Example.time(1)) == [])
      #expect(try await journal.withoutRecord([1, 7, 51].map(Example.batch)) == [Example.batch(7)])
    },
    Case("I5: the same correction again gives the same record") { open in
      let journal = try open()
      let before = Example.documentOf(1, reasons: [.noType])
      try await journal.bring(Example.plan(1, documents: [before]), to: .finished)
      let correction = Example.correction(50, of: Example.batch(1), [(before, Example.documentOf(1))])
      let first = try await journal.record(correction, render: Example.renderer())
      #expect(try await open().record(correction, render: Example.renderer(3)) == first)
      #expect(try await journal.chainEnd().sequence == 2)
    },
    Case("I4: of two people who correct the same document the second is told") { open in
      let journal = try open()
      let before = [Example.documentOf(1, reasons: [.noType]), Example.documentOf(2, page: 2, reasons: [.noType])]
      try await journal.bring(Example.plan(1, documents: before), to: .finished)
      let first = Example.correction(50, of: Example.batch(1), [(before[0], Example.documentOf(1))])
      _ = try await journal.record(first, render: Example.renderer())
      let second = Example.correction(
        51, of: Example.batch(1),
        [(before[1], Example.documentOf(2, page: 2)), (before[0], Example.documentOf(1, reasons: [.noLabel]))])
      await expect(JournalError.leaseLost(Example.batch(1))) {
        _ = try await journal.record(second, render: Example.renderer())
      }
      #expect(try await journal.document(Example.document(2))?.document == before[1], "nothing of it was done")
      #expect(try await journal.chainEnd().sequence == 2)
    },
  ]

  static let reading: [Case] = [
    Case("exceptions come oldest first, those that wait for the index only when asked for") { open in
      let journal = try open()
      let never = Timestamp("9000-01-01T00:00:00Z")!
      let waiting = Example.documentOf(20, reasons: [.unknownMRN])
      try await journal.bring(Example.plan(3, documents: [Example.documentOf(30, reasons: [.noLabel])]), to: .recorded)
      try await journal.bring(
        Example.plan(2, documents: [waiting], waitingUntil: [waiting.id.description: never]), to: .recorded)
      try await journal.bring(Example.plan(1, documents: [Example.documentOf(10, reasons: [.noType])]), to: .recorded)
      #expect(
        try await journal.exceptions(includingWaiting: false, limit: 9).map(\.document.id)
          == [10, 30].map(Example.document))
      #expect(
        try await journal.exceptions(includingWaiting: true, limit: 2).map(\.document.id)
          == [10, 20].map(Example.document))
      #expect(try await journal.waitingForIndex(at: Example.time(1)).map(\.document.id) == [Example.document(20)])
      #expect(try await journal.waitingForIndex(at: never) == [])
      let counts = try await journal.counts()[0]
      #expect(counts.documentsInException == 2 && counts.documentsWaitingForIndex == 1)
    },
    Case("a document whose waiting time is over is an ordinary exception") { open in
      let journal = try open()
      let late = Example.documentOf(1, reasons: [.unknownMRN])
      let plan = Example.plan(1, documents: [late], waitingUntil: [late.id.description: Timestamp(microseconds: 1)])
      try await journal.bring(plan, to: .recorded)
      #expect(try await journal.exceptions(includingWaiting: false, limit: 9).map(\.document.id) == [late.id])
      #expect(try await journal.counts()[0].documentsInException == 1)
    },
    Case("I3: the sums of a station are those of its manifests") { open in
      let journal = try open()
      try await journal.bring(
        Example.plan(1, documents: [Example.documentOf(1), Example.documentOf(2, page: 2)]), to: .finished)
      try await journal.bring(Example.plan(3, documents: [Example.documentOf(3, reasons: [.noType])]), to: .recorded)
      try await journal.bring(Example.plan(4, station: "archive-room"), to: .planned)
      var front = StationCounts(
        station: EscapedText("front-desk"), batchesInHand: 1, batchesFinished: 1, documentsFiled: 2,
        documentsInException: 1)
      (front.pages.filed, front.pages.separator, front.pages.exception) = (2, 2, 1)
      #expect(
        try await open().counts() == [StationCounts(station: EscapedText("archive-room"), batchesInHand: 1), front])
    },
    Case("originals are due by the age of their manifest, once") { open in
      let journal = try open()
      try await journal.bring(Example.plan(1), to: .finished)
      try await journal.bring(Example.plan(2), to: .attested)
      try await journal.bring(Example.plan(30), to: .finished)
      #expect(try await journal.originalsDue(before: Example.time(11)) == [])
      #expect(try await journal.record(of: Example.batch(1))?.sequence == 1)
      #expect(try await journal.record(of: Example.batch(3)) == nil)
      #expect(try await journal.originalsDue(before: Example.time(20)).map(\.batch) == [Example.batch(1)])
      try await journal.markOriginalsDeleted(Example.batch(1))
      #expect(try await open().originalsDue(before: Example.time(999)).map(\.batch) == [Example.batch(30)])
      await expect(JournalError.leaseLost(Example.batch(2))) {
        try await journal.markOriginalsDeleted(Example.batch(2))
      }
    },
    Case("originals that are kept come by the age of their manifest, a part at a time") { open in
      let journal = try open()
      for n in [3, 1, 2, 5] { try await journal.bring(Example.plan(n), to: .finished) }
      try await journal.bring(Example.plan(4), to: .attested)
      func kept(since second: Int, after last: Int? = nil, limit: Int = 9) async throws -> [BatchID] {
        try await journal.originalsKept(
          since: Example.time(second), after: last.map { Example.batch($0) }, limit: limit
        ).map(\.batch)
      }
      #expect(try await kept(since: 0) == [1, 2, 3, 5].map { Example.batch($0) })
      #expect(try await kept(since: 12) == [2, 3, 5].map { Example.batch($0) })
      #expect(try await kept(since: 0, limit: 2) == [1, 2].map { Example.batch($0) })
      try await journal.markOriginalsDeleted(Example.batch(2))
      #expect(try await kept(since: 0, after: 2) == [3, 5].map { Example.batch($0) })
      #expect(try await kept(since: 0, after: 5).isEmpty)
    },
  ]
}
