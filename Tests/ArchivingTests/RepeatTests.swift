import Formats
import Model
import System
import Testing

@testable import Archiving

/// I5: Any step may be repeated … a repeat carries out the plan. Same ids, same bytes.
@Suite struct RepeatTests {
  let scratch: Scratch
  let archive: Archive
  let batch = SampleBatch.mixed

  init() throws {
    scratch = Scratch()
    archive = try scratch.archive()
  }

  private func snapshot() throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for file in try filesBelow(archive.root) { result[file] = try read(archive.root.appending(file)) }
    return result
  }

  @Test func `storing a batch again adopts every object and changes no byte`() throws {
    try batch.store(in: archive)
    let before = try snapshot()
    let report = try batch.store(in: archive)
    #expect(report.adopted == Set(report.objects))
    #expect(try snapshot() == before)
  }

  @Test func `what a crash left in staging is removed and the batch stored whole`() throws {
    let staging = archive.staging.appending(batch.batch.description)
    try Files.makeFolder(staging)
    let half = staging.appending(try batch.plan().manifest.documents[0].id.uuid)
    try Files.makeFolder(half)
    try Files.write(half.appending("inventory.json"), [1, 2, 3])
    try batch.store(in: archive)
    try OutsideValidator.expectValid(archive.root, objects: 4)
    #expect(try Files.list(archive.staging).isEmpty)
  }

  @Test func `a crash after any number of renames is completed by a repeat`() throws {
    try batch.store(in: archive)
    let whole = try snapshot()
    let ids = try batch.plan().manifest.documents.map(\.id) + [setAsideID(of: batch.batch)]
    for id in ids {
      try Files.removeTree(archive.objectFolder(id))
      let report = try batch.store(in: archive)
      #expect(report.adopted == Set(ids).subtracting([id]))
      #expect(try snapshot() == whole)
    }
  }

  @Test func `an object that differs is never replaced`() throws {
    let id = try batch.plan().manifest.documents[0].id
    var other = batch
    other.batch = BatchID("bbbbbbbb-0000-4000-8000-000000000002")!
    try other.store(in: archive)
    let before = try snapshot()
    #expect(throws: ArchiveError.self) { try batch.store(in: archive) }
    let after = try snapshot()
    #expect(before.allSatisfy { after[$0.key] == $0.value })
    #expect(try archive.document(id).batch == other.batch)
  }

  @Test func `an object whose bytes rotted is not adopted`() throws {
    try batch.store(in: archive)
    let place = try #require(try archive.pageFile(try batch.plan().manifest.documents[0].id, page: 2))
    var bytes = try read(place.path)
    bytes[9] ^= 0x10
    try replace(place.path, bytes)
    #expect(throws: ArchiveError.self) { try batch.store(in: archive) }
  }

  @Test func `recovery removes leftovers and empty tuple folders, and leaves what is in hand or held`() throws {
    let id = try batch.plan().manifest.documents[0].id
    let names = [
      batch.batch.description, "cccccccc-0000-4000-8000-000000000003", "dddddddd-0000-4000-8000-000000000004",
    ]
    for name in names { try Files.makeFolder(archive.staging.appending(name)) }
    try Files.makeFolder(archive.staging.appending(names[1]).appending(id.uuid))
    _ = try Files.makeFolders(
      [String(ocflObjectPath(of: id).prefix(2)), String(ocflObjectPath(of: id).dropFirst(3).prefix(2))],
      below: archive.root)
    let held = try #require(try FileLock.take(archive.staging.appending(names[2])))
    let removed = try archive.removeStaleStaging(except: [batch.batch])
    #expect(removed == [names[1]])
    #expect(try Files.list(archive.staging).count == 2)
    try withExtendedLifetime(held) { try OutsideValidator.expectValid(archive.root, objects: 0) }
  }
}
