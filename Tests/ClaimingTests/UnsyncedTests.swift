import Claiming
import Model
import Synchronization
import System
import TestSupport
import Testing

/// A dropped file whose sync failed: the kernel holds its pages for written, so no second sync of them is believed.
@Suite struct UnsyncedTests {
  let temporary = TemporaryFolder()
  let drop: FilePath
  let claimer: Claimer

  init() throws {
    drop = temporary.path.appending("drop")
    claimer = Claimer(claimed: temporary.path.appending("claimed"))
    for name in ["drop", "claimed"] { try Files.makeFolder(temporary.path.appending(name)) }
    try Files.write(drop.appending("a.tif"), smallTIFF())
  }

  /// Lets every sync of a file in the drop folder fail, and counts them.
  private final class FailingSync: StepWatcher, Sendable {
    private let drop: String
    private let tries = Mutex(0)
    init(_ drop: FilePath) { self.drop = drop.description }
    var count: Int { tries.withLock { $0 } }
    func willDo(_ step: String, _ target: String) throws {
      guard step == "fsync", target.hasPrefix(drop + "/") else { return }
      tries.withLock { $0 += 1 }
      throw SystemError(errno: 5, call: step)
    }
    func didDo(_ step: String, _ target: String) throws {}
  }

  private func ready() throws -> ReadyBatch {
    var desk = DropDesk(drop: drop, rules: .init()) { _ in Station() }
    let wall = Timestamp(microseconds: 0)
    _ = try desk.look(at: 0, wall: wall)
    return try #require(try desk.look(at: 5, wall: wall).ready.first)
  }

  /// Takes the file under a disk on which its sync fails.
  private func fail(_ batch: ReadyBatch, into claim: ClaimFolder) {
    let disk = FailingSync(drop)
    let error = #expect(throws: SystemError.self) {
      try StepWatch.$watcher.withValue(disk) { try claimer.take(batch, into: claim, from: drop) }
    }
    #expect(error?.path == drop.appending("a.tif").description, "the error names the file")
    #expect(disk.count == 1)
    #expect((try? Files.exists(drop.appending("a.tif"))) == true)
  }

  /// Takes it again, and sees that it was written anew and synced nowhere else.
  private func expectCopied(_ batch: ReadyBatch, by claimer: Claimer, into claim: ClaimFolder) throws {
    let before = try #require(try Files.stat(drop.appending("a.tif")))
    let disk = FailingSync(drop)
    let outcome = try StepWatch.$watcher.withValue(disk) { try claimer.take(batch, into: claim, from: drop) }
    #expect(outcome == .taken && disk.count == 0)
    let taken = try #require(try claim.identity(of: .source(0)))
    #expect(taken.inode != before.inode && taken.modified == before.modified)
    #expect(try Files.read(claim.path.appending("source-000000"), limit: 1000) == smallTIFF())
    #expect(try Files.list(drop).isEmpty && Files.list(claim.path).count == 1)
  }

  @Test func `the same process takes it by copying, in another claim too`() throws {
    let batch = try ready()
    let first = try claimer.prepare(BatchID(try randomUUID())!)
    fail(batch, into: first)
    #expect(try claimer.discard(first), "the sign that it must be copied keeps no folder")
    let second = try claimer.prepare(BatchID(try randomUUID())!)
    try expectCopied(batch, by: claimer, into: second)
  }

  @Test func `the next process, which takes the claim over, copies it too`() throws {
    let batch = try ready()
    let claim = try claimer.prepare(BatchID(try randomUUID())!)
    fail(batch, into: claim)
    #expect(try claim.contents().slots.isEmpty && claim.contents().strays.isEmpty)
    try expectCopied(batch, by: Claimer(claimed: claimer.claimed), into: claim)
  }
}
