import Formats
import Foundation
import System
import Testing
import TestSupport

/// Who types an id that was is told what became of it, by its first characters too.
@Suite(.serialized) struct DocumentIdTests {
  private func short(_ id: String) -> String { String(id.dropFirst("urn:uuid:".count).prefix(8)) }

  @Test func `a short id of a decided document finds it, and says who decided it and when`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif", "front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.exceptions().first)
    try desk.done(
      "exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "as on the page",
      "--operator", "anna")
    try desk.done("correct", "retype", id, "--type", "LAB", "--reason", "a report", "--operator", "bob")
    for typed in [id, short(id)] {
      try desk.refused(
        "exceptions", "reject", typed, "--reason", "late",
        saying: "\(id) is filed: it no longer waits for a decision. Decided by anna, 20")
      #expect(try desk.run(["exceptions", "show", typed, "--json"]).objects.first?["id"] as? String == id)
    }
    let filed = try #require(desk.charted("10000198").first)
    try desk.refused("exceptions", "requeue", short(filed), "--reason", "x", saying: "Decided by the rules, 20")
    try desk.done("correct", "withdraw", short(filed), "--reason", "filed in error", "--operator", "anna")
    try desk.refused(
      "correct", "withdraw", short(filed), "--reason", "again",
      saying: "\(filed) was withdrawn: it is in no chart. Decided by anna, 20")
  }

  @Test func `an id whose pages stand in others now says who regrouped them, when, and into which`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    let split = try desk.done(
      "correct", "split", id, "--parts", "1/2", "--reason", "two notes", "--operator", "anna", "--json")
    let parts = split.objects.compactMap { $0["id"] as? String }
    for typed in [id, String(id.dropFirst(9)), short(id)] {
      for verb in [["exceptions", "show", typed], ["correct", "withdraw", typed, "--reason", "x"]] {
        let refused = try desk.run(verb)
        #expect(refused.status == 1 && refused.errors.contains("\(id) was regrouped by anna, 20"), "\(refused.errors)")
        #expect(refused.errors.contains(": its pages went to \(parts[0]), \(parts[1])."), "\(refused.errors)")
      }
    }
    try desk.done("correct", "join", parts[0], parts[1], "--reason", "one note", "--operator", "bob")
    try desk.done("exceptions", "show", short(id))
    try desk.refused("exceptions", "show", short(parts[1]), saying: "was regrouped by bob, 20")
    try desk.refused("exceptions", "show", short(parts[1]), saying: "its pages went to \(id).")
  }

  @Test func `after a page was replaced the old ids name the document that is in force, and what is not`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"])
    let id = try #require(desk.charted("10000198").first)
    let rescan = try #require(desk.exceptions().first)
    let replaced = try desk.done(
      "correct", "replace", id, "--page", "2", "--by", rescan, "--second", "1979-07-27", "--reason", "pale", "--json")
    let ids = replaced.objects.compactMap { $0["id"] as? String }
    #expect(ids.count == 2)
    for typed in [id, short(id)] {
      try desk.refused("exceptions", "show", typed, saying: "its pages went to \(ids[0]), \(ids[1]) (withdrawn).")
    }
    try desk.refused("exceptions", "show", rescan, saying: "its pages went to \(ids[0]).")
    let withdrawn = try desk.done("exceptions", "show", ids[1]).output
    #expect(withdrawn.contains("- \(ids[1]) is no longer in force: in its place stands \(ids[0]).\n"), "\(withdrawn)")
  }

  @Test func `first characters that fit several documents, or none, or are fewer than four, are no id`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions().first)
    let start = String(short(id).prefix(4))
    for typed in ["", "urn:uuid:", "9", String(start.prefix(3)), "urn:uuid:\(start.prefix(3))"] {
      for verb in [["show", typed], ["reject", typed, "--reason", "x"]] {
        let refused = try desk.run(["exceptions"] + verb)
        let words = "'\(typed)' is too short for an id: give its first 4 characters at least"
        #expect(refused.status == 1 && refused.errors.contains(words), "\(refused.errors)")
      }
    }
    for typed in ["zzzz", "00000000-0000-5000-8000-000000000000"] {
      try desk.refused("exceptions", "show", typed, saying: "No document '\(typed)' is known")
    }
    #expect(try desk.run(["exceptions", "show", start, "--json"]).objects.first?["id"] as? String == id)
    let other = try dropAlike(id, desk)
    try desk.refused("exceptions", "show", start, saying: "'\(start)' fits 2 exceptions; give more of the id")
    for exception in [id, other] { try desk.done("exceptions", "reject", exception, "--reason", "no paper of ours") }
    try desk.refused("exceptions", "show", start, saying: "'\(start)' fits several documents; give more of the id")
  }

  /// Files a page whose document's id begins as another's: of its sidecars one is tried after another.
  /// - Returns: its id.
  private func dropAlike(_ id: String, _ desk: DeskSite) throws -> String {
    let page = "archive/front-desk/no-type.tif"
    let (source, start) = (try sha256(Array(fixture(page))), short(id).prefix(4))
    for number in 0..<10_000_000 {
      let sidecar = #"{"schema": "chartroom.sidecar/1", "operator": "n\#(number)"}"#
      let made = documentID(pages: [(source, 0)], sidecar: sha256(Array(sidecar.utf8)), conflictBatch: nil).description
      guard short(made).prefix(4) == start else { continue }
      let folder = desk.site.drop + "/front-desk/"
      try sidecar.write(toFile: folder + "no-type.json", atomically: true, encoding: .utf8)
      try desk.site.drop(page, into: "front-desk")
      #expect(try desk.run(["run"]).status == 3)
      #expect(try desk.exceptions().contains(made))
      return made
    }
    throw CocoaError(.featureUnsupported)
  }

  @Test func `an id is known in letters of either case`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let id = try #require(desk.exceptions().first)
    for typed in [id.uppercased(), String(id.dropFirst(9)).uppercased(), short(id).uppercased()] {
      #expect(try desk.run(["exceptions", "show", typed, "--json"]).objects.first?["id"] as? String == id, "\(typed)")
    }
    try desk.done("exceptions", "reject", short(id).uppercased(), "--reason", "no paper of ours")
    for typed in [id.uppercased(), short(id)] {
      #expect(try desk.audit("--document", typed, "--verb", "exceptions reject").count == 1, "\(typed)")
    }
    let correction = try #require(desk.site.corrections().first?["correction"] as? String)
    try desk.done("correct", "undo", correction.uppercased(), "--reason", "it is ours")
    let batch = try #require(desk.site.manifests().first?["batch"] as? String)
    try desk.done("status", batch.uppercased())
  }

  @Test func `a document that the operator may not see stays unknown by its short id and once it is regrouped`()
    throws
  {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/good-with-notes.tif"])
    let whole = try #require(desk.charted("10000198").first)
    try desk.done("correct", "split", whole, "--parts", "1/2", "--reason", "two notes")
    let filed = try #require(desk.charted("10000222").first)
    let csv = desk.site.path + "/level.csv"
    try """
    mrn,authority,family,given,middle,birth_date,sex,merged_into,merged_into_authority,confidentiality
    10000198,GENHOSP,Survivor,Merga,,1979-07-27,F,,,restricted

    """.write(toFile: csv, atomically: true, encoding: .utf8)
    try desk.done("patients", "import", csv)
    try desk.setOperators([loginUser(): ["roles": ["index", "supervise"]]])
    for typed in [whole, short(whole), short(filed)] {
      try desk.refused("exceptions", "show", typed, saying: "No document '\(typed)' is known")
    }
    // Whoever gives the whole id learns the level, as of an exception, and nothing of what became of it.
    let decided = try desk.refused("exceptions", "reject", filed, "--reason", "x", saying: "is restricted")
    #expect(!decided.errors.contains("Decided by") && !decided.errors.contains("filed"), "\(decided.errors)")
  }
}
