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
    try await expectHoles(pool, path)
  }

  @Test(arguments: ["garbage", "nothing", "deep", "another page", "many", "half"])
  func `a worker that answers nonsense costs holes, never the run`(answer: String) async throws {
    let folder = TemporaryFolder()
    let path = folder.path.appending("page.tif")
    try Files.write(path, [0x49, 0x49, 0x2A, 0x00])
    let pool = try WorkerPool(
      count: 1,
      launch: .init(
        program: BuiltPrograms.misbehavingWorker, arguments: ["answer", answer], bytesMax: 1 << 30, pageSecondsMax: 1))
    defer { pool.close() }
    try await expectHoles(pool, path)
  }

  private func expectHoles(_ pool: WorkerPool, _ path: FilePath) async throws {
    let job = WorkerJob(format: .tiff, frames: Self.frames, limits: PageLimits(Configuration()))
    let answers = await pool.read(job, source: try Descriptor.openRegular(path))
    #expect(answers.map(\.index) == [0, 1, 2])
    #expect(answers.allSatisfy { $0.reading.hole?.reason == .undecodable && $0.sourceErrno == nil })
  }

  @Test func `I9: of a batch's pages the first two thousand have a print, whatever worker reads them`() async throws {
    let folder = TemporaryFolder()
    let path = folder.path.appending("stack.tif")
    var stack = RawTIFF()
    let rows = RawTIFF.whiteRows(200)
    let strip = stack.append(rows)
    for _ in 0..<20 { stack.page(RawTIFF.whitePage(width: 200, height: 200, strip: strip, stripBytes: rows.count)) }
    try Files.write(path, stack.bytes)
    let pool = try WorkerPool(
      count: 2,
      launch: .init(program: BuiltPrograms.chartroom, arguments: ["worker"], bytesMax: 1 << 31, pageSecondsMax: 60))
    defer { pool.close() }
    let examiner = Examiner(pool: pool, configuration: Configuration()) { _ in }
    func printed(after before: Int) async throws -> Int {
      let file = try Descriptor.openRegular(path)
      let source = try await examiner.examine(file, name: EscapedText("stack.tif"), after: before) { _ in false }
      let prints = try source.readings.map { try #require($0.facts).print != nil }
      #expect(prints == prints.sorted { $0 && !$1 }, "the first ones have theirs")
      return prints.count { $0 }
    }
    #expect(try await printed(after: 0) == 20)
    #expect(try await printed(after: InkPrint.pagesMax - 7) == 7)
    #expect(try await printed(after: InkPrint.pagesMax) == 0)
    #expect(try await printed(after: 60_000) == 0)
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
