import Formats
import Foundation
import System
import TestSupport
import Testing

/// Who decided, when and by which rules is asked of the intake and of every correction since; what stays as it is is told.
@Suite(.serialized) struct ImpactDecisionTests {
  private func lines(_ desk: DeskSite, _ arguments: [String]) throws -> [[String: Any]] {
    let result = try desk.done(arguments: ["impact"] + arguments + ["--json"])
    #expect(result.errors == "", "\(arguments): \(result.errors)")
    return result.objects
  }

  private func found(_ desk: DeskSite, _ arguments: String...) throws -> Set<String> {
    Set(try lines(desk, arguments).compactMap { $0["id"] as? String })
  }

  /// Gives the site other rules.
  /// - Returns: their digest.
  private func newRules(_ desk: DeskSite, _ seed: String) throws -> String {
    try desk.configure("quality", ["rate": 0.5, "seed": seed])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: desk.site.path + "/pipeline.json"))
    return sha256(Array(bytes)).description
  }

  @Test func `rules touched what they decided again after an import, and not what a person decided`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"], imports: false)
    let decidedBy = try #require(desk.site.manifests().first?["decidedBy"] as? [String: Any])
    let second = try newRules(desk, "second")
    try desk.site.importPatients()
    let ids = Set(try desk.charted("10000198"))
    #expect(ids.count == 2)
    #expect(try found(desk, "--rules", second) == ids)
    #expect(try found(desk, "--rules", decidedBy["configuration"] as! String) == ids)
    #expect(try found(desk, "--rules", second, "--by", "system") == ids)
    let third = try newRules(desk, "third")
    try desk.done("correct", "retype", ids.min()!, "--type", "HP", "--reason", "a history")
    let byHand = try desk.done("impact", "--rules", third)
    #expect(byHand.output == "0 pages in 0 documents of 0 charts.\n")
    #expect(byHand.errors.contains("No record that you may see names the rules '\(third)'. The rules were: "))
    #expect(byHand.errors.contains(second.prefix(12)))
    try desk.expectSound()
  }

  @Test func `rules touched what they decided again in a re-filing and when a person requeued it`() throws {
    let desk = try DeskSite(["front-desk/good-symbologies.tif"])
    let ids = try found(desk, "--entry", "patient-gs1")
    let second = try newRules(desk, "second")
    let refile = ["impact", "--entry", "patient-gs1", "--refile", "--reason", "a bad pattern", "--json"]
    let digest = try #require(desk.run(refile).objects.last?["digest"] as? String)
    try desk.done(arguments: refile + ["--apply", digest])
    #expect(try ids.count == 2 && found(desk, "--rules", second) == ids)
    let third = try newRules(desk, "third")
    let one = try #require(ids.sorted().first)
    try desk.done("exceptions", "requeue", one, "--reason", "the pattern was right")
    #expect(try found(desk, "--rules", third) == [one] && found(desk, "--rules", second) == ids)
    #expect(try found(desk, "--rules", third, "--station", "id-desk").isEmpty)
    try desk.expectSound()
  }

  @Test func `a correction in the time that is asked for counts, whatever else is asked`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"])
    let (filed, late) = try (#require(desk.charted("10000198").first), #require(desk.exceptions("no-label").first))
    try desk.done("exceptions", "assign", late, "--mrn", "12345674", "--second", "fixture", "--reason", "as it says")
    let when = try #require(desk.site.corrections().first?["correctedAt"] as? String)
    let decidedBy = try #require(desk.site.manifests().first?["decidedBy"] as? [String: Any])
    for (option, value) in [
      ("--station", "front-desk"), ("--patient-by", "person"), ("--reader", decidedBy["reader"] as! String),
    ] {
      #expect(try found(desk, option, value, "--from", when) == [late], "\(option)")
    }
    #expect(try found(desk, "--station", "id-desk", "--from", when).isEmpty)
    #expect(try found(desk, "--label", "MRN10000198", "--from", when).isEmpty)
    #expect(try found(desk, "--patient-by", "person", "--until", when).isEmpty)
    #expect(try found(desk, "--station", "front-desk", "--until", when) == [filed, late])
  }

  @Test func `what a login did for another is found by both names`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    try desk.done(
      "correct", "move", id, "--mrn", "10000024", "--second", "mock", "--reason", "x", "--operator", "eve")
    for name in ["eve", loginUser()] {
      #expect(try found(desk, "--by", name) == [id])
      #expect(try found(desk, "--by", name, "--station", "front-desk") == [id])
    }
  }

  @Test func `after a rescan each page counts once, is named as it came, and went to one document`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"])
    let (id, late) = try (#require(desk.charted("10000198").first), #require(desk.exceptions("no-label").first))
    let batches = try lines(desk, ["--station", "front-desk"]).reduce(into: [String: String]()) {
      if let id = $1["id"] as? String { $0[id] = $1["batch"] as? String }
    }
    let (own, other) = try (#require(batches[id]), #require(batches[late]))
    let made = try desk.done(
      "correct", "replace", id, "--page", "2", "--by", late, "--second", "survivor", "--reason", "faint", "--json"
    ).objects
    let ids = made.compactMap { $0["id"] as? String }
    #expect(ids.count == 2)
    let all = try lines(desk, ["--station", "front-desk"])
    #expect(all.last?["pages"] as? Int == 3 && all.last?["documents"] as? Int == 4)
    let whole = try #require(all.first { $0["id"] as? String == ids[0] })
    let origins = try #require(whole["origins"] as? [[String: Any]])
    #expect(whole["pages"] as? [Int] == [1, 3] && origins.count == 1)
    #expect(origins[0]["page"] as? Int == 3 && origins[0]["batchPage"] as? Int == 1)
    let text = try desk.done("impact", "--station", "front-desk").output
    #expect(
      text.contains("  pages 1, 3 of batch \(own), front-desk (page 3 came as page 1 of batch \(other)): filed"),
      "\(text)")
    #expect(text.hasSuffix("3 pages in 4 documents of 1 chart.\n"), "\(text)")
    #expect(try lines(desk, ["--label", "MRN10000198"]).last?["pages"] as? Int == 1)
    try desk.refused("exceptions", "show", late, saying: "its pages went to \(ids[0]).")
    try desk.refused("exceptions", "show", id, saying: "its pages went to \(ids[0]), \(ids[1]) (withdrawn).")
    try desk.done("correct", "undo", try #require(made[0]["correction"] as? String), "--reason", "no")
    let back = try lines(desk, ["--station", "front-desk"])
    #expect(back.last?["pages"] as? Int == 3)
    for line in back where [id, late].contains(line["id"] as? String) {
      #expect((line["origins"] as? [Any])?.isEmpty == true)
    }
    try desk.refused("exceptions", "show", ids[0], saying: "its pages went to \(id), \(late).")
    try desk.refused("exceptions", "show", ids[1], saying: "its pages went to \(id).")
  }

  @Test func `a re-filing says how many documents stay as they are, and why`() throws {
    let desk = try DeskSite(["good-cover-sheets.tif"])
    let bad = try desk.done("impact", "--label", "MRN10000016", "--refile")
    #expect(bad.output == "Nothing would change.\n")
    #expect(bad.errors.contains("1 document stays as it is: today's rules say the same without the label."))
    let all = try desk.done("impact", "--station", "default", "--refile")
    #expect(all.errors.contains("2 documents stay as they are: today's rules say the same."), "\(all.errors)")
  }

  @Test func `an empty value is no question`() throws {
    let desk = try DeskSite([])
    let options = [
      "--label", "--entry", "--by", "--station", "--reader", "--rules", "--patient-by", "--from", "--until", "--apply",
      "--reason",
    ]
    for option in options {
      for value in ["", " "] {
        try desk.refused("impact", "--entry", "patient", "--refile", option, value, with: 64, saying: "Error: ")
      }
    }
  }
}
