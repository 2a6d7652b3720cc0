import Glibc
import System
import TestSupport
import Testing

@Suite struct LockTests {
  let temporary = TemporaryFolder()

  @Test func `a lock has one holder and is free when the holder goes`() throws {
    var held = try FileLock.take(temporary.path)
    #expect(held != nil)
    #expect(try FileLock.take(temporary.path) == nil)
    held = nil
    #expect(try FileLock.take(temporary.path) != nil)
  }

  @Test func `a worker does not inherit a lock`() throws {
    var held = try FileLock.take(temporary.path)
    let worker = try WorkerProcess(spawner: WorkerSpawner(), path: FilePath("/bin/cat"), arguments: ["/dev/fd/3"])
    #expect(held != nil)
    held = nil
    #expect(try FileLock.take(temporary.path) != nil)
    worker.kill()
  }

  @Test func `a lock on what is gone is an error, not a lock`() throws {
    #expect(throws: SystemError.self) { try FileLock.take(temporary.path.appending("gone")) }
  }

  @Test func `a file that somebody writes to is seen to be open`() throws {
    let path = temporary.path.appending("file")
    try Files.write(path, [1])
    let reader = try Descriptor.openRegular(path)
    var state = writers(of: reader)
    if state == .cannotTell {
      print("SKIPPED: this filesystem has no leases")
      return
    }
    #expect(state == .none)
    var writer: Descriptor? = try Descriptor.open(path, flags: O_WRONLY)
    state = withExtendedLifetime(writer) { writers(of: reader) }
    #expect(state == .writing)
    writer = nil
    // Another test may start a program at this moment, which holds a copy of the writer until it has begun.
    for _ in 0..<200 where writers(of: reader) == .writing { usleep(10_000) }
    #expect(writers(of: reader) == .none)
  }

  @Test func `ids are random, of version 4 and in lower case`() throws {
    let ids = try (0..<1000).map { _ in try randomUUID() }
    #expect(Set(ids).count == 1000)
    for id in ids {
      let bytes = Array(id.utf8)
      #expect(
        bytes.count == 36 && bytes[14] == UInt8(ascii: "4") && "89ab".utf8.contains(bytes[19]) && id == id.lowercased())
    }
  }

  @Test func `clocks and free space say something sensible`() throws {
    let clock = SystemClock()
    #expect(clock.now().description > "2025")
    let first = clock.monotonicSeconds()
    #expect(clock.monotonicSeconds() >= first)
    let space = try Space.of(temporary.path)
    #expect(space.freeBytes > 0 && space.freeInodes > 0 && space.totalBytes >= space.freeBytes)
  }

  @Test(.timeLimit(.minutes(1))) func `a file that arrives wakes the watcher once, however much happens`() async throws
  {
    guard let watcher = FolderWatcher(folders: [temporary.path, temporary.path.appending("absent")]) else {
      print("SKIPPED: no inotify here")
      return
    }
    for number in 0..<100 { try Files.write(temporary.path.appending("f\(number)"), [1]) }
    var events = watcher.events.makeAsyncIterator()
    #expect(await events.next() != nil)
  }

  @Test func `a watcher of nothing is none, so that the caller polls`() {
    #expect(FolderWatcher(folders: [temporary.path.appending("absent")]) == nil)
  }
}
