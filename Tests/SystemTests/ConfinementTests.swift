import Glibc
import TestSupport
import Testing

@testable import System

/// What a worker may do, shown by one that tries.
@Suite(.timeLimit(.minutes(2))) struct ConfinementTests {
  private func worker(_ words: String..., limits: WorkerLimits = .init(), spawner: WorkerSpawner? = nil) throws
    -> WorkerProcess
  {
    try WorkerProcess(
      spawner: spawner ?? WorkerSpawner(), path: BuiltPrograms.misbehavingWorker, arguments: words, limits: limits)
  }

  private func answer(of worker: WorkerProcess) throws -> String? {
    guard case .message(let bytes) = try worker.receive(timeoutSeconds: 60) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Deeds that succeed without the filter, so that it is the filter that forbids them; `/tmp/x` stands for a file.
  static let forbidden = [
    "open", "create", "remove", "connect", "listen", "kill the parent", "own a descriptor for the parent",
    "name a signal", "be told of what comes", "raise its limits",
    "run code", "make memory code", "start a program", "start a thread",
  ]

  @Test(arguments: forbidden) func `behind the filter a worker can not`(_ deed: String) throws {
    let folder = TemporaryFolder()
    let file = folder.text + "/file"
    try Files.write(FilePath(file), [1])
    let confined = try worker("confined", deed, deed == "create" ? file + "2" : file)
    let told = try #require(try answer(of: confined))
    #expect(told == "EPERM", "\(deed)")
    #expect(try Files.list(folder.path).count == 1)
  }

  /// Without it at least these would go through: the test above would notice a filter that is not there.
  @Test(arguments: [
    "open", "remove", "connect", "listen", "own a descriptor for the parent", "name a signal", "run code",
    "make memory code", "start a program",
  ])
  func `without the filter it could`(_ deed: String) throws {
    let folder = TemporaryFolder()
    try Files.write(folder.path.appending("file"), [1])
    #expect(try answer(of: worker(deed, folder.text + "/file")) == "ok")
  }

  @Test func `behind the filter honest work goes on, and an abort is an abort`() throws {
    #expect(try answer(of: worker("confined", "honest work")) == "73400320")
    let dying = try worker("confined", "die")
    #expect(try dying.receive(timeoutSeconds: 60) == .closed)
    #expect(dying.reap() == .signal(SIGABRT))
  }

  @Test(.enabled(if: WorkerLimits.limitsMemory, "under a sanitizer no address space is limited"))
  func `a worker that takes all memory gets no more than its own`() throws {
    let told = try answer(of: worker("take memory", limits: .init(memoryBytes: 512 << 20)))
    let megabytes = try #require(told?.split(separator: " ").first.flatMap { Int($0) })
    #expect(megabytes > 0 && megabytes < 512)
  }

  @Test func `a worker that computes for ever is ended by its processor time`() throws {
    let burning = try worker("burn", limits: .init(cpuSeconds: 1))
    #expect(try burning.receive(timeoutSeconds: 60) == .closed)
    #expect([.signal(SIGXCPU), .signal(SIGKILL)].contains(burning.reap()))
  }

  @Test func `a worker opens no more files than its limit`() throws {
    let count = try #require(try answer(of: worker("open files", limits: .init(files: 24))).flatMap { Int($0) })
    #expect(count == 24 - 4, "0, 1, 2 and its channel are open already")
  }

  @Test func `a worker gains no rights`() throws {
    let one = try worker("sleep")
    let status = try statusOf(one.id)
    #expect(status["NoNewPrivs"] == "1")
  }

  @Test func `Chartroom's own worker is behind the filter`() throws {
    let one = try WorkerProcess(spawner: WorkerSpawner(), path: BuiltPrograms.chartroom, arguments: ["worker"])
    var status: [String: String] = [:]
    for _ in 0..<100 where status["Seccomp"] != "2" {
      usleep(50_000)
      status = try statusOf(one.id)
    }
    #expect(status["Seccomp"] == "2")
    #expect(status["NoNewPrivs"] == "1")
  }

  @Test func `workers die with the thread that starts them, and so with their parent`() throws {
    let parent = startParent()
    #expect(parent.worker > 0)
    kill(parent.process, SIGKILL)
    var status: Int32 = 0
    waitpid(parent.process, &status, 0)
    var isThere = true
    for _ in 0..<100 where isThere {
      usleep(50_000)
      isThere = isRunning(parent.worker)
    }
    #expect(!isThere)
  }

  /// A program between us and a worker that sleeps.
  private func startParent() -> (process: Int32, worker: Int32) {
    var pair: [Int32] = [0, 0]
    pipe(&pair)
    var process = pid_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, pair[1], 1)
    let program = BuiltPrograms.misbehavingWorker.description
    let words: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup("keep a worker"), nil]
    posix_spawn(&process, program, &actions, nil, words, environ)
    close(pair[1])
    var text = [UInt8](repeating: 0, count: 32)
    let count = read(pair[0], &text, text.count)
    close(pair[0])
    return (process, Int32(String(decoding: text.prefix(max(0, count)), as: UTF8.self)) ?? 0)
  }

  /// A zombie that nobody of ours can reap does not count.
  private func isRunning(_ process: Int32) -> Bool {
    guard let state = try? statusOf(process)["State"] else { return false }
    return !state.hasPrefix("Z")
  }

  private func statusOf(_ process: Int32) throws -> [String: String] {
    guard let file = fopen("/proc/\(process)/status", "r") else { return [:] }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 16_384)
    let count = fread(&text, 1, text.count, file)
    var status: [String: String] = [:]
    for line in String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { status[String(parts[0])] = String(parts[1].drop { $0 == "\t" || $0 == " " }) }
    }
    return status
  }
}
