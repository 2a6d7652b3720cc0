import Formats
import Model
import System
import Testing
import TestSupport

@testable import Pipeline

@Suite struct WorkerPoolTests {
  private static let frames = (0..<3).map {
    WorkerFrame(index: $0, structure: FrameStructure(offset: 8, width: 10, height: 10))
  }

  /// Programs that are no workers stand for workers gone wrong: they end at once, or never answer.
  @Test(arguments: [("/bin/false", [String](), 5.0), ("/bin/sleep", ["60"], 0.2)])
  func `a worker that dies or hangs costs holes, never the run`(program: String, arguments: [String], seconds: Double)
    async throws
  {
    let folder = TemporaryFolder()
    let path = folder.path.appending("page.tif")
    try Files.write(path, [0x49, 0x49, 0x2A, 0x00])
    let pool = try WorkerPool(
      count: 1,
      launch: .init(program: FilePath(program), arguments: arguments, bytesMax: 1 << 30, pageSecondsMax: seconds))
    defer { pool.close() }
    let job = WorkerJob(format: .tiff, frames: Self.frames, limits: PageLimits(Configuration()))
    let answers = await pool.read(job, source: try Descriptor.openRegular(path))
    #expect(answers.map(\.index) == [0, 1, 2])
    #expect(answers.allSatisfy { $0.reading.hole?.reason == .undecodable && $0.sourceErrno == nil })
  }

  @Test func `where no worker can be started nothing is said of the pages`() async throws {
    let folder = TemporaryFolder()
    let path = folder.path.appending("page.tif")
    try Files.write(path, [0x49, 0x49, 0x2A, 0x00])
    let pool = try WorkerPool(
      count: 1,
      launch: .init(program: folder.path.appending("none"), arguments: [], bytesMax: 1 << 30, pageSecondsMax: 5))
    defer { pool.close() }
    let job = WorkerJob(format: .tiff, frames: Self.frames, limits: PageLimits(Configuration()))
    let answers = await pool.read(job, source: try Descriptor.openRegular(path))
    #expect(answers.map(\.index) == [0, 1, 2])
    #expect(answers.allSatisfy { $0.sourceErrno == 2 })
  }
}
