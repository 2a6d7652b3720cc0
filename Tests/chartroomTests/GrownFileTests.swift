import Foundation
import Testing
import TestSupport

/// Writers that go on after their file was taken (DESIGN §4.6): nothing is lost, nothing fails for ever.
@Suite(.serialized) struct GrownFileTests {
  /// Two pages of one document.
  private let letter = "archive/front-desk/good-merged-mrn.tif"
  /// Eleven pages: after the first three comes a separator.
  private let mail = "archive/good-morning-mail.tif"

  /// A site whose one batch stopped between plan and archive.
  private func planned(_ data: Data, _ fixture: String) throws -> (site: SampleSite, blocked: String) {
    // Ids come from content: another site tells where its first object goes.
    let other = try SampleSite()
    try data.write(to: URL(fileURLWithPath: other.drop + "/front-desk/a.tif"))
    try other.importPatients()
    #expect(try other.program.run("run").status == 0)
    let object = try #require(try other.manifests()[0].documents[0]["object"] as? String)
    let site = try SampleSite()
    try site.importPatients()
    let blocked = "archive/root/" + object.prefix(2)
    // Patient files may share the first folder: then the second is ours.
    let path =
      try site.names(in: "archive/root").contains(String(object.prefix(2)))
      ? "archive/root/" + object.prefix(5) : blocked
    try site.block(path)
    try data.write(to: URL(fileURLWithPath: site.drop + "/front-desk/a.tif"))
    #expect(try site.program.run("run").status == 1)
    #expect(try site.manifests().isEmpty)
    return (site, path)
  }

  /// A site whose one batch stopped between manifest and retirement.
  private func attested(_ station: String, _ files: [String: Data]) throws -> (site: SampleSite, blocked: String) {
    let site = try SampleSite()
    try site.importPatients()
    let year = "originals/\(Calendar(identifier: .iso8601).component(.year, from: Date()))"
    try site.block(year)
    for (name, data) in files { try data.write(to: URL(fileURLWithPath: "\(site.drop)/\(station)/\(name)")) }
    #expect(try site.program.run("run").status == 1)
    #expect(try site.manifests().count == 1)
    return (site, year)
  }

  private func finish(_ site: SampleSite, _ blocked: String) throws {
    try site.unblock(blocked)
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result.errors)")
    #expect(try site.names(in: "claimed") == [])
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  private func append(_ data: Data, to path: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: data)
    try file.close()
  }

  @Test func `I5: a file that grew before it was archived is archived as decided, and goes on as a batch of its own`()
    throws
  {
    let (site, blocked) = try planned(fixture(letter), letter)
    try append(Data("more".utf8), to: site.claimed("source-000000"))
    try finish(site, blocked)
    let manifests = try site.manifests()
    #expect(manifests.map { $0.counts["filed"] } == [2, 0])
    #expect(manifests.map { $0.counts["duplicate"] } == [0, 2])
    #expect(manifests[1]["duplicateOf"] as? String == manifests[0]["batch"] as? String)
  }

  @Test func `a file that was rewritten before any of it was archived is examined anew`() throws {
    let whole = try fixture(letter)
    let (site, blocked) = try planned(firstFrames(1, of: whole), letter)
    try whole.write(to: URL(fileURLWithPath: site.claimed("source-000000")))
    try finish(site, blocked)
    let manifests = try site.manifests()
    #expect(manifests.count == 1)
    #expect(manifests[0].counts["pages"] == 2 && manifests[0].counts["filed"] == 2)
  }

  @Test func `pages that came after the manifest are filed by a batch that names the first`() throws {
    let whole = try fixture(mail)
    let (site, blocked) = try attested("front-desk", ["mail.tif": firstFrames(3, of: whole)])
    try whole.write(to: URL(fileURLWithPath: site.claimed("source-000000")))
    try finish(site, blocked)
    let manifests = try site.manifests()
    #expect(manifests.map { $0.counts["pages"] } == [3, 11])
    #expect(manifests.map { $0.counts["filed"] } == [2, 5])
    #expect(manifests[1].counts["duplicate"] == 3)
    #expect(manifests[1]["duplicateOf"] as? String == manifests[0]["batch"] as? String)
  }

  @Test func `pages that changed after the manifest are a conflict that a person decides`() throws {
    let (site, blocked) = try attested("front-desk", ["a.tif": fixture(letter)])
    try fixture("archive/front-desk/good-with-notes.tif").write(
      to: URL(fileURLWithPath: site.claimed("source-000000")))
    try finish(site, blocked)
    let second = try #require(try site.manifests().last)
    #expect(second.counts["exception"] == second.counts["pages"])
    #expect(second.documents.allSatisfy { ($0["reasons"] as? [String])?.contains("duplicate-conflict") == true })
  }

  @Test func `the sidecar of a file that grew speaks for the grown file too`() throws {
    let whole = try fixture("archive/hand-scanner/good-sidecar.tif")
    let sidecar = Data(
      """
      {"schema": "chartroom.sidecar/1", "labels": [{"page": 1, "symbology": "code128", "text": "MRN10000156"},
      {"page": 1, "symbology": "code128", "text": "DOCREFERRAL"}]}
      """.utf8)
    let (site, blocked) = try attested("hand-scanner", ["a.tif": firstFrames(1, of: whole), "a.json": sidecar])
    try whole.write(to: URL(fileURLWithPath: site.claimed("source-000000")))
    try finish(site, blocked)
    let manifests = try site.manifests()
    let sidecars = manifests.map { ($0["sidecar"] as? [String: Any])?["sha256"] as? String }
    #expect(sidecars[0] != nil && sidecars[0] == sidecars[1])
    #expect(manifests[1].counts["duplicate"] == 1)
    let kept = FileManager.default.enumerator(atPath: site.path + "/var/originals")?.compactMap { $0 as? String } ?? []
    #expect(kept.count { $0.hasSuffix("/sidecar") } == 2)
  }
}

/// A little-endian TIFF that ends after `count` frames: what its writer had written so far. As long as the whole.
func firstFrames(_ count: Int, of tiff: Data) -> Data {
  func number(_ at: Int, _ bytes: Int) -> Int { (0..<bytes).reduce(0) { $0 | Int(tiff[at + $1]) << (8 * $1) } }
  var directory = number(4, 4)
  var link = 0
  for _ in 0..<count {
    link = directory + 2 + 12 * number(directory, 2)
    directory = number(link, 4)
  }
  var cut = tiff
  cut.replaceSubrange(link..<link + 4, with: [0, 0, 0, 0])
  return cut
}
