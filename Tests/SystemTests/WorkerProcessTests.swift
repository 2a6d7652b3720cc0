import Glibc
import TestSupport
import Testing

@testable import System

@Suite(.timeLimit(.minutes(1))) struct WorkerProcessTests {
  /// Runs a shell script as the worker; it answers on descriptor 3.
  func worker(_ script: String, limits: WorkerLimits = .init(memoryBytes: 0), spawner: WorkerSpawner) throws
    -> WorkerProcess
  {
    try WorkerProcess(spawner: spawner, path: FilePath("/bin/sh"), arguments: ["-c", script], limits: limits)
  }

  /// A shell function `say` that sends its argument (up to 255 bytes) as one message.
  let say = #"say() { printf "\\$(printf %03o ${#1})\0\0\0%s" "$1" >&3; }; "#

  func text(_ event: WorkerProcess.Event) -> String? {
    guard case .message(let bytes) = event else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `messages of any size come back whole and in order`() throws {
    let echo = try worker("exec cat <&3 >&3", spawner: WorkerSpawner())
    for size in [0, 1, 5000, 150_000] {
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try echo.send(bytes)
      #expect(try echo.receive(timeoutSeconds: 20) == .message(bytes))
    }
    let error = #expect(throws: SystemError.self) { try echo.send([UInt8](repeating: 0, count: 5 << 20)) }
    #expect(error?.errno == EMSGSIZE)
  }

  @Test func `a worker has the limits and the environment that it was given`() throws {
    let script = say + #"say "$(ulimit -v) $(ulimit -n) $(ulimit -f) $(ulimit -c) $(env | sort | tr '\n' ' ')""#
    let limits = WorkerLimits(memoryBytes: 1 << 30, files: 32)
    let one = try worker(script, limits: limits, spawner: WorkerSpawner())
    let told = try #require(text(try one.receive(timeoutSeconds: 20)))
    let memory = WorkerLimits.limitsMemory ? "1048576" : "unlimited"
    #expect(told.hasPrefix("\(memory) 32 \(WorkerLimits.fileBytes / 512) 0 "), "\(told)")
    #expect(!told.contains("HOME="))
    #expect(told.contains("SWIFT_BACKTRACE=enable=no"))
    #expect(one.reap() == .exited(code: 0))
    #expect(try one.receive(timeoutSeconds: 5) == .closed)
  }

  @Test func `a worker inherits nothing but its channel`() throws {
    let temporary = TemporaryFolder()
    let inheritable = open(temporary.text, O_RDONLY)  // without O_CLOEXEC
    defer { close(inheritable) }
    let one = try WorkerProcess(spawner: WorkerSpawner(), path: FilePath("/bin/sleep"), arguments: ["1000"])
    let folder = FilePath("/proc/\(one.id)/fd")
    var names: [String] = []
    // The program's loader opens and closes libraries at first.
    for _ in 0..<100 {
      names = try Files.list(folder).map { String(decoding: $0.name, as: UTF8.self) }
      if names == ["0", "1", "2", "3"] { break }
      usleep(50_000)
    }
    #expect(names == ["0", "1", "2", "3"])
  }

  @Test func `a worker that hangs is a timeout, and killing it is the end`() throws {
    let one = try worker("sleep 1000", spawner: WorkerSpawner())
    #expect(try one.receive(timeoutSeconds: 0.1) == .timeout)
    one.kill()
    #expect(one.reap() == .signal(SIGKILL))
    #expect(one.reap() == .signal(SIGKILL))
    one.kill()
  }

  @Test func `a worker that crashes closes its channel and says how it ended`() throws {
    let one = try worker("kill -SEGV $$", spawner: WorkerSpawner())
    #expect(try one.receive(timeoutSeconds: 20) == .closed)
    #expect(one.reap() == .signal(SIGSEGV))
    #expect(one.reap().description.contains("11"))
    let error = #expect(throws: SystemError.self) { try one.send([1]) }
    #expect(error?.errno == EPIPE)
  }

  @Test func `Ctrl-C and a service stop do not end a worker`() throws {
    let one = try worker(say + "kill -INT $$; kill -TERM $$; say alive", spawner: WorkerSpawner())
    #expect(text(try one.receive(timeoutSeconds: 20)) == "alive")
  }

  @Test(.enabled(if: WorkerLimits.fileBytes == 0, "under a sanitizer its runtime writes a file of its own"))
  func `a worker cannot write a file`() throws {
    let temporary = TemporaryFolder()
    let one = try worker(say + "trap '' XFSZ; echo x > \(temporary.text)/f || say refused", spawner: WorkerSpawner())
    #expect(text(try one.receive(timeoutSeconds: 20)) == "refused")
  }

  @Test func `a program that is not there is an error at once`() throws {
    let spawner = try WorkerSpawner()
    let error = #expect(throws: SystemError.self) {
      try WorkerProcess(spawner: spawner, path: FilePath("/nonexistent"), arguments: [])
    }
    #expect(error?.errno == ENOENT)
  }

  @Test func `a worker outlives the thread that asked for it`() throws {
    final class Box: @unchecked Sendable {  // because the test joins the thread before it looks
      var worker: WorkerProcess?
    }
    let spawner = try WorkerSpawner()
    let box = Box()
    var thread = pthread_t()
    let work: @Sendable () -> Void = {
      box.worker = try? WorkerProcess(
        spawner: spawner, path: FilePath("/bin/sh"), arguments: ["-c", "exec cat <&3 >&3"],
        limits: .init(memoryBytes: 0))
    }
    let context = Unmanaged.passRetained(Job(work)).toOpaque()
    pthread_create(
      &thread, nil,
      { pointer in
        Unmanaged<Job>.fromOpaque(pointer!).takeRetainedValue().work()
        return nil
      }, context)
    pthread_join(thread, nil)
    let one = try #require(box.worker)
    usleep(100_000)
    try one.send([1, 2, 3])
    #expect(try one.receive(timeoutSeconds: 20) == .message([1, 2, 3]))
  }

  private final class Job: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  @Test func `an answer that claims to be endless closes the channel`() throws {
    let one = try worker(#"printf '\377\377\377\377' >&3; sleep 100"#, spawner: WorkerSpawner())
    #expect(try one.receive(timeoutSeconds: 20) == .closed)
  }

  @Test func `a file handed to a worker is open there, and a worker's own is never taken`() throws {
    var pair: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    let parent = MessageStream(Descriptor(owning: pair[0]))
    let child = WorkerChannel(descriptor: pair[1])
    let temporary = TemporaryFolder()
    try Files.write(temporary.path.appending("f"), [4, 5, 6])
    let file = try Descriptor.openRegular(temporary.path.appending("f"))
    try parent.send([1], descriptor: file, timeoutSeconds: 5)
    try parent.send([2], descriptor: nil, timeoutSeconds: 5)
    let first = try #require(try child.receive())
    #expect(first.bytes == [1])
    #expect(try first.descriptor?.read(at: 0, count: 10) == [4, 5, 6])
    let second = try #require(try child.receive())
    #expect(second.bytes == [2] && second.descriptor == nil)
    try child.send([3])
    let answer = try parent.receive(acceptsDescriptor: false, timeoutSeconds: 5)
    #expect(answer?.bytes == [3])
  }

  @Test func `a message that comes in pieces survives a timeout between them`() throws {
    let one = try worker(#"printf '\003\0\0\0a' >&3; sleep 1; printf 'bc' >&3"#, spawner: WorkerSpawner())
    #expect(try one.receive(timeoutSeconds: 0.3) == .timeout)
    #expect(text(try one.receive(timeoutSeconds: 20)) == "abc")
  }
}
