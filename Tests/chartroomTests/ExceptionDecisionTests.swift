import Foundation
import Testing
import TestSupport

/// Working exceptions through to the end.
@Suite(.serialized) struct ExceptionDecisionTests {
  @Test func `after the journal was lost an exception is decided again as before, by cover, header and sidecar too`()
    throws
  {
    // Each waits for a label that the index does not know yet, or for something that stays as it is.
    let paper = [
      "good-header-sections.tif", "good-cover-sheets.tif", "hand-scanner/good-sidecar.tif",
      "hand-scanner/good-sidecar.json", "front-desk/missing-page.tif", "hand-scanner/count-mismatch.tif",
      "hand-scanner/count-mismatch.json", "front-desk/undecodable.tif",
    ]
    let desk = try DeskSite(paper, imports: false)
    let waiting = try desk.exceptions()
    #expect(waiting.count >= 10)
    desk.loseDatabases()
    try desk.done("rebuild")
    try desk.site.importPatients()
    for id in try desk.exceptions() { try desk.done("exceptions", "requeue", id, "--reason", "patient data is there") }
    // As on a site that had the patient data from the start.
    let other = try DeskSite(paper)
    #expect(try desk.exceptions().sorted() == other.exceptions().sorted())
    for mrn in ["10000016", "10000032", "10000040", "10000057", "10000065", "10000156"] {
      #expect(try desk.charted(mrn).sorted() == other.charted(mrn).sorted(), "\(mrn)")
    }
    try desk.expectSound(afterLosing: true)
  }

  private func assign(_ desk: DeskSite, _ id: String, _ more: [String] = []) throws -> Program.Result {
    try desk.run(
      ["exceptions", "assign", id, "--mrn", "12345674", "--second", "1961-04-12", "--reason", "as on the page"] + more)
  }

  @Test func `an exception that is assigned is in the chart, recorded, and decided for everybody`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions("no-label").first)
    let assigned = try assign(desk, id, ["--operator", "anna", "--json"])
    #expect(assigned.status == 0, "\(assigned.errors)")
    #expect(try desk.charted("12345674") == [id] && desk.exceptions().isEmpty)
    let correction = try #require(desk.site.corrections().first)
    #expect(correction["operator"] as? String == "anna" && correction["reason"] as? String == "as on the page")
    let anchor = try #require(correction["audit"] as? [String: Any])
    let record = try #require(desk.audit("--verb", "exceptions assign").first)
    #expect(
      anchor["sequence"] as? Int == record["sequence"] as? Int && anchor["head"] as? String == record["hash"] as? String
    )
    #expect(record.subject["correction"] as? String == correction["correction"] as? String)
    try desk.refused(
      "exceptions", "reject", id, "--reason", "late", saying: "is filed: it no longer waits for a decision")
    try desk.expectSound()
  }

  @Test func `another patient's visit is left out of what is assigned, and that is said`() throws {
    let desk = try DeskSite(["front-desk/conflicting-encounter.tif"])
    let id = try #require(desk.exceptions("conflicting-encounter").first)
    let assigned = try desk.done(
      "exceptions", "assign", id, "--mrn", "10000032", "--second", "Exemplar", "--reason", "as on the page")
    #expect(
      assigned.errors.contains("Encounter 5000000116, which a label names, is another patient's"), "\(assigned.errors)")
    #expect(try desk.chart("10000032").map { $0["encounter"] as? String } == [nil])
    try desk.done("correct", "undo", id, "--reason", "look again")
    // Her own visit is hers.
    try desk.done(
      "exceptions", "assign", id, "--mrn", "10000248", "--second", "Theatre", "--reason", "as on the page")
    #expect(try desk.chart("10000248").map { $0["encounter"] as? String } == ["5000000116"])
  }

  @Test func `a wrong second identifier is on record with the patient whom it was tried on`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions("no-label").first)
    try desk.refused(
      "exceptions", "assign", id, "--mrn", "12345674", "--second", "Sample", "--reason", "x", saying: "does not agree")
    #expect(try desk.audit("--patient", "12345674", "--outcome", "refused").count == 1)
  }

  @Test(arguments: [
    (["--mrn", "12345674", "--second", "1961-04-13"], "birth date does not agree"),
    (["--mrn", "12345674", "--second", "Sample"], "family name does not agree"),
    (["--mrn", "99000010", "--second", "1961-04-12"], "No patient 99000010 is in the patient index"),
    (["--mrn", "10000206", "--second", "1966-06-06"], "known under several authorities"),
    (["--mrn", "10000214", "--second", "1966-06-06"], "has no birth date of"),
    (["--mrn", "12345674", "--second", "fixture", "--type", "NOSUCH"], "There is no document type 'NOSUCH'"),
    (["--mrn", "12345674", "--second", "fixture", "--encounter", "5000000033"], "is another patient's"),
    (["--mrn", "12345674", "--second", "fixture", "--encounter", "5000000018"], "could stand on no label"),
    (["--mrn", "12345674", "--second", "fixture", "--encounter", "ENC5000000017"], "could stand on no label"),
    (["--mrn", "12345674", "--second", "12.4.61"], "is no day; write the birth date as YYYY-MM-DD"),
    (["--mrn", "12345674", "--second", ""], "The second identifier is missing"),
    (["--mrn", "12345674", "--second", " "], "The second identifier is missing"),
    (["--mrn", "12345674", "--second", "fixture", "--pages", "1,2"], "has no page 2"),
    (["--mrn", "12345674", "--second", "fixture", "--service-date", "2026-02-30"], "is no day"),
    (
      ["--mrn", "12345674", "--second", "fixture", "--service-date", "2099-01-01"],
      "The service date 2099-01-01 is after today"
    ),
  ])
  func `what does not agree is refused with the reason, changes nothing and is recorded`(
    arguments: [String], words: String
  ) throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions().first)
    let result = try desk.run(["exceptions", "assign", id] + arguments + ["--reason", "x"])
    #expect(result.status == 1 && result.errors.contains(words), "\(result.errors)")
    #expect(!result.errors.contains("1961"), "the index's own data is not told")
    #expect(try desk.exceptions() == [id] && desk.site.corrections().isEmpty)
    #expect(try desk.audit("--outcome", "refused").count == 1)
  }

  @Test func `a visit that the index does not know is kept as typed, with a note, until it is put right`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions().first)
    try desk.done(
      "exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--encounter", "9900000010", "--reason",
      "x")
    #expect(try desk.chart("12345674").first?["notes"] as? [String] == ["unknown-encounter"])
    try desk.done("correct", "retype", id, "--encounter", "5000000017", "--reason", "a digit was misread")
    #expect(try desk.chart("12345674").first?["notes"] as? [String] == [])
    try desk.expectSound()
  }

  @Test func `a merged number files in the survivor's chart; twins and newborns are warned of`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let csv = desk.site.path + "/twin.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into
    10000271,GENHOSP,Fixture,Tertia,,1961-04-12,F,

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    let id = try #require(desk.exceptions().first)
    let result = try desk.done(
      "exceptions", "assign", id, "--mrn", "11000015", "--second", " FIXTURE ", "--reason", "x")
    #expect(result.errors.contains("GENHOSP:10000271 has the same family name and birth date (Tertia)"))
    let document = try #require(desk.chart("12345674").first)
    #expect((document["viaAlias"] as? [String: String])?["mrn"] == "11000015")
  }

  @Test func `of two people who decide the same exception at once one is told`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions().first)
    let patients = [("12345674", "1961-04-12"), ("10000016", "1948-11-30"), ("10000024", "1985-02-28")]
    let running = try patients.map {
      try desk.program.start(["exceptions", "assign", id, "--mrn", $0.0, "--second", $0.1, "--reason", "mine"])
    }
    let results = running.map { $0.wait() }
    #expect(results.count { $0.status == 0 } == 1, "\(results.map(\.errors))")
    #expect(results.allSatisfy { [0, 1, 75].contains($0.status) })
    #expect(try patients.reduce(0) { try $0 + desk.chart($1.0).count } == 1)
    #expect(try desk.site.corrections().count == 1)
    try desk.expectSound()
  }

  @Test func `pages are put in order, a labelled page is a blank only when told so, what is left out is refused`()
    throws
  {
    let desk = try DeskSite(["front-desk/missing-page.tif"])
    let id = try #require(desk.exceptions().first)
    let left = try assign(desk, id, ["--pages", "2"])
    #expect(left.status == 1 && left.errors.contains("Page 1 is left out"))
    let labelled = try assign(desk, id, ["--pages", "2", "--blank", "1"])
    #expect(labelled.status == 1)
    #expect(labelled.errors.contains("Page 1 carries labels (type, patient, page): it is not blank"))
    #expect(try desk.exceptions() == [id] && desk.site.corrections().isEmpty)
    let result = try assign(
      desk, id, ["--pages", "2", "--blank", "1", "--blank-anyway", "--service-date", "2026-11-20"])
    #expect(result.status == 0 && result.errors.contains("warning: Page 1 carries labels"), "\(result.errors)")
    let document = try #require(desk.chart("12345674").first)
    #expect(document["pages"] as? [Int] == [2] && document["blanks"] as? [Int] == [1])
    #expect(document["serviceDate"] as? String == "2026-11-20")
    try desk.expectSound()
  }

  @Test func `a page that is called blank and is none is warned of, and one that nobody has seen is refused`() throws {
    let desk = try DeskSite(["front-desk/undecodable.tif"])
    let list = try desk.run(["exceptions", "list", "--json"]).objects
    func id(_ pages: [Int]) throws -> String {
      try #require(list.first { $0["pages"] as? [Int] == pages }?["id"] as? String)
    }
    let joined = try desk.done("exceptions", "join", id([1, 2]), id([3]), "--reason", "one form", "--json")
    let whole = try #require(joined.objects.first?["id"] as? String)
    let unseen = try assign(desk, whole, ["--pages", "1,2", "--blank", "3"])
    #expect(unseen.status == 1 && unseen.errors.contains("Page 3 could not be decoded"), "\(unseen.errors)")
    let inked = try assign(desk, whole, ["--pages", "1,3", "--blank", "2"])
    #expect(inked.status == 0 && inked.errors.contains("warning: Page 2 has more ink on it"), "\(inked.errors)")
    #expect(try desk.chart("12345674").first?["blanks"] as? [Int] == [2])
    let detail = try desk.audit("--verb", "exceptions assign", "--outcome", "done").first?.subject["detail"] as? String
    #expect(detail == "kept as a blank by a person's word: page 2")
    // Its bytes are where they were.
    let shown = try desk.done("exceptions", "show", whole, "--json").objects.first?["pageDetails"] as? [[String: Any]]
    #expect(shown?.count == 3)
    for page in shown ?? [] { #expect(FileManager.default.fileExists(atPath: page["path"] as? String ?? "")) }
    try desk.expectSound()
  }

  @Test func `an exception is split, each part waits by itself, and joining puts the old one back together`() throws {
    let desk = try DeskSite(["front-desk/conflicting-mrn.tif"])
    let id = try #require(desk.exceptions().first)
    try desk.refused("exceptions", "split", id, "--parts", "1/1,2", "--reason", "x", saying: "A page is in two parts")
    try desk.refused("exceptions", "split", id, "--parts", "1/3", "--reason", "x", saying: "has no page 3")
    let split = try desk.done("exceptions", "split", id, "--parts", "1/2", "--reason", "two people", "--json")
    let parts = split.objects.compactMap { $0["id"] as? String }
    #expect(try parts.count == 2 && Set(desk.exceptions()) == Set(parts))
    try desk.expectSound()
    try desk.done(
      "exceptions", "assign", parts[1], "--mrn", "10000024", "--second", "mock", "--reason", "as printed", "--type",
      "LAB")
    #expect(try desk.charted("10000024") == [parts[1]])
    try desk.done("correct", "undo", parts[1], "--reason", "too fast")
    let joined = try desk.done("exceptions", "join", parts[0], parts[1], "--reason", "one after all", "--json")
    #expect(joined.objects.first?["id"] as? String == id)
    #expect(try desk.exceptions() == [id])
    try desk.expectSound()
  }

  @Test func `a requeued exception is decided by today's rules`() throws {
    let desk = try DeskSite(["front-desk/unknown-type.tif"])
    let id = try #require(desk.exceptions("unknown-type").first)
    let same = try desk.done("exceptions", "requeue", id, "--reason", "try")
    #expect(same.output.contains("Today's rules say the same"))
    let reasons = try desk.run(["exceptions", "show", id]).output
    let code = try #require(reasons.firstMatch(of: /DOC([A-Z0-9]{2,12})/)?.1)
    let file = URL(fileURLWithPath: desk.site.path + "/pipeline.json")
    var object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
    var types = object["documentTypes"] as! [String: Any]
    types[String(code)] = ["name": "New form", "loinc": "34133-9"]
    object["documentTypes"] = types
    try JSONSerialization.data(withJSONObject: object).write(to: file)
    let filed = try desk.done("exceptions", "requeue", id, "--reason", "the type is known now", "--json")
    #expect(filed.objects.first?["status"] as? String == "filed")
    try desk.expectSound()
  }

  @Test func `the type of many is set in one reviewed action, and the labels say whose they are`() throws {
    let desk = try DeskSite([
      "front-desk/no-type.tif", "front-desk/unknown-type.tif", "front-desk/conflicting-type.tif",
    ])
    let ids = try desk.exceptions()
    #expect(ids.count == 3)
    let plan = try desk.run(["exceptions", "type"] + ids + ["--type", "LAB", "--reason", "all of them", "--json"])
    let digest = try #require(plan.objects.last?["digest"] as? String)
    #expect(try desk.exceptions().count == 3, "nothing was changed yet")
    let wrong = try desk.run(
      ["exceptions", "type", ids[0], "--type", "LAB", "--reason", "x", "--apply", String(digest.prefix(12))])
    #expect(wrong.status == 1 && wrong.errors.contains("no longer fits what is there"))
    let applied = try desk.run(
      ["exceptions", "type"] + ids + [
        "--type", "LAB", "--reason", "all of them", "--apply", String(digest.prefix(12)), "--json",
      ])
    #expect(applied.status == 0, "\(applied.errors)")
    #expect(try desk.exceptions().isEmpty)
    #expect(try desk.site.corrections().count == 1)
    try desk.expectSound()
  }

  @Test func `a rejected exception's bytes are kept, and the same file dropped again is a conflict`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions().first)
    try desk.done("exceptions", "reject", id, "--reason", "advertising")
    #expect(try desk.exceptions().isEmpty)
    try desk.expectSound()
    try desk.site.drop("archive/front-desk/no-label.tif", into: "front-desk", as: "again.tif")
    #expect(try desk.program.run("run").status == 3)
    let again = try #require(desk.exceptions("duplicate-conflict").first)
    try desk.done(
      "exceptions", "assign", again, "--mrn", "12345674", "--second", "fixture", "--type", "LAB", "--reason",
      "it was none")
    try desk.refused(
      "correct", "undo", id, "--reason", "both", saying: "stand in \(again)")
    try desk.expectSound()
  }

  @Test func `the list goes by age, and show has neighbours, people and pictures`() throws {
    let desk = try DeskSite(["front-desk/conflicting-mrn.tif"])
    #expect(try desk.done("exceptions", "list", "--older-than", "1d").output == "No exceptions.\n")
    #expect(try desk.run(["exceptions", "list", "--older-than", "0h", "--json"]).objects.count == 1)
    // Hours or days: nobody guesses which.
    for age in ["3", "h", "-1d", "3w"] {
      try desk.refused("exceptions", "list", "--older-than=\(age)", with: 64, saying: "in hours or days: 36h, 3d")
    }
    let id = try #require(desk.exceptions().first)
    let pictures = desk.site.path + "/pictures"
    try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: false)
    let shown = try desk.done("exceptions", "show", id, "--pictures", pictures, "--json")
    let object = try #require(shown.objects.first)
    #expect((object["neighbours"] as? [[String: Any]])?.count == 1)
    #expect(
      (object["patients"] as? [[String: Any]])?.allSatisfy { ($0["family"] as? String)?.isEmpty == false } == true)
    for page in ["0001", "0002"] {
      let png = try Data(contentsOf: URL(fileURLWithPath: "\(pictures)/page-\(page).png"))
      #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }
    try desk.refused("exceptions", "show", id, "--pictures", pictures, with: 64, saying: "is there already")
  }

  @Test(arguments: [
    ("undecodable", "the page is damaged"), ("unsupported", "This is a PDF, not a TIFF or PNG image"),
  ])
  func `of a page that cannot be drawn it is said why, in words and as JSON`(name: String, words: String) throws {
    let desk = try DeskSite(["front-desk/\(name).tif"])
    let folder = desk.site.path + "/pictures"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let list = try desk.run(["exceptions", "list", "--json"]).objects
    // Of the damaged file its third page.
    let hole = try #require(list.first { list.count == 1 || $0["pages"] as? [Int] == [3] })
    let id = try #require(hole["id"] as? String)
    let object = try #require(try desk.done("exceptions", "show", id, "--pictures", folder, "--json").objects.first)
    let page = try #require((object["pageDetails"] as? [[String: Any]])?.first)
    #expect(page["picture"] is NSNull && (page["noPicture"] as? String)?.contains(words) == true, "\(page)")
    let lines = try desk.done("exceptions", "show", id, "--pictures", folder).output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("  no picture: ") && $0.contains(words) }, "\(lines)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }
}
