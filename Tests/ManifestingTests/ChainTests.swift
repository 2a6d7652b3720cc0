import Formats
import Model
import System
import TestSupport
import Testing

@testable import Manifesting

@Suite struct ChainTests {
  let folder = TemporaryFolder()
  let store: ManifestStore
  let chain: [(id: BatchID, day: Timestamp, bytes: [UInt8], record: JournalRecord)]

  init() throws {
    store = try ManifestStore(folder.path)
    chain = try sampleChain(4)
    for link in chain { #expect(try store.write(link.bytes, id: link.id, day: link.day) == .new) }
  }

  private func findings(journal: Bool = true) throws -> [ChainFinding] {
    let (records, findings) = try store.readAll()
    return findings + verifyChain(records, journal: journal ? chain.map(\.record) : nil)
  }

  private func path(_ index: Int) -> String { ManifestStore.path(of: chain[index].id, day: chain[index].day) }

  @Test func `a sound chain has no findings, with a journal and without`() throws {
    #expect(try findings().isEmpty)
    #expect(try findings(journal: false).isEmpty)
    let records = try store.readAll().records
    #expect(records.map(\.sequence) == [1, 2, 3, 4, 5] && records.map(\.kind).last == .correction)
    #expect(path(0).hasPrefix("2026/11/22/") && path(1).hasPrefix("2026/11/23/"))
    guard case .manifest(let manifest) = try store.read(records[0]) else {
      throw SystemError(errno: 0, call: "no manifest")
    }
    #expect(manifest.batch == chain[0].id)
  }

  @Test func `writing again adopts, something else of the same name is refused`() throws {
    for link in chain { #expect(try store.write(link.bytes, id: link.id, day: link.day) == .adopted) }
    #expect(throws: ManifestError.self) { try store.write(chain[1].bytes, id: chain[0].id, day: chain[0].day) }
    #expect(try findings().isEmpty)
  }

  @Test func `what a crash left half written goes, what another writes at this moment stays`() throws {
    let staging = folder.path.appending(".staging")
    let (stale, current) = (staging.appending("stale"), staging.appending("current"))
    for path in [stale, current] { try Files.write(path, [1]) }
    let lock = try #require(try FileLock.take(current))
    try store.removeStaleStaging()
    #expect(try !Files.exists(stale) && Files.exists(current))
    withExtendedLifetime(lock) {}
  }

  @Test func `one flipped bit in any record is found and the file named`() throws {
    for index in chain.indices {
      let file = folder.path.appending(path(index))
      let bytes = chain[index].bytes
      for at in stride(from: 0, to: bytes.count, by: 37) {
        var flipped = bytes
        flipped[at] ^= 1 << UInt8(at % 7)
        try Files.remove(file)
        try Files.write(file, flipped)
        #expect(
          try findings().contains { $0.where == path(index) && $0.severity == .error }, "\(path(index)) byte \(at)")
        if index < chain.count - 1 {
          let found = try findings(journal: false)
          #expect(!found.isEmpty, "found by the chain alone: \(path(index)) byte \(at)")
        }
      }
      try Files.remove(file)
      try store.write(bytes, id: chain[index].id, day: chain[index].day)
    }
    #expect(try findings().isEmpty)
  }

  @Test func `a record cut anywhere, or with a byte too many, is found and the file named`() throws {
    for index in chain.indices {
      let file = folder.path.appending(path(index))
      let bytes = chain[index].bytes
      for count in Array(stride(from: 0, to: bytes.count, by: 29)) + [bytes.count - 1, bytes.count + 1] {
        try Files.remove(file)
        try Files.write(file, Array((bytes + bytes).prefix(count)))
        for hasJournal in [true, false] where hasJournal || index < chain.count - 1 || count < bytes.count {
          let found = try findings(journal: hasJournal)
          #expect(
            found.contains { $0.severity == .error && (!hasJournal || $0.where == path(index)) },
            "\(path(index)), \(count) bytes, journal: \(hasJournal)")
        }
      }
      try Files.remove(file)
      try store.write(bytes, id: chain[index].id, day: chain[index].day)
    }
    #expect(try findings().isEmpty)
  }

  @Test func `a removed record is missed, from the middle, the start and the end`() throws {
    for index in chain.indices {
      try Files.remove(folder.path.appending(path(index)))
      let found = try findings()
      #expect(found.map(\.kind) == [.missing], "nothing else is accused: \(found)")
      #expect(found.map(\.where) == [path(index)])
      // Without a journal nothing tells that the newest is gone.
      #expect(try findings(journal: false).contains { $0.kind == .missing } == (index < chain.count - 1))
      try store.write(chain[index].bytes, id: chain[index].id, day: chain[index].day)
    }
  }

  @Test func `reordered and forked records are named`() throws {
    var records = try store.readAll().records
    records[1].sequence = 3
    records[2].sequence = 2
    #expect(verifyChain(records, journal: nil).contains { $0.kind == .altered })
    records[1].sequence = 2
    #expect(verifyChain(records, journal: nil).map(\.kind).contains(.forked))
    // A second chain's first record among ours.
    let other = try finish(
      try makePlan(sampleInput(batch: batchID(9))).manifest, sequence: 2, previous: .zero, audit: .init())
    try store.write(other.bytes, id: BatchID(batchID(9))!, day: time)
    #expect(try findings().contains { $0.kind == .foreign && $0.where.contains(batchID(9)) })
  }

  @Test func `what is no record of ours, in the wrong place or of a newer schema is named`() throws {
    let stray = folder.path.appending("2026/11/22")
    try Files.write(stray.appending("notes.txt"), [1])
    try Files.write(stray.appending("\(batchID(8)).json"), Array(#"{"schema":"chartroom.manifest/2"}"#.utf8))
    try Files.write(stray.appending("\(batchID(7)).json"), chain[3].bytes)
    let found = try findings()
    #expect(Set(found.map(\.kind)).isSuperset(of: [.strayFile, .unreadable, .misplaced]))
    #expect(found.contains { $0.what.contains("chartroom.manifest/2") })
  }

  @Test func `an altered record is told once, and the sound ones beside it are not accused`() throws {
    let file = folder.path.appending(path(1))
    let sound = chain[1].bytes
    // The station's name: still a record, and still its place in the chain.
    let station = Array("front-desk".utf8)
    let at = try #require(sound.indices.first { sound[$0...].starts(with: station) })
    var altered = sound
    altered[at] ^= 1
    try Files.remove(file)
    try Files.write(file, altered)
    #expect(try findings().map(\.where) == [path(1)])
  }

  @Test func `no remedy sends for a verb that does not write a record again`() throws {
    let place = ManifestStore.path(of: chain[0].id, day: chain[0].day.adding(seconds: 86_400 * 9))
    _ = try Files.makeFolders(["2026", "12", "01"], below: folder.path)
    try Files.write(folder.path.appending(place), chain[0].bytes)
    let found = try findings()
    #expect(found.contains { $0.kind == .misplaced } && found.contains { $0.kind == .forked })
    #expect(found.allSatisfy { $0.remedy.contains("`chartroom rebuild`") && !$0.remedy.contains("`chartroom run`") })
  }

  @Test func `a missing folder is never made by the way`() throws {
    #expect(throws: ManifestError.self) { try ManifestStore(folder.path.appending("none")) }
  }

  @Test func `what a crash left half written is told and removed`() throws {
    try Files.write(folder.path.appending(".staging").appending("half"), [1])
    #expect(try findings().map(\.severity) == [.warning])
    try store.removeStaleStaging()
    #expect(try findings().isEmpty)
  }
}
