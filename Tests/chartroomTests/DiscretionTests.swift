import Foundation
import System
import TestSupport
import Testing

/// Who may not see something neither sees nor counts it; a broken glass opens one thing and is on record, whatever hid it.
@Suite(.serialized) struct DiscretionTests {
  private let login = loginUser()
  private let labs = ["good-morning-mail.tif", "front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"]

  /// A site whose laboratory reports are restricted.
  private func desk(_ fixtures: [String]? = nil) throws -> DeskSite {
    let desk = try DeskSite(fixtures ?? labs) { object in
      var types = object["documentTypes"] as! [String: [String: Any]]
      types["LAB"]!["confidentiality"] = "restricted"
      object["documentTypes"] = types
      object["quality"] = ["rate": 1, "seed": "test"] as [String: Any]
    }
    try desk.setOperators([login: ["roles": ["index", "supervise", "audit"]]])
    return desk
  }

  @Test func `what a type hides in an open patient's chart is shown only by a glass that is recorded as broken`() throws
  {
    let desk = try desk()
    let before = try desk.charted("10000016").count
    #expect(try desk.run(["chart", "10000016", "--break-glass", "fire", "--json"]).objects.count > before)
    let records = try desk.audit("--broke-glass")
    #expect(records.count == 1 && records.first?.subject["reason"] as? String == "fire")
    #expect(try desk.done("status").output.contains("The glass was broken with 'chart'"))
    // Nothing is hidden in this one: no glass breaks.
    try desk.done("chart", "10000198", "--break-glass", "fire")
    #expect(try desk.audit("--broke-glass").count == 1)
  }

  @Test func `a broken glass opens one document at a time, and its reason stays beside the verb's own`() throws {
    let desk = try desk(["front-desk/no-type.tif", "front-desk/unknown-type.tif"])
    try desk.setOperators([login: ["roles": ["index", "audit"]]])
    let csv = desk.site.path + "/level.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    10000016,GENHOSP,Sample,Probus,,1948-11-30,M,,,restricted

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    #expect(try desk.exceptions().isEmpty, "nothing is shown")
    let ids = try desk.site.manifests().flatMap(\.documents).compactMap { $0["id"] as? String }
    #expect(ids.count == 2)
    let both = ["exceptions", "type"] + ids + ["--type", "HP", "--reason", "typed", "--break-glass", "fire"]
    let refused = try desk.run(both)
    #expect(refused.status == 1 && refused.errors.contains("opens one patient or document at a time"))
    try desk.done("exceptions", "reject", ids[0], "--reason", "no paper of ours", "--break-glass", "fire")
    let record = try #require(desk.audit("--broke-glass", "--verb", "exceptions reject").first)
    #expect(record.subject["reason"] as? String == "fire; no paper of ours")
    #expect(record.subject["document"] as? String == ids[0])
  }

  @Test func `counts leave out what the operator may not see`() throws {
    let desk = try desk()
    let all = try counts(desk, seeing: "very restricted")
    let some = try counts(desk, seeing: "normal")
    #expect(all.filed > some.filed && all.pages > some.pages && all.exceptions == some.exceptions)
    #expect(try desk.done("qc", "report").output.contains(" LAB ") == false)
    let batch = try #require(desk.site.manifests().first { $0.documents.contains { $0["type"] as? String == "LAB" } })
    let id = try #require(batch["batch"] as? String)
    let shown = try #require(desk.done("status", id, "--json").objects.first?["documents"] as? [[String: Any]])
    #expect(!shown.isEmpty && shown.count < batch.documents.count)
    #expect(shown.allSatisfy { $0["type"] as? String != "LAB" })
  }

  @Test func `status counts no exception that the list leaves out, also of a batch where it was rejected`() throws {
    let desk = try DeskSite(["front-desk/undecodable.tif"])
    let csv = desk.site.path + "/level.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    10000255,GENHOSP,Crumpled,Cora,,1982-02-12,F,,,restricted

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    try desk.setOperators([login: ["roles": ["index"], "confidentiality": "restricted"]])
    let all = try desk.run(["exceptions", "list", "--json"]).objects
    let first = try #require(all.first { $0["pages"] as? [Int] == [1, 2] }?["id"] as? String)
    let batch = try #require(all.first?["batch"] as? String)
    try desk.done("exceptions", "reject", first, "--reason", "torn")
    try desk.setOperators([login: ["roles": ["index"]]])
    let stations = try desk.done("status", "--json").objects.first?["stations"] as? [[String: Any]]
    let station = try #require(stations?.first { $0["station"] as? String == "front-desk" })
    let shown = try desk.exceptions()
    #expect(all.count == 3 && shown.count == 1 && station["exceptions"] as? Int == 1)
    #expect((station["pages"] as? [String: Int])?["exception"] == 1)
    let counts = try #require(desk.done("status", batch, "--json").objects.first?["counts"] as? [String: Int])
    #expect(counts["pages"] == 3 && counts["exception"] == 1, "\(counts)")
  }

  @Test func `a hidden station is neither listed nor counted`() throws {
    let desk = try DeskSite(labs) { object in
      var stations = object["stations"] as! [String: Any]
      stations["front-desk"] = ["confidentiality": "very restricted"]
      object["stations"] = stations
    }
    let batch = try #require(
      desk.site.manifests().first { $0["station"] as? String == "front-desk" }?["batch"] as? String)
    #expect(try desk.done("status").output.contains("front-desk"))
    try desk.setOperators([login: ["roles": ["index"]]])
    let status = try desk.done("status").output
    #expect(!status.contains("front-desk") && status.contains("hand-scanner"))
    try desk.refused("status", batch, saying: "a station of which you may see nothing")
  }

  @Test func `a level holds for the whole person, whichever number was merged into which`() throws {
    let desk = try desk(["front-desk/good-with-notes.tif"])
    let csv = desk.site.path + "/merge.csv"
    try "mrn,authority,family,given,middle,birth_date,sex,merged_into\n10000222,GENHOSP,,,,,,10000230\n".write(
      toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("chart", "10000230")
    // By the merge the pages of the one would come into the chart of the other (I6).
    try desk.refused(
      "patients", "import", csv, saying: "merge.csv, line 2: it is about a patient of a level that you may not see")
    let tried = try desk.audit("--patient", "10000222", "--verb", "patients import", "--outcome", "refused")
    #expect(
      tried.map { $0.subject["detail"] as? String } == [
        "GENHOSP:10000222 stays as it is; the file says that it is merged into GENHOSP:10000230"
      ])
    try desk.done("chart", "10000230")
    let roles = ["index", "supervise", "audit"]
    try desk.setOperators([login: ["roles": roles, "confidentiality": "restricted"]])
    try desk.done("patients", "import", csv)
    try desk.setOperators([login: ["roles": roles]])
    for number in ["10000230", "10000222"] { try desk.refused("chart", number, saying: "This patient is restricted") }
    #expect(try !desk.done("patients", "list").output.contains("Visitor"))
  }

  @Test func `pages never lose the level of their station by coming into another document`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif", "id-desk/too-many-pages.tif"]) { object in
      var stations = object["stations"] as! [String: [String: Any]]
      stations["front-desk"]!["confidentiality"] = "restricted"
      object["stations"] = stations
    }
    let open = try desk.exceptions().filter { try !desk.exceptions("no-label").contains($0) }
    let (high, low) = try (#require(desk.exceptions("no-label").first), #require(open.first))
    try desk.refused("exceptions", "join", low, high, "--reason", "x", saying: "a station of a higher level")
    try desk.done("exceptions", "join", high, low, "--reason", "x")
    try desk.expectSound()
  }

  @Test func `a namesake whom the operator may not see is warned of without a name`() throws {
    let desk = try desk(["front-desk/no-label.tif"])
    let csv = desk.site.path + "/twin.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    10000271,GENHOSP,Fixture,Tertia,,1961-04-12,F,,,restricted

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    let id = try #require(desk.exceptions().first)
    let result = try desk.done("exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "x")
    #expect(result.errors.contains("1 more with the same family name and birth date is of a level"), "\(result.errors)")
    #expect(!result.errors.contains("Tertia") && !result.errors.contains("10000271"))
  }

  @Test
  func `an exception is as hidden as the patient whom its label names today and as each type that its labels name`()
    throws
  {
    let desk = try DeskSite(["front-desk/unknown-mrn.tif", "front-desk/conflicting-type.tif"]) { object in
      var types = object["documentTypes"] as! [String: [String: Any]]
      types["OPNOTE"]!["confidentiality"] = "very restricted"
      object["documentTypes"] = types
      object["stations"] = ["front-desk": ["waitingHours": 0]]
    }
    let unknown = try #require(desk.exceptions("unknown-mrn").first)
    let conflicting = try #require(desk.exceptions("conflicting-type").first)
    let csv = desk.site.path + "/late.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    99000010,GENHOSP,Late,Ada,,1961-04-12,F,,,restricted

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    try desk.setOperators([login: ["roles": ["index"]]])
    #expect(try desk.exceptions().isEmpty)
    try desk.refused("exceptions", "show", unknown, saying: "is restricted")
    try desk.refused("exceptions", "show", conflicting, saying: "is very restricted")
  }

  @Test func `undoing puts nothing into a chart that the operator may not see`() throws {
    let desk = try DeskSite(["front-desk/good-with-notes.tif"])
    let id = try #require(desk.charted("10000222").first)
    try desk.done("correct", "move", id, "--mrn", "10000024", "--second", "Mock", "--reason", "wrong person")
    try desk.setOperators([login: ["roles": ["index", "supervise"]]])
    let refused = try desk.refused("correct", "undo", id, "--reason", "it was right", saying: "is restricted")
    #expect(!refused.errors.contains("10000222") && refused.output.isEmpty)
    try desk.setOperators([login: ["roles": ["index", "supervise"], "confidentiality": "restricted"]])
    try desk.done("correct", "undo", id, "--reason", "it was right")
    #expect(try desk.charted("10000222").contains(id))
  }

  @Test func `who acts for another sees no more than both may`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let high: [String: Any] = ["roles": ["index"], "confidentiality": "very restricted"]
    try desk.setOperators([login: ["roles": ["delegate"]], "anna": high])
    try desk.refused("chart", "10000222", "--operator", "anna", saying: "is restricted")
    try desk.setOperators([login: ["roles": ["delegate"], "confidentiality": "restricted"], "anna": high])
    try desk.done("chart", "10000222", "--operator", "anna")
  }

  private func counts(
    _ desk: DeskSite, seeing level: String
  ) throws -> (filed: Int, exceptions: Int, pages: Int) {
    try desk.setOperators([login: ["roles": ["index", "supervise", "audit"], "confidentiality": level]])
    let stations = try desk.done("status", "--json").objects.first?["stations"] as? [[String: Any]] ?? []
    func sum(_ key: String) -> Int { stations.reduce(0) { $0 + ($1[key] as? Int ?? 0) } }
    let pages = stations.reduce(0) { $0 + (($1["pages"] as? [String: Int])?["filed"] ?? 0) }
    return (sum("filed"), sum("exceptions"), pages)
  }
}
