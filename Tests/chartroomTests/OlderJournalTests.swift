import Foundation
import Testing
import TestSupport

/// A journal that is older than the manifests beside it: nothing is worked on until `rebuild` made good.
@Suite(.serialized) struct OlderJournalTests {
  private func copyJournal(of site: SampleSite, to name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(site.path)/\(name)", withIntermediateDirectories: true)
    for suffix in ["", "-wal", "-shm"] {
      let file = "\(site.path)/var/journal.sqlite\(suffix)"
      guard FileManager.default.fileExists(atPath: file) else { continue }
      try FileManager.default.copyItem(atPath: file, toPath: "\(site.path)/\(name)/journal.sqlite\(suffix)")
    }
  }

  private func restoreJournal(of site: SampleSite, from name: String) throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(site.path)/var/journal.sqlite\(suffix)")
      let copy = "\(site.path)/\(name)/journal.sqlite\(suffix)"
      guard FileManager.default.fileExists(atPath: copy) else { continue }
      try FileManager.default.copyItem(atPath: copy, toPath: "\(site.path)/var/journal.sqlite\(suffix)")
    }
  }

  private func expectRefusedAndRebuilt(_ site: SampleSite, records: Int) throws {
    try site.drop("archive/front-desk/good-encounter-alone.tif", into: "front-desk")
    for arguments in [["run"], ["status"], ["chart", "12345674"], ["backfill", site.path], ["verify"]] {
      let result = try site.program.start(arguments).wait()
      #expect(result.status == 78 && result.errors.contains("chartroom rebuild"), "\(arguments) \(result)")
    }
    #expect(try site.records().count == records)
    #expect(FileManager.default.fileExists(atPath: site.drop + "/front-desk/good-encounter-alone.tif"))
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 0, "\(rebuilt)")
    let run = try site.program.run("run")
    #expect(run.status == 0, "\(run)")
    #expect(try site.records().map { $0["sequence"] as? Int } == Array(1...records + 1))
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    #expect(try site.program.run("chart", "10000198", "--json").objects.count == 1)
  }

  @Test func `a journal from a copy is refused, and rebuild brings it up to the manifests`() throws {
    let site = try SampleSite()
    try site.drop("archive/front-desk/good-with-notes.tif", into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    try copyJournal(of: site, to: "copy")
    // What came after the copy: patients, a correction, a batch.
    try site.importPatients()
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    let records = try site.records().count
    try restoreJournal(of: site, from: "copy")
    try expectRefusedAndRebuilt(site, records: records)
  }

  @Test func `an empty journal that knows its archive is refused where batches were filed`() throws {
    let site = try SampleSite()
    try copyJournal(of: site, to: "copy")
    try site.importPatients()
    try restoreJournal(of: site, from: "copy")
    #expect(try site.program.run("run").status == 78, "the import was in force")
    #expect(try site.program.run("rebuild").status == 0)
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    try restoreJournal(of: site, from: "copy")
    try expectRefusedAndRebuilt(site, records: 1)
    // With the manifests gone too the archive alone tells.
    try restoreJournal(of: site, from: "copy")
    try FileManager.default.moveItem(atPath: site.path + "/var/manifests", toPath: site.path + "/aside")
    try FileManager.default.createDirectory(
      atPath: site.path + "/var/manifests", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    #expect(try site.program.run("run").status == 78)
  }

  @Test func `a journal that was worked on after it was restored is never thrown away`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try copyJournal(of: site, to: "copy")
    try site.drop("archive/front-desk/good-with-notes.tif", into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    // The other site's manifests come back only after work went on.
    try FileManager.default.moveItem(atPath: site.path + "/var/manifests", toPath: site.path + "/aside")
    try FileManager.default.createDirectory(
      atPath: site.path + "/var/manifests", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    try restoreJournal(of: site, from: "copy")
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    for name in try FileManager.default.subpathsOfDirectory(atPath: site.path + "/aside") where name.hasSuffix(".json")
    {
      try FileManager.default.copyItem(
        atPath: site.path + "/aside/" + name, toPath: site.path + "/var/manifests/" + name)
    }
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 1 && rebuilt.errors.contains("does not know this record"), "\(rebuilt)")
  }
}
