import Foundation
import System
import Testing
import TestSupport

/// All that a mistake touched is listed, whatever became of it, and only what can be put right is planned for.
@Suite(.serialized) struct ImpactTests {
  private func impact(_ desk: DeskSite, _ arguments: String...) throws -> (lines: [[String: Any]], sum: [String: Any]) {
    let objects = try desk.done(arguments: ["impact"] + arguments + ["--json"]).objects
    return (Array(objects.dropLast()), try #require(objects.last))
  }

  private func charts(_ sum: [String: Any]) -> Set<String?> {
    Set((sum["charts"] as? [[String: String]] ?? []).map { $0["mrn"] })
  }

  /// `MRN how` of each chart that a document left.
  private func left(_ line: [String: Any]) -> [String] {
    (line["left"] as? [[String: Any]] ?? []).map {
      "\(($0["patient"] as? [String: String])?["mrn"] ?? "-") \($0["how"] as? String ?? "-")"
    }
  }

  @Test func `what was withdrawn or rejected since is listed with the chart that it left, and no part of a plan`()
    throws
  {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/conflicting-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    try desk.done("correct", "withdraw", id, "--reason", "filed in error", "--operator", "eve")
    let found = try impact(desk, "--label", "MRN10000198")
    #expect(found.lines.map { $0["id"] as? String } == [id] && found.lines[0]["status"] as? String == "withdrawn")
    #expect(left(found.lines[0]) == ["10000198 withdrawn"] && charts(found.sum) == ["10000198"])
    let text = try desk.done("impact", "--label", "MRN10000198").output
    #expect(text.contains("  was in GENHOSP:10000198 until 20") && text.contains(" UTC: withdrawn by eve\n"), "\(text)")
    #expect(text.hasSuffix("1 page in 1 document of 1 chart.\n"), "\(text)")
    for action in ["--refile", "--withdraw"] {
      let plan = try desk.done("impact", "--label", "MRN10000198", action)
      #expect(plan.output == "Nothing would change.\n")
      #expect(
        plan.errors.contains("1 document withdrawn, rejected or regrouped since is no part of this"), "\(plan.errors)")
    }
    let waiting = try #require(desk.exceptions("conflicting-mrn").first)
    let nothing = try desk.done("impact", "--label", "MRN10000164", "--withdraw")
    #expect(nothing.errors.contains("1 document that waits for a person is in no chart"), "\(nothing.errors)")
    try desk.done("exceptions", "reject", waiting, "--reason", "torn")
    let rejected = try impact(desk, "--label", "MRN10000164")
    #expect(rejected.lines.map { $0["status"] as? String } == ["rejected"] && charts(rejected.sum).isEmpty)
  }

  @Test func `a document that was split, and parts that were moved, are listed with every chart that they left`()
    throws
  {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    let split = try desk.done("correct", "split", id, "--parts", "1/2", "--reason", "two notes", "--json").objects
    let parts = split.compactMap { $0["id"] as? String }
    try desk.done("correct", "move", parts[1], "--mrn", "10000024", "--second", "mock", "--reason", "another's")
    let decidedBy = try #require(desk.site.manifests().first?["decidedBy"] as? [String: Any])
    for filter in [
      ["--label", "MRN10000198"], ["--entry", "patient"], ["--station", "front-desk"], ["--from", "2000-01-01"],
      ["--reader", decidedBy["reader"] as! String], ["--rules", decidedBy["configuration"] as! String],
      ["--patient-by", "label"],
    ] {
      let found = try impact(desk, filter[0], filter[1])
      let lines = found.lines.reduce(into: [String: [String: Any]]()) { $0[$1["id"] as! String] = $1 }
      let (whole, moved) = try (#require(lines[id]), #require(lines[parts[1]]))
      #expect(whole["status"] as? String == "regrouped" && left(whole) == ["10000198 regrouped"], "\(filter)")
      #expect(moved["status"] as? String == "filed" && left(moved) == ["10000198 moved"], "\(filter)")
      #expect(charts(found.sum) == ["10000198", "10000024"], "\(filter)")
      // The label stands on the second page alone; a page counts once, though two documents have it.
      let isOfOne = filter[0] == "--label"
      #expect((lines[parts[0]] == nil) == isOfOne && found.sum["pages"] as? Int == (isOfOne ? 1 : 2), "\(filter)")
    }
    try desk.done("correct", "undo", parts[1], "--reason", "no")
    try desk.done("correct", "undo", split[0]["correction"] as! String, "--reason", "one note")
    let back = try impact(desk, "--label", "MRN10000198")
    let statuses = back.lines.reduce(into: [String: String]()) { $0[$1["id"] as! String] = $1["status"] as? String }
    #expect(statuses == [id: "filed", parts[1]: "regrouped"])
  }

  @Test func `what one person did is followed through all that others did with it since`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"])
    let id = try #require(desk.charted("10000198").first)
    try desk.done(
      "correct", "move", id, "--mrn", "10000024", "--second", "mock", "--reason", "x", "--operator", "eve")
    let late = try #require(desk.exceptions("no-label").first)
    let whole = try #require(
      desk.done(
        "correct", "insert", id, "--from", late, "--after", "2", "--second", "mock", "--reason", "late", "--json"
      ).objects.first)
    let joined = try impact(desk, "--by", "eve")
    #expect(Set(joined.lines.map { $0["id"] as? String }) == [id, whole["id"] as? String])
    #expect(joined.lines.first { $0["id"] as? String != id }?["pages"] as? [Int] == [1, 2], "not the late page")
    #expect(joined.lines.first { $0["id"] as? String == id }.map(left) == ["10000198 moved", "10000024 regrouped"])
    try desk.done("correct", "undo", whole["correction"] as! String, "--reason", "another's")
    let parted = try impact(desk, "--by", "eve")
    #expect(parted.lines.first { $0["id"] as? String == id }?["status"] as? String == "filed")
    #expect(!parted.lines.contains { $0["id"] as? String == late })
  }

  @Test func `a cover or header sheet with the label is listed, and every document that it opened`() throws {
    let desk = try DeskSite(["good-cover-sheets.tif", "good-header-sections.tif", "good-morning-mail.tif"])
    func found(_ label: String) throws -> (opened: [[Int]?], sheets: [[Int]?]) {
      let found = try impact(desk, "--label", label)
      let sheets = found.lines.filter { $0["disposition"] as? String == "separator" }
      #expect(found.sum["setAside"] as? Int == sheets.count)
      return (
        found.lines.filter { $0["id"] != nil }.map { $0["pages"] as? [Int] }.sorted { $0!.first! < $1!.first! },
        sheets.map { $0["pages"] as? [Int] }
      )
    }
    let cover = try found("MRN10000032")
    #expect(cover.opened == [[5]] && cover.sheets == [[4]])
    let header = try found("MRN10000040")
    #expect(header.opened == [[6], [7]] && header.sheets == [[5]])
    // Up to the next header; and whatever the documents say themselves.
    let first = try found("BATCHWARDROUND")
    #expect(first.opened == [[2, 3], [4]] && first.sheets == [[1]])
    let text = try desk.done("impact", "--label", "BATCHWARDROUND").output
    #expect(text.contains(", default: set aside, separator\n"), "\(text)")
    #expect(text.hasSuffix("3 pages in 2 documents of 2 charts, and 1 page set aside.\n"), "\(text)")
    let station = try impact(desk, "--station", "default")
    #expect(station.sum["setAside"] as? Int == 2 + 2 + 4)
  }

  @Test func `all that one entry of the label grammar took is listed, and decided again without it`() throws {
    let desk = try DeskSite(["front-desk/good-symbologies.tif"])
    let found = try impact(desk, "--entry", "patient-gs1")
    let ids = found.lines.compactMap { $0["id"] as? String }
    #expect(found.lines.compactMap { $0["pages"] as? [Int] }.flatMap(\.self).sorted() == [9, 10])
    #expect(try impact(desk, "--entry", "patient-gs1", "--label", "MRN10000024").lines.isEmpty)
    let plan = try impact(desk, "--entry", "patient-gs1", "--refile")
    let digest = try #require(plan.sum["digest"] as? String)
    try desk.done("impact", "--entry", "patient-gs1", "--refile", "--apply", digest, "--reason", "a bad pattern")
    #expect(try Set(desk.exceptions("no-label")) == Set(ids) && desk.charted("10000180").isEmpty)
    let since = try impact(desk, "--entry", "patient-gs1")
    #expect(since.lines.allSatisfy { left($0) == ["10000180 reopened"] } && charts(since.sum) == ["10000180"])
    try desk.expectSound()
  }

  @Test(arguments: [
    (["--reader", "eagle eye 3"], "No page that you may see was read by 'eagle eye 3'. The readers were: chartroom"),
    (["--rules", "zzz"], "No record that you may see names the rules 'zzz'. The rules were: "),
    (["--by", "nemo"], "No record that you may see says that 'nemo' scanned or corrected anything."),
    (["--label", "MRN99999999"], "No page that you may see carries the label 'MRN99999999'."),
    (["--entry", "patient-gs1"], "No page that you may see carries a label of the entry 'patient-gs1'."),
    (["--entry", "nosuch"], "No entry of the label grammar is called 'nosuch'. The entries are: patient, "),
    (["--station", "nowhere"], "No station is called 'nowhere'. The stations are: archive-room, default, "),
    (["--label", "MRN10000198", "--station", "nowhere"], "No station is called 'nowhere'."),
  ])
  func `what was asked for and never was is told`(arguments: [String], words: String) throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let result = try desk.done(arguments: ["impact"] + arguments)
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.output == "0 pages in 0 documents of 0 charts.\n")
    #expect(result.errors.split(separator: "\n").count == 1, "what is known is not told: \(result.errors)")
  }

  @Test func `what is known and touched nothing is no mistake, and a list of a station that is none says so`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    #expect(try desk.done("impact", "--station", "id-desk", "--label", "MRN10000198").errors == "")
    #expect(try desk.done("exceptions", "list", "--station", "id-desk").errors == "")
    let list = try desk.done("exceptions", "list", "--station", "nowhere")
    #expect(list.errors.contains("No station is called 'nowhere'.") && list.output == "No exceptions.\n")
  }

  @Test func `who may not see a patient or a station learns no more of it than of what never was`() throws {
    let desk = try DeskSite(["front-desk/good-with-notes.tif", "good-cover-sheets.tif"]) { object in
      var stations = object["stations"] as! [String: Any]
      stations["id-desk"] = ["confidentiality": "very restricted"]
      object["stations"] = stations
    }
    let csv = desk.site.path + "/level.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    10000032,GENHOSP,Exemplar,Exempla,,1972-07-04,F,,,restricted

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    let login = loginUser()
    try desk.setOperators([login: ["roles": ["index", "supervise"]]])
    for label in ["MRN10000222", "MRN10000032"] {
      let hidden = try desk.done("impact", "--label", label)
      let never = try desk.done("impact", "--label", "MRN99999999")
      #expect(hidden.output == never.output)
      #expect(hidden.errors == never.errors.replacing("MRN99999999", with: label))
    }
    for verb in [["impact"], ["exceptions", "list"]] {
      let hidden = try desk.done(arguments: verb + ["--station", "id-desk"])
      #expect(hidden.errors.contains("No station is called 'id-desk'.") && !hidden.errors.contains(", id-desk"))
    }
    try desk.setOperators([login: ["roles": ["index", "supervise"], "confidentiality": "restricted"]])
    #expect(try impact(desk, "--label", "MRN10000032").sum["setAside"] as? Int == 1)
  }
}
