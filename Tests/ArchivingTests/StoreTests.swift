import Formats
import Model
import System
import Testing

@testable import Archiving

/// I1, I2, I5: what Archiving promises about a batch's objects.
@Suite struct StoreTests {
  let scratch: Scratch
  let archive: Archive

  init() throws {
    scratch = Scratch()
    archive = try scratch.archive()
  }

  @Test func `an empty archive is accepted by an outside validator`() throws {
    try OutsideValidator.expectValid(archive.root, objects: 0)
    #expect(try archive.verify(expected: .init(), report: { Issue.record("\($0)") }).errors == 0)
  }

  @Test func `a stored batch is accepted by an outside validator without a warning`() throws {
    let report = try SampleBatch.mixed.store(in: archive)
    #expect(report.objects.count == 4 && report.adopted.isEmpty && report.setAside == report.objects.last)
    try OutsideValidator.expectValid(archive.root, objects: 4)
    #expect(try Files.list(archive.staging).isEmpty)
  }

  @Test func `a file that is exactly one document is kept byte for byte`() throws {
    let batch = SampleBatch.mixed
    try batch.store(in: archive)
    let document = try batch.plan().manifest.documents[2]
    let (path, frame) = try #require(try archive.pageFile(document.id, page: 8))
    #expect(try read(path) == batch.files[1].bytes)
    #expect(frame == 1 && path.description.hasSuffix("/v1/content/0001.tif"))
    #expect(
      try archive.document(document.id).sources == [
        .init(index: 1, source: try batch.plan().manifest.sources[1], file: "0001.tif")
      ])
  }

  @Test func `a divided file's pages are copied in the document's order, inner blanks at their place of arrival`()
    throws
  {
    let batch = SampleBatch(
      files: [("a.tif", tinyTIFF([1, 2, 0, 3, 9]))], goes: [.filed(1), .filed(1), .blank(1), .filed(1), .separator],
      order: [1: [4, 2, 1]])
    try batch.store(in: archive)
    let record = try archive.document(try batch.plan().manifest.documents[0].id)
    #expect(record.pages.map(\.entry.page) == [4, 2, 3, 1])
    #expect(record.pages.map(\.frame) == [0, 1, 2, 3])
    #expect(record.pages.allSatisfy { $0.file == "0001.tif" })
    let (path, _) = try #require(try archive.pageFile(record.document.id, page: 4))
    let copy = try FileSource(Descriptor.openRegular(path))
    let frames = try walkStructure(of: copy).frames
    let digests = try frames.map { try pageDigest(of: copy, format: .tiff, frame: $0) }
    #expect(digests == record.pages.map(\.entry.sha256))
  }

  @Test func `separators, loose blanks and the sidecar are kept with their batch`() throws {
    let batch = SampleBatch.mixed
    try batch.store(in: archive)
    let record = try #require(try archive.setAside(of: batch.batch))
    #expect(record.pages.map(\.entry.page) == [1, 6] && record.sidecar?.file == "sidecar.json")
    let folder = archive.objectFolder(record.id).appending("v1/content")
    #expect(try read(folder.appending("sidecar.json")) == batch.sidecar)
  }

  @Test func `a batch of duplicates adds nothing`() throws {
    let batch = SampleBatch(
      files: [("a.tif", tinyTIFF([1, 2]))], goes: [.duplicate, .duplicate], sidecar: Array("{}".utf8))
    let report = try batch.store(in: archive)
    #expect(report.objects.isEmpty)
    try OutsideValidator.expectValid(archive.root, objects: 0)
  }

  @Test func `a page that cannot be copied brings its whole source, which no chart's object ever holds`() throws {
    // The last link of the chain leads outside the file: one more page stands for the rest.
    var bytes = tinyTIFF([1, 2])
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0, 0x7F])
    var batch = SampleBatch(
      files: [("a.tif", bytes)], goes: [.filed(1), .exception(2), .exception(3)], wholeSources: [0])
    try batch.store(in: archive)
    let documents = try batch.plan().manifest.documents
    let whole = try #require(try archive.pageFile(documents[2].id, page: 3))
    #expect(try read(whole.path) == bytes && whole.frame == 2)
    #expect(try archive.document(documents[2].id).sources.first?.file == "0001.tif")
    // The filed page and the exception that could be divided hold their page alone.
    for document in documents.prefix(2) {
      let place = try #require(try archive.pageFile(document.id, page: document.pages[0]))
      #expect(try walkStructure(of: FileSource(Descriptor.openRegular(place.path))).frames.count == 1)
    }
    try OutsideValidator.expectValid(archive.root, objects: 3)
    batch.goes = [.exception(1), .exception(1), .filed(2)]
    #expect(throws: ArchiveError.self) { try batch.store(in: archive) }
  }

  @Test func `an undividable source that no exception keeps goes to the set-aside object`() throws {
    let batch = SampleBatch(
      files: [("a.tif", tinyTIFF([1, 2]))], goes: [.filed(1), .separator], wholeSources: [0])
    try batch.store(in: archive)
    let record = try #require(try archive.setAside(of: batch.batch))
    #expect(record.sources.first?.file == "0002.tif")
    var expected = ExpectedArchive()
    try expected.add(try batch.plan().manifest)
    _ = try archive.verify(expected: expected) { Issue.record("\($0)") }
  }

  @Test func `a file that is no image is kept as it came`() throws {
    let batch = SampleBatch(files: [("a.tif", Array("%PDF-1.4 and so on".utf8))], goes: [.exception(1)])
    try batch.store(in: archive)
    let place = try #require(try archive.pageFile(try batch.plan().manifest.documents[0].id, page: 1))
    #expect(place.path.description.hasSuffix("0001.bin"))
    #expect(try read(place.path) == batch.files[0].bytes)
  }

  @Test func `pages of several files keep their document's order`() throws {
    let batch = SampleBatch(
      files: [("1.tif", tinyTIFF([1])), ("2.tif", tinyTIFF([2, 3])), ("3.tif", tinyTIFF([4]))],
      goes: [.filed(1), .filed(1), .separator, .filed(1)])
    try batch.store(in: archive)
    let pages = try archive.document(try batch.plan().manifest.documents[0].id).pages
    #expect(pages.map(\.file) == ["0001.tif", "0002.tif", "0003.tif"] && pages.map(\.frame) == [0, 0, 0])
  }

  @Test func `a source that changed since the plan is refused and nothing is published`() throws {
    let batch = SampleBatch.mixed
    var sources = batch.sources
    var bytes = batch.files[1].bytes
    bytes[8] ^= 1
    sources[1] = MemorySource(bytes)
    #expect(throws: ArchiveError.self) {
      try archive.store(plan: batch.plan(), sources: sources, sidecar: batch.sidecar)
    }
    try OutsideValidator.expectValid(archive.root, objects: 0)
  }

  @Test func `a copied page that is not the plan's page is refused`() throws {
    let batch = SampleBatch.mixed
    var plan = try batch.plan()
    plan.manifest.pages[1].sha256 = .zero
    #expect(throws: ArchiveError.self) { try archive.store(plan: plan, sources: batch.sources, sidecar: batch.sidecar) }
    #expect(try !archive.contains(plan.manifest.documents[0].id))
  }
}
