import Foundation
import Glibc
import System
import TestSupport
import Testing

/// Files made to break whoever opens them. All of them lie in one folder beside good ones; one run takes them all.
@Suite(.serialized) struct HostileFileTests {
  private func site() throws -> SampleSite {
    let site = try SampleSite { object in
      var claiming = object["claiming"] as! [String: Any]
      claiming["incompleteMinutes"] = 0
      object["claiming"] = claiming
      // Half a gigabyte: what is refused must be refused before it is tried.
      object["limits"] = ["workerBytesMax": 512 << 20, "pageSecondsMax": 120]
    }
    try site.importPatients()
    return site
  }

  private func file(_ files: Files) throws {
    let site = try site()
    for file in files { try Data(file.bytes).write(to: URL(fileURLWithPath: "\(site.drop)/front-desk/\(file.name)")) }
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk", as: "z-good.tif")
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result.errors)")
    let manifests = try site.manifests()
    for file in files {
      let manifest = try #require(
        manifests.first { ($0["sources"] as! [[String: Any]])[0]["name"] as? String == file.name })
      expect(file.expected, of: file.name, manifest)
    }
    let good = try #require(
      manifests.first { ($0["sources"] as! [[String: Any]])[0]["name"] as? String == "z-good.tif" })
    #expect(good.counts["filed"] == 2, "the file beside them is filed (I8)")
    #expect(try site.names(in: "drop/front-desk") == [])
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)")
  }

  private func expect(_ expected: Expected, of name: String, _ manifest: [String: Any]) {
    let frames = (manifest["sources"] as! [[String: Any]])[0]["frames"] as? Int
    #expect(frames == expected.frames, "\(name)")
    #expect(manifest.counts["pages"] == expected.pages, "\(name)")
    #expect(manifest.counts["filed"] == 0, "\(name)")
    let reasons = Set(manifest.documents.flatMap { $0["reasons"] as? [String] ?? [] })
    if expected.reasons.contains("") {
      #expect(reasons.isSubset(of: expected.reasons), "\(name): \(reasons)")
    } else if expected.reasons.isEmpty {
      // Whatever it shows, it could be read: an ordinary page without a label, or a blank one.
      #expect(reasons.isSubset(of: ["no-label", "no-type"]), "\(name): \(reasons)")
    } else {
      #expect(!reasons.isDisjoint(with: expected.reasons), "\(name): \(reasons)")
    }
    let evidence = manifest.documents.flatMap { $0["evidence"] as? [[String: Any]] ?? [] }
    for finding in evidence {
      let detail = finding["detail"] as? String ?? ""
      #expect(!detail.contains("died") && !detail.contains("longer than"), "\(name): \(detail)")
    }
  }

  @Test func `giant dimensions are refused before any memory is taken`() throws { try file(Self.giants()) }
  @Test func `a bomb is refused by what its header says, and never set off`() throws { try file(Self.bombs()) }
  @Test func `a chain that loops or breaks keeps its pages, and its rest is a hole, not the end`() throws {
    try file(Self.chains())
  }
  @Test func `a file is what its bytes say, and what is none is for a person`() throws {
    try file(Self.impostors())
  }
  @Test func `tags that lie cost their page`() throws { try file(Self.lyingTags()) }
  @Test func `chunks that swell cost nothing`() throws { try file(Self.chunks()) }

  @Test(.enabled(if: WorkerLimits.limitsMemory, "under a sanitizer no address space is limited"))
  func `a page that takes more memory than a worker may have is a hole, and the file beside it is filed (I8, I9)`()
    throws
  {
    let site = try SampleSite { $0["limits"] = ["workerBytesMax": 256 << 20] }
    try site.importPatients()
    let large = RawTIFF.onePage(width: 9000, height: 9000, strip: RawPNG.zeros(81_000_000)) {
      $0.set(258, 3, [8])
      $0.set(259, 3, [8])
      $0.set(262, 3, [1])
    }
    try Data(large).write(to: URL(fileURLWithPath: site.drop + "/front-desk/large.tif"))
    try site.drop("archive/front-desk/good-encounter-alone.tif", into: "front-desk", as: "good.tif")
    let result = try site.program.run("run")
    #expect(result.status == 3, "\(result)")
    let manifests = try site.manifests()
    #expect(manifests.compactMap { $0.counts["filed"] }.sorted() == [0, 1])
    let reasons = manifests.flatMap(\.documents).flatMap { $0["reasons"] as? [String] ?? [] }
    #expect(reasons == ["undecodable"])
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `a scanner that appends page after page is waited for until it lets go of its file`() throws {
    let site = try site()
    let watch = try site.program.start(["watch"])
    let handle = open(site.drop + "/front-desk/growing.tif", O_CREAT | O_RDWR, 0o600)
    #expect(handle >= 0)
    var file = RawTIFF()
    let strip = file.append(RawTIFF.whiteRows(64))
    for _ in 0..<5 {
      // Each time a whole file, and each pause longer than `settleSeconds`.
      file.page(RawTIFF.whitePage(width: 64, height: 64, strip: strip, stripBytes: 8))
      _ = file.bytes.withUnsafeBytes { pwrite(handle, $0.baseAddress, $0.count, 0) }
      usleep(700_000)
      #expect(try site.names(in: "drop/front-desk") == ["growing.tif"])
    }
    close(handle)
    for _ in 0..<200 where try site.manifests().isEmpty { usleep(100_000) }
    kill(watch.process.processIdentifier, SIGTERM)
    #expect(watch.wait().status == 0)
    #expect(try site.manifests().map { $0.counts["pages"] } == [5])
  }

  @Test(arguments: [
    "archive/good-morning-mail.tif", "archive/front-desk/good-merged-mrn.tif", "archive/front-desk/good-gray-form.png",
  ])
  func `a file cut at any sixteenth ends in pages that are there and a hole, and files nothing by guess`(
    _ fixture: String
  ) throws {
    let whole = try TestFiles.whole(fixture)
    let frames = try #require(try TestFiles.frames(of: whole))
    let site = try site()
    for part in 1..<16 {
      try whole.prefix(whole.count * part / 16).write(
        to: URL(fileURLWithPath: "\(site.drop)/front-desk/cut-\(part).\((fixture as NSString).pathExtension)"))
    }
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result.errors)")
    let manifests = try site.manifests()
    #expect(manifests.count == 15)
    for manifest in manifests {
      let source = (manifest["sources"] as! [[String: Any]])[0]
      let pages = manifest.counts["pages"] ?? 0
      #expect(pages >= 1 && pages <= frames, "\(source)")
      #expect(manifest.counts["exception"]! >= 1, "\(source): what is cut is never whole")
      // Whatever is filed is in the chart that the whole file says.
      for document in manifest.documents where document["status"] as? String == "filed" {
        #expect(try TestFiles.patients(of: fixture).contains(document["mrn"] as! String), "\(source)")
      }
    }
    #expect(try site.program.run("verify").status == 0)
  }
}

private enum TestFiles {
  static func whole(_ path: String) throws -> Data { try fixture(path) }

  /// Directories in the chain of a little-endian TIFF; 1 for a PNG.
  static func frames(of tiff: Data) throws -> Int? {
    if tiff.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return 1 }
    func number(_ at: Int, _ bytes: Int) -> Int { (0..<bytes).reduce(0) { $0 | Int(tiff[at + $1]) << (8 * $1) } }
    guard tiff.starts(with: [0x49, 0x49]) else { return nil }
    var (count, offset) = (0, number(4, 4))
    while offset != 0 {
      count += 1
      offset = number(offset + 2 + 12 * number(offset, 2), 4)
    }
    return count
  }

  /// MRNs of the documents that `fixtures/expected.json` names for a file.
  static func patients(of path: String) throws -> Set<String> {
    struct Expected: Decodable { var batches: [FixtureTests.Expected.Batch] }
    let name = (path as NSString).lastPathComponent
    let batches = try JSONDecoder().decode(Expected.self, from: fixture("expected.json")).batches
    return Set(batches.filter { $0.sources.contains(name) }.flatMap { $0.documents.compactMap(\.mrn) })
  }
}
