import Formats
import Model
import System
import Testing

@testable import Archiving

@Suite struct RecordTests {
  let scratch: Scratch
  let archive: Archive
  let first = Timestamp("2026-11-22T01:00:00.000000Z")!

  init() throws {
    scratch = Scratch()
    archive = try scratch.archive()
  }

  @Test func `each configuration in force is kept once`() throws {
    let bytes = Array(#"{"facility":{}}"#.utf8)
    let id = try archive.storeRecord(.configuration, bytes: bytes, at: first)
    #expect(try archive.storeRecord(.configuration, bytes: bytes, at: first.adding(seconds: 60)) == id)
    let records = try archive.records(.configuration)
    #expect(records.map(\.created) == [first])
    #expect(try archive.read(records[0]) == bytes)
    try OutsideValidator.expectValid(archive.root, objects: 1)
  }

  @Test func `an import file that is taken again is in force again`() throws {
    let a = Array("mrn,authority\n1,A\n".utf8)
    let b = Array("mrn,authority\n2,A\n".utf8)
    try archive.storeRecord(.patients, bytes: a, at: first)
    try archive.storeRecord(.patients, bytes: b, at: first.adding(seconds: 1))
    for _ in 0..<2 { try archive.storeRecord(.patients, bytes: a, at: first.adding(seconds: 2)) }
    try archive.storeRecord(.encounters, bytes: a, at: first)
    #expect(try archive.records(.patients).map { try archive.read($0) } == [a, b, a])
    #expect(try archive.records(.encounters).count == 1)
    try OutsideValidator.expectValid(archive.root, objects: 3)
    _ = try archive.verify(expected: .init()) { Issue.record("\($0)") }
  }

  @Test func `an import says what whoever took it could see; one of an older release, everything`() throws {
    let bytes = Array("mrn,authority\n1,A\n".utf8)
    for (at, level) in Confidentiality.allCases.enumerated() {
      try archive.storeRecord(
        .patients, source: MemorySource(bytes), sha256: sha256(bytes), at: first.adding(seconds: Double(at)),
        clearance: level)
    }
    try archive.storeRecord(.patients, bytes: bytes, at: first.adding(seconds: 9))
    #expect(
      try archive.records(.patients).map(\.clearance) == [.normal, .restricted, .veryRestricted, .veryRestricted])
    try OutsideValidator.expectValid(archive.root, objects: 1)
  }

  @Test func `a configuration that was in force is found by its digest`() throws {
    let bytes = Array("{}".utf8)
    #expect(try archive.configuration(sha256(bytes)) == nil)
    try archive.storeRecord(.configuration, bytes: bytes, at: first)
    #expect(try archive.configuration(sha256(bytes)) == bytes)
  }
}
