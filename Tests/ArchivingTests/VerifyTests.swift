import Formats
import Model
import System
import Testing

@testable import Archiving

@Suite struct VerifyTests {
  let scratch: Scratch
  let archive: Archive
  var expected = ExpectedArchive()

  init() throws {
    scratch = Scratch()
    archive = try scratch.archive()
    try SampleBatch.mixed.store(in: archive)
    try archive.storeRecord(.configuration, bytes: Array("{}".utf8), at: Timestamp("2026-11-22T01:00:00.000000Z")!)
    let correction = VersionTests.correction()
    let after = try archive.addVersion(
      to: correction.document.id, document: correction.document, correction: correction.note)
    try expected.add(try SampleBatch.mixed.plan().manifest)
    let change = Correction.Change(before: correction.document, after: correction.document, version: after)
    try expected.add(
      Correction(
        correction: correction.note.correction, correctedAt: correction.note.correctedAt,
        batch: SampleBatch.mixed.batch,
        operator: "Ann", reason: "", documents: [change]))
  }

  private func findings() throws -> [ArchiveFinding] {
    var found: [ArchiveFinding] = []
    _ = try archive.verify(expected: expected) { found.append($0) }
    return found
  }

  @Test func `a sound archive has no findings`() throws {
    #expect(try findings().isEmpty)
  }

  @Test func `one flipped bit in any file is found and the file named`() throws {
    for file in try filesBelow(archive.path) {
      let path = archive.path.appending(file)
      let bytes = try read(path)
      for at in Set([bytes.count / 3, bytes.count - 1]) {
        var flipped = bytes
        flipped[at] ^= 1 << UInt8(at % 8)
        try replace(path, flipped)
        let found = try findings()
        #expect(found.contains { $0.where == file && $0.severity == .error }, "\(file) byte \(at): \(found)")
        #expect(Set(found.map(\.where)) == [file], "only the damaged file is accused: \(file) byte \(at): \(found)")
      }
      try replace(path, bytes)
    }
    #expect(try findings().isEmpty)
  }

  @Test func `a file that is missing is named`() throws {
    for file in try filesBelow(archive.path) {
      let bytes = try read(archive.path.appending(file))
      try Files.remove(archive.path.appending(file))
      #expect(try findings().contains { $0.where == file && $0.kind == .missing }, "\(file)")
      try Files.write(archive.path.appending(file), bytes)
    }
  }

  @Test func `an object that is missing is named`() throws {
    let id = try SampleBatch.mixed.plan().manifest.documents[0].id
    try Files.removeTree(archive.objectFolder(id))
    #expect(try findings().contains { $0.kind == .missing && $0.where == "root/" + ocflObjectPath(of: id) })
  }

  @Test func `what nothing names is named`() throws {
    let object = ocflObjectPath(of: try SampleBatch.mixed.plan().manifest.documents[0].id)
    for place in [
      "x", "root/x", "root/extensions/x", "root/\(object)/x", "root/\(object)/v1/x", "root/\(object)/v1/content/x",
      "root/00x",
    ] {
      try Files.write(archive.path.appending(place), [1])
      #expect(try findings().map(\.where) == [place])
      try Files.remove(archive.path.appending(place))
      try Files.makeFolder(archive.path.appending(place))
      #expect(try findings().map(\.where) == [place])
      try Files.removeFolder(archive.path.appending(place))
    }
  }

  @Test func `the newest import in force is told, also again, and a stranger among them is named`() throws {
    #expect(try archive.tellsImports && archive.importInForce() == nil)
    let moments = [1, 3, 2].map { Timestamp(microseconds: 1_790_000_000_000_000 + $0) }
    for moment in moments { try archive.tellImport(at: moment) }
    try archive.tellImport(at: moments[1])
    #expect(try archive.importInForce() == moments[1])
    #expect(try archive.newestImport() == nil, "no file was stored")
    try archive.storeRecord(.patients, bytes: Array("mrn\n".utf8), at: moments[0])
    try archive.storeRecord(.patients, bytes: Array("mrn\n".utf8), at: moments[2])
    #expect(try archive.newestImport() == moments[2])
    #expect(try findings().isEmpty)
    try Files.write(archive.path.appending("imports/x"), [])
    #expect(try findings().map(\.where) == ["imports/x"])
    try Files.remove(archive.path.appending("imports/x"))
    try archive.retellImport(at: moments[2])
    #expect(try archive.importInForce() == moments[2])
    try archive.retellImport(at: nil)
    #expect(try archive.importInForce() == nil)
  }

  @Test func `an object of no manifest is a warning, one in the wrong place an error`() throws {
    var stranger = SampleBatch(files: [("z.tif", tinyTIFF([7]))], goes: [.filed(1)])
    stranger.batch = BatchID("ffffffff-0000-4000-8000-000000000009")!
    let id = try #require(try stranger.store(in: archive).objects.first)
    #expect(try findings().map(\.severity) == [.warning])
    _ = try Files.makeFolders(["00", "00"], below: archive.root)
    try Files.rename(archive.objectFolder(id), to: archive.root.appending("00/00").appending("urn%3auuid%3a\(id.uuid)"))
    #expect(try findings().contains { $0.kind == .misplaced })
    // Its own tuple folders are empty now.
    #expect(try findings().contains { $0.kind == .leftover })
  }

  @Test func `a page that is another page is found though every digest of OCFL fits`() throws {
    let other = scratch.path.appending("other")
    try Files.makeFolder(other)
    let second = try Archive.create(at: other, uuid: "22222222-2222-4333-8444-555555555555")
    var plan = try SampleBatch.mixed.plan()
    plan.manifest.sources[1].sha256 = sha256(tinyTIFF([0x55, 0xAB]))
    var sources = SampleBatch.mixed.sources
    sources[1] = MemorySource(tinyTIFF([0x55, 0xAB]))
    _ = try second.store(plan: plan, sources: sources, sidecar: SampleBatch.mixed.sidecar)
    var found: [ArchiveFinding] = []
    _ = try second.verify(expected: nil) { found.append($0) }
    #expect(found.map(\.kind) == [.contradiction] && found[0].where.hasSuffix("/v1/content/0001.tif"))
  }
}

extension VersionTests {
  /// A correction of the mixed batch's second document, for other suites.
  static func correction() -> (document: Manifest.Document, note: DocumentRecord.CorrectionNote) {
    let document = try! SampleBatch.mixed.plan().manifest.documents[1]
    var corrected = document
    corrected.notes = ["looked at"]
    return (
      corrected,
      .init(
        correction: BatchID("eeeeeeee-0000-4000-8000-000000000005")!, operator: "Ann", reason: "looked at",
        correctedAt: Timestamp("2026-11-23T06:00:00.000000Z")!)
    )
  }
}
