import Foundation
import Testing
import TestSupport

/// What was filed through a merge that is taken back: listed, proposed, and never moved by itself.
@Suite(.serialized) struct UnmergeTests {
  private func message(_ event: String, _ id: Int, _ segments: String...) -> String {
    (["MSH|^~\\&|ADT|GENHOSP|CR|GENHOSP|202704011\(String(format: "%03d", id))00||ADT^\(event)|M\(id)|P|2.5.1"]
      + segments)
      .joined(separator: "\r") + "\r"
  }

  private func pid(_ number: String) -> String { "PID|1||\(number)^^^GENHOSP^MR" }

  private func load(_ messages: [String], _ site: SampleSite) throws -> Program.Result {
    let name = "m\(UUID().uuidString).hl7"
    try messages.joined().write(toFile: site.path + "/" + name, atomically: true, encoding: .utf8)
    return try site.program.run("patients", "import", name)
  }

  /// Two notes labelled 10000024 while that was merged into 12345674; a note whose pages carry both numbers of a merge; one
  /// that only its visit names.
  private func filedSite() throws -> SampleSite {
    let site = try SampleSite()
    try site.importPatients()
    let merged = try load([message("A40", 1, pid("12345674"), "MRG|10000024^^^GENHOSP^MR")], site)
    #expect(merged.status == 0, "\(merged)")
    try FileManager.default.copyItem(
      atPath: ProjectFolder.fixtures + "/archive/good-morning-mail.tif", toPath: site.drop + "/mail.tif")
    for name in ["good-merged-mrn", "good-encounter-alone"] {
      try site.drop("archive/front-desk/\(name).tif", into: "front-desk")
    }
    let run = try site.program.run("run")
    #expect(run.status == 0, "\(run)")
    return site
  }

  private func proposals(_ site: SampleSite) throws -> [(target: String?, reason: String, document: String)] {
    try site.program.run("patients", "proposals", "--json").objects.map { line in
      (
        (line["target"] as? [String: Any])?["mrn"] as? String, line["reason"] as? String ?? "",
        line["document"] as? String ?? ""
      )
    }
  }

  private let undone = [("12345674", "10000024"), ("10000198", "11000197"), ("10000230", "11000239")]

  @Test func `an A37 proposes what carries only the restored number, and gives the rest to a person`() throws {
    let site = try filedSite()
    #expect(try site.program.run("chart", "12345674", "--json").objects.count == 3)
    #expect(try site.program.run("patients", "proposals").output == "No filed document is in doubt.\n")
    let records = try site.records().count
    let messages = undone.enumerated().map { message("A37", 20 + $0, pid($1.0), pid($1.1)) }
    let result = try load(messages, site)
    #expect(
      result.status == 0 && result.output.contains("4 filed documents may be in the wrong chart now"), "\(result)")
    let found = try proposals(site)
    #expect(found.filter { $0.target == "10000024" }.count == 2)
    #expect(found.filter { $0.target == nil }.count == 2)
    #expect(found.contains { $0.reason.contains("no patient label") })
    #expect(found.contains { $0.reason.contains("GENHOSP:10000198, GENHOSP:11000197") })
    #expect(try site.records().count == records, "nothing moves by itself")
    #expect(try site.program.run("verify").status == 0)
    // Said again it changes nothing; another import lists nothing twice.
    #expect(try load(messages, site).status == 0)
    try site.importPatients()
    #expect(try proposals(site).count == 4)
    // What carries the number from now on goes to a person.
    try site.drop("archive/front-desk/good-with-notes.tif", into: "front-desk")
    _ = try site.program.run("run")
    let text = try site.program.run("patients", "proposals").output
    #expect(text.contains("GENHOSP:10000024") && text.contains("(look at it)"))
  }

  @Test func `a CSV row that gives the number as its own takes the merge back too`() throws {
    let site = try filedSite()
    let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into\n"
    try (header + "10000024,GENHOSP,Mock,Moira,A,1985-02-28,F,\n").write(
      toFile: site.path + "/own.csv", atomically: true, encoding: .utf8)
    let dry = try site.program.run("patients", "import", "--dry-run", "own.csv")
    #expect(dry.output.contains("GENHOSP:10000024 is not merged into GENHOSP:12345674 any more"))
    #expect(try proposals(site).isEmpty)
    #expect(try site.program.run("patients", "import", "own.csv").status == 0)
    #expect(try proposals(site).map(\.target) == ["10000024", "10000024"])
  }

  @Test func `what an import or a rebuild did not look for is listed as soon as somebody asks`() throws {
    let site = try filedSite()
    #expect(try load([message("A37", 30, pid("12345674"), pid("10000024"))], site).status == 0)
    let before = try proposals(site).map(\.document)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: site.path + "/var/journal.sqlite\(suffix)")
    }
    #expect(try site.program.run("rebuild").status == 0)
    #expect(!before.isEmpty)
    #expect(try proposals(site).map(\.document) == before)
  }

  @Test func `what a person settled, by moving it or by looking at it, stays settled after a rebuild`() throws {
    let site = try filedSite()
    let messages = undone.enumerated().map { message("A37", 20 + $0, pid($1.0), pid($1.1)) }
    #expect(try load(messages, site).status == 0)
    let found = try proposals(site)
    let moved = try #require(found.first { $0.target == "10000024" }).document
    let kept = try #require(found.first { $0.target == nil }).document
    let nobody = try site.program.run("patients", "confirm", "0", "--reason", "x")
    #expect(nobody.status == 1)
    let move = try site.program.run(
      "correct", "move", moved, "--mrn", "10000024", "--second", "1985-02-28", "--reason", "as its labels say")
    #expect(move.status == 0, "\(move)")
    let confirmed = try site.program.run("patients", "confirm", kept, "--reason", "the visit is right")
    #expect(confirmed.status == 0, "\(confirmed)")
    let again = try site.program.run("patients", "confirm", kept, "--reason", "twice")
    #expect(again.status == 1 && again.errors.contains("is in no doubt"), "\(again)")
    let left = try proposals(site).map(\.document)
    #expect(left.count == 2 && !left.contains(moved) && !left.contains(kept))
    // Back where it was, by a person who looked.
    let back = try site.program.run(
      "correct", "move", moved, "--mrn", "12345674", "--second", "1961-04-12", "--reason", "no: a wrong label")
    #expect(back.status == 0, "\(back)")
    #expect(try proposals(site).map(\.document) == left)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: site.path + "/var/journal.sqlite\(suffix)")
    }
    #expect(try site.program.run("rebuild").status == 0)
    #expect(try site.program.run("run").status == 0)
    #expect(try proposals(site).map(\.document) == left)
    // What undoes the word puts the question again.
    #expect(try site.program.run("correct", "undo", kept, "--reason", "look again").status == 0)
    #expect(try proposals(site).map(\.document).contains(kept))
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `a visit that is moved puts what it alone named before the other patient`() throws {
    let site = try filedSite()
    let moved = try load(
      [message("A45", 40, pid("10000016"), "MRG|11000239^^^GENHOSP^MR||||5000000074", "PV1|1|I")], site)
    #expect(moved.status == 0 && moved.output.contains("1 filed document"), "\(moved)")
    let found = try proposals(site)
    #expect(found.map(\.target) == ["10000016"] && found[0].reason.contains("visit"))
  }
}
