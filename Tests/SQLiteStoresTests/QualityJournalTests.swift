import Journaling
import Model
import Testing

@testable import SQLiteStores

/// What quality control keeps.
@Suite struct QualityJournalTests {
  let folder = TemporaryFolder()

  @Test func `a stratum is judged by the verdicts that were given by then, newest first`() async throws {
    let journal = try SQLiteJournal(path: folder.file("journal.sqlite"), create: true)
    let stratum = QualitySample.Stratum(station: EscapedText("front-desk"), operator: "", type: "LAB")
    let drawn = (1...4).map { number in
      QualitySample(
        document: Example.document(number), batch: Example.batch(number), stratum: stratum,
        drawnAt: Example.time(number), rate: 1)
    }
    try await journal.draw(drawn, decided: [], sequence: 1)
    let verdicts: [QualitySample.Verdict] = [.confirmed, .wrong, .confirmed]
    let decided = zip(drawn, verdicts).enumerated().map { place, pair in
      var sample = pair.0
      sample.verdict = pair.1
      sample.decidedAt = Example.time(100 + place)
      return sample
    }
    try await journal.draw([], decided: decided, sequence: 2)
    func given(by second: Int, limit: Int = 50) async throws -> [QualitySample.Verdict] {
      try await journal.verdicts(on: stratum, until: Example.time(second), limit: limit).map(\.verdict)
    }
    #expect(try await given(by: 99) == [])
    #expect(try await given(by: 101) == [.wrong, .confirmed])
    #expect(try await given(by: 500) == [.confirmed, .wrong, .confirmed])
    #expect(try await given(by: 500, limit: 2) == [.confirmed, .wrong])
  }
}
