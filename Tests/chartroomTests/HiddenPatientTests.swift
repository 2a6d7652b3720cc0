import Foundation
import System
import TestSupport
import Testing

/// Nobody learns of a patient above the own level by trying: neither by an import, nor by filing, nor by what is counted.
@Suite(.serialized) struct HiddenPatientTests {
  private let login = loginUser()
  private let hidden = "10000222"

  /// A clerk's and a supervisor's roles, with no right beyond normal.
  private func lower(_ desk: DeskSite, seeing level: String = "normal") throws {
    try desk.setOperators([login: ["roles": ["index", "supervise", "audit"], "confidentiality": level]])
  }

  /// A file with one row about the hidden patient.
  private func file(_ desk: DeskSite, family: String = "Restricted", _ level: String) throws -> String {
    let path = desk.site.path + "/row.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    \(hidden),GENHOSP,\(family),Vera,,1991-09-19,F,,,\(level)

    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func details(_ desk: DeskSite, _ outcome: String) throws -> [String?] {
    try desk.audit("--patient", hidden, "--verb", "patients import", "--outcome", outcome).map {
      $0.subject["detail"] as? String
    }
  }

  // MARK: Imports

  @Test func `no import lowers anybody above the operator's level, nor does a rebuild; each try is on record`() throws {
    let desk = try DeskSite(["front-desk/good-with-notes.tif"])
    try lower(desk)
    let row = try file(desk, "normal")
    let dry = try desk.done("patients", "import", "--dry-run", row)
    #expect(!(dry.output + dry.errors).contains(hidden), "\(dry)")
    #expect(dry.output.contains("No level above what \(login) may see would fall."))
    #expect(try details(desk, "refused").isEmpty)
    let told = try desk.done("patients", "import", row)
    #expect(told.errors.contains("row.csv, line 2: GENHOSP:\(hidden): kept at its level, which \(login) may not lower"))
    try desk.refused("chart", hidden, saying: "This patient is restricted")
    #expect(try details(desk, "refused") == ["confidentiality stays restricted; the file says normal"])
    let whole = try desk.audit("--verb", "patients import", "--outcome", "done").last?.subject["detail"] as? String
    #expect(whole?.contains("1 kept at a level that would have fallen") == true)
    desk.loseDatabases()
    try desk.done("rebuild")
    try desk.done("verify")
    try desk.refused("chart", hidden, saying: "This patient is restricted")
    // Whoever may see it may lower it, which is on record too.
    try lower(desk, seeing: "restricted")
    let lowered = try desk.done("patients", "import", row)
    #expect(lowered.output.contains("line 2: GENHOSP:\(hidden): confidentiality restricted → normal"))
    #expect(try details(desk, "done") == ["confidentiality restricted → normal"])
    try lower(desk)
    try desk.done("chart", hidden)
    desk.loseDatabases()
    try desk.done("rebuild")
    try desk.done("chart", hidden)
  }

  @Test func `a level may be raised by anybody`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    try lower(desk)
    let row = desk.site.path + "/raise.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    10000198,GENHOSP,Survivor,Merga,,1979-07-27,F,,,restricted

    """.write(toFile: row, atomically: true, encoding: .utf8)
    let told = try desk.done("patients", "import", row)
    #expect(told.output.contains("GENHOSP:10000198: confidentiality normal → restricted"))
    for number in ["10000198", "11000197"] { try desk.refused("chart", number, saying: "This patient is restricted") }
  }

  @Test func `what an import says does not tell whether a hidden patient's name was guessed`() throws {
    let desk = try DeskSite([])
    try lower(desk)
    var said: [String] = []
    for family in ["Restricted", "Guess"] {
      let dry = try desk.done("patients", "import", "--dry-run", file(desk, family: family, "restricted"))
      said.append(dry.output + dry.errors)
    }
    #expect(said[0] == said[1] && said[0].contains("patients: 0 new, 0 changed"), "\(said)")
    #expect(said[0].contains("It says nothing new that you may see."))
  }

  @Test(arguments: ["merge.hl7", "merge.json"])
  func `no message or bundle merges a hidden patient with one whom the operator may see, and the try is on record`(
    name: String
  ) throws {
    let desk = try DeskSite([])
    try lower(desk)
    let message =
      "MSH|^~\\&|A|GENHOSP|C|D|20991231||ADT^A40|1|P|2.5.1\rPID|1||\(hidden)^^^GENHOSP^MR\rMRG|10000230^^^GENHOSP^MR\r"
    func patient(_ number: String, _ more: String) -> String {
      """
      {"fullUrl": "https://feed.example/Patient/\(number)", "resource": {"resourceType": "Patient", "id": "\(number)",
        "meta": {"lastUpdated": "2099-12-31T00:00:00Z"},
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.19.5", "value": "\(number)"}]\(more)}}
      """
    }
    let link = #", "link": [{"other": {"reference": "Patient/\#(hidden)"}, "type": "replaced-by"}]"#
    let bundle = """
      {"resourceType": "Bundle", "type": "collection", "entry": [\(patient("10000230", link)), \(patient(hidden, ""))]}
      """
    let path = desk.site.path + "/" + name
    try (name.hasSuffix("hl7") ? message : bundle).write(toFile: path, atomically: true, encoding: .utf8)
    for words in [["--dry-run"], [], ["--keep-going"]] {
      let told = try desk.run(["patients", "import"] + words + [path])
      #expect(told.errors.contains("it is about a patient of a level that you may not see"), "\(words): \(told)")
    }
    try desk.done("chart", "10000230")
    let tried = try details(desk, "refused")
    let merge = "GENHOSP:10000230 stays as it is; the file says that it is merged into GENHOSP:\(hidden)"
    #expect(tried.count == 3 && tried.allSatisfy { $0?.hasSuffix(merge) == true }, "\(tried)")
  }

  @Test func `patients whom the operator may not see are not counted, by status nor by an import`() throws {
    let desk = try DeskSite([])
    func patients() throws -> Int? {
      (try desk.done("status", "--json").objects.first?["patients"] as? [String: Any])?["patients"] as? Int
    }
    #expect(try patients() == 31)
    try lower(desk)
    #expect(try patients() == 30)
    #expect(try desk.done("status").output.contains(", 30 patients, 4 merged numbers, 17 encounters."))
    let told = try desk.done("patients", "import", ProjectFolder.fixtures + "/encounters.csv")
    #expect(told.output.contains(": 30 patients, 4 merged numbers, 17 encounters."), "\(told)")
  }

  // MARK: Filing

  @Test func `filing where the operator may not see is refused alike, whatever the second identifier is`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif", "front-desk/good-merged-mrn.tif"])
    let waiting = try #require(desk.exceptions("no-label").first)
    let filed = try #require(desk.charted("10000198").first)
    try lower(desk)
    let verbs = [["exceptions", "assign", waiting], ["correct", "move", filed]]
    for verb in verbs {
      var said: Set<String> = []
      for second in ["Restricted", "1991-09-19", "Guess", "1900-01-01", "no day 1"] {
        let result = try desk.run(verb + ["--mrn", hidden, "--second", second, "--reason", "x"])
        #expect(result.status == 1 && result.output.isEmpty)
        said.insert(result.errors)
      }
      #expect(said.count == 1 && said.first?.contains("This patient is restricted, which") == true, "\(said)")
    }
    #expect(try desk.audit("--patient", hidden, "--outcome", "refused").count == 10)
    #expect(try desk.exceptions("no-label") == [waiting] && desk.site.corrections().isEmpty)
    // In an emergency, on record with both; and for somebody with the right.
    let words = ["--mrn", hidden, "--second", "Restricted", "--reason", "as on the page"]
    try desk.done(arguments: verbs[0] + words + ["--break-glass", "fire"])
    let broken = try desk.audit("--broke-glass")
    #expect(broken.count == 1 && broken.first?.subject["document"] as? String == waiting)
    #expect((broken.first?.subject["patient"] as? [String: String])?["mrn"] == hidden)
    try lower(desk, seeing: "restricted")
    try desk.done(arguments: verbs[1] + words)
    #expect(try Set(desk.charted(hidden)) == [waiting, filed])
  }

  @Test func `one emergency opens a hidden document and the chart that it belongs in`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"]) { object in
      var stations = object["stations"] as! [String: [String: Any]]
      stations["front-desk"]!["confidentiality"] = "restricted"
      object["stations"] = stations
    }
    let id = try #require(desk.exceptions().first)
    try lower(desk)
    let words = ["exceptions", "assign", id, "--mrn", hidden, "--second", "Restricted", "--reason", "as on the page"]
    #expect(try desk.run(words).status == 1)
    try desk.done(arguments: words + ["--break-glass", "fire"])
    #expect(try desk.audit("--broke-glass").count == 1)
  }

  @Test func `nothing is undone in a chart that the operator may not see, parted documents neither`() throws {
    let desk = try DeskSite(["front-desk/good-jpeg-in-tiff.tif"])
    let id = try #require(desk.charted("10000123").first)
    try desk.done("correct", "move", id, "--mrn", hidden, "--second", "Restricted", "--reason", "as its label says")
    let split = try desk.done("correct", "split", id, "--parts", "1/2", "--reason", "two letters", "--json").objects
    let part = try #require(split.first?["id"] as? String)
    let correction = try #require(split.first?["correction"] as? String)
    try lower(desk)
    for typed in [part, correction] {
      let refused = try desk.refused("correct", "undo", typed, "--reason", "one letter", saying: "is restricted")
      #expect(refused.output.isEmpty && !refused.errors.contains(hidden))
    }
    try lower(desk, seeing: "restricted")
    try desk.done("correct", "undo", correction, "--reason", "one letter")
    #expect(try desk.charted(hidden) == [id])
  }

  @Test func `what decides an exception again puts nothing where the operator may not see it`() throws {
    let desk = try DeskSite(["good-cover-sheets.tif"], imports: false)
    // Its cover names the patient, and its own pages do not.
    let csv = desk.site.path + "/cover.csv"
    let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality\n"
    try (header + "10000032,GENHOSP,Exemplar,Exempla,,1972-07-04,F,,,restricted\n").write(
      toFile: csv, atomically: true, encoding: .utf8)
    let ids = try desk.exceptions()
    let told = try desk.done("patients", "import", csv)
    let filed = try desk.charted("10000032")
    #expect(!filed.isEmpty && told.output.contains("filed now"), "\(told)")
    for id in filed { try desk.done("correct", "undo", id, "--reason", "look at it") }
    #expect(try Set(desk.exceptions()) == Set(ids))
    try lower(desk)
    for id in filed {
      let result = try desk.run(["exceptions", "requeue", id, "--reason", "again"])
      #expect(result.status == 1 && result.errors.contains("This document is restricted"), "\(result)")
      #expect(!(result.output + result.errors).contains("10000032"))
    }
  }

  // MARK: Looking for

  @Test func `a hidden document is found by its whole id alone, and what became of it is not told`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"]) { object in
      var stations = object["stations"] as! [String: [String: Any]]
      stations["front-desk"]!["confidentiality"] = "restricted"
      object["stations"] = stations
    }
    let id = try #require(desk.exceptions().first)
    let start = String(id.dropFirst("urn:uuid:".count).prefix(8))
    try desk.done("exceptions", "show", start)
    try lower(desk)
    try desk.refused("exceptions", "show", start, saying: "No document '\(start)' is known")
    for verb in [["exceptions", "reject"], ["correct", "withdraw"], ["qc", "confirm"], ["correct", "undo"]] {
      let reason = verb[0] == "qc" ? [] : ["--reason", "x"]
      let result = try desk.run(verb + [id] + reason)
      #expect(result.status == 1 && result.errors.contains("This document is restricted"), "\(verb): \(result.errors)")
    }
  }

  @Test func `another record of the same person is not told of where it has a higher level`() throws {
    let desk = try DeskSite([])
    let message =
      "MSH|^~\\&|A|GENHOSP|C|D|20991231||ADT^A24|1|P|2.5.1\rPID|1||10000016^^^GENHOSP^MR\rPID|2||\(hidden)^^^GENHOSP^MR\r"
    try message.write(toFile: desk.site.path + "/link.hl7", atomically: true, encoding: .utf8)
    try desk.done("patients", "import", desk.site.path + "/link.hl7")
    #expect(try desk.done("chart", "10000016").errors.contains(hidden))
    #expect(try desk.done("patients", "show", "10000016").output.contains(hidden))
    try lower(desk)
    for verb in [["chart", "10000016"], ["patients", "show", "10000016"]] {
      let result = try desk.run(verb)
      #expect(result.status == 0 && !(result.output + result.errors).contains(hidden), "\(result)")
    }
  }
}
