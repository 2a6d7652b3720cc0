import Foundation
import Glibc
import Testing
import TestSupport

/// `backfill` over trees as they are found.
@Suite(.serialized) struct BackfillTests {
  private let good = ProjectFolder.fixtures + "/archive/front-desk/good-merged-mrn.tif"

  /// Another user than root, for whom modes mean something. nil: there is no need of one.
  private var nobody: UInt32? { geteuid() == 0 ? 65534 : nil }

  private func run(_ site: SampleSite, _ arguments: [String]) throws -> Program.Result {
    guard let nobody else { return try site.program.start(arguments).wait() }
    for name in [""] + (FileManager.default.subpaths(atPath: site.path) ?? []) {
      chown(site.path + "/" + name, nobody, nobody)
    }
    return try site.program.start(
      arguments, through: ["/usr/bin/setpriv", "--reuid=\(nobody)", "--regid=\(nobody)", "--clear-groups"]
    ).wait()
  }

  @Test(.enabled(if: geteuid() != 0 || FileManager.default.fileExists(atPath: "/usr/bin/setpriv")))
  func `I8: what cannot be read is told and counted, and the rest of the tree is filed`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let tree = site.path + "/tree"
    for folder in ["a", "b", "c"] {
      try FileManager.default.createDirectory(atPath: "\(tree)/\(folder)", withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(atPath: good, toPath: tree + "/a/shut.tif")
    try FileManager.default.copyItem(atPath: good, toPath: tree + "/c/good.tif")
    chmod(tree + "/a/shut.tif", 0)
    chmod(tree + "/b", 0)
    let result = try run(site, ["backfill", tree, "--json"])
    #expect(result.status == 1, "\(result)")
    #expect(result.objects.last?["notTaken"] as? Int == 2)
    #expect(result.objects.last?["filed"] as? Int == 1)
    chmod(tree + "/b", 0o700)
    chmod(tree + "/a/shut.tif", 0o600)
    let again = try run(site, ["backfill", tree, "--json"])
    #expect(again.status == 0 && again.objects.last?["skipped"] as? Int == 2, "\(again)")
  }

  @Test func `the site's own folders are no tree to be read, by whatever way they are named`() throws {
    let site = try SampleSite()
    symlink(site.path + "/var", site.path + "/link")
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk", as: "a.tif")
    let inside = ["var/drop", "var/claimed", "var/originals", "var/archive", "var/manifests", "var/archive/root"]
    for root in inside + ["var", ".", "link", "link/drop/front-desk", "var/drop/front-desk/a.tif"] {
      let result = try site.program.run("backfill", root)
      #expect(result.status == 64 && result.errors.contains("own folder"), "\(root) \(result)")
    }
    #expect(try site.manifests().isEmpty)
    try FileManager.default.createDirectory(atPath: site.path + "/tree", withIntermediateDirectories: true)
    #expect(try site.program.run("backfill", "tree").status == 0)
  }
}
