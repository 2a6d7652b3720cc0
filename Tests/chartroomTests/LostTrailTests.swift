import Foundation
import TestSupport
import Testing

@testable import SQLiteStores

/// A journal that was put aside: what of its audit trail is proven comes over into the one that is made anew.
@Suite(.serialized) struct LostTrailTests {
  private let paper = ["front-desk/good-merged-mrn.tif", "front-desk/no-label.tif"]

  /// A site on which somebody acted, its journal under another name.
  private func siteWithout(_ change: (String) async throws -> Void = { _ in }) async throws -> (DeskSite, [String]) {
    let desk = try DeskSite(paper)
    try desk.done("chart", "10000198")
    let id = try #require(desk.exceptions("no-label").first)
    try desk.done("exceptions", "reject", id, "--reason", "nobody knows")
    try desk.done("chart", "12345674")
    let hashes = try desk.audit().compactMap { $0["hash"] as? String }
    for suffix in ["", "-wal", "-shm"] {
      let path = desk.site.path + "/var/journal.sqlite" + suffix
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.moveItem(atPath: path, toPath: desk.site.path + "/old.sqlite" + suffix)
      }
    }
    try await change(desk.site.path + "/old.sqlite")
    return (desk, hashes)
  }

  @Test func `the whole trail comes over, and nothing is missing afterwards`() async throws {
    let (desk, hashes) = try await siteWithout()
    let rebuilt = try desk.done("rebuild", "--audit-from", "old.sqlite")
    #expect(rebuilt.output.contains("of the audit trail came over from the old journal"), "\(rebuilt.output)")
    #expect(!rebuilt.output.contains("went with the journal"))
    let now = try desk.audit().compactMap { $0["hash"] as? String }
    #expect(now.starts(with: hashes))
    #expect(try desk.done("audit", "verify").output.hasPrefix("The audit trail is whole."))
    try desk.expectSound()
    try desk.refused("rebuild", "--audit-from", "old.sqlite", with: 64, saying: "no gap in it")
  }

  @Test func `a journal that was made anew without it is given it later, and its gap is filled`() async throws {
    let (desk, hashes) = try await siteWithout()
    try desk.done("rebuild")
    try desk.done("chart", "10000198")
    try desk.expectSound(afterLosing: true)
    let rebuilt = try desk.done("rebuild", "--audit-from", "old.sqlite")
    #expect(rebuilt.output.contains("of the audit trail came over from the old journal"), "\(rebuilt.output)")
    // What came behind the last anchor cannot be proven any more: the new trail has those places.
    let now = try desk.audit().compactMap { $0["hash"] as? String }
    let anchored = try desk.site.corrections().compactMap { ($0["audit"] as? [String: Any])?["sequence"] as? Int }.max()
    #expect(try now.starts(with: hashes.prefix(#require(anchored))) && now.count > hashes.count)
    #expect(try desk.done("audit", "verify").output.hasPrefix("The audit trail is whole."))
    try desk.expectSound()
    try desk.refused("rebuild", "--audit-from", "old.sqlite", with: 64, saying: "no gap in it")
  }

  @Test func `a gap is filled whole and proven, or not at all`() async throws {
    let (desk, _) = try await siteWithout { path in
      let old = try SQLiteJournal(path: path, create: false)
      try await old.file.execute(
        "DROP TRIGGER audit_is_never_changed; UPDATE audit SET bytes = x'7b7d' WHERE sequence = 2")
      try old.close()
    }
    try desk.done("rebuild")
    try desk.refused("rebuild", "--audit-from", "old.sqlite", with: 64, saying: "no gap in it")
    try desk.expectSound(afterLosing: true)
  }

  @Test func `of a trail that was changed only what the chain proves comes over`() async throws {
    let (desk, hashes) = try await siteWithout { path in
      let old = try SQLiteJournal(path: path, create: false)
      try await old.file.execute(
        "DROP TRIGGER audit_is_never_changed; UPDATE audit SET bytes = x'7b7d' WHERE sequence = 3")
      try old.close()
    }
    let rebuilt = try desk.done("rebuild", "--audit-from", "old.sqlite", "--json")
    #expect(rebuilt.objects.first?["auditRecordsCarried"] as? Int == 2)
    let now = try desk.audit()
    #expect(now.prefix(2).compactMap { $0["hash"] as? String } == Array(hashes.prefix(2)))
    #expect(now.dropFirst(2).first?.event["verb"] as? String == "rebuild")
    try desk.expectSound(afterLosing: true)
  }

  @Test func `what is no journal, or the journal itself, is refused and changes nothing`() async throws {
    let (desk, _) = try await siteWithout()
    try "no journal".write(toFile: desk.site.path + "/other", atomically: true, encoding: .utf8)
    try desk.refused("rebuild", "--audit-from", "other", with: 64, saying: "is no journal")
    try desk.refused("rebuild", "--audit-from", "missing", with: 64, saying: "is not there")
    try desk.refused("rebuild", "--audit-from", "var/journal.sqlite", with: 64, saying: "is not there")
    #expect(!FileManager.default.fileExists(atPath: desk.site.path + "/var/journal.sqlite"))
    try desk.done("rebuild")
    try desk.refused("rebuild", "--audit-from", "var/journal.sqlite", with: 64, saying: "is the journal itself")
  }
}
