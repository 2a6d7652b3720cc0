import Claiming
import Journaling
import Model
import System
import TestSupport
import Testing

@testable import Pipeline

/// A claim's row after a restart.
@Suite struct ClaimRowTests {
  @Test func `a filesystem that has another number since it was mounted anew still holds the same file`() throws {
    let folder = TemporaryFolder()
    try Files.write(folder.path.appending("scan.tif"), [1, 2, 3])
    let there = try #require(try Files.stat(folder.path.appending("scan.tif")))
    var before = there
    before.device += 7
    let claim = Claim(
      batch: BatchID("aaaaaaaa-0000-4000-8000-000000000001")!, origin: .drop, station: EscapedText("default"),
      folder: EscapedText(bytes: folder.path.bytes), receivedAt: Timestamp(microseconds: 0),
      items: [ClaimItem(.source, name: EscapedText("scan.tif"), before)])
    let (ready, drop) = try #require(ReadyBatch.of(claim, drops: [folder.path]))
    #expect(drop == folder.path)
    #expect(there.isUnchanged(since: ready.items[0].identity))
  }
}
