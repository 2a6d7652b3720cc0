import Foundation
import TestSupport
import Testing

/// A stack that went through the scanner twice: held, shown beside the first scan, decided at once.
@Suite(.serialized) struct DuplicateTests {
  /// A site on which four documents are filed, and their paper came once more.
  private func site(change: (inout [String: Any]) -> Void = { _ in }) throws -> (DeskSite, batch: String) {
    let desk = try DeskSite(["good-header-sections.tif"], change: change)
    try desk.site.drop("archive-second/possible-duplicate.tif", into: "")
    #expect([0, 3].contains(try desk.run(["run"]).status))
    let batch = try #require(desk.site.manifests().last?["batch"] as? String)
    return (desk, batch)
  }

  private func apply(_ desk: DeskSite, _ arguments: String...) throws -> [[String: Any]] {
    let words = ["exceptions", "duplicates", "--json", "--reason", "scanned twice"] + arguments
    let plan = try desk.run(words)
    #expect(plan.status == 0, "\(plan.errors)")
    let digest = try #require(plan.objects.last?["digest"] as? String)
    #expect(plan.objects.last?["applied"] as? Bool == false)
    let done = try desk.run(words + ["--apply", digest])
    #expect(done.status == 0 && done.objects.last?["applied"] as? Bool == true, "\(done.errors)")
    return done.objects
  }

  @Test func `the same paper scanned again is held beside the first scan, and rejected in one action`() throws {
    let (desk, batch) = try site()
    let held = try desk.exceptions("possible-duplicate")
    #expect(held.count == 4)
    let filed = try desk.site.manifests()[0].documents.compactMap { $0["id"] as? String }
    let shown = try desk.run(["exceptions", "show", held[0], "--json"]).objects[0]
    let resembled = try #require(shown["resembled"] as? [String: Any])
    #expect(filed.contains(resembled["id"] as? String ?? "") && resembled["status"] as? String == "filed")
    let evidence = (shown["evidence"] as? [[String: Any]])?.first
    #expect(evidence?["document"] as? String == resembled["id"] as? String)
    try FileManager.default.createDirectory(atPath: desk.site.path + "/both", withIntermediateDirectories: false)
    try desk.done("exceptions", "show", held[0], "--pictures", "both")
    let pictures = try FileManager.default.contentsOfDirectory(atPath: desk.site.path + "/both")
    #expect(
      pictures.contains { $0.hasPrefix("page-") } && pictures.contains { $0.hasPrefix("earlier-") }, "\(pictures)")

    try desk.refused("exceptions", "duplicates", "--reject", "--reason", "x", filed[0], saying: "no longer waits")
    try desk.refused(
      "exceptions", "duplicates", "--reject", "--reason", "x", "--apply", "0123456789ab", batch,
      saying: "no longer fits")
    #expect(try apply(desk, "--reject", batch).count == 5)
    #expect(try desk.exceptions() == [])
    #expect(try desk.site.corrections().count == 1)
    try desk.refused("exceptions", "duplicates", "--reject", "--reason", "x", batch, saying: "No document of batch")
    try desk.expectSound()
  }

  @Test func `what looks like a page that was replaced since is shown beside the document that is in force`() throws {
    let (desk, _) = try site()
    let held = try desk.run(["exceptions", "list", "--json"]).objects
    let second = try #require(held.first { $0["pages"] as? [Int] == [7] }?["id"] as? String)
    let rescan = try #require(held.first { $0["pages"] as? [Int] == [6] }?["id"] as? String)
    func resembled() throws -> [String: Any] {
      try desk.done("exceptions", "show", second, "--json").objects.first?["resembled"] as? [String: Any] ?? [:]
    }
    let first = try #require(resembled()["id"] as? String)
    let replaced = try desk.done(
      "correct", "replace", first, "--page", "7", "--by", rescan, "--second", "pattern", "--reason", "pale", "--json")
    let made = try #require(replaced.objects.first?["id"] as? String)
    let shown = try resembled()
    #expect(shown["id"] as? String == made && shown["status"] as? String == "filed")
    let sentence = "\(first) is no longer in force: in its place stands \(made).\n"
    for verb in [["list"], ["show", second]] {
      #expect(try desk.done(arguments: ["exceptions"] + verb).output.contains(sentence), "\(verb)")
    }
    let correction = try #require(replaced.objects.first?["correction"] as? String)
    try desk.done("correct", "undo", correction, "--reason", "it is better")
    #expect(try resembled()["id"] as? String == first)
    #expect(try !desk.done("exceptions", "list").output.contains("no longer in force"))
  }

  @Test func `paper of its own is filed by its labels, and never held again`() throws {
    let (desk, batch) = try site()
    let held = try desk.exceptions("possible-duplicate")
    let requeued = try desk.done("exceptions", "requeue", held[0], "--reason", "look again")
    #expect(requeued.output.contains("Today's rules say the same"))
    let filed = try apply(desk, "--file", batch).dropLast()
    #expect(filed.allSatisfy { ($0["after"] as? [String: Any])?["status"] as? String == "filed" })
    for id in held {
      let pages = try desk.run(["exceptions", "show", id, "--json"]).objects[0]
      #expect(pages["status"] as? String == "filed" && (pages["notes"] as? [String])?.contains("no-duplicate") == true)
    }
    // Both out of the chart by a label that lies, and back by one that does not.
    let label = ["impact", "--label", "MRN10000057", "--refile", "--reason", "a bad roll", "--json"]
    let plan = try desk.run(label)
    #expect(plan.objects.last?["documents"] as? Int == 2)
    try desk.done(arguments: label + ["--apply", try #require(plan.objects.last?["digest"] as? String)])
    let unlabelled = try desk.exceptions("no-label")
    #expect(unlabelled.count == 2 && unlabelled.count { held.contains($0) } == 1)
    for id in unlabelled { try desk.done("exceptions", "requeue", id, "--reason", "the label is right") }
    #expect(try desk.exceptions("possible-duplicate") == [])
    try desk.expectSound()
  }

  @Test func `after a rebuild scans are known again, and an undone decision waits again`() throws {
    let (desk, batch) = try site()
    let objects = try apply(desk, "--reject", batch)
    let correction = try #require((objects.last?["corrections"] as? [String])?.first)
    try desk.done("correct", "undo", correction, "--reason", "two forms after all")
    #expect(try desk.exceptions("possible-duplicate").count == 4)
    desk.loseDatabases()
    try desk.done("rebuild")
    #expect(try desk.exceptions("possible-duplicate").count == 4)
    // The first pages once more, as one file of fewer bytes: other bytes of the same paper, so a scan of its own.
    _ = try apply(desk, "--reject", batch)
    try rescan(into: desk)
    #expect(try desk.run(["run"]).status == 3)
    #expect(try desk.exceptions("possible-duplicate").count == 4)
    try desk.expectSound(afterLosing: true)
  }

  /// The paper of `possible-duplicate.tif` with a byte more at its end, which no page has.
  private func rescan(into desk: DeskSite) throws {
    var bytes = try fixture("archive-second/possible-duplicate.tif")
    bytes.append(0)
    try bytes.write(to: URL(fileURLWithPath: desk.site.drop + "/again.tif"), options: .atomic)
  }

  @Test func `a site that looks for no duplicates files them, and other visits and types are never compared`() throws {
    let (off, _) = try site {
      var indexing = $0["indexing"] as! [String: Any]
      indexing["duplicateDays"] = 0
      $0["indexing"] = indexing
    }
    #expect(try off.exceptions("possible-duplicate").count == 1, "the type LAB has days of its own")
  }
}
