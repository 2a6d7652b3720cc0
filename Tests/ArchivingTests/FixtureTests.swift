import Foundation
import Formats
import Model
import System
import TestSupport
import Testing

@testable import Archiving

/// The scans of the fixture archive, divided page by page.
@Suite struct FixtureTests {
  @Test func `every fixture can be divided into single pages, and the archive proves each of them`() throws {
    let scratch = Scratch()
    let archive = try scratch.archive()
    var expected = ExpectedArchive()
    var objects = 0
    for file in try scans() {
      let bytes = [UInt8](try Data(contentsOf: file))
      let structure = try walkStructure(of: MemorySource(bytes))
      // What is no image has one page all the same.
      let isCountable = structure.problem == nil && !structure.frames.isEmpty
      let pages = isCountable ? structure.frames.count : structure.frames.count + 1
      var batch = SampleBatch(
        files: [(file.lastPathComponent, bytes)], goes: (1...pages).map { .exception($0) },
        wholeSources: structure.frames.allSatisfy(\.isCopyable) ? [] : [0])
      batch.batch = BatchID(try randomUUID())!
      // Equal files of two batches would be duplicates to the plan maker, which is not at work here.
      guard try !archive.contains(batch.plan().manifest.documents[0].id) else { continue }
      let report = try batch.store(in: archive)
      objects += report.objects.count
      try expected.add(try batch.plan().manifest)
    }
    #expect(objects > 20)
    let summary = try archive.verify(expected: expected) { Issue.record("\($0)") }
    #expect(summary.objects == objects)
    try OutsideValidator.expectValid(archive.root, objects: objects)
  }

  private func scans() throws -> [URL] {
    let folder = URL(fileURLWithPath: ProjectFolder.fixtures + "/archive")
    let all =
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    return all.filter { ["tif", "png"].contains($0.pathExtension) }.sorted { $0.path < $1.path }
  }
}
