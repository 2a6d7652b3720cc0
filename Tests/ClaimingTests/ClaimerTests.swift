import Claiming
import Formats
import Glibc
import Model
import System
import TestSupport
import Testing

@Suite struct ClaimerTests {
  let temporary = TemporaryFolder()
  let drop: FilePath
  let claimer: Claimer

  init() throws {
    drop = temporary.path.appending("drop")
    claimer = Claimer(claimed: temporary.path.appending("claimed"))
    for name in ["drop", "claimed", "originals", "drop/desk"] { try Files.makeFolder(temporary.path.appending(name)) }
  }

  let desk = StationPlace(folder: EscapedText("desk"))

  func put(_ name: [UInt8], _ bytes: [UInt8] = smallTIFF(), in folder: String = "drop/desk") throws {
    try Files.write(temporary.path.appending(folder).appending(name), bytes)
  }

  /// What is ready after everything has settled.
  func ready(_ station: Station = .init()) throws -> DropReport {
    var desk = DropDesk(drop: drop, rules: .init()) { _ in station }
    let wall = Timestamp(microseconds: 0)
    _ = try desk.look(at: 0, wall: wall)
    _ = try desk.look(at: 5, wall: wall)
    return try desk.look(at: 30, wall: wall)
  }

  func newID() throws -> BatchID { BatchID(try randomUUID())! }

  func text(_ string: String) -> [UInt8] { Array(string.utf8) }

  @Test func `names of any bytes are claimed under fixed names and kept as they were`() throws {
    let names: [[UInt8]] = [
      text("a\nb.tif"), [0xFF, 0xFE] + text(".tif"), [UInt8](repeating: 0x78, count: 251) + text(".tif"),
      text("-rf.tif"),
      text("=cmd.tif"), [0xE2, 0x80, 0xAE] + text("fit.tif"), text("a/b.tif".replacing("/", with: "%2F")),
    ]
    for name in names { try put(name) }
    let batches = try ready().ready
    #expect(Set(batches.map { $0.items[0].name.bytes }) == Set(names))
    for batch in batches {
      let claim = try claimer.prepare(newID())
      #expect(try claimer.take(batch, into: claim, from: drop) == .taken)
      #expect(try Files.list(claim.path) == [DirectoryEntry(name: text("source-000000"), kind: .file)])
      #expect(try Files.read(claim.path.appending("source-000000"), limit: 1000) == smallTIFF())
    }
    #expect(try Files.list(drop.appending("desk")).isEmpty)
  }

  @Test func `links, FIFOs, sockets and folders are told and neither opened nor taken`() throws {
    let folder = temporary.text + "/drop/desk/"
    #expect(symlink("/etc/passwd", folder + "link.tif") == 0)
    #expect(symlink("/nonexistent", folder + "dangling.tif") == 0)
    #expect(mkfifo(folder + "fifo.tif", 0o600) == 0)
    #expect(mknod(folder + "socket.tif", S_IFSOCK | 0o600, 0) == 0)
    try Files.makeFolder(drop.appending("desk/folder"))
    try put(text("inside.tif"), in: "drop/desk/folder")
    #expect(symlink("/tmp", temporary.text + "/drop/linked-station") == 0)
    let report = try ready()
    #expect(report.ready == [] && report.files == 0)
    let told = Set(report.oddities.map { "\($0.place.station)/\($0.name) \($0.kind.rawValue)" })
    #expect(
      told == [
        "desk/link.tif symlink", "desk/dangling.tif symlink", "desk/fifo.tif fifo", "desk/socket.tif socket",
        "desk/folder folder", "default/linked-station symlink",
      ])
  }

  @Test func `files directly in the drop folder are of station default`() throws {
    try put(text("a.tif"), in: "drop")
    try Files.makeFolder(drop.appending("default"))
    try put(text("a.tif"), in: "drop/default")
    let batches = try ready().ready
    #expect(batches.map(\.station.description) == ["default", "default"])
    for batch in batches { #expect(try claimer.take(batch, into: claimer.prepare(newID()), from: drop) == .taken) }
  }

  @Test func `a truncated file is left, a PDF is taken, a half-named one is never seen`() throws {
    try put(text("cut.tif"), Array(smallTIFF(fill: 0).dropLast(5)))
    try put(text("a.pdf"), text("%PDF-1.7"))
    try put(text("upload.tif.part"))
    let report = try ready()
    #expect(report.lines == ["a.pdf"])
    #expect(report.waiting.map(\.file.name.description) == ["cut.tif"])
    #expect(report.files == 2)
  }

  @Test func `a file that is open for writing is not ready and not taken`() throws {
    try put(text("a.tif"))
    let batch = try #require(try ready().ready.first)
    let writer = try Descriptor.open(drop.appending("desk/a.tif"), flags: O_WRONLY)
    let probe = try Descriptor.openRegular(drop.appending("desk/a.tif"))
    guard writers(of: probe) == .writing else { return print("SKIPPED: this filesystem has no leases") }
    defer { withExtendedLifetime(writer) {} }
    #expect(try ready().busy == 1)
    #expect(try claimer.take(batch, into: claimer.prepare(newID()), from: drop) == .released(.inUse))
    #expect(try Files.exists(drop.appending("desk/a.tif")))
  }

  @Test func `another file under the name, more bytes, or nothing at all is not taken`() throws {
    try put(text("a.tif"))
    let batch = try #require(try ready().ready.first)
    try Files.rename(drop.appending("desk/a.tif"), to: temporary.path.appending("kept"))
    #expect(try claimer.take(batch, into: claimer.prepare(newID()), from: drop) == .released(.gone))
    try put(text("a.tif"), smallTIFF(fill: 1))
    #expect(try claimer.take(batch, into: claimer.prepare(newID()), from: drop) == .released(.changed))
    #expect(try Files.read(drop.appending("desk/a.tif"), limit: 1000) == smallTIFF(fill: 1))
  }

  @Test func `a folder batch is taken in order and its empty folder goes; what came late stays`() throws {
    try Files.makeFolder(drop.appending("desk/f"))
    for name in ["p10.tif", "p2.tif", "batch.json", "Thumbs.db"] {
      try put(text(name), smallTIFF(fill: UInt8(name.count)), in: "drop/desk/f")
    }
    let batch = try #require(try ready(Station(batches: .folder)).ready.first)
    #expect(batch.items.map(\.name.description) == ["f/p2.tif", "f/p10.tif"])
    try Files.remove(drop.appending("desk/f/Thumbs.db"))
    try put(text("late.tif"), in: "drop/desk/f")
    let claim = try claimer.prepare(newID())
    #expect(try claimer.take(batch, into: claim, from: drop) == .taken)
    #expect(try Files.list(drop.appending("desk/f")).map(\.name) == [text("late.tif")])
    #expect(try claim.contents().slots == [.source(0), .source(1), .sidecar])
    #expect(try Files.read(claim.path.appending("source-000000"), limit: 999) == smallTIFF(fill: 6))
    try Files.remove(drop.appending("desk/f/late.tif"))
    #expect(try claimer.take(batch, into: claim, from: drop) == .taken)
    #expect(try !Files.exists(drop.appending("desk/f")))
  }

  @Test func `when one of several files vanished the others go back`() throws {
    try Files.makeFolder(drop.appending("desk/f"))
    for number in 1...5 { try put(text("\(number).tif"), in: "drop/desk/f") }
    let batch = try #require(try ready(Station(batches: .folder)).ready.first)
    try Files.remove(drop.appending("desk/f/4.tif"))
    let claim = try claimer.prepare(newID())
    #expect(try claimer.take(batch, into: claim, from: drop) == .released(.gone))
    #expect(try Files.list(drop.appending("desk/f")).count == 4)
    #expect(try claim.contents().slots.isEmpty)
    #expect(try claimer.discard(claim))
    #expect(try Files.list(claimer.claimed).isEmpty)
  }

  @Test func `what cannot go back, because its name is taken again, stays in the claim`() throws {
    try Files.makeFolder(drop.appending("desk/f"))
    for number in 1...3 { try put(text("\(number).tif"), in: "drop/desk/f") }
    let batch = try #require(try ready(Station(batches: .folder)).ready.first)
    let claim = try claimer.prepare(newID())
    #expect(try claimer.take(batch, into: claim, from: drop) == .taken)
    try Files.makeFolder(drop.appending("desk/f"))
    try put(text("2.tif"), [7], in: "drop/desk/f")
    #expect(try claimer.putBack(batch, claim, drop) == [.source(1)])
    #expect(try Files.read(drop.appending("desk/f/2.tif"), limit: 9) == [7])
    #expect(try !claimer.discard(claim))
    #expect(try Files.exists(claim.path.appending("source-000001")))
  }

  @Test func `taking again after a crash at any file ends the same`() throws {
    for crashed in 0...3 {
      let folder = "drop/desk/f\(crashed)"
      try Files.makeFolder(temporary.path.appending(folder))
      for number in 0..<3 { try put(text("\(number).tif"), in: folder) }
      let batch = try #require(try ready(Station(batches: .folder)).ready.first)
      let claim = try claimer.prepare(newID())
      for index in 0..<crashed {
        let name = temporary.path.appending("drop/desk").appending(String(describing: batch.items[index].name))
        try Files.rename(name, to: claim.path.appending(ClaimSlot.source(index).name))
      }
      let places = try claimer.places(of: batch, in: claim, drop: drop).map(\.place)
      #expect(places == (0..<3).map { $0 < crashed ? .claimed : .drop })
      #expect(try claimer.take(batch, into: claim, from: drop) == .taken)
      #expect(try claim.contents().slots == [.source(0), .source(1), .source(2)])
    }
  }

  @Test func `a claim has one holder, and is free again when the holder is gone`() throws {
    let id = try newID()
    var claim: ClaimFolder? = try claimer.prepare(id)
    guard case .busy = try claimer.hold(id) else { return #expect(Bool(false), "two holders") }
    #expect(claim != nil)
    claim = nil
    guard case .held = try claimer.hold(id) else { return #expect(Bool(false), "not free") }
    guard case .absent = try claimer.hold(newID()) else { return #expect(Bool(false), "made up") }
    try Files.write(claimer.claimed.appending("stranger"), [])
    #expect(try claimer.list() == ([id], [EscapedText("stranger")]) as ([BatchID], [EscapedText]))
  }

  @Test(.timeLimit(.minutes(2))) func `however many reach for them, each of 500 files is taken by exactly one`()
    async throws
  {
    for number in 0..<500 { try put(text("\(number).tif"), smallTIFF(fill: UInt8(number & 0xFF))) }
    let wall = Timestamp(microseconds: 0)
    var desk = DropDesk(drop: drop, rules: .init()) { _ in Station() }
    _ = try desk.look(at: 0, wall: wall)
    let batches = try desk.look(at: 5, wall: wall, limit: 1000).ready
    #expect(batches.count == 500)
    let claimer = claimer
    let drop = drop
    let counts = try await withThrowingTaskGroup(of: [Int].self) { group in
      for runner in 0..<4 {
        group.addTask {
          var taken: [Int] = []
          for index in batches.indices {
            // Each begins elsewhere and so they meet everywhere.
            let index = (index + runner * 7) % batches.count
            let claim = try claimer.prepare(BatchID(try randomUUID())!)
            switch try claimer.take(batches[index], into: claim, from: drop) {
            case .taken: taken.append(index)
            case .released(.gone): #expect(try claimer.discard(claim))
            case let other: Issue.record("\(other)")
            }
          }
          return taken
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.flatMap { $0 }.sorted() == Array(0..<500))
    #expect(try claimer.list().batches.count == 500)
    #expect(try Files.list(drop.appending("desk")).isEmpty)
  }
}

func == (a: (batches: [BatchID], others: [EscapedText]), b: ([BatchID], [EscapedText])) -> Bool {
  a.batches == b.0 && a.others == b.1
}
