import Model
import System
import Testing

@testable import Archiving

/// What the archive says about itself is valid by the schemas of the repository.
@Suite struct SchemaTests {
  @Test func `archive, document and set-aside records are valid by their schemas`() throws {
    let scratch = Scratch()
    let archive = try scratch.archive()
    try SampleBatch.mixed.store(in: archive)
    try SchemaValidator.expect(read(archive.path.appending("archive.json")), by: "archive-1")
    for id in try SampleBatch.mixed.plan().manifest.documents.map(\.id) {
      try SchemaValidator.expect(read(archive.objectFolder(id).appending("v1/content/document.json")), by: "document-1")
    }
    let correction = VersionTests.correction()
    _ = try archive.addVersion(to: correction.document.id, document: correction.document, correction: correction.note)
    let corrected = archive.objectFolder(correction.document.id).appending("v2/content/document.json")
    try SchemaValidator.expect(read(corrected), by: "document-1")
    let setAside = try #require(try archive.setAside(of: SampleBatch.mixed.batch))
    try SchemaValidator.expect(
      read(archive.objectFolder(setAside.id).appending("v1/content/set-aside.json")), by: "set-aside-1")
    try SchemaValidator.expect(SampleBatch.mixed.sidecar!, by: "sidecar-1")
  }
}
