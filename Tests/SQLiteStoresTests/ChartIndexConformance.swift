import Journaling
import Model
import Testing

/// What every index of charts must do.
enum ChartIndexConformance {
  typealias Case = ConformanceCase<any ChartIndex>

  private static func entry(_ n: Int, patient: Int, at second: Int, reasons: [ExceptionReason] = []) -> ChartEntry {
    var document = Example.documentOf(patient, reasons: reasons)
    document.id = Example.document(n)
    return ChartEntry(
      document: document, receivedAt: Example.time(second), station: EscapedText("front-desk"), batch: Example.batch(n))
  }

  private static func key(_ n: Int) -> PatientKey { PatientKey(authority: "GENHOSP", mrn: String(n)) }

  static let all: [Case] = [
    Case("a chart shows the filed documents of its patient, oldest first, then by id") { open in
      let index = try open()
      #expect(try await index.position() == 0)
      try await index.apply(sequence: 1, entries: [entry(3, patient: 1, at: 20), entry(4, patient: 2, at: 1)])
      try await index.apply(
        sequence: 2,
        entries: [
          entry(2, patient: 1, at: 20), entry(5, patient: 1, at: 10), entry(6, patient: 1, at: 5, reasons: [.noType]),
        ])
      #expect(
        try await open().chart(of: key(1)) == [
          entry(5, patient: 1, at: 10), entry(2, patient: 1, at: 20), entry(3, patient: 1, at: 20),
        ])
      #expect(try await index.chart(of: PatientKey(authority: "EASTCLINIC", mrn: "1")) == [])
      #expect(try await open().position() == 2)
    },
    Case("a record that was taken already changes nothing; one that is not the next is refused") { open in
      let index = try open()
      try await index.apply(sequence: 1, entries: [entry(1, patient: 1, at: 1)])
      try await index.apply(sequence: 1, entries: [entry(1, patient: 2, at: 1)])
      #expect(try await index.chart(of: key(1)).count == 1)
      await expect(JournalError.busy) { try await index.apply(sequence: 3, entries: []) }
      #expect(try await index.position() == 1)
    },
    Case("a correction moves a document to the other chart") { open in
      let index = try open()
      try await index.apply(sequence: 1, entries: [entry(1, patient: 1, at: 1)])
      try await index.apply(sequence: 2, entries: [entry(1, patient: 2, at: 1)])
      #expect(try await index.chart(of: key(1)) == [])
      #expect(try await index.chart(of: key(2)) == [entry(1, patient: 2, at: 1)])
      try await index.apply(sequence: 3, entries: [entry(1, patient: 2, at: 1, reasons: [.noLabel])])
      #expect(try await index.chart(of: key(2)) == [])
    },
    Case("instances that catch up at the same time end at the same place") { open in
      let indexes = [try open(), try open()]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in indexes {
          group.addTask {
            for n in 1...20 { try await index.apply(sequence: n, entries: [entry(n, patient: 1, at: n)]) }
          }
        }
        while try await group.next() != nil {}
      }
      #expect(try await indexes[0].position() == 20)
      #expect(try await indexes[1].chart(of: key(1)).count == 20)
    },
    Case("a cleared index starts again at the first record") { open in
      let index = try open()
      try await index.apply(sequence: 1, entries: [entry(1, patient: 1, at: 1)])
      try await open().clear()
      #expect(try await index.position() == 0)
      #expect(try await index.chart(of: key(1)) == [])
      try await index.apply(sequence: 1, entries: [entry(1, patient: 1, at: 1)])
    },
  ]
}
