import CLinux
import Glibc
import Synchronization

/// The thread that starts workers. A worker gets SIGKILL when the *thread* that started it ends (prctl(2)
/// PR_SET_PDEATHSIG), so they are all started by this one, which lives as long as they and their process do.
public final class WorkerSpawner: Sendable {
  private let handle: UInt

  public init() throws(SystemError) {
    var error: Int32 = 0
    guard let spawner = clinux_spawner_new(&error) else { throw SystemError(errno: -error, call: "pthread_create") }
    handle = UInt(bitPattern: spawner)
  }

  deinit { clinux_spawner_free(UnsafeMutableRawPointer(bitPattern: handle)) }

  fileprivate func spawn(_ worker: inout clinux_worker, _ channel: inout Int32) -> Int32 {
    clinux_spawn(UnsafeMutableRawPointer(bitPattern: handle), &worker, &channel)
  }
}

/// What a worker may use.
public struct WorkerLimits: Hashable, Sendable {
  /// Address space, bytes (RLIMIT_AS); 0: no limit.
  public var memoryBytes: Int
  /// Processor time over its whole life, seconds (RLIMIT_CPU); 0: no limit. A worker that goes on computing behind its last
  /// answer ends by it; one that does honest work for so long is replaced, and its page read again.
  public var cpuSeconds: Int
  /// Open files (RLIMIT_NOFILE): 4 standing, the batch's file, a dozen while the program loads.
  public var files: Int

  /// Whether `memoryBytes` is kept: not in a build with a sanitizer, which needs terabytes of address space.
  public static var limitsMemory: Bool { clinux_limits_memory() != 0 }

  /// What a worker may write to files (RLIMIT_FSIZE): nothing; under ThreadSanitizer as much as its runtime writes while the program loads.
  public static var fileBytes: Int { Int(clinux_worker_file_bytes()) }

  public init(memoryBytes: Int = 2 << 30, cpuSeconds: Int = 3600, files: Int = 32) {
    self.memoryBytes = memoryBytes
    self.cpuSeconds = cpuSeconds
    self.files = files
  }
}

/// A child process that decodes and reads untrusted bytes. It inherits one end of a socket as descriptor 3 and nothing else,
/// cannot write files, gain rights or outlive us, and ignores Ctrl-C: its parent decides when it ends.
///
/// All calls may block; none belongs on the cooperative pool.
public final class WorkerProcess: Sendable {
  public enum Event: Sendable, Equatable { case message([UInt8]), closed, timeout }

  /// Process id.
  public let id: Int32
  private let channel: MessageStream
  private let spawner: WorkerSpawner
  private let ended = Mutex<WorkerExit?>(nil)

  /// Starts a program.
  /// - Parameters:
  ///   - path: of the program, usually `/proc/self/exe`.
  ///   - arguments: without the program's name.
  ///   - environment: all that it gets, as `NAME=value`; see ``minimalEnvironment``.
  ///   - inheritsErrors: its stderr is ours; otherwise `/dev/null` like stdin and stdout.
  /// - Throws: also where the program could not be executed.
  public init(
    spawner: WorkerSpawner, path: FilePath = FilePath("/proc/self/exe"), arguments: [String],
    environment: [String] = WorkerProcess.minimalEnvironment, limits: WorkerLimits = .init(),
    inheritsErrors: Bool = false
  ) throws(SystemError) {
    self.spawner = spawner
    var socket: Int32 = -1
    let result = try withPath(path.bytes, "execve") { program in
      withStrings(["chartroom"] + arguments) { argv in
        withStrings(environment) { envp in
          var worker = clinux_worker(
            path: program, arguments: argv, environment: envp, memory_bytes: UInt64(limits.memoryBytes),
            cpu_seconds: UInt64(limits.cpuSeconds), files: UInt32(limits.files), inherit_errors: inheritsErrors ? 1 : 0)
          return spawner.spawn(&worker, &socket)
        }
      }
    }
    id = try check(result, "execve", path.description)
    channel = MessageStream(Descriptor(owning: socket))
  }

  /// No crash report (it would take seconds and pages of text a crash), few arenas (RLIMIT_AS counts them).
  public static let minimalEnvironment = [
    "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SWIFT_BACKTRACE=enable=no", "MALLOC_ARENA_MAX=2",
  ]

  deinit {
    kill()
    _ = reap()
  }

  /// Sends one message, at most ``MessageStream/messageBytesMax`` bytes.
  /// - Parameters:
  ///   - descriptor: goes along and is open in the worker then (SCM_RIGHTS, unix(7)).
  ///   - timeoutSeconds: a worker that does not read for so long hangs.
  /// - Throws: EPIPE or ECONNRESET where it is gone, ETIMEDOUT, EMSGSIZE. After an error only ``kill()`` is left.
  public func send(_ bytes: [UInt8], descriptor: Descriptor? = nil, timeoutSeconds: Double = 30) throws(SystemError) {
    try channel.send(bytes, descriptor: descriptor, timeoutSeconds: timeoutSeconds)
  }

  /// Waits for the next message. A worker's descriptors are never taken.
  /// - Returns: `timeout` leaves what came so far in place: ask again, or ``kill()``. `closed`: it ended or broke the rules.
  public func receive(timeoutSeconds: Double) throws(SystemError) -> Event {
    do {
      guard let (bytes, _) = try channel.receive(acceptsDescriptor: false, timeoutSeconds: timeoutSeconds) else {
        return .closed
      }
      return .message(bytes)
    } catch {
      if error.errno == ETIMEDOUT { return .timeout }
      if error.errno == EMSGSIZE { return .closed }
      throw error
    }
  }

  /// SIGKILL; harmless when it has ended.
  public func kill() { ended.withLock { if $0 == nil { _ = clinux_kill(id) } } }

  /// Waits for its end.
  /// - Returns: how it ended; the same at every call.
  public func reap() -> WorkerExit {
    ended.withLock { known in
      if let known { return known }
      var status: Int32 = 0
      let exit = clinux_reap(id, 1, &status) == 1 ? WorkerExit(status: status) : .unknown
      known = exit
      return exit
    }
  }
}

/// How a worker ended.
public enum WorkerExit: Hashable, Sendable, CustomStringConvertible {
  case exited(code: Int32), signal(Int32), unknown

  init(status: Int32) {
    let signal = status & 0x7F
    self = signal == 0 ? .exited(code: status >> 8 & 0xFF) : .signal(signal)
  }

  public var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signal(let number): "signal \(number) (\(String(cString: strsignal(number))))"
    case .unknown: "unknown end"
    }
  }
}

private func withStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return body(&pointers)
}
