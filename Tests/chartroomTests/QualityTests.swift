import Foundation
import Testing
import TestSupport

/// A second look at a sample of what was filed.
@Suite(.serialized) struct QualityTests {
  private func desk(rate: Double, _ more: [String: Any] = [:]) throws -> DeskSite {
    try DeskSite(["good-morning-mail.tif", "good-cover-sheets.tif", "front-desk/no-label.tif"]) { object in
      object["quality"] = ["rate": rate, "seed": "test"].merging(more) { $1 } as [String: Any]
    }
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
