import Foundation
import System
import Testing
import TestSupport

/// A second look at a sample of what was filed.
@Suite(.serialized) struct QualityTests {
  private func desk(rate: Double, _ more: [String: Any] = [:]) throws -> DeskSite {
    try DeskSite(["good-morning-mail.tif", "good-cover-sheets.tif", "front-desk/no-label.tif"]) { object in
      object["quality"] = ["rate": rate, "seed": "test"].merging(more) { $1 } as [String: Any]
    }
  }

  @Test func `what is drawn is drawn by the rate that its batch was decided with, whenever that is asked`() throws {
    let (all, none) = try (desk(rate: 1), desk(rate: 0))
    try all.configure("quality", ["rate": 0, "seed": "test"])
    try none.configure("quality", ["rate": 1, "seed": "test"])
    #expect(try drawn(all).count == 7 && drawn(none).isEmpty)
    // What a person files is drawn as what the newest batch before it filed.
    for (desk, isDrawn) in [(all, true), (none, false)] {
      let id = try #require(desk.exceptions().first)
      try desk.done("exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "seen")
      #expect(try drawn(desk).contains(id) == isDrawn)
    }
  }

  @Test func `after an error more is drawn of the same station, operator and type, and no more of others`() throws {
    let desk = try DeskSite(["good-morning-mail.tif"]) { object in
      object["quality"] = ["rate": 1, "seed": "test"] as [String: Any]
    }
    let first = try drawn(desk)
    let id = try #require(desk.chart("10000016").first { $0["type"] as? String == "LAB" }?["id"] as? String)
    try desk.done("correct", "retype", id, "--type", "REFERRAL", "--reason", "no report")
    try desk.configure(
      "quality", ["rate": 0.001, "seed": "test", "inheritedWeight": 1, "tightenedFactor": 1000])
    try desk.site.drop("archive/good-header-sections.tif", into: "")
    #expect(try desk.program.run("run").status == 0)
    let later = try desk.done("qc", "list", "--json").objects.filter { !first.contains($0["id"] as? String ?? "") }
    #expect(later.map { $0["type"] as? String } == ["LAB"] && later.first?["rate"] as? Double == 1, "\(later)")
  }

  private func drawn(_ desk: DeskSite) throws -> [String] {
    try desk.done("qc", "list", "--json").objects.compactMap { $0["id"] as? String }
  }

  @Test func `what is drawn is confirmed once, or corrected, which counts as an error of its kind`() throws {
    let desk = try desk(rate: 1)
    let ids = try drawn(desk)
    #expect(ids.count == 7)
    let wrong = try #require(desk.charted("10000024").first)
    try desk.done("qc", "confirm", ids.first { $0 != wrong }!)
    try desk.refused("qc", "confirm", ids.first { $0 != wrong }!, saying: "was looked at already")
    try desk.done("correct", "move", wrong, "--mrn", "12345674", "--second", "fixture", "--reason", "wrong chart")
    #expect(try drawn(desk).count == 5)
    let report = try desk.done("qc", "report", "--json").objects
    #expect(report.reduce(0) { $0 + ($1["confirmed"] as? Int ?? 0) } == 1)
    #expect(report.compactMap { $0["kinds"] as? [String: Int] }.filter { !$0.isEmpty } == [["patient": 1]])
    #expect(try desk.audit("--verb", "qc confirm", "--outcome", "done").count == 1)
  }

  @Test func `who filed an exception does not take the second look at it`() throws {
    let desk = try desk(rate: 1)
    let id = try #require(desk.exceptions().first)
    try desk.done(
      "exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "seen", "--operator", "anna")
    #expect(try drawn(desk).contains(id))
    try desk.refused("qc", "confirm", id, "--operator", "anna", saying: "the second look is somebody else's")
    try desk.done("qc", "confirm", id, "--operator", "hugo")
  }

  @Test func `the login that filed an exception for somebody does not take the second look at it either`() throws {
    let desk = try desk(rate: 1)
    let login = loginUser()
    let id = try #require(desk.exceptions().first)
    try desk.done(
      "exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "seen", "--operator", "anna")
    try desk.refused("qc", "confirm", id, saying: "\(login) filed it: the second look is somebody else's")
    // Another name gives a person no other eyes; a login that only lends its hands has none.
    let hugo: [String: Any] = ["roles": ["supervise"]]
    try desk.setOperators([login: ["roles": ["supervise", "delegate"]], "hugo": hugo])
    try desk.refused("qc", "confirm", id, "--operator", "hugo", saying: "\(login) filed it")
    try desk.setOperators([login: ["roles": ["delegate"]], "hugo": hugo])
    try desk.done("qc", "confirm", id, "--operator", "hugo")
  }

  /// Over all lines of the report: drawn, confirmed, wrong, of these found later, and put back.
  private func sums(_ desk: DeskSite) throws -> [Int] {
    let lines = try desk.done("qc", "report", "--json").objects
    return ["drawn", "confirmed", "wrong", "foundLater", "reopened"].map { key in
      lines.reduce(0) { $0 + ($1[key] as? Int ?? 0) }
    }
  }

  private func kinds(_ desk: DeskSite) throws -> [String: Int] {
    try desk.done("qc", "report", "--json").objects.compactMap { $0["kinds"] as? [String: Int] }
      .reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
  }

  @Test func `what was confirmed and corrected afterwards is one error, and none when it is put back as it was`() throws
  {
    let desk = try desk(rate: 1)
    let id = try #require(desk.charted("10000024").first)
    try desk.done("qc", "confirm", id, "--operator", "anna")
    #expect(try sums(desk) == [7, 1, 0, 0, 0])
    try desk.done("correct", "move", id, "--mrn", "12345674", "--second", "fixture", "--reason", "wrong chart")
    #expect(try sums(desk) == [7, 0, 1, 1, 0] && kinds(desk) == ["patient": 1])
    #expect(try desk.done("qc", "report").output.contains("patient 1, confirmed before: 1"))
    #expect(try desk.done("qc", "list").output.contains("1 confirmed document was corrected since"))
    let later = try desk.done("qc", "list", "--found-later", "--json").objects
    #expect(later.map { $0["id"] as? String } == [id] && later.map { $0["kind"] as? String } == ["patient"])
    let before = try #require(later.first?["overturned"] as? [String: Any])
    #expect(before["verdict"] as? String == "confirmed" && before["decidedBy"] as? String == "anna")
    #expect(try desk.done("qc", "list", "--found-later").output.contains("\n  confirmed by anna "))
    // A second correction is no second error.
    try desk.done("correct", "retype", id, "--type", "REFERRAL", "--reason", "a referral too")
    #expect(try sums(desk) == [7, 0, 1, 1, 0] && kinds(desk) == ["patient": 1])
    for correction in try desk.site.corrections().reversed() {
      try desk.done("correct", "undo", try #require(correction["correction"] as? String), "--reason", "it was right")
    }
    #expect(try sums(desk) == [7, 1, 0, 0, 0] && kinds(desk).isEmpty)
    #expect(try desk.done("qc", "list", "--found-later").output == "0 confirmed documents corrected since.\n")
  }

  @Test func `what was corrected and put back as it was is no error any more and waits for a second look again`() throws
  {
    let desk = try desk(rate: 1)
    let id = try #require(desk.charted("10000024").first)
    try desk.done(
      "correct", "move", id, "--mrn", "12345674", "--second", "fixture", "--reason", "wrong", "--operator", "anna")
    #expect(try sums(desk) == [7, 0, 1, 0, 0] && !drawn(desk).contains(id))
    try desk.done("correct", "undo", id, "--reason", "no: it was right", "--operator", "hugo")
    #expect(try sums(desk) == [7, 0, 0, 0, 1] && kinds(desk).isEmpty && drawn(desk).contains(id))
    let list = try desk.done("qc", "list").output
    #expect(list.contains("  wrong (patient) by anna ") && list.contains(", and put back since: look again"), "\(list)")
    #expect(try desk.done("qc", "report").output.contains("put back: 1"))
    try desk.refused("qc", "confirm", id, "--operator", "hugo", saying: "hugo filed it")
    try desk.done("qc", "confirm", id, "--operator", "carla")
    #expect(try sums(desk) == [7, 1, 0, 0, 0])
    // Pages that were parted and come together again are the document that they were.
    let other = try #require(drawn(desk).first { try pages($0, desk).count > 1 })
    let parts = try pages(other, desk).map(String.init).joined(separator: "/")
    let split = try desk.done("correct", "split", other, "--parts", parts, "--reason", "two forms", "--json")
    #expect(try sums(desk) == [7, 1, 1, 0, 0] && kinds(desk) == ["pages": 1])
    let ids = split.objects.compactMap { $0["id"] as? String }
    try desk.done(arguments: ["correct", "join"] + ids + ["--reason", "one form after all"])
    #expect(try sums(desk) == [7, 1, 0, 0, 1] && drawn(desk).contains(other))
  }

  private func pages(_ id: String, _ desk: DeskSite) throws -> [Int] {
    try desk.done("qc", "list", "--json").objects.first { $0["id"] as? String == id }?["pages"] as? [Int] ?? []
  }

  @Test func `what an import files later is weighed by what names its patient, as at intake`() throws {
    let desk = try DeskSite(["good-cover-sheets.tif"], imports: false) { object in
      object["quality"] = ["rate": 0.001, "seed": "test", "inheritedWeight": 1000] as [String: Any]
    }
    #expect(try drawn(desk).isEmpty)
    try desk.site.importPatients()
    let filed = try desk.site.corrections().flatMap { $0["documents"] as? [[String: Any]] ?? [] }
      .compactMap { ($0["after"] as? [String: Any])?["id"] as? String }
    #expect(try filed.count == 2 && Set(drawn(desk)) == Set(filed))
    #expect(try desk.done("impact", "--patient-by", "cover", "--json").objects.last?["documents"] as? Int == 2)
    try desk.expectSound()
  }

  @Test func `nothing is drawn at a rate of zero, and what is inherited is drawn more heavily`() throws {
    #expect(try drawn(desk(rate: 0)).isEmpty)
    let heavy = try desk(rate: 0.001, ["inheritedWeight": 1000])
    let covered = try Set(heavy.charted("10000032") + heavy.charted("10000016").suffix(1))
    #expect(try Set(drawn(heavy)).isSuperset(of: heavy.charted("10000032")))
    #expect(try drawn(heavy).count <= covered.count + 1)
  }
}
