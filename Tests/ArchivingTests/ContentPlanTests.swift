import Formats
import Model
import Testing

@testable import Archiving

/// Which files an object will have is decided before a byte is written.
@Suite struct ContentPlanTests {
  private func plan(_ goes: [SampleBatch.Goes], _ frames: [Int], whole: [Int] = []) throws -> BatchPlan {
    let files = frames.enumerated().map { index, count in
      ("\(index).tif", tinyTIFF((0..<count).map { UInt8(truncatingIfNeeded: index * 16 + $0) }))
    }
    return try SampleBatch(files: files, goes: goes, wholeSources: whole).plan()
  }

  @Test func `runs of one source become one file, a change of source begins another`() throws {
    let plan = try plan([.filed(1), .separator, .filed(1), .filed(1), .separator, .filed(1)], [2, 3, 1])
    let content = try planContent(plan) { _, _ in true }
    #expect(
      content[0].files == [.frames(source: 0, frames: [0]), .frames(source: 1, frames: [0, 1]), .whole(source: 2)])
    #expect(
      content[0].places == [
        .init(file: 0, frame: 0), .init(file: 1, frame: 0), .init(file: 1, frame: 1), .init(file: 2, frame: 0),
      ])
    #expect(
      content[1].document == nil
        && content[1].files == [.frames(source: 0, frames: [1]), .frames(source: 1, frames: [2])])
  }

  @Test func `a whole file whose pages are put in another order is divided into that order`() throws {
    var plan = try plan([.filed(1), .filed(1)], [2])
    plan.manifest.documents[0].pages = [2, 1]
    #expect(try planContent(plan) { _, _ in true }[0].files == [.frames(source: 0, frames: [1, 0])])
    // What cannot be copied stays whole: it holds no page of anybody else.
    #expect(try planContent(plan) { _, _ in false }[0].files == [.whole(source: 0)])
  }

  @Test func `a filed document never takes a whole source that holds other pages`() throws {
    let plan = try plan([.filed(1), .exception(2)], [2], whole: [0])
    #expect(throws: ArchiveError.self) { try planContent(plan) { _, frame in frame == 1 } }
    let content = try planContent(plan) { _, frame in frame == 0 }
    #expect(content.map(\.files) == [[.frames(source: 0, frames: [0])], [.whole(source: 0)]])
  }

  @Test func `a long batch is laid out in one pass`() throws {
    let plan = try plan((0..<3000).map { $0 % 3 == 0 ? .separator : .filed($0 / 3) }, [3000])
    #expect(try planContent(plan) { _, _ in true }.count == 1001)
  }
}
