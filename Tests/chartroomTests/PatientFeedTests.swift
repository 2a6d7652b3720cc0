import Foundation
import Testing
import TestSupport

/// HL7 and FHIR files through the program: what is taken, what is told, what changes nothing.
@Suite(.serialized) struct PatientFeedTests {
  private let feeds = ProjectFolder.fixtures + "/feeds/"

  private func show(_ number: String, _ site: SampleSite) throws -> [String: Any] {
    try #require(try site.program.run("patients", "show", number, "--json").objects.first)
  }

  private func survivor(_ number: String, _ site: SampleSite) throws -> String? {
    (try show(number, site)["survivor"] as? [String: Any])?["mrn"] as? String
  }

  private func importOrdinary(_ site: SampleSite) throws {
    let result = try site.program.run("patients", "import", feeds + "ordinary.hl7")
    #expect(result.status == 0, "\(result)")
  }

  @Test func `the format is told by the content, or by who asks`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let names = ["ordinary.hl7", "batch.hl7", "latin-1.hl7", "latin-2.hl7", "framed.hl7", "bundle.json"]
    let result = try site.program.start(["patients", "import", "--json"] + names.map { feeds + $0 }).wait()
    #expect(result.status == 0, "\(result)")
    let lines = result.objects.filter { $0["taken"] != nil }
    #expect(lines.map { $0["format"] as? String } == ["hl7", "hl7", "hl7", "hl7", "hl7", "fhir"])
    let ignored = result.objects.filter { $0["kind"] as? String == "ignored" }
    #expect(ignored.count == 2, "the stale message and the one that says nothing: \(ignored)")
    #expect(try show("14000095", site)["patient"].map { "\($0)" }?.contains("Müster-Größe-Ähnlich") == true)
    for format in ["csv", "fhir"] {
      let forced = try site.program.run("patients", "import", "--format", format, feeds + "batch.hl7")
      #expect(forced.status == 1, "\(format): \(forced)")
    }
    #expect(try site.program.run("patients", "import", "--format", "xml", feeds + "batch.hl7").status == 64)
    try "<Bundle/>".write(toFile: site.path + "/b.xml", atomically: true, encoding: .utf8)
    let xml = try site.program.run("patients", "import", site.path + "/b.xml")
    #expect(xml.status == 1 && xml.errors.contains("XML"))
  }

  @Test func `a half-good file is taken only when told to, and every line left out is told`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try importOrdinary(site)
    let refused = try site.program.run("patients", "import", feeds + "troubled.hl7", "--json")
    #expect(refused.status == 1 && refused.errors.contains("Nothing was taken"))
    #expect(refused.errors.contains("): 4 lines refused. Correct the lines"), "\(refused.errors)")
    let lines = refused.objects.compactMap { $0["line"] as? Int }
    #expect(lines == [5, 9, 13, 17], "\(refused.output)")
    #expect(try site.program.run("patients", "show", "14000145").status == 1)
    let dry = try site.program.run("patients", "import", "--dry-run", feeds + "troubled.hl7")
    #expect(dry.status == 1 && dry.output.contains("2 messages would be taken, 4 left out."))
    let taken = try site.program.run("patients", "import", "--keep-going", feeds + "troubled.hl7")
    #expect(taken.status == 0 && taken.output.contains("2 messages taken, 4 left out."))
    #expect(taken.errors.split(separator: "\n").count == 5)
    #expect(taken.errors.hasSuffix("chartroom: 4 lines refused; each is told above.\n"), "\(taken.errors)")
    #expect(try survivor("14000145", site) == "14000145")
    // One that cannot be read is told, and the others are taken.
    let missing = try site.program.run("patients", "import", "--keep-going", "no.csv", feeds + "batch.hl7")
    #expect(missing.status == 1 && missing.output.contains("batch.hl7") && missing.errors.contains("no.csv"))
  }

  @Test func `a dry run says what would change, and nothing does`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let archive = try site.program.run("verify", "--json").output
    let dry = try site.program.run("patients", "import", "--dry-run", feeds + "ordinary.hl7")
    #expect(dry.status == 0, "\(dry)")
    for sentence in [
      "GENHOSP:14000210 is merged into GENHOSP:14000012",
      "GENHOSP:14000079 is not merged into GENHOSP:14000053 any more",
      "visit 6000000080 of GENHOSP:14000087 is now GENHOSP:14000061's", "GENHOSP:14000012 has another family name now",
      "12 new", "Nothing was changed: this was a dry run.",
    ] { #expect(dry.output.contains(sentence), "\(sentence): \(dry.output)") }
    #expect(try site.program.run("patients", "show", "14000012").status == 1)
    #expect(try site.program.run("verify", "--json").output == archive)
    let status = try #require(try site.program.run("status", "--json").objects.first?["patients"] as? [String: Any])
    #expect(status["revision"] as? String == "2")
    let json = try site.program.run("patients", "import", "--dry-run", "--json", feeds + "ordinary.hl7")
    #expect(json.objects.last?["dryRun"] as? Bool == true && json.objects.contains { $0["change"] != nil })
    // What was told is what then happens.
    let counts = json.objects.last?["counts"] as? [String: Int]
    let real = try site.program.run("patients", "import", "--json", feeds + "ordinary.hl7")
    #expect(real.objects.first { $0["counts"] != nil }?["counts"] as? [String: Int] == counts)
  }

  @Test func `a level falls only where a file says so, and the import names it, not its dry run alone`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let header = "mrn,authority,family,given,middle,birth_date,sex"
    let row = "10000222,GENHOSP,Restricted,Vera,,1991-09-19,F"
    let silent = "\(header)\n\(row)\n"
    let outright = "\(header),confidentiality\n\(row),normal\n"
    let message =
      "MSH|^~\\&|A|B|C|D|20991231||ADT^A08|1|P|2.5.1\rPID|1||10000222^^^GENHOSP^MR\rPD1||||||||||||N\r"
    for (name, text) in [("silent.csv", silent), ("n.hl7", message), ("outright.csv", outright)] {
      try text.write(toFile: site.path + "/" + name, atomically: true, encoding: .utf8)
      let isNamed = name == "outright.csv"
      for options in [["--dry-run"], []] {
        let result = try site.program.start(["patients", "import"] + options + [name]).wait()
        #expect(result.status == 0, "\(result)")
        #expect(
          result.output.contains("\(name), line 2: GENHOSP:10000222: confidentiality restricted → normal") == isNamed,
          "\(result)")
      }
      let patient = try #require(try show("10000222", site)["patient"] as? [String: Any])
      #expect(patient["confidentiality"] as? String == (isNamed ? "normal" : "restricted"), "\(name)")
    }
  }

  @Test func `a message from before a night's import changes nothing of what that brought`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let message = "MSH|^~\\&|A|B|C|D|20200101||ADT^A08|1|P|2.5.1\rPID|1||12345674^^^GENHOSP^MR||Before^Testa\r"
    try message.write(toFile: site.path + "/old.hl7", atomically: true, encoding: .utf8)
    let result = try site.program.run("patients", "import", "old.hl7")
    #expect(result.errors.contains("ignored: A08 1: stale: newer data of GENHOSP:12345674 is known"), "\(result)")
    let patient = try #require(try show("12345674", site)["patient"] as? [String: Any])
    #expect(patient["family"] as? String == "Fixture")
  }

  @Test func `a file that changes nothing says so and makes no revision; a CSV says as of when all of it is known`()
    throws
  {
    let site = try SampleSite()
    try site.importPatients()
    func revision() throws -> String? {
      let patients = try site.program.run("status", "--json").objects.first?["patients"] as? [String: Any]
      return patients?["revision"] as? String
    }
    #expect(try site.program.run("patients", "import", feeds + "batch.hl7").output.contains("is now revision 3"))
    let told = try site.names(in: "archive/imports")
    let again = try site.program.run("patients", "import", feeds + "batch.hl7")
    #expect(again.status == 0, "\(again)")
    #expect(
      again.output.hasSuffix(
        "2 messages taken, 0 left out. Nothing is changed by it: patient data stays revision 3.\n"), "\(again)")
    #expect(try revision() == "3" && site.names(in: "archive/imports") == told)
    let line = try site.program.run("patients", "import", "--json", feeds + "batch.hl7").objects.first
    #expect(line?["unchanged"] as? Bool == true && line?["revision"] is NSNull)
    let dry = try site.program.run("patients", "import", "--dry-run", feeds + "batch.hl7")
    #expect(dry.output.contains("2 messages would be taken, 0 left out. It says nothing new.\n"), "\(dry)")
    let csv = try site.program.run("patients", "import", ProjectFolder.fixtures + "/patients.csv")
    #expect(csv.output.contains("0 left out. It says nothing new. Patient data is now revision 4: "), "\(csv)")
    #expect(try revision() == "4" && site.names(in: "archive/imports") != told)
    #expect(try site.program.run("verify").status == 0)
  }

  @Test func `visits under a merged number are shown under the survivor`() throws {
    let site = try SampleSite()
    try site.importPatients()
    let text = try site.program.run("patients", "show", "10000230").output
    #expect(text.contains("UNDER") && text.contains("5000000074") && text.contains("GENHOSP:11000239"), "\(text)")
    let visits = try #require(try show("10000230", site)["encounters"] as? [[String: Any]])
    #expect(visits.map { $0["visit"] as? String } == ["5000000074"])
    // Who has visits under one number only is not told of others.
    #expect(try !site.program.run("patients", "show", "12345674").output.contains("UNDER"))
  }

  @Test func `the audit trail says which files an import took, how it was asked, and what came of it`() throws {
    let site = try SampleSite()
    _ = try site.program.run("patients", "import", feeds + "troubled.hl7")
    _ = try site.program.run("patients", "import", "--dry-run", "--keep-going", feeds + "batch.hl7")
    try importOrdinary(site)
    let details = try site.program.run("audit", "list", "--json").objects.compactMap { record -> String? in
      guard let event = record["event"] as? [String: Any], event["verb"] as? String == "patients import" else {
        return nil
      }
      return (event["subject"] as? [String: Any])?["detail"] as? String
    }
    #expect(details.count == 3, "\(details)")
    #expect(details[0].contains("Nothing was taken of ") && details[0].contains("troubled.hl7 (sha256 "))
    #expect(details[1].contains("batch.hl7 (sha256 "))
    #expect(details[1].hasSuffix("): 2 taken, 0 not taken; dry run; --keep-going"))
    #expect(details[2].hasSuffix("): 29 taken, 2 not taken; revision 1"))
  }

  @Test func `merges are chased, links keep numbers apart, and the index is shown`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try importOrdinary(site)
    #expect(try survivor("14000236", site) == "14000038", "by way of 14000046")
    #expect(try survivor("14000079", site) == nil, "its merge was undone")
    #expect(try survivor("14000061", site) == "14000061", "a link is no merge")
    let text = try site.program.run("patients", "show", "GENHOSP:14000038").output
    #expect(text.contains("GENHOSP:14000038 Testerson, Cleo Q (1943-04-13, M)"))
    #expect(text.contains("Also known as GENHOSP:14000046, GENHOSP:14000236."))
    let unmerged = try site.program.run("patients", "show", "14000079").output
    #expect(
      unmerged.contains("nobody's for certain") && unmerged.contains("; undone 2026-04-01 10:23:00 UTC by A37 FEED0023")
    )
    let list = try site.program.run("patients", "list", "--temporary").output
    #expect(list.contains("14000129") && list.contains("10000214") && !list.contains("14000012"))
    #expect(try site.program.run("patients", "list", "--merged", "--json").objects.count > 5)
    #expect(try site.program.run("patients", "list", "--family", "Feedsample", "--json").objects.count == 3)
    let all = try site.program.run("patients", "list", "--limit", "0", "--json").objects
    #expect(all.count > 40)
    #expect(try site.program.run("patients", "list", "--limit", "3", "--json").objects.count == 3)
    #expect(try site.program.run("patients", "show", "-", "--json", input: "14000038\n").objects.count == 1)
    #expect(try site.program.run("patients", "show", "99999999").status == 1)
  }

  @Test func `a document that waited is filed by an HL7 and by a FHIR import, and nothing archived is rewritten`()
    throws
  {
    for name in ["m.hl7", "b.json"] {
      let site = try SampleSite()
      try site.drop("archive/front-desk/good-jpeg-in-tiff.tif", into: "front-desk")
      #expect(try site.program.run("run").status == 0)
      let object =
        site.path + "/var/archive/root/" + (try #require(site.manifests()[0].documents[0]["object"] as? String))
      let before = try Data(contentsOf: URL(fileURLWithPath: object + "/v1/content/document.json"))
      let text =
        name == "m.hl7"
        ? "MSH|^~\\&|A|B|C|D|20260301||ADT^A28|1|P|2.5.1\rPID|1||10000123^^^GENHOSP^MR||Quantize^Peggy||19640202|F\r"
        : """
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "identifier": [
        {"system": "urn:oid:2.16.840.1.113883.19.5", "value": "10000123"}], "name": [{"family": "Quantize"}]}}]}
        """
      try text.write(toFile: site.path + "/" + name, atomically: true, encoding: .utf8)
      let imported = try site.program.run("patients", "import", name)
      #expect(imported.status == 0 && imported.output.contains("1 document that waited"), "\(imported)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: object + "/v1/content/document.json")) == before)
      #expect(try site.corrections().count == 1)
      #expect(try site.program.run("verify").status == 0)
    }
  }

  @Test func `I7: a rebuild makes the same index from the import files in the archive`() throws {
    let site = try SampleSite()
    try site.importPatients()
    try importOrdinary(site)
    for (at, name) in ["troubled.hl7", "bundle.json", "batch.hl7"].enumerated() {
      let arguments = ["patients", "import", feeds + name] + (at == 0 ? ["--keep-going"] : [])
      #expect(try site.program.start(arguments).wait().status == 0)
    }
    func everything() throws -> [String] {
      try site.program.run("patients", "list", "--limit", "0", "--json").objects.map { patient in
        let key = patient["key"] as? [String: String] ?? [:]
        return try site.program.run("patients", "show", "\(key["authority"]!):\(key["mrn"]!)", "--json").output
      }
    }
    let before = try everything()
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: site.path + "/var/journal.sqlite\(suffix)")
    }
    let rebuilt = try site.program.run("rebuild")
    #expect(rebuilt.status == 0, "\(rebuilt)")
    #expect(try everything() == before)
    #expect(try site.program.run("verify").status == 0)
  }
}
