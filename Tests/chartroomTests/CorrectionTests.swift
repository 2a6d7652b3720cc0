import Foundation
import Testing
import TestSupport

/// Putting right what was filed: each a new OCFL version and a record of the chain, each to be undone.
@Suite(.serialized) struct CorrectionTests {
  /// What says whose each page of a document is, as its object has it.
  private func patientBy(_ desk: DeskSite, _ id: String) throws -> [String?] {
    let object = try #require(desk.run(["exceptions", "show", id, "--json"]).objects.first?["object"] as? String)
    let folder = desk.site.path + "/var/archive/root/" + object
    let inventory = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: folder + "/inventory.json")))
    let facts = try #require(inventory as? [String: Any])
    let versions = try #require(facts["versions"] as? [String: [String: Any]])
    let state = try #require(versions[facts["head"] as! String]?["state"] as? [String: [String]])
    let digest = try #require(state.first { $0.value.contains("document.json") }?.key)
    let path = try #require((facts["manifest"] as? [String: [String]])?[digest]?.first)
    let record = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)))
    let pages = try #require((record as? [String: Any])?["pages"] as? [[String: Any]])
    return pages.map { ($0["entry"] as? [String: Any])?["patientBy"] as? String }
  }

  @Test func `what a person said of the pages holds no longer when it is undone`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"])
    let filed = try #require(desk.charted("10000198").first)
    let before = try patientBy(desk, filed)
    #expect(!before.contains("person"))
    try desk.done("correct", "move", filed, "--mrn", "12345674", "--second", "fixture", "--reason", "wrong")
    #expect(try Set(patientBy(desk, filed)) == ["person"])
    try desk.done("correct", "undo", filed, "--reason", "right after all")
    #expect(try patientBy(desk, filed) == before)
    let waiting = try #require(desk.exceptions("no-label").first)
    try desk.done(
      "exceptions", "assign", waiting, "--mrn", "12345674", "--second", "fixture", "--reason", "on the form")
    #expect(try patientBy(desk, waiting) == ["person"])
    try desk.done("correct", "undo", waiting, "--reason", "another form")
    #expect(try patientBy(desk, waiting) == [nil])
    try desk.expectSound()
  }

  private func versions(_ desk: DeskSite, _ object: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: desk.site.path + "/var/archive/root/" + object)
      .filter { $0.hasPrefix("v") }.sorted()
  }

  @Test func `a document is moved to the right chart, the old state stays readable, and undoing is another correction`()
    throws
  {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let document = try #require(desk.chart("10000198").first)
    let id = document["id"] as! String
    try desk.refused(
      "correct", "move", id, "--mrn", "10000024", "--second", "1985-02-27", "--reason", "x",
      saying: "birth date does not agree")
    try desk.done("correct", "move", id, "--mrn", "10000024", "--second", "mock", "--reason", "wrong label on the form")
    #expect(try desk.charted("10000198").isEmpty && desk.charted("10000024") == [id])
    #expect(try versions(desk, document["object"] as! String) == ["v1", "v2"])
    let correction = try #require(desk.site.corrections().first)
    #expect((correction.documents[0]["version"] as? String) == "v2")
    #expect(((correction.documents[0]["before"] as? [String: Any])?["mrn"] as? String) == "10000198")
    try desk.done("correct", "undo", correction["correction"] as! String, "--reason", "it was right")
    #expect(try desk.charted("10000198") == [id] && desk.charted("10000024").isEmpty)
    #expect(try desk.chart("10000198")[0]["encounter"] as? String == document["encounter"] as? String)
    #expect(try desk.site.corrections().count == 2)
    #expect(try versions(desk, document["object"] as! String) == ["v1", "v2", "v3"])
    try desk.expectSound()
  }

  @Test func `type, encounter, date and the order of pages are put right`() throws {
    let desk = try DeskSite(["ward-3/good-duplex.tif"])
    let id = try #require(desk.charted("10000107").first)
    try desk.done(
      "correct", "retype", id, "--type", "LAB", "--service-date", "2026-11-01", "--reason", "it is a report")
    try desk.done("correct", "reorder", id, "--pages", "3,1", "--blank", "4", "--reason", "upside down")
    let document = try #require(desk.chart("10000107").first)
    #expect(document["type"] as? String == "LAB" && document["serviceDate"] as? String == "2026-11-01")
    #expect(document["pages"] as? [Int] == [3, 1] && document["blanks"] as? [Int] == [2, 4])
    try desk.refused("correct", "retype", id, "--type", "LAB", "--reason", "again", saying: "is so already")
    try desk.refused(
      "correct", "retype", id, "--service-date", "2099-01-01", "--reason", "x", saying: "2099-01-01 is after today")
    let shown = try desk.done("exceptions", "show", id, "--json").objects.first?["pageDetails"] as? [[String: Any]]
    #expect(shown?.map { $0["page"] as? Int } == [3, 4, 1, 2], "each blank behind the page that it came behind")
    try desk.expectSound()
  }

  @Test func `a withdrawn document is in no chart and its bytes are kept; it is had back by undo`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    try desk.done("correct", "withdraw", id, "--reason", "filed in error")
    #expect(try desk.charted("10000198").isEmpty)
    try desk.refused("correct", "withdraw", id, "--reason", "again", saying: "was withdrawn")
    try desk.expectSound()
    try desk.done("correct", "undo", id, "--reason", "no error")
    #expect(try desk.charted("10000198") == [id])
    try desk.expectSound()
  }

  @Test func `a document is split and joined, and the object of a part holds no other part's page`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/good-reordered.tif"])
    let id = try #require(desk.charted("10000198").first)
    let split = try desk.done("correct", "split", id, "--parts", "1/2", "--reason", "two notes", "--json")
    let parts = split.objects
    #expect(try Set(desk.charted("10000198")) == Set(parts.map { $0["id"] as! String }))
    for part in parts {
      let record = try JSONSerialization.jsonObject(
        with: Data(
          contentsOf: URL(
            fileURLWithPath:
              "\(desk.site.path)/var/archive/root/\(part["object"] as! String)/v1/content/document.json")))
      #expect(((record as? [String: Any])?["pages"] as? [Any])?.count == 1)
    }
    try desk.expectSound()
    let other = try #require(desk.charted("10000248").first)
    try desk.refused(
      "correct", "join", parts[0]["id"] as! String, other, "--reason", "x", saying: "is in another patient's chart")
    let ids = parts.map { $0["id"] as! String }
    try desk.done("correct", "join", ids[0], ids[1], "--reason", "one note after all")
    #expect(try desk.charted("10000198") == [id], "the same pages are the same document")
    try desk.expectSound()
  }

  @Test func `late pages of another batch come in, a rescan replaces a page, and both are undone`() throws {
    let desk = try DeskSite([
      "front-desk/good-merged-mrn.tif", "front-desk/no-label.tif", "front-desk/unreadable-label.tif",
    ])
    let id = try #require(desk.charted("10000198").first)
    let late = try #require(desk.exceptions("no-label").first)
    let rescan = try #require(desk.exceptions().first { $0 != late })
    try desk.refused(
      "correct", "insert", id, "--from", late, "--after", "1", "--second", "mock", "--reason", "x",
      saying: "family name does not agree")
    let inserted = try desk.done(
      "correct", "insert", id, "--from", late, "--after", "1", "--second", "survivor", "--reason", "came late", "--json"
    )
    let whole = try #require(inserted.objects.first)
    #expect(whole["pages"] as? [Int] == [1, 3, 2])
    #expect(try desk.charted("10000198") == [whole["id"] as! String])
    #expect(try desk.exceptions() == [rescan])
    try desk.expectSound()
    let replaced = try desk.done(
      "correct", "replace", whole["id"] as! String, "--page", "2", "--by", rescan, "--second", "1979-07-27", "--reason",
      "too pale", "--json")
    #expect(replaced.objects.map { $0["status"] as? String } == ["filed", "withdrawn"])
    #expect(try desk.chart("10000198").first?["pages"] as? [Int] == [1, 3, 4])
    #expect(try desk.exceptions().isEmpty)
    try desk.expectSound()
    try desk.done("correct", "undo", replaced.objects[0]["correction"] as! String, "--reason", "the old one is better")
    try desk.refused(
      "correct", "undo", replaced.objects[0]["correction"] as! String, "--reason", "again",
      saying: "changed again since")
    try desk.done("correct", "undo", inserted.objects[0]["correction"] as! String, "--reason", "another patient's")
    #expect(try desk.charted("10000198") == [id])
    #expect(try Set(desk.exceptions()) == [late, rescan])
    try desk.expectSound()
  }

  @Test func `a page alone is replaced by its rescan, of the same batch or another, and both are undone`() throws {
    let desk = try DeskSite(["front-desk/possible-missed-separator.tif", "front-desk/no-label.tif"])
    let alone = try #require(
      desk.run(["exceptions", "list", "--json"]).objects.first { $0["pages"] as? [Int] == [3] }?["id"] as? String)
    let pair = try #require(
      desk.run(["exceptions", "list", "--json"]).objects.first { $0["pages"] as? [Int] == [1, 2] }?["id"] as? String)
    let parts = try desk.done("exceptions", "split", pair, "--parts", "1/2", "--reason", "x", "--json").objects
    try desk.done(
      "exceptions", "assign", alone, "--mrn", "12345674", "--second", "fixture", "--type", "LAB", "--reason", "x")
    for rescan in [parts[0]["id"] as! String, try #require(desk.exceptions("no-label").first)] {
      let before = try desk.charted("12345674")
      let replaced = try desk.done(
        "correct", "replace", alone, "--page", "3", "--by", rescan, "--second", "fixture", "--reason", "x", "--json")
      #expect(replaced.objects.map { $0["status"] as? String } == ["filed", "withdrawn"])
      #expect(replaced.objects[1]["id"] as? String == alone, "the same page is the same document")
      try desk.expectSound()
      try desk.done("correct", "undo", replaced.objects[0]["correction"] as! String, "--reason", "x")
      #expect(try desk.charted("12345674") == before)
      try desk.expectSound()
    }
  }

  @Test func `what cannot be divided stays together in a chart`() throws {
    let desk = try DeskSite(["front-desk/undecodable.tif"])
    let ids = try desk.exceptions("undecodable")
    for id in ids { try desk.done("exceptions", "show", id) }
    let whole = try #require(
      ids.first { id in
        (try? desk.run(["exceptions", "show", id, "--json"]).objects.first?["pages"] as? [Int]) == [1, 2]
      })
    let split = try desk.run(["exceptions", "split", whole, "--parts", "1/2", "--reason", "the page before the hole"])
    #expect(split.status == 0, "\(split.errors)")
    try desk.expectSound()
  }

  @Test func `a correction that was stopped between its steps is finished by the next verb, and nothing else is`()
    throws
  {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    let staging = desk.site.path + "/var/archive/staging"
    // Where a folder should be made there is a file: decided and written down, but not in the archive.
    try FileManager.default.removeItem(atPath: staging)
    try Data().write(to: URL(fileURLWithPath: staging))
    let stopped = try desk.run([
      "correct", "move", id, "--mrn", "10000024", "--second", "mock", "--reason", "wrong label",
    ])
    #expect(stopped.status != 0)
    #expect(try desk.site.corrections().isEmpty && desk.charted("10000198") == [id])
    let other = try desk.run(["correct", "withdraw", id, "--reason", "mine"])
    #expect(other.status == 75 && other.errors.contains("is being decided by somebody else"), "\(other.errors)")
    try FileManager.default.removeItem(atPath: staging)
    try FileManager.default.createDirectory(
      atPath: staging, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    try desk.expectSound()
    #expect(try desk.charted("10000024") == [id] && desk.charted("10000198").isEmpty)
    #expect(try desk.site.corrections().count == 1)
    let record = try #require(desk.audit("--verb", "correct move").first { $0.event["outcome"] as? String == "done" })
    #expect(record.subject["reason"] as? String == "wrong label")
  }

  @Test func `a correction that was in the archive when the journal was lost does not hold after rebuild`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif"])
    let id = try #require(desk.charted("10000198").first)
    let copy = desk.site.path + "/copy"
    try FileManager.default.copyItem(atPath: desk.site.path + "/var/manifests", toPath: copy)
    try desk.done("correct", "move", id, "--mrn", "10000024", "--second", "mock", "--reason", "wrong label")
    // As a crash before the record would have left it: the version is there, the record is not.
    try FileManager.default.removeItem(atPath: desk.site.path + "/var/manifests")
    try FileManager.default.moveItem(atPath: copy, toPath: desk.site.path + "/var/manifests")
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: desk.site.path + "/var/journal.sqlite" + suffix)
    }
    let rebuilt = try desk.done("rebuild")
    #expect(rebuilt.output.contains("1 correction that the lost journal had begun and not recorded does not hold"))
    #expect(try desk.charted("10000198") == [id] && desk.charted("10000024").isEmpty)
    let verified = try desk.run(["verify", "--json"])
    #expect(verified.status == 0, "\(verified.output)")
  }

  @Test func `impact knows what a person decided, when, and in whose charts it was`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif", "good-cover-sheets.tif"])
    let id = try #require(desk.exceptions("no-label").first)
    try desk.done("exceptions", "assign", id, "--mrn", "12345674", "--second", "fixture", "--reason", "as it says")
    let moved = try #require(desk.charted("10000198").first)
    try desk.done("correct", "move", moved, "--mrn", "10000024", "--second", "mock", "--reason", "wrong label")
    let byPerson = try desk.done("impact", "--patient-by", "person", "--json").objects
    #expect(Set(byPerson.compactMap { $0["id"] as? String }) == [id, moved])
    let charts = try #require(byPerson.last?["charts"] as? [[String: String]]).compactMap { $0["mrn"] }
    #expect(Set(charts) == ["12345674", "10000024", "10000198"])
    let byCover = try desk.done("impact", "--patient-by", "cover", "--json").objects
    #expect(byCover.last?["documents"] as? Int == 2)
    let when = try #require(desk.site.corrections().first?["correctedAt"] as? String)
    let since = try desk.done("impact", "--from", when, "--json").objects
    #expect(Set(since.compactMap { $0["id"] as? String }) == [id, moved])
  }

  @Test func `what one person did is found whatever else is asked, and decided again`() throws {
    let desk = try DeskSite(["good-morning-mail.tif", "front-desk/good-with-notes.tif"])
    let id = try #require(desk.charted("10000024").first)
    try desk.done(
      "correct", "move", id, "--mrn", "10000032", "--second", "Exemplar", "--reason", "x", "--operator", "eve")
    func found(_ more: String...) throws -> [String] {
      try desk.run(["impact", "--by", "eve", "--json"] + more).objects.compactMap { $0["id"] as? String }
    }
    #expect(try found() == [id])
    #expect(try found("--station", "default") == [id] && found("--station", "front-desk") == [])
    #expect(try found("--label", "MRN10000024") == [id] && found("--label", "MRN10000016") == [])
    // Of a label's doings those of a person are left out, and it is said.
    let stays = try desk.done("impact", "--label", "MRN10000024", "--refile")
    #expect(stays.errors.contains("1 document that a person filed would stay as it is"), "\(stays.errors)")
    let plan = try desk.done("impact", "--by", "eve", "--refile", "--json").objects
    let digest = try #require(plan.last?["digest"] as? String)
    try desk.done("impact", "--by", "eve", "--refile", "--apply", digest, "--reason", "eve was wrong")
    #expect(try desk.charted("10000024").contains(id))
    try desk.expectSound()
  }

  @Test func `impact lists what a bad label touched and re-files it in one reviewed action`() throws {
    let desk = try DeskSite(["front-desk/good-merged-mrn.tif", "good-morning-mail.tif"])
    let found = try desk.done("impact", "--label", "MRN10000016", "--json").objects
    #expect(found.last?["documents"] as? Int == 1 && found.last?["pages"] as? Int == 2)
    #expect(try desk.charted("10000016").count == 1)
    let plan = try desk.done("impact", "--label", "MRN10000016", "--refile", "--json").objects
    let digest = String(try #require(plan.last?["digest"] as? String).prefix(12))
    #expect(try desk.charted("10000016").count == 1, "nothing was changed yet")
    try desk.refused(
      "impact", "--label", "MRN10000016", "--withdraw", "--apply", digest, "--reason", "x",
      saying: "no longer fits what is there")
    try desk.done(
      "impact", "--label", "MRN10000016", "--refile", "--apply", digest, "--reason",
      "a sheet of labels lay in the wrong folder")
    #expect(try desk.charted("10000016").isEmpty && desk.exceptions("no-label").count == 1)
    try desk.expectSound()
    let station = try desk.done("impact", "--station", "front-desk", "--json").objects
    #expect(station.last?["documents"] as? Int == 1)
    try desk.refused("impact", with: 64, saying: "Ask for something")
  }
}
