import Foundation
import Testing
import TestSupport

/// The fixture archive filed by the built program, held against what the page generator says that it drew.
@Suite(.serialized) struct FixtureTests {
  struct Expected: Decodable {
    struct Document: Decodable {
      var status: String
      var authority: String?
      var mrn: String?
      var encounter: String?
      var type: String?
      var reasons: [String]?
      var waiting: Bool?
      var pages: [Int]
      var blanks: [Int]
      var notes: [String]?
    }
    struct Batch: Decodable {
      var tree: String
      var station: String
      var sources: [String]
      var pages: [String]
      var documents: [Document]
      var holes: [Int]?
      var duplicateOf: String?
    }
    var batches: [Batch]
  }

  private static func expected() throws -> [Expected.Batch] {
    let data = try Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixtures + "/expected.json"))
    return try JSONDecoder().decode(Expected.self, from: data).batches
  }

  @Test func `every fixture page ends where its generator says, and nothing is lost when index and journal are`() throws
  {
    let site = try SampleSite()
    try site.importPatients()
    try site.dropTree("archive")
    #expect(try site.program.run("run").status == 3)
    try site.dropTree("archive-second")
    #expect(try site.program.run("run").status == 3)
    try compare(Self.expected(), try site.manifests())
    #expect(try left(in: site.drop) == [])
    let verified = try site.program.run("verify", "--json")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    try expectValidArchive(site)

    // RULES *Twice*: the same bytes dropped once more add batches and manifests, and no object, conflict or not.
    let objects = try objectCount(site)
    try site.dropTree("archive")
    try site.dropTree("archive-second")
    #expect(try site.program.run("run").status == 0)
    #expect(try objectCount(site) == objects)

    let before = try charts(site)
    #expect(before.contains("\"mrn\""))
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: site.path + "/var/index.sqlite" + suffix)
    }
    #expect(try charts(site) == before)
    for name in ["index", "journal"] {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: site.path + "/var/\(name).sqlite" + suffix)
      }
    }
    #expect(try site.program.run("status").status == 78)
    #expect(try site.program.run("rebuild").status == 0)
    #expect(try charts(site) == before)
    #expect(try site.program.run("verify").status == 0)

    // I2: all that was dropped stands in the archive, so the originals may go, and nothing else changes.
    #expect(try !left(in: site.path + "/var/originals").isEmpty)
    try site.keepOriginals(days: 0)
    let last = try site.program.run("run")
    #expect(last.status == 0, "\(last.errors)")
    #expect(try left(in: site.path + "/var/originals") == [])
    #expect(try charts(site) == before)
    #expect(try site.program.run("verify").status == 0)
  }

  private func objectCount(_ site: SampleSite) throws -> Int {
    let names = FileManager.default.enumerator(atPath: site.path + "/var/archive/root")?.compactMap { $0 as? String }
    return (names ?? []).count { $0.hasSuffix("/0=ocfl_object_1.1") }
  }

  // MARK: Comparing

  private func compare(_ expected: [Expected.Batch], _ manifests: [[String: Any]]) throws {
    var found: [String: [String: Any]] = [:]
    for manifest in manifests {
      let sources = manifest["sources"] as! [[String: Any]]
      found["\(manifest["station"]!)/\(sources[0]["name"]!)"] = manifest
    }
    for batch in expected {
      let name = "\(batch.station)/\(batch.sources[0])"
      guard let manifest = found[name] else {
        Issue.record("\(name) has no manifest")
        continue
      }
      let pages = (manifest["pages"] as! [[String: Any]])
      #expect(pages.map { $0["disposition"] as! String } == batch.pages, "\(name)")
      compare(batch, manifest["documents"] as! [[String: Any]], pages, name)
      if let first = batch.duplicateOf {
        #expect(manifest["duplicateOf"] as? String == found[first]?["batch"] as? String, "\(name)")
      }
    }
    #expect(manifests.count == expected.count)
  }

  private func compare(_ batch: Expected.Batch, _ documents: [[String: Any]], _ pages: [[String: Any]], _ name: String)
  {
    let holes = Set(batch.holes ?? [])
    // RULES leave open which document keeps a hole, so its page is not compared; that it is an exception is.
    let actual = documents.filter { !Set($0["pages"] as! [Int]).subtracting(holes).isEmpty }
    guard actual.count == batch.documents.count else {
      Issue.record("\(name): \(batch.documents.count) documents expected, found \(actual.count)")
      return
    }
    for (wanted, document) in zip(batch.documents, actual) {
      #expect(document["status"] as? String == wanted.status, "\(name) \(wanted.pages): \(document["evidence"] ?? "")")
      #expect((document["pages"] as! [Int]).filter { !holes.contains($0) } == wanted.pages, "\(name)")
      #expect(document["blanks"] as? [Int] == wanted.blanks, "\(name)")
      #expect(Set(document["reasons"] as! [String]) == Set(wanted.reasons ?? []), "\(name) \(wanted.pages)")
      if wanted.status == "filed" {
        #expect(document["authority"] as? String == wanted.authority, "\(name) \(wanted.pages)")
        #expect(document["mrn"] as? String == wanted.mrn, "\(name) \(wanted.pages)")
        #expect(document["type"] as? String == wanted.type, "\(name) \(wanted.pages)")
        #expect(document["encounter"] as? String == wanted.encounter, "\(name) \(wanted.pages)")
      }
      let notes = (document["notes"] as! [String]) + wanted.pages.flatMap { pages[$0 - 1]["notes"] as! [String] }
      for note in wanted.notes ?? [] { #expect(notes.contains(note), "\(name) \(wanted.pages)") }
    }
  }

  /// Every chart of the fixtures' patients in `--json`, as one text.
  private func charts(_ site: SampleSite) throws -> String {
    let csv = try String(contentsOfFile: ProjectFolder.fixtures + "/patients.csv", encoding: .utf8)
    var text = ""
    for line in csv.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: ",", omittingEmptySubsequences: false)
      text += try site.program.run("chart", "\(columns[1]):\(columns[0])", "--json").output
    }
    return text
  }

  private func left(in drop: String) throws -> [String] {
    let names = FileManager.default.enumerator(atPath: drop)?.compactMap { $0 as? String } ?? []
    return names.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: drop + "/" + $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  private func expectValidArchive(_ site: SampleSite) throws {
    let validator = ProjectFolder.tools + "/ocfl_validate_all.py"
    guard FileManager.default.fileExists(atPath: validator) else {
      print("SKIPPED: the outside OCFL validator is not beside this checkout (\(validator))")
      return
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", validator, site.path + "/var/archive/root"]
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus == 1, !hasOCFL() {
      print("SKIPPED: python3 has no module ocfl (pip install ocfl-py)")
      return
    }
    #expect(process.terminationStatus == 0)
  }

  private func hasOCFL() -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import ocfl"]
    process.standardError = FileHandle.nullDevice
    try? process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
