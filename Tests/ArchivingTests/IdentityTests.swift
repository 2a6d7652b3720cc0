import Model
import System
import Testing

@testable import Archiving

@Suite struct IdentityTests {
  let scratch = Scratch()

  @Test func `an archive opens for its own journal only`() throws {
    let archive = try scratch.archive()
    #expect(try Archive.open(at: archive.path, expecting: archive.uuid).uuid == archive.uuid)
    #expect(try Archive.open(at: archive.path, expecting: nil).uuid == archive.uuid)
    let error = #expect(throws: ArchiveError.self) {
      try Archive.open(at: archive.path, expecting: "99999999-2222-4333-8444-555555555555")
    }
    #expect(error?.isSiteError == true)
  }

  @Test func `a missing archive is never made by the way`() throws {
    let error = #expect(throws: ArchiveError.self) {
      try Archive.open(at: scratch.path.appending("none"), expecting: nil)
    }
    #expect(error?.isSiteError == true)
    #expect(try !Files.exists(scratch.path.appending("none")))
  }

  @Test func `a mount that lost its root or layout is refused`() throws {
    let archive = try scratch.archive()
    for file in ["root/0=ocfl_1.1", "root/ocfl_layout.json", "archive.json"] {
      let bytes = try read(archive.path.appending(file))
      try Files.remove(archive.path.appending(file))
      #expect(throws: ArchiveError.self) { try Archive.open(at: archive.path, expecting: archive.uuid) }
      try Files.write(archive.path.appending(file), bytes)
    }
    try Files.removeFolder(archive.staging)
    #expect(throws: ArchiveError.self) { try Archive.open(at: archive.path, expecting: archive.uuid) }
  }

  @Test func `creating an archive again completes it and never makes it another`() throws {
    let archive = try scratch.archive()
    _ = try scratch.archive()
    #expect(throws: ArchiveError.self) { try scratch.archive(uuid: "99999999-2222-4333-8444-555555555555") }
    #expect(try Archive.open(at: archive.path, expecting: archive.uuid).uuid == archive.uuid)
  }

  @Test func `object paths are those of layout 0003`() throws {
    // Computed with: printf urn:uuid:7f2c1e2e-0000-4000-8000-000000000001 | sha256sum → 456d97c08…
    let id = DocumentID("urn:uuid:7f2c1e2e-0000-4000-8000-000000000001")!
    #expect(try scratch.archive().objectPath(for: id) == "45/6d/urn%3auuid%3a7f2c1e2e-0000-4000-8000-000000000001")
  }
}
