import Foundation
import Testing
import TestSupport

/// What an older release wrote, opened by this one. FORMATS: "a small site of every released format stays in fixtures and is opened by
/// a test".
@Suite(.serialized) struct ReleasedTests {
  private static let root = ProjectFolder.fixtures + "/released"
  private static var sets: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).filter { Int($0) != nil }.sorted()
  }

  @Test(arguments: sets)
  func `a site of every released format is opened, migrated, sound, and rebuilt from archive and manifests`(
    _ formats: String
  ) throws {
    let folder = TemporaryFolder()
    let program = Program(folder: folder.text + "/site")
    try copy(formats, to: program.folder)
    #expect(try program.run("status").status == 0)
    try expectDocuments(program)
    try expectSound(program)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: program.folder + "/var/index.sqlite" + suffix)
    }
    let rebuilt = try program.run("rebuild")
    #expect(rebuilt.status == 0, "\(rebuilt.output)\(rebuilt.errors)")
    try expectDocuments(program)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: program.folder + "/var/journal.sqlite" + suffix)
    }
    let anew = try program.run("rebuild")
    #expect(anew.status == 0, "\(anew.output)\(anew.errors)")
    try expectDocuments(program)
    try expectSound(program)
  }

  @Test func `there is a site of the first format`() { #expect(Self.sets.first == "1") }

  /// One document filed at once, one by a correction, one exception; what `make.py` dropped.
  private func expectDocuments(_ program: Program) throws {
    for (mrn, type) in [("12345674", "LAB"), ("10000016", "PROGRESS")] {
      let chart = try program.run("chart", mrn, "--json")
      #expect(chart.objects.map { $0["type"] as? String } == [type], "\(chart.output)\(chart.errors)")
    }
    let waiting = try program.run("exceptions", "list", "--json").objects
    #expect(waiting.map { $0["reasons"] as? [String] } == [["no-label"]])
  }

  private func expectSound(_ program: Program) throws {
    let verified = try program.run("verify", "--json")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    #expect(verified.objects.allSatisfy { $0["severity"] as? String != "error" })
  }

  /// A repository keeps neither modes nor empty folders.
  private func copy(_ formats: String, to site: String) throws {
    let files = FileManager.default
    try files.copyItem(atPath: Self.root + "/" + formats, toPath: site)
    for name in ["drop", "claimed", "originals", "archive/staging"] {
      try files.createDirectory(atPath: "\(site)/var/\(name)", withIntermediateDirectories: true)
    }
    for name in files.enumerator(atPath: site)?.compactMap({ $0 as? String }) ?? [] {
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: site + "/" + name, isDirectory: &isFolder) else { continue }
      chmod(site + "/" + name, isFolder.boolValue ? 0o700 : 0o600)
    }
  }
}
