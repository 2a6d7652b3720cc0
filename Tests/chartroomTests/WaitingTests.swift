import Foundation
import Glibc
import Testing
import TestSupport

/// Documents that wait for the patient index: no import, killed or late, forgets one.
@Suite(.serialized) struct WaitingTests {
  /// Two pages, one document, whether or not the index knows its number.
  private let good = "archive/front-desk/good-jpeg-in-tiff.tif"
  private let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into\n"

  /// A site with one document that waits, and its object's folder.
  private func waitingSite() throws -> (
    site: SampleSite, object: String
  ) {
    let site = try SampleSite()
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 0)
    return (
      site, site.path + "/var/archive/root/" + (try #require(site.manifests()[0].documents[0]["object"] as? String))
    )
  }

  private func startImport(_ site: SampleSite) throws -> (process: Process, wait: () -> Program.Result) {
    let fixtures = ProjectFolder.fixtures
    return try site.program.start(["patients", "import", fixtures + "/patients.csv", fixtures + "/encounters.csv"])
  }

  /// As a process that corrects the document at this moment does.
  private func lock(_ folder: String) -> Int32 {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    #expect(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    return descriptor
  }

  private func waitForRevision(_ revision: String, of site: SampleSite) throws {
    for _ in 0..<200 {
      let patients = try site.program.run("status", "--json").objects.first?["patients"] as? [String: Any]
      if patients?["revision"] as? String == revision { return }
      usleep(50_000)
    }
    Issue.record("no revision \(revision)")
  }

  @Test func `a dry run names the waiting documents that would be filed, and changes nothing`() throws {
    let (site, _) = try waitingSite()
    let id = try #require(site.manifests()[0].documents[0]["id"] as? String)
    let fixtures = ProjectFolder.fixtures
    let dry = ["patients", "import", "--dry-run", fixtures + "/patients.csv", fixtures + "/encounters.csv"]
    let told = try site.program.start(dry).wait()
    #expect(
      told.status == 0 && told.output.contains("\(id), which waits for the patient index, would be filed"), "\(told)")
    let lines = try site.program.start(dry + ["--json"]).wait().objects
    let line = try #require(lines.first { $0["document"] as? String == id })
    #expect(line["status"] as? String == "filed" && (line["reasons"] as? [String])?.isEmpty == true)
    #expect(try site.corrections().isEmpty)
    // Of data that say nothing of it nothing is told.
    let none = try site.program.run("patients", "import", "--dry-run", fixtures + "/feeds/batch.hl7")
    #expect(none.status == 0 && !none.output.contains("would be filed"), "\(none)")
  }

  private func expectFiledOnce(_ site: SampleSite) throws {
    #expect(try site.corrections().count == 1)
    #expect(try site.program.run("exceptions", "list", "--json").output.isEmpty)
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  @Test func `a document that was decided before an import and recorded after it is filed`() throws {
    let (first, object) = try waitingSite()
    let site = try SampleSite()
    let folder = "archive/root/" + object.dropFirst((first.path + "/var/archive/root/").count).prefix(2)
    try site.block(folder)
    try site.drop(good, into: "front-desk")
    #expect(try site.program.run("run").status == 1)
    try site.importPatients()
    try site.unblock(folder)
    let run = try site.program.run("run", "--json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.objects.last?["filed"] as? Int == 1 && run.objects.last?["waitingForIndex"] as? Int == 0)
    try expectFiledOnce(site)
  }

  @Test func `what an import that was killed left waiting is filed by the next run`() throws {
    let (site, object) = try waitingSite()
    let descriptor = lock(object)
    let running = try startImport(site)
    try waitForRevision("2", of: site)
    kill(running.process.processIdentifier, SIGKILL)
    _ = running.wait()
    close(descriptor)
    #expect(try site.corrections().isEmpty)
    #expect(try site.program.run("run").status == 0)
    try expectFiledOnce(site)
  }

  @Test func `I4: two imports at once file what waits once, and neither fails`() throws {
    let (site, object) = try waitingSite()
    let descriptor = lock(object)
    let imports = try [startImport(site), startImport(site)]
    try waitForRevision("4", of: site)
    close(descriptor)
    for running in imports {
      let result = running.wait()
      #expect(result.status == 0, "\(result.errors)")
    }
    try expectFiledOnce(site)
  }

  @Test func `newer data that gives another reason ends the waiting and is recorded`() throws {
    let (site, _) = try waitingSite()
    let csv = site.path + "/p.csv"
    try (header + "10000123,GENHOSP,A,B,,1970-01-01,F,\n10000123,EASTCLINIC,C,D,,1971-01-01,F,\n")
      .write(toFile: csv, atomically: true, encoding: .utf8)
    let imported = try site.program.run("patients", "import", csv)
    #expect(imported.status == 0 && imported.output.contains("waits for a person now"), "\(imported)")
    let line = try #require(try site.program.run("exceptions", "list", "--json").objects.first)
    #expect((line["reasons"] as? [String])?.first == "ambiguous-mrn")
    #expect(line["waiting"] as? Bool == false)
    #expect(try site.corrections().count == 1)
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `an import that changes nothing for a document records nothing`() throws {
    let (site, _) = try waitingSite()
    let csv = site.path + "/p.csv"
    try (header + "12345674,GENHOSP,A,B,,1970-01-01,F,\n").write(toFile: csv, atomically: true, encoding: .utf8)
    #expect(try site.program.run("patients", "import", csv).status == 0)
    #expect(try site.corrections().isEmpty)
    let line = try #require(try site.program.run("exceptions", "list", "--json").objects.first)
    #expect(line["waiting"] as? Bool == true)
  }

  @Test func `where nothing may wait, an unknown number is for a person at once, whoever is asked`() throws {
    let site = try SampleSite { object in
      var stations = object["stations"] as! [String: Any]
      stations["front-desk"] = ["waitingHours": 0]
      object["stations"] = stations
    }
    try site.drop(good, into: "front-desk")
    let run = try site.program.run("run", "--json")
    #expect(run.status == 3)
    #expect(run.objects.last?["exceptions"] as? Int == 1 && run.objects.last?["waitingForIndex"] as? Int == 0)
    let line = try #require(try site.program.run("exceptions", "list", "--json").objects.first)
    #expect(line["waiting"] as? Bool == false)
    let status = try site.program.run("status", try #require(line["batch"] as? String), "--json")
    #expect(status.objects.first?.documents.first?["waiting"] as? Bool == false)
  }
}
