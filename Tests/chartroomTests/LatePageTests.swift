import Foundation
import Glibc
import TestSupport
import Testing

/// Pages that a writer adds to a file after its batch was retired: it had only paused, and nobody could tell. None is lost.
@Suite(.serialized) struct LatePageTests {
  /// Eleven pages: after the first three comes a separator.
  private let mail = "archive/good-morning-mail.tif"
  private static let nobody: UInt32 = 65534
  private static var canBeOthers: Bool {
    geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
  }

  /// A site that has filed and retired the first three pages.
  private func filed() throws -> SampleSite {
    let site = try SampleSite()
    try site.importPatients()
    try firstFrames(3, of: fixture(mail)).write(to: URL(fileURLWithPath: site.drop + "/front-desk/mail.tif"))
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result)")
    return site
  }

  private func originals(_ site: SampleSite) -> [String] {
    let root = site.path + "/var/originals"
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix("/source-000000") }.map { root + "/" + $0 }.sorted()
  }

  /// The whole file is a second batch: three pages were there, the others are filed, and nothing is left of the first.
  private func expectFiled(_ site: SampleSite) throws {
    let manifests = try site.manifests()
    #expect(manifests.map { $0.counts["pages"] } == [3, 11])
    #expect(manifests.last?.counts["duplicate"] == 3 && manifests.last?.counts["filed"] == 5)
    #expect(manifests.last?["duplicateOf"] as? String == manifests[0]["batch"] as? String)
    let second = try #require(manifests.last?["batch"] as? String)
    #expect(originals(site).count == 1 && originals(site).first?.contains(second) == true)
    #expect(try site.names(in: "claimed") == [])
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  @Test func `a page that comes after the file was retired is named by verify and filed by the next run`() throws {
    let site = try filed()
    let original = try #require(originals(site).first)
    try (fixture(mail) + Data("more".utf8)).write(to: URL(fileURLWithPath: original))
    let verified = try site.program.run("verify")
    #expect(verified.status == 1 && verified.output.contains(original), "\(verified)")
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status) && result.errors.contains("goes on as batch"), "\(result)")
    try expectFiled(site)
    // And no second time.
    #expect(try site.program.run("run").status == 0)
    #expect(try site.manifests().count == 2)
  }

  @Test func `a journal that was rebuilt still knows the pages that were there`() throws {
    let site = try filed()
    for name in try site.names(in: "") where name.hasPrefix("journal.sqlite") {
      try FileManager.default.removeItem(atPath: site.path + "/var/" + name)
    }
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 0, "\(rebuilt)")
    let original = try #require(originals(site).first)
    try (fixture(mail) + Data("more".utf8)).write(to: URL(fileURLWithPath: original))
    #expect(try [0, 3].contains(site.program.run("run").status))
    try expectFiled(site)
  }

  @Test func `no original is deleted that is not what its manifest says, whatever its size and time (I2)`() throws {
    let site = try filed()
    let original = try #require(originals(site).first)
    let before = try facts(of: original)
    // As long as before, and as old.
    try fixture(mail).write(to: URL(fileURLWithPath: original))
    #expect(utimensat(AT_FDCWD, original, [before.st_atim, before.st_mtim], 0) == 0)
    let after = try facts(of: original)
    #expect(after.st_size == before.st_size && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec)
    try site.keepOriginals(days: 0)
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status) && result.errors.contains("goes on as batch"), "\(result)")
    try expectFiled(site)
    #expect(try site.program.run("run").status == 0)
    #expect(originals(site).isEmpty, "and now everything is in the archive")
  }

  @Test func `a file that was cut or became another document is for a person, and its bytes stay`() throws {
    let site = try filed()
    let original = try #require(originals(site).first)
    let other = try fixture("archive/front-desk/good-with-notes.tif")
    try other.write(to: URL(fileURLWithPath: original))
    #expect(try site.program.run("run").status == 3)
    let second = try #require(try site.manifests().last)
    #expect(second.documents.allSatisfy { ($0["reasons"] as? [String])?.contains("duplicate-conflict") == true })
    #expect(try originals(site).map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == [other])
    try site.keepOriginals(days: 0)
    #expect(try site.program.run("run").status == 0)
    #expect(originals(site).isEmpty)
  }

  @Test func `of a batch of several files only the one that changed goes on`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let box = site.drop + "/archive-room/box"
    try FileManager.default.createDirectory(atPath: box, withIntermediateDirectories: true)
    try firstFrames(3, of: fixture(mail)).write(to: URL(fileURLWithPath: box + "/1.tif"))
    try fixture("archive/front-desk/good-encounter-alone.tif").write(to: URL(fileURLWithPath: box + "/2.tif"))
    #expect(try [0, 3].contains(site.program.run("run").status))
    let original = try #require(originals(site).first)
    try (fixture(mail) + Data("more".utf8)).write(to: URL(fileURLWithPath: original))
    #expect(try [0, 3].contains(site.program.run("run").status))
    let manifests = try site.manifests()
    #expect(manifests.map { $0.counts["pages"] } == [4, 11])
    #expect(manifests.last?.counts["duplicate"] == 3)
    let folder = (original as NSString).deletingLastPathComponent
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["source-000001"])
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  /// The scanner's account is not ours, and it holds the file: the kernel does not tell.
  @Test(.enabled(if: canBeOthers)) func `a scanner under another account pauses, writes on, and loses no page`() throws
  {
    let site = try SampleSite()
    try site.importPatients()
    for name in [""] + (FileManager.default.subpaths(atPath: site.path) ?? []) {
      chown(site.path + "/" + name, Self.nobody, Self.nobody)
    }
    let path = site.drop + "/front-desk/mail.tif"
    try firstFrames(3, of: fixture(mail)).write(to: URL(fileURLWithPath: path))
    chown(path, 1, Self.nobody)
    chmod(path, 0o640)
    let scanner = try #require(FileHandle(forWritingAtPath: path))
    let asNobody = [
      "/usr/bin/setpriv", "--reuid=\(Self.nobody)", "--regid=\(Self.nobody)", "--clear-groups",
    ]
    let first = try site.program.start(["run"], through: asNobody).wait()
    #expect([0, 3].contains(first.status), "\(first)")
    _ = try #require(originals(site).first)
    try scanner.write(contentsOf: fixture(mail) + Data("more".utf8))
    try scanner.close()
    let second = try site.program.start(["run"], through: asNobody).wait()
    #expect([0, 3].contains(second.status), "\(second)")
    #expect(try site.manifests().map { $0.counts["pages"] } == [3, 11])
    let verified = try site.program.start(["verify"], through: asNobody).wait()
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }
}
