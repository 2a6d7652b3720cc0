import Foundation
import Model
import Testing

@testable import Pipeline

/// What people put together, or decide in one plan or at once, comes into no chart on a guess, and into one chart once.
@Suite(.serialized) struct ExceptionDoubtTests {
  @Test func `a page that nobody could see is filed by a person alone, whatever it was joined with (I6)`() throws {
    let desk = try DeskSite(["front-desk/undecodable.tif"])
    let list = try desk.run(["exceptions", "list", "--json"]).objects
    func id(_ pages: [Int]) throws -> String {
      try #require(list.first { $0["pages"] as? [Int] == pages }?["id"] as? String)
    }
    let joined = try desk.done("exceptions", "join", id([1, 2]), id([3]), "--reason", "one form", "--json")
    let whole = try #require(joined.objects.first?["id"] as? String)
    try desk.done("exceptions", "requeue", whole, "--reason", "the labels say whose it is")
    #expect(try desk.exceptions("undecodable").contains(whole) && desk.charted("10000255").isEmpty)
    let shown = try desk.done("exceptions", "show", whole).output
    #expect(shown.contains("the page is damaged"), "\(shown)")
    desk.loseDatabases()
    try desk.done("rebuild")
    try desk.done("exceptions", "requeue", whole, "--reason", "once more")
    #expect(try desk.exceptions("undecodable").contains(whole))
    try desk.done(
      "exceptions", "assign", whole, "--mrn", "10000255", "--second", "crumpled", "--reason", "seen on the paper")
    #expect(try desk.charted("10000255") == [whole])
    try desk.expectSound(afterLosing: true)
  }

  @Test func `what is wrong with a sidecar stays so when its document is joined with another`() throws {
    let desk = try DeskSite([
      "hand-scanner/bad-sidecar.tif", "hand-scanner/bad-sidecar.json", "front-desk/no-label.tif",
    ])
    let bad = try #require(desk.exceptions("bad-sidecar").first)
    let late = try #require(desk.exceptions("no-label").first)
    let joined = try desk.done("exceptions", "join", bad, late, "--reason", "one form", "--json")
    let whole = try #require(joined.objects.first?["id"] as? String)
    try desk.done("exceptions", "requeue", whole, "--reason", "the label says whose it is")
    #expect(try desk.exceptions("bad-sidecar") == [whole] && desk.charted("10000156").isEmpty)
    try desk.expectSound()
  }

  @Test func `what a header sheet says speaks against whom the pages name, also once they are joined (I6)`() throws {
    let desk = try DeskSite([])
    let labels = [6, 7].map { ["page": $0, "symbology": "code128", "text": "MRN10000198"] as [String: Any] }
    let sidecar: [String: Any] = ["schema": "chartroom.sidecar/1", "labels": labels]
    try JSONSerialization.data(withJSONObject: sidecar).write(
      to: URL(fileURLWithPath: desk.site.drop + "/good-header-sections.json"))
    try desk.site.drop("archive/good-header-sections.tif", into: "")
    #expect(try desk.run(["run"]).status == 3)
    let ids = try desk.exceptions("conflicting-mrn")
    #expect(ids.count == 2)
    let joined = try desk.done(arguments: ["exceptions", "join"] + ids + ["--reason", "one report", "--json"])
    let whole = try #require(joined.objects.first?["id"] as? String)
    func decideAgain() throws {
      // Only the type is in doubt between the pages themselves.
      try desk.done("exceptions", "requeue", whole, "--reason", "one report")
      #expect(try desk.exceptions("conflicting-type") == [whole])
      let words = ["exceptions", "type", whole, "--type", "LAB", "--reason", "a report", "--json"]
      let digest = try #require(desk.run(words).objects.last?["digest"] as? String)
      try desk.done(arguments: words + ["--apply", digest])
      #expect(try desk.exceptions("conflicting-mrn") == [whole])
    }
    try decideAgain()
    desk.loseDatabases()
    try desk.done("rebuild")
    try decideAgain()
    #expect(try desk.charted("10000198").isEmpty)
    try desk.expectSound(afterLosing: true)
  }

  @Test func `of two scans of one paper whose type is set in one plan the first is filed and the second held`() throws {
    let desk = try DeskSite(["good-header-sections.tif"]) { object in
      var types = object["documentTypes"] as! [String: Any]
      types["PROGRESS"] = nil
      object["documentTypes"] = types
    }
    try desk.site.drop("archive-second/possible-duplicate.tif", into: "")
    #expect(try desk.run(["run"]).status == 3)
    // Oldest first: two documents, and their second scans.
    let ids = try desk.exceptions("unknown-type")
    #expect(ids.count == 4)
    let words = ["exceptions", "type"] + ids.reversed() + ["--type", "HP", "--reason", "histories", "--json"]
    let digest = try #require(desk.run(words).objects.last?["digest"] as? String)
    try desk.done(arguments: words + ["--apply", digest])
    #expect(try Set(desk.charted("10000057") + desk.charted("10000065")) == Set(ids.prefix(2)))
    #expect(try Set(desk.exceptions("possible-duplicate")).isSuperset(of: ids.suffix(2)))
    try desk.expectSound()
  }

  // MARK: The same page twice

  /// A page that was filed, withdrawn and scanned into a second document.
  private func withdrawnAndBack() throws -> (desk: DeskSite, first: String, again: String) {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let first = try #require(desk.exceptions().first)
    try desk.done("exceptions", "assign", first, "--mrn", "12345674", "--second", "fixture", "--reason", "as written")
    try desk.done("correct", "withdraw", first, "--reason", "not hers")
    try desk.site.drop("archive/front-desk/no-label.tif", into: "front-desk", as: "again.tif")
    #expect(try desk.run(["run"]).status == 3)
    return (desk, first, try #require(desk.exceptions("duplicate-conflict").first))
  }

  @Test func `of two people who bring the same page into two charts at once one is told`() throws {
    let (desk, first, again) = try withdrawnAndBack()
    let running = try [
      ["correct", "undo", first, "--reason", "it was hers"],
      ["exceptions", "assign", again, "--mrn", "10000040", "--second", "pattern", "--reason", "it is his"],
    ].map { try desk.program.start($0) }
    let results = running.map { $0.wait() }
    #expect(results.count { $0.status == 0 } == 1, "\(results.map(\.errors))")
    #expect(results.allSatisfy { [0, 1, 75].contains($0.status) })
    #expect(try desk.charted("12345674").count + desk.charted("10000040").count == 1)
    try desk.expectSound()
  }

  @Test func `a page that stands in two charts is found, also where the second came as a conflict`() throws {
    let (desk, _, again) = try withdrawnAndBack()
    try desk.done("exceptions", "assign", again, "--mrn", "10000040", "--second", "pattern", "--reason", "it is his")
    let chain = try desk.site.records().map { record -> ChainContent in
      let data = try JSONSerialization.data(withJSONObject: record)
      return record["schema"] as? String == "chartroom.manifest/1"
        ? .manifest(try JSONDecoder().decode(Manifest.self, from: data))
        : .correction(try JSONDecoder().decode(Correction.self, from: data))
    }
    func found(in chain: [ChainContent]) throws -> Int {
      var tally = ChainTally()
      for (index, content) in chain.enumerated() { try tally.add(content, sequence: index + 1) }
      var claims = FrameClaims(of: tally.repeatedSources)
      for case .manifest(let manifest) in chain { claims.add(manifest) }
      return claims.conflicts(in: tally).count
    }
    #expect(try found(in: chain) == 0)
    let withoutWithdrawal = chain.filter { content in
      guard case .correction(let correction) = content else { return true }
      return !correction.afters.contains { $0.status == .withdrawn }
    }
    #expect(try withoutWithdrawal.count == chain.count - 1 && found(in: withoutWithdrawal) == 1)
  }

  // MARK: What people are told, and what is on record

  @Test func `whom else the second identifier fits is said, where the labels may mean them`() throws {
    let desk = try DeskSite(["front-desk/conflicting-mrn.tif"])
    let id = try #require(desk.exceptions().first)
    func assigned(by second: String) throws -> String {
      try desk.done(
        "exceptions", "assign", id, "--mrn", "10000172", "--second", second, "--reason", "the newborn"
      ).errors
    }
    let byName = try assigned(by: "motherford")
    #expect(
      byName.contains("GENHOSP:10000164 (Mamie), whom the document may be about too, has the same family name"),
      "\(byName)")
    try desk.done("correct", "undo", id, "--reason", "look again")
    // Mother and newborn have one name, and two birth dates.
    #expect(try !assigned(by: "2026-03-02").contains("may be about too"))
  }

  @Test func `a plan that changes nothing is not applied`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif"])
    let words = ["impact", "--label", "MRN12345674", "--withdraw", "--reason", "a bad roll", "--json"]
    let digest = try #require(desk.done(arguments: words).objects.last?["digest"] as? String)
    let applied = try desk.run(words + ["--apply", digest])
    #expect(applied.status == 1 && applied.errors.contains("nothing would change now"), "\(applied.errors)")
    #expect(try desk.site.corrections().isEmpty && desk.audit("--outcome", "refused").count == 1)
  }

  @Test func `who tries to decide what is decided is on record with the document and its patient`() throws {
    let desk = try DeskSite(["front-desk/no-label.tif", "front-desk/conflicting-mrn.tif"])
    let id = try #require(desk.exceptions("no-label").first)
    try desk.done("exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "as written")
    try desk.refused("exceptions", "reject", id, "--reason", "late", saying: "no longer waits")
    let refused = try desk.audit("--document", id, "--outcome", "refused")
    #expect(refused.map { $0.event["verb"] as? String } == ["exceptions reject"])
    #expect(try desk.audit("--patient", "12345674", "--outcome", "refused").count == 1)
    let parted = try #require(desk.exceptions("conflicting-mrn").first)
    try desk.done("exceptions", "split", parted, "--parts", "1/2", "--reason", "two people")
    try desk.refused("exceptions", "reject", parted, "--reason", "late", saying: "was regrouped")
    #expect(try desk.audit("--document", parted, "--verb", "exceptions reject").count == 1)
  }
}
