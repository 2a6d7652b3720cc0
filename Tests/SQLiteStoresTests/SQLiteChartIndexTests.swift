import Journaling
import Model
import Testing

@testable import SQLiteStores

@Suite struct SQLiteChartIndexTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("index.sqlite") }

  @Test(arguments: ChartIndexConformance.all)
  func `the embedded index is an index of charts`(_ sentence: ChartIndexConformance.Case) async throws {
    let path = path
    try await sentence.run { try SQLiteChartIndex(path: path, create: true) }
  }

  @Test func `a missing index is made when asked for, in a folder that exists`() throws {
    #expect(throws: JournalError.self) { try SQLiteChartIndex(path: path, create: false) }
    #expect(folder.mode(of: "index.sqlite") == nil)
    _ = try SQLiteChartIndex(path: path, create: true)
    #expect(folder.mode(of: "index.sqlite") == 0o600)
    #expect(throws: JournalError.self) { try SQLiteChartIndex(path: folder.file("none/index.sqlite"), create: true) }
  }

  @Test func `a damaged index is made anew when it is opened`() async throws {
    let index = try SQLiteChartIndex(path: path, create: true)
    try await index.apply(sequence: 1, entries: [])
    try index.close()
    folder.write([UInt8](repeating: 0x5A, count: 200), to: "index.sqlite")
    #expect(try await SQLiteChartIndex(path: path, create: false).position() == 0)
  }

  @Test func `a page that is damaged while it is open makes the index anew, with an error and not with an empty chart`()
    async throws
  {
    let index = try SQLiteChartIndex(path: path, create: true)
    let key = PatientKey(authority: "GENHOSP", mrn: "1")
    for n in 1...200 {
      let entry = ChartEntry(
        document: Example.documentOf(1), receivedAt: Example.time(n), station: EscapedText("x"), batch: Example.batch(n)
      )
      var other = entry
      other.document.id = Example.document(n)
      try await index.apply(sequence: n, entries: [other])
    }
    try index.close()
    let open = try SQLiteChartIndex(path: path, create: false)
    // Pages after the schema's; the first page stays.
    folder.write([UInt8](repeating: 0x5A, count: 12 * 4096), to: "index.sqlite", at: 4096)
    await #expect(throws: JournalError.self) { _ = try await open.chart(of: key) }
    #expect(try await open.position() == 0)
    #expect(try await open.chart(of: key) == [])
  }

  @Test func `a journal where the index should be is not touched`() throws {
    let journal = try SQLiteJournal(path: path, create: true)
    try journal.file.close()
    #expect(throws: JournalError.self) { try SQLiteChartIndex(path: path, create: true) }
    _ = try SQLiteJournal(path: path, create: false)
  }
}
