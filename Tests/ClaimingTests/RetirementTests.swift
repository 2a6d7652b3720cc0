import Claiming
import Formats
import Glibc
import Model
import System
import TestSupport
import Testing

/// I2: no dropped file is retired before its batch's manifest is durable, and nothing but what the manifest says.
@Suite struct RetirementTests {
  let temporary = TemporaryFolder()
  let retirement: Retirement
  let claim: ClaimFolder
  let day = Timestamp("2026-11-22T23:59:59Z")!
  let bytes = smallTIFF()

  init() throws {
    for name in ["claimed", "originals"] { try Files.makeFolder(temporary.path.appending(name)) }
    let claimer = Claimer(claimed: temporary.path.appending("claimed"))
    retirement = Retirement(claimer: claimer, originals: temporary.path.appending("originals"))
    claim = try claimer.prepare(BatchID(try randomUUID())!)
    try Files.write(claim.path.appending("source-000000"), bytes)
    try Files.write(claim.path.appending("sidecar"), [1, 2])
  }

  var expected: [ExpectedFile] {
    [
      .init(slot: .source(0), bytes: bytes.count, sha256: sha256(bytes)),
      .init(slot: .sidecar, bytes: 2, sha256: sha256([1, 2])),
    ]
  }

  @Test func `a finished claim moves to the originals of its day`() throws {
    #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .retired)
    let target = temporary.path.appending("originals/2026/11/22").appending(claim.batch.description)
    #expect(try Files.list(target).map { String(decoding: $0.name, as: UTF8.self) } == ["sidecar", "source-000000"])
    #expect(try Files.read(target.appending("source-000000"), limit: 1000) == bytes)
    #expect(try retirement.isRetired(claim.batch, receivedAt: day))
    guard case .absent = try retirement.claimer.hold(claim.batch) else { return #expect(Bool(false)) }
  }

  @Test func `a file that grew, was rewritten or is gone is not retired`() throws {
    let file = try Descriptor.open(claim.path.appending("source-000000"), flags: O_WRONLY)
    try file.write([9, 9], at: bytes.count)
    var outcome = try withExtendedLifetime(file) { try retirement.retire(claim, receivedAt: day, expected: expected) }
    if outcome != .inUse([.source(0)]) { print("SKIPPED: this filesystem has no leases") }
    let grown = try Descriptor.openRegular(claim.path.appending("source-000000"))
    #expect(try grown.identity().size == bytes.count + 2)
    try Files.remove(claim.path.appending("source-000000"))
    try Files.write(claim.path.appending("source-000000"), bytes + [9, 9])
    outcome = try retirement.retire(claim, receivedAt: day, expected: expected)
    guard case .changed(let changes) = outcome else { return #expect(Bool(false), "\(outcome)") }
    #expect(changes.map(\.slot) == [.source(0)] && changes[0].hasGrown && changes[0].bytes == bytes.count + 2)
    #expect(changes[0].sha256 == sha256(bytes + [9, 9]))
    try Files.remove(claim.path.appending("source-000000"))
    try Files.write(claim.path.appending("source-000000"), [0] + bytes.dropFirst())
    outcome = try retirement.retire(claim, receivedAt: day, expected: expected)
    guard case .changed(let rewritten) = outcome else { return #expect(Bool(false), "\(outcome)") }
    #expect(!rewritten[0].hasGrown)
    try Files.remove(claim.path.appending("source-000000"))
    #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .missing([.source(0)]))
    #expect(try Files.exists(claim.path.appending("sidecar")))
  }

  @Test func `a file that grew becomes a batch of its own and the rest retires`() throws {
    let claimer = retirement.claimer
    let new = try claimer.prepare(BatchID(try randomUUID())!)
    #expect(try claimer.handOver(.source(0), of: claim, to: new, as: .source(0)))
    #expect(try claimer.handOver(.source(0), of: claim, to: new, as: .source(0)))
    #expect(try Files.read(new.path.appending("source-000000"), limit: 1000) == bytes)
    #expect(try retirement.retire(claim, receivedAt: day, expected: [expected[1]]) == .retired)
    #expect(try !claimer.handOver(.sidecar, of: new, to: new, as: .sidecar))
  }

  @Test func `what is retired is held against its manifest; what is no longer there is not missed`() throws {
    try Files.write(claim.path.appending("marker-000000"), [])
    try Files.write(claim.path.appending("stray-source-000000"), [7])
    #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .retired)
    let target = retirement.path(of: claim.batch, receivedAt: day)
    let folder = try Folder.open(target)
    var files = try retirement.files(in: folder, expected: expected)
    #expect(files.changed.isEmpty && files.inUse.isEmpty && files.seen.count == 2)
    #expect(files.strays == [EscapedText("stray-source-000000")], "a marker is no page, a stray may be one")
    #expect(try retirement.areStill(files, in: folder))
    try Descriptor.open(target.appending("source-000000"), flags: O_WRONLY).write([9, 9], at: bytes.count)
    #expect(try !retirement.areStill(files, in: folder))
    files = try retirement.files(in: folder, expected: expected)
    #expect(files.changed.map(\.slot) == [.source(0)] && files.changed.first?.hasGrown == true)
    try Files.remove(target.appending("source-000000"))
    files = try retirement.files(in: folder, expected: expected)
    #expect(files.changed.isEmpty && Array(files.seen.keys) == [.sidecar])
  }

  @Test func `a retired batch has one holder`() throws {
    guard case .absent = try retirement.hold(claim.batch, receivedAt: day) else { return #expect(Bool(false)) }
    #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .retired)
    // The claim's lease moved with its folder.
    guard case .busy = try retirement.hold(claim.batch, receivedAt: day) else { return #expect(Bool(false)) }
    withExtendedLifetime(claim) {}
  }

  @Test func `what stands among the originals is never replaced`() throws {
    let target = retirement.path(of: claim.batch, receivedAt: day)
    _ = try Files.makeFolders(["2026", "11", "22", claim.batch.description], below: retirement.originals)
    try Files.write(target.appending("source-000000"), [5])
    #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .missing([.source(0), .sidecar]))
    #expect(try Files.read(target.appending("source-000000"), limit: 9) == [5])
    #expect(try Files.exists(claim.path.appending("source-000000")))
  }
}

/// Drop folder, claims and originals on two filesystems: `/tmp` and `/dev/shm` where they differ.
@Suite struct CrossingTests {
  let here = TemporaryFolder()
  let there: FilePath
  let differs: Bool

  init() throws {
    there = FilePath("/dev/shm").appending("chartroom-" + (try randomUUID()))
    let one = try Files.stat(FilePath("/tmp"))?.device
    let other = try Files.stat(FilePath("/dev/shm"))
    differs = other?.kind == .folder && other?.device != one
    if !differs { print("SKIPPED: /tmp and /dev/shm are one filesystem here, or there is no /dev/shm") }
  }

  func within(_ body: () throws -> Void) throws {
    guard differs else { return }
    try Files.makeFolder(there)
    defer { try? Files.removeTree(there) }
    for name in ["claimed", "originals"] { try Files.makeFolder(here.path.appending(name)) }
    try body()
  }

  func readyBatch() throws -> ReadyBatch {
    var desk = DropDesk(drop: there, rules: .init()) { _ in Station() }
    let wall = Timestamp(microseconds: 0)
    _ = try desk.look(at: 0, wall: wall)
    return try #require(try desk.look(at: 5, wall: wall).ready.first)
  }

  @Test func `across filesystems a file is copied, compared, and then its source goes`() throws {
    try within {
      try Files.write(there.appending("a.tif"), smallTIFF())
      let batch = try readyBatch()
      let claimer = Claimer(claimed: here.path.appending("claimed"))
      let claim = try claimer.prepare(BatchID(try randomUUID())!)
      // A copy that an earlier try left half done.
      try Files.write(claim.path.appending("incoming-source-000000"), [1])
      #expect(try claimer.take(batch, into: claim, from: there) == .taken)
      #expect(try Files.list(there).isEmpty)
      #expect(try Files.list(claim.path).map { String(decoding: $0.name, as: UTF8.self) } == ["source-000000"])
      #expect(try Files.read(claim.path.appending("source-000000"), limit: 1000) == smallTIFF())
      #expect(try claim.identity(of: .source(0))?.modified == batch.items[0].identity.modified)
      #expect(try claimer.putBack(batch, claim, there) == [])
      #expect(try Files.read(there.appending("a.tif"), limit: 1000) == smallTIFF())
      #expect(try Files.list(there).count == 1)
    }
  }

  @Test func `a crash between copy and removal is finished; a source that changed meanwhile is kept`() throws {
    try within {
      try Files.write(there.appending("a.tif"), smallTIFF())
      let batch = try readyBatch()
      let claimer = Claimer(claimed: here.path.appending("claimed"))
      var claim = try claimer.prepare(BatchID(try randomUUID())!)
      try Files.write(claim.path.appending("source-000000"), smallTIFF())
      #expect(try claimer.places(of: batch, in: claim, drop: there).map(\.place) == [.both])
      #expect(try claimer.take(batch, into: claim, from: there) == .taken)
      #expect(try Files.list(there).isEmpty)

      try Files.write(there.appending("a.tif"), smallTIFF())
      let again = try readyBatch()
      claim = try claimer.prepare(BatchID(try randomUUID())!)
      try Files.write(claim.path.appending("source-000000"), [1, 2, 3])
      #expect(try claimer.take(again, into: claim, from: there) == .released(.changed))
      #expect(try Files.read(there.appending("a.tif"), limit: 1000) == smallTIFF())
      #expect(try claim.contents().slots == [])
    }
  }

  @Test func `originals on another filesystem are copied and compared before the claim goes`() throws {
    try within {
      let claimer = Claimer(claimed: here.path.appending("claimed"))
      let retirement = Retirement(claimer: claimer, originals: there)
      let claim = try claimer.prepare(BatchID(try randomUUID())!)
      try Files.write(claim.path.appending("source-000000"), smallTIFF())
      let expected = [ExpectedFile(slot: .source(0), bytes: smallTIFF().count, sha256: sha256(smallTIFF()))]
      let day = Timestamp("2026-01-02T00:00:00Z")!
      #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .retired)
      #expect(try !Files.exists(claim.path))
      let target = retirement.path(of: claim.batch, receivedAt: day)
      #expect(try Files.read(target.appending("source-000000"), limit: 1000) == smallTIFF())
      #expect(try Files.list(target.parent).count == 1)

      // A crash after the copy was renamed into place and before the claim was removed.
      let second = try claimer.prepare(BatchID(try randomUUID())!)
      try Files.write(second.path.appending("source-000000"), smallTIFF())
      let copied = retirement.path(of: second.batch, receivedAt: day)
      try Files.makeFolder(copied)
      try Files.write(copied.appending("source-000000"), smallTIFF())
      #expect(try retirement.retire(second, receivedAt: day, expected: expected) == .retired)
      #expect(try retirement.isRetired(second.batch, receivedAt: day))
    }
  }

  @Test func `an original on another filesystem is copied back before it goes`() throws {
    try within {
      let claimer = Claimer(claimed: here.path.appending("claimed"))
      let retirement = Retirement(claimer: claimer, originals: there)
      let day = Timestamp("2026-01-02T00:00:00Z")!
      let batch = BatchID(try randomUUID())!
      let target = retirement.path(of: batch, receivedAt: day)
      _ = try Files.makeFolders(["2026", "01", "02", batch.description], below: there)
      try Files.write(target.appending("source-000000"), smallTIFF() + [7])
      guard case .held(let old) = try retirement.hold(batch, receivedAt: day) else { return #expect(Bool(false)) }
      let new = try claimer.prepare(BatchID(try randomUUID())!)
      #expect(try claimer.handOver(.source(0), of: old, to: new, as: .source(0)))
      #expect(try Files.read(new.path.appending("source-000000"), limit: 1000) == smallTIFF() + [7])
      #expect(try Files.list(target).isEmpty && Files.list(new.path).count == 1)
      // A crash after the copy got its name and before the old one went.
      try Files.write(target.appending("source-000000"), smallTIFF() + [7])
      #expect(try claimer.handOver(.source(0), of: old, to: new, as: .source(0)))
      #expect(try Files.list(target).isEmpty && Files.list(new.path).count == 1)
    }
  }

  @Test func `what its writer still has open is not retired as a copy, whenever he opened it`() throws {
    try within {
      let claimer = Claimer(claimed: here.path.appending("claimed"))
      let retirement = Retirement(claimer: claimer, originals: there)
      let claim = try claimer.prepare(BatchID(try randomUUID())!)
      let file = claim.path.appending("source-000000")
      try Files.write(file, smallTIFF())
      let expected = [ExpectedFile(slot: .source(0), bytes: smallTIFF().count, sha256: sha256(smallTIFF()))]
      let day = Timestamp("2026-01-02T00:00:00Z")!
      // Somebody has it open: the copy alone is no place for what he writes.
      let writer = try Descriptor.open(file, flags: O_WRONLY)
      guard try writers(of: Descriptor.openRegular(file)) == .writing else {
        return print("SKIPPED: this filesystem has no leases")
      }
      // As a crash leaves it after the copy got its name.
      let copied = retirement.path(of: claim.batch, receivedAt: day)
      _ = try Files.makeFolders(["2026", "01", "02", claim.batch.description], below: there)
      try Files.write(copied.appending("source-000000"), smallTIFF())
      #expect(try retirement.retire(claim, receivedAt: day, expected: expected) == .inUse([.source(0)]))
      #expect(try Files.exists(file))
      withExtendedLifetime(writer) {}
    }
  }
}
