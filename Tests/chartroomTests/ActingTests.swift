import Foundation
import System
import Testing
import TestSupport

@testable import SQLiteStores

/// Who may do what, and that the audit trail has all of it.
@Suite(.serialized) struct ActingTests {
  private let login = loginUser()
  private let paper = ["front-desk/no-label.tif", "front-desk/good-merged-mrn.tif", "front-desk/good-with-notes.tif"]

  @Test func `every verb leaves a record with who, what and about whom, looking too`() throws {
    let desk = try DeskSite(paper)
    let id = try #require(desk.exceptions().first)
    try desk.done("exceptions", "show", id)
    try desk.done("chart", "10000198")
    try desk.done("status")
    try desk.done("verify")
    let records = try desk.audit()
    let verbs = records.compactMap { $0.event["verb"] as? String }
    #expect(
      verbs == [
        "init", "patients import", "run", "run", "exceptions list", "exceptions show", "chart", "status", "verify",
        "verify", "audit list",
      ])
    #expect(records.allSatisfy { $0.event["operator"] as? String == login && $0.event["login"] as? String == login })
    #expect(records[5].subject["document"] as? String == id)
    #expect((records[6].subject["patient"] as? [String: String])?["mrn"] == "10000198")
    #expect(records.map { $0["sequence"] as? Int } == Array(1...records.count))
  }

  @Test func `where the site has operators, a verb that a role lacks is refused and recorded, and nothing is shown`()
    throws
  {
    let desk = try DeskSite(paper)
    let id = try #require(desk.exceptions().first)
    try desk.setOperators([login: ["roles": ["scan", "audit"]]])
    let chart = try desk.refused(
      "chart", "10000198", saying: "may not do 'chart': that needs the role index or supervise")
    #expect(chart.output.isEmpty)
    try desk.refused("exceptions", "reject", id, "--reason", "x", saying: "index or supervise")
    try desk.refused("rebuild", saying: "that needs the role supervise")
    try desk.refused("init", saying: "that needs the role supervise")
    let refused = try desk.audit("--outcome", "refused")
    #expect(refused.compactMap { $0.event["verb"] as? String } == ["chart", "exceptions reject", "rebuild", "init"])
    #expect((refused[0].subject["patient"] as? [String: String])?["mrn"] == "10000198", "whom it was to show")
    #expect(refused[1].subject["document"] as? String == id && refused[1].subject["reason"] as? String == "x")
    try desk.setOperators([login: ["roles": ["index"]]])
    try desk.refused("audit", "list", saying: "that needs the role audit")
    try desk.refused("run", saying: "that needs the role scan or supervise")
    #expect(try desk.chart("10000198").count == 1)
    try desk.setOperators(["somebody-else": ["roles": ["index"]]])
    try desk.refused("chart", "10000198", saying: "is no operator of this site")
  }

  @Test func `what the rules file by themselves after an import is on record, with patient, document and why`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"], imports: false)
    try desk.site.importPatients()
    let ids = Set(try desk.charted("10000198"))
    let filed = try desk.audit().filter { $0.event["verb"] as? String == "decide again" }
    #expect(ids.count == 2 && Set(filed.compactMap { $0.subject["document"] as? String }) == ids)
    for record in filed {
      #expect(record.event["operator"] as? String == "system" && record.event["outcome"] as? String == "done")
      #expect((record.subject["patient"] as? [String: String])?["mrn"] == "10000198")
      #expect(record.subject["reason"] as? String == "patient index revision 2")
      #expect(record.subject["detail"] as? String == "filed" && record.subject["correction"] is String)
    }
    try desk.expectSound()
    try desk.done("audit", "verify")
  }

  @Test func `a number is on record for each patient who is shown under it, and where nobody has it`() throws {
    let desk = try DeskSite([])
    let path = desk.site.path + "/other.csv"
    let rows = "mrn,authority,family,given,middle,birth_date,sex\n12345674,OTHERHOUSE,Other,Olga,,1970-01-01,F\n"
    try rows.write(toFile: path, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", path)
    try desk.done("patients", "show", "12345674")
    let shown = try desk.audit("--verb", "patients show")
    let houses = shown.compactMap { ($0.subject["patient"] as? [String: String])?["authority"] }
    #expect(houses.sorted() == ["GENHOSP", "OTHERHOUSE"])
    #expect(try desk.run(["patients", "show", "55555555"]).status == 1)
    #expect(try desk.audit("--patient", "55555555").count == 1)
  }

  @Test func `acting for another needs the role delegate, and both are recorded`() throws {
    let desk = try DeskSite(paper)
    try desk.setOperators([login: ["roles": ["audit"]], "anna": ["roles": ["index"]]])
    try desk.refused("chart", "10000198", "--operator", "anna", saying: "that needs the role delegate")
    try desk.setOperators([login: ["roles": ["audit", "delegate"]], "anna": ["roles": ["index"]]])
    try desk.done("chart", "10000198", "--operator", "anna")
    try desk.refused("run", "--operator", "anna", saying: "anna may not do 'run'")
    try desk.refused("chart", "10000198", "--operator", "nobody", saying: "nobody is no operator of this site")
    let records = try desk.audit("--by", "anna")
    #expect(records.compactMap { $0.event["outcome"] as? String } == ["refused", "done", "refused"])
    #expect(records.allSatisfy { $0.event["login"] as? String == login && $0.event["operator"] as? String == "anna" })
  }

  @Test func `who may not see a patient sees neither chart nor exception; a broken glass is recorded`() throws {
    let desk = try DeskSite(paper)
    try desk.setOperators([login: ["roles": ["index", "audit"]]])
    let closed = try desk.refused("chart", "10000222", saying: "restricted")
    #expect(!closed.errors.contains("Vera") && closed.output.isEmpty)
    let opened = try desk.done("chart", "10000222", "--break-glass", "emergency in room 4")
    #expect(opened.output.contains("Restricted, Vera"))
    let records = try desk.audit("--broke-glass")
    #expect(records.count == 1 && records[0].subject["reason"] as? String == "emergency in room 4")
    try desk.setOperators([login: ["roles": ["index"], "confidentiality": "restricted"]])
    try desk.done("chart", "10000222")
    let status = try desk.done("status").output
    #expect(status.contains("The glass was broken with 'chart'") && !status.contains("10000222"))
  }

  @Test func `a station's and a type's level hide what comes from there, in lists and counts`() throws {
    let desk = try DeskSite(paper) { object in
      var stations = object["stations"] as! [String: Any]
      stations["front-desk"] = ["confidentiality": "very restricted"]
      object["stations"] = stations
    }
    let id = try #require(desk.exceptions().first)
    #expect(try desk.charted("10000198").count == 1)
    try desk.setOperators([login: ["roles": ["index"], "confidentiality": "restricted"]])
    #expect(try desk.done("exceptions", "list").output == "No exceptions.\n")
    #expect(try desk.done("chart", "10000198").output.contains(": 0 documents"))
    try desk.refused("exceptions", "show", id, saying: "very restricted")
    try desk.refused("exceptions", "reject", id, "--reason", "x", saying: "very restricted")
    try desk.done("exceptions", "show", id, "--break-glass", "fire")
  }

  @Test func `the trail is exported as JSON lines and as FHIR AuditEvents, record by record`() throws {
    let desk = try DeskSite(paper)
    try desk.done("chart", "10000198")
    let lines = try desk.done("audit", "export", "--json-lines").objects
    let events = try desk.done("audit", "export", "--fhir").objects
    #expect(events.count == lines.count + 1)
    #expect(events.allSatisfy { $0["resourceType"] as? String == "AuditEvent" })
    let chart = try #require(
      events.first { (($0["subtype"] as? [[String: Any]])?.first?["code"] as? String) == "chart" })
    #expect(chart["action"] as? String == "R" && chart["outcome"] as? String == "0")
    let checked = try FHIRCheck.check(events)
    #expect(checked == nil || checked == [], "\(checked ?? [])")
  }

  @Test func `the name of who acts is a person's, and why is on record also where it is refused`() throws {
    let desk = try DeskSite(paper)
    let id = try #require(desk.exceptions().first)
    for name in ["", " ", "system", "a\nb"] {
      try desk.refused("exceptions", "reject", id, "--reason", "x", "--operator", name, with: 64, saying: "Error")
    }
    try desk.refused(
      "exceptions", "assign", id, "--mrn", "99000010", "--second", "x", "--reason", "as it says", saying: "No patient")
    #expect(try desk.audit("--outcome", "refused").map { $0.subject["reason"] as? String } == ["as it says"])
  }

  @Test func `whoever asks about a document or a patient is told of actions on many, too`() throws {
    let desk = try DeskSite(["good-morning-mail.tif"])
    let ids = try desk.charted("10000024")
    let refile = ["impact", "--label", "MRN10000024", "--withdraw", "--reason", "a bad roll", "--json"]
    let plan = try desk.run(refile)
    let digest = try #require(plan.objects.last?["digest"] as? String)
    try desk.done(arguments: refile + ["--apply", digest])
    #expect(ids.count > 1)
    for id in ids {
      #expect(try desk.audit("--document", id).compactMap { $0.event["verb"] as? String } == ["impact"])
    }
    #expect(try desk.audit("--patient", "10000024", "--verb", "impact").count == 1)
    #expect(try desk.audit("--patient", "10000198").isEmpty)
  }

  @Test func `records taken from the end by another program are missed, wherever the head then is`() async throws {
    let desk = try DeskSite(paper)
    try desk.done("chart", "10000198")
    try desk.done("audit", "verify")
    let journal = try SQLiteJournal(path: desk.site.path + "/var/journal.sqlite", create: false)
    try await journal.file.execute(
      """
      DROP TRIGGER temp."seal_DELETE_audit"; DROP TRIGGER temp."seal_UPDATE_audit_head";
      DROP TRIGGER audit_is_never_shortened;
      DELETE FROM audit WHERE sequence > (SELECT max(sequence) - 2 FROM audit);
      UPDATE audit_head SET sequence = (SELECT max(sequence) FROM audit),
        hash = (SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1);
      """)
    try journal.close()
    let verified = try desk.run(["audit", "verify"])
    #expect(verified.status == 1 && verified.output.contains("rows of audit are not those that were written"))
  }

  @Test func `looking at the patient index is reading, and what was looked for is on record`() throws {
    let desk = try DeskSite(paper)
    try desk.done("patients", "list", "--family", "Fix")
    let record = try #require(desk.audit("--verb", "patients list").first)
    #expect(record.subject["detail"] as? String == "family name 'Fix…'")
    for verb in ["patients list", "patients show", "patients proposals"] {
      if verb == "patients show" { try desk.done("patients", "show", "10000198") }
      if verb == "patients proposals" { try desk.done("patients", "proposals") }
      let event = try #require(desk.done("audit", "export", "--fhir", "--verb", verb).objects.first)
      #expect(event["action"] as? String == "R")
    }
  }

  @Test func `a head that was noted proves what came before it`() throws {
    let desk = try DeskSite(paper)
    let head = try #require(desk.done("audit", "verify", "--json").objects.last?["head"] as? String)
    try desk.done("status")
    try desk.done("audit", "verify", "--head", head)
    let other = head.split(separator: ":")[0] + ":" + String(repeating: "a", count: 64)
    let wrong = try desk.run(["audit", "verify", "--head", other])
    #expect(wrong.status == 1 && wrong.output.contains("the head that you noted"), "\(wrong.output)")
  }

  @Test func `a rebuilt journal's trail goes on where the chain says that the lost one ended`() throws {
    let desk = try DeskSite(paper)
    let manifest = try #require(desk.site.manifests().last?["audit"] as? [String: Any])
    let anchored = try #require(manifest["sequence"] as? Int)
    #expect(anchored > 0)
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: desk.site.path + "/var/journal.sqlite" + suffix)
    }
    try desk.done("rebuild")
    let verified = try desk.run(["audit", "verify"])
    #expect(verified.status == 0, "\(verified.output)")
    #expect(verified.output.contains("went with the journal that was rebuilt then"))
    #expect(try desk.audit().first?["sequence"] as? Int == anchored + 1)
  }
}

/// The outside check of FHIR resources (`pip install fhir.resources`), where this machine has it.
enum FHIRCheck {
  /// - Returns: what is wrong; nil where nothing could be checked.
  static func check(_ resources: [[String: Any]]) throws -> [String]? {
    let folder = TemporaryFolder()
    var files: [String] = []
    for (index, resource) in resources.enumerated() {
      files.append(folder.text + "/\(index).json")
      try JSONSerialization.data(withJSONObject: resource).write(to: URL(fileURLWithPath: files[index]))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      "import importlib.util,subprocess,sys; sys.exit(77 if importlib.util.find_spec('fhir') is None else subprocess.run([sys.executable]+sys.argv[1:]).returncode)",
      ProjectFolder.tools + "/fhircheck.py",
    ]
    process.arguments! += files
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 77 {
      print("SKIPPED: no fhir.resources here (pip install fhir.resources)")
      return nil
    }
    return process.terminationStatus == 0 ? [] : words.split(separator: "\n").map(String.init)
  }
}
