import Formats
import Model
import System
import Testing

@testable import Archiving

@Suite struct VersionTests {
  let scratch: Scratch
  let archive: Archive
  let old: Manifest.Document
  var new: Manifest.Document
  let note = DocumentRecord.CorrectionNote(
    correction: BatchID("eeeeeeee-0000-4000-8000-000000000005")!, operator: "system", reason: "patient revision 7",
    correctedAt: Timestamp("2026-11-23T06:00:00.000000Z")!)

  init() throws {
    scratch = Scratch()
    archive = try scratch.archive()
    try SampleBatch.mixed.store(in: archive)
    old = try SampleBatch.mixed.plan().manifest.documents[1]
    let decision = DocumentDecision(status: .filed, patient: .init(authority: "GENHOSP", mrn: "12345674"), type: "HP")
    new = Manifest.Document(
      id: old.id, decision: decision, pages: old.pages, blanks: old.blanks, object: old.object, notes: [])
  }

  private func correct() throws -> String {
    try archive.addVersion(to: old.id, document: new, correction: note, patientBy: [5: .person])
  }

  @Test func `a correction is a new version that keeps every page file`() throws {
    let before = try #require(try archive.pageFile(old.id, page: 5))
    #expect(try correct() == "v2")
    let record = try archive.document(old.id)
    #expect(record.document == new && record.correction == note)
    #expect(record.pages[0].entry.disposition == .filed && record.pages[0].entry.patientBy == .person)
    #expect(try #require(try archive.pageFile(old.id, page: 5)).path == before.path)
    try OutsideValidator.expectValid(archive.root, objects: 4)
  }

  @Test func `the same correction again is adopted, the next one is a third version`() throws {
    #expect(try correct() == "v2")
    #expect(try correct() == "v2")
    var next = note
    next.correction = BatchID("eeeeeeee-0000-4000-8000-000000000006")!
    next.operator = "Ann"
    #expect(try archive.addVersion(to: old.id, document: old, correction: next) == "v3")
    try OutsideValidator.expectValid(archive.root, objects: 4)
    var expected = ExpectedArchive()
    try expected.add(try SampleBatch.mixed.plan().manifest)
    _ = try archive.verify(expected: expected) { Issue.record("\($0)") }
  }

  @Test func `verify holds a document against its last correction`() throws {
    _ = try correct()
    var expected = ExpectedArchive()
    try expected.add(try SampleBatch.mixed.plan().manifest)
    var found: [ArchiveFinding] = []
    _ = try archive.verify(expected: expected) { found.append($0) }
    #expect(found.map(\.kind) == [.contradiction])
    try expected.add(
      Correction(
        correction: note.correction, correctedAt: note.correctedAt, batch: SampleBatch.mixed.batch, operator: "system",
        reason: "",
        documents: [.init(before: old, after: new, version: "v2")]))
    _ = try archive.verify(expected: expected) { Issue.record("\($0)") }
  }

  @Test(arguments: [0, 1, 2])
  func `a crash between the renames of a version is repaired at the next start`(renamesDone: Int) throws {
    let folder = archive.objectFolder(old.id)
    let inventory = try read(folder.appending("inventory.json"))
    let sidecar = try read(folder.appending("inventory.json.sha512"))
    _ = try correct()
    // As the crash left it: the version folder is in place; 0, 1 or 2 of the root's files are new.
    if renamesDone < 1 { try replace(folder.appending("inventory.json"), inventory) }
    if renamesDone < 2 { try replace(folder.appending("inventory.json.sha512"), sidecar) }
    let left = archive.staging.appending(note.correction.description)
    try Files.makeFolder(left)
    try Files.makeFolder(left.appending(old.id.uuid))
    _ = try archive.removeStaleStaging()
    try OutsideValidator.expectValid(archive.root, objects: 4)
    #expect(try correct() == "v2")
    #expect(try archive.document(old.id).document == new)
  }

  @Test func `damage is never repaired away`() throws {
    _ = try correct()
    let path = archive.objectFolder(old.id).appending("inventory.json")
    var bytes = try read(path)
    bytes[40] ^= 1
    try replace(path, bytes)
    #expect(throws: ArchiveError.self) { try correct() }
    #expect(try read(path) == bytes)
  }

  @Test func `a correction that names other pages is refused`() throws {
    var wrong = new
    wrong.pages = [1]
    #expect(throws: ArchiveError.self) { try archive.addVersion(to: old.id, document: wrong, correction: note) }
  }
}
