import Formats
import Glibc
import System
import TestSupport
import Testing

@Suite struct FilesTests {
  let temporary = TemporaryFolder()
  var root: FilePath { temporary.path }

  @Test func `a name from outside can never leave its folder`() throws {
    for name in ["..", ".", "", "a/b", "/etc/passwd", "a\0b"] {
      let path = root.appending(Array(name.utf8))
      let error = #expect(throws: SystemError.self) { try Files.stat(path) }
      #expect(error?.errno == EINVAL)
      let other = #expect(throws: SystemError.self) { try Folder.open(root).createFile(Array(name.utf8)) }
      #expect(other?.errno == EINVAL)
    }
  }

  @Test func `an error names the path as it is written, at the root too`() throws {
    let atRoot = #expect(throws: SystemError.self) { try Folder.open(FilePath("/")).openFile(Array("nope".utf8)) }
    #expect(atRoot?.path == "/nope")
    let below = #expect(throws: SystemError.self) { try Folder.open(root).openFile(Array("nope".utf8)) }
    #expect(below?.path == "\(root)/nope")
  }

  @Test func `a disk is asked for room and leave to write, and nothing of the asking stays`() throws {
    try SyncGroup.probe(root)
    #expect(try Files.list(root).isEmpty)
    #expect(try !Space.of(root).isReadOnly)
    #expect(try Space.of(FilePath("/proc")).freeBytes == 0)
    #expect(throws: SystemError.self) { try SyncGroup.probe(root.appending("missing")) }
  }

  @Test(arguments: [
    Array("a\nb\tc".utf8), [0xFF, 0xFE, 0x80], Array(repeating: 0x78, count: 255), Array("-rf".utf8),
    [0xE2, 0x80, 0xAE],
  ])
  func `names of any bytes survive a round through the disk`(name: [UInt8]) throws {
    try Files.write(root.appending(name), Array("x".utf8))
    #expect(try Files.list(root) == [DirectoryEntry(name: name, kind: .file)])
    #expect(try Files.read(root.appending(name), limit: 10) == Array("x".utf8))
    #expect(root.appending(name).lastName == name)
    #expect(root.appending(name).parent == root)
  }

  @Test func `a link, a FIFO, a device and a folder are never opened as files, and nothing hangs`() throws {
    try Files.write(root.appending("file"), [1])
    #expect(symlink(temporary.text + "/file", temporary.text + "/link") == 0)
    #expect(mkfifo(temporary.text + "/fifo", 0o600) == 0)
    try Files.makeFolder(root.appending("folder"))
    let wanted: [(String, Int32, FileKind)] = [
      ("link", ELOOP, .symlink), ("fifo", EINVAL, .fifo), ("folder", EISDIR, .folder),
    ]
    for (name, errno, kind) in wanted {
      let error = #expect(throws: SystemError.self) { try Descriptor.openRegular(root.appending(name)) }
      #expect(error?.errno == errno, "\(name)")
      #expect(try Files.stat(root.appending(name))?.kind == kind)
    }
    #expect(throws: SystemError.self) { try Descriptor.openRegular(FilePath("/dev/zero")) }
  }

  @Test func `a rename never replaces what is there`() throws {
    try Files.write(root.appending("a"), [1])
    try Files.write(root.appending("b"), [2])
    let error = #expect(throws: SystemError.self) { try Files.rename(root.appending("a"), to: root.appending("b")) }
    #expect(error?.errno == EEXIST)
    #expect(try Files.read(root.appending("b"), limit: 1) == [2])
    try Files.renameReplacing(root.appending("a"), to: root.appending("b"))
    #expect(try Files.read(root.appending("b"), limit: 1) == [1])
    #expect(try !Files.exists(root.appending("a")))
  }

  @Test func `a file larger than the limit is refused unread`() throws {
    try Files.write(root.appending("a"), [UInt8](repeating: 7, count: 11))
    let error = #expect(throws: SystemError.self) { try Files.read(root.appending("a"), limit: 10) }
    #expect(error?.errno == EFBIG)
  }

  @Test func `missing folders are made and named for syncing, existing ones are left`() throws {
    #expect(try Files.makeFolders(["2026", "11"], below: root) == [root, root.appending("2026")])
    #expect(try Files.makeFolders(["2026", "11", "22"], below: root) == [root.appending("2026/11")])
    #expect(try Files.stat(root.appending("2026/11/22"))?.mode == 0o700)
    try Files.write(root.appending("file"), [])
    #expect(throws: SystemError.self) { try Files.makeFolders(["file", "x"], below: root) }
  }

  @Test func `removing a tree removes links and never what they point to`() throws {
    try Files.makeFolder(root.appending("kept"))
    try Files.write(root.appending("kept/file"), [1])
    try Files.makeFolder(root.appending("tree"))
    #expect(symlink(temporary.text + "/kept", temporary.text + "/tree/link") == 0)
    try Files.removeTree(root.appending("tree"))
    #expect(try !Files.exists(root.appending("tree")))
    #expect(try Files.exists(root.appending("kept/file")))
    try Files.removeTree(root.appending("tree"))
  }

  @Test func `a listing of thousands of names ends early when asked and refuses to be a part`() throws {
    let folder = try Folder.open(root)
    for number in 0..<3000 { _ = try folder.createFile(Array("f\(number)".utf8)) }
    var seen = 0
    try folder.forEach { _ in
      seen += 1
      return seen < 10
    }
    #expect(seen == 10)
    #expect(try folder.list().count == 3000)
    #expect(throws: SystemError.self) { try folder.list(limit: 2999) }
    #expect(try !folder.isEmpty())
  }

  @Test func `what was written in pieces and patched reads back the same`() throws {
    var sink = try FileSink(creating: root.appending("sink"))
    var expected: [UInt8] = []
    for number in 0..<300 {
      let piece = [UInt8](repeating: UInt8(number & 0xFF), count: 1001)
      try sink.write(piece)
      expected += piece
    }
    try sink.overwrite(at: 5, [9, 9, 9])
    expected.replaceSubrange(5..<8, with: [9, 9, 9])
    try sink.write([1])
    expected.append(1)
    #expect(sink.position == expected.count)
    try sink.close()
    let source = try FileSource(Descriptor.openRegular(root.appending("sink")))
    #expect(source.count == expected.count)
    #expect(try source.read(at: 0, count: source.count) == expected)
    #expect(try source.read(at: 299_000, count: 77) == Array(expected[299_000..<299_077]))
    #expect(throws: SourceError.outOfRange(offset: expected.count, count: 1, size: expected.count)) {
      try source.read(at: expected.count, count: 1)
    }
    let again = #expect(throws: SystemError.self) { try FileSink(creating: root.appending("sink")) }
    #expect(again?.errno == EEXIST)
  }

  @Test func `bytes that a disk only said it wrote are the disk's trouble`() throws {
    let bytes = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var sink = try FileSink(creating: root.appending("sink"))
    try sink.write(bytes)
    try sink.close()
    try sink.readBack(bytes)
    for place in [0, 1_200_000] {
      try sink.overwrite(at: place, [bytes[place] ^ 1])
      let error = #expect(throws: SystemError.self) { try sink.readBack(bytes) }
      #expect(error?.isDiskLevel == true && error?.path == "\(root)/sink")
      try sink.overwrite(at: place, [bytes[place]])
    }
    let short = #expect(throws: SystemError.self) { try sink.readBack(bytes + [1]) }
    #expect(short?.isDiskLevel == true)
  }

  @Test func `a full disk is the disk's trouble and says so with the file's name`() throws {
    let full = try Descriptor.open(FilePath("/dev/full"), flags: O_WRONLY)
    let error = #expect(throws: SystemError.self) { try full.write([1], at: 0) }
    #expect(error?.isDiskLevel == true)
    #expect(SystemError(errno: ENOENT, call: "open", path: "x").isDiskLevel == false)
    #expect(SystemError(errno: ENOSPC, call: "pwrite", path: root).description.contains("Free space"))
  }

  @Test func `a copy is compared, keeps its time, and an old leftover gives way`() throws {
    let bytes = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try Files.write(root.appending("a"), bytes)
    try Files.write(root.appending("copy"), [1, 2, 3])
    let group = try SyncGroup(on: root)
    let source = try Descriptor.openRegular(root.appending("a"))
    #expect(try Files.copyAndCompare(source, to: Folder.open(root), Array("copy".utf8), group: group))
    #expect(try Files.read(root.appending("copy"), limit: 3_000_000) == bytes)
    #expect(try Files.stat(root.appending("copy"))?.modified == source.identity().modified)
    try group.sync()
    try group.syncFolder(root)
  }
}
