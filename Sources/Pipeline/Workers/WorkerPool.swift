import FoundationEssentials
import Formats
import Glibc
import Model
import System

/// As many worker processes as cores, each behind a thread that waits for its answers.
///
/// A worker that dies, hangs or answers nonsense is replaced; the frame in hand is tried once more, alone, in a fresh one.
/// If that dies too the frame is a hole: bad input ends its own documents at worst (I8). Workers reach neither journal nor
/// archive; they get one open descriptor and answer with facts.
public final class WorkerPool: Sendable {
  /// How to start a worker.
  public struct Launch: Sendable {
    public var program: FilePath
    /// Without the program's name.
    public var arguments: [String]
    /// Address space of one worker.
    public var bytesMax: Int
    /// For one page; then the worker is killed.
    public var pageSecondsMax: Double
    public init(program: FilePath, arguments: [String], bytesMax: Int, pageSecondsMax: Double) {
      self.program = program
      self.arguments = arguments
      self.bytesMax = bytesMax
      self.pageSecondsMax = pageSecondsMax
    }
  }

  private struct Request: Sendable {
    var job: WorkerJob
    var source: Descriptor
    var done: @Sendable ([WorkerAnswer]) -> Void
  }

  private let requests = BlockingQueue<Request>()
  /// Worker processes; also how many page ranges are read at one moment.
  public let count: Int

  public init(count: Int, launch: Launch) throws(SystemError) {
    self.count = count
    let spawner = try WorkerSpawner()
    for _ in 0..<count {
      startThread { [requests] in
        var seat = WorkerSeat(launch: launch, spawner: spawner)
        while let request = requests.pop() { request.done(seat.answer(request.job, source: request.source)) }
        seat.dismiss()
      }
    }
  }

  /// Ends the workers once what was asked is answered.
  public func close() { requests.close() }

  /// Reads a few frames of one file. Answers for every frame asked, in order.
  func read(_ job: WorkerJob, source: Descriptor) async -> [WorkerAnswer] {
    await handedOver { answer in requests.push(Request(job: job, source: source, done: answer)) }
  }
}

/// One worker process and the rules for replacing it.
private struct WorkerSeat {
  let launch: WorkerPool.Launch
  let spawner: WorkerSpawner
  private var process: WorkerProcess?

  init(launch: WorkerPool.Launch, spawner: WorkerSpawner) {
    self.launch = launch
    self.spawner = spawner
  }

  private enum Outcome {
    case all
    /// The frame at this position of the job brought the worker down.
    case failed(at: Int, why: String)
    /// No worker could be started (too many open files or processes): no page's fault.
    case unavailable(errno: Int32)
  }

  mutating func answer(_ job: WorkerJob, source: Descriptor) -> [WorkerAnswer] {
    var answers: [WorkerAnswer] = []
    var rest = job
    while !rest.frames.isEmpty {
      switch ask(rest, source: source, answers: &answers) {
      case .all: return answers
      case .unavailable(let errno):
        return answers + rest.frames.map { Self.hole($0, why: "no decoder could be started", errno: errno) }
      case .failed(let at, let why):
        dismiss()
        let culprit = rest.frames[at]
        if !retry(culprit, of: job, source: source, answers: &answers) { answers.append(Self.hole(culprit, why: why)) }
        rest.frames.removeFirst(at + 1)
      }
    }
    return answers
  }

  /// The frame alone in a fresh worker.
  private mutating func retry(
    _ frame: WorkerFrame, of job: WorkerJob, source: Descriptor, answers: inout [WorkerAnswer]
  ) -> Bool {
    var single = job
    single.frames = [frame]
    switch ask(single, source: source, answers: &answers) {
    case .all: return true
    case .unavailable(let errno):
      answers.append(Self.hole(frame, why: "no decoder could be started", errno: errno))
      return true
    case .failed:
      dismiss()
      return false
    }
  }

  private mutating func ask(_ job: WorkerJob, source: Descriptor, answers: inout [WorkerAnswer]) -> Outcome {
    let isFresh = process == nil
    if isFresh {
      do { process = try start() } catch { return .unavailable(errno: error.errno) }
    }
    let process = self.process!
    // What ended before it was asked was not brought down by a page: an idle worker that was killed is replaced, a new one
    // that could not even begin (too many open files) is no page's fault.
    do {
      try process.send(canonicalJSON(job), descriptor: source)
    } catch {
      if isFresh, Self.neverBegan(process) { return .unavailable(errno: EAGAIN) }
      dismiss()
      if isFresh { return .failed(at: 0, why: "the decoder could not be reached (\(error))") }
      return ask(job, source: source, answers: &answers)
    }
    do {
      for (position, frame) in job.frames.enumerated() {
        switch try process.receive(timeoutSeconds: launch.pageSecondsMax) {
        case .message(let bytes):
          var answer = try JSONDecoder().decode(WorkerAnswer.self, from: Data(bytes))
          guard answer.index == frame.index else {
            return .failed(at: position, why: "the decoder answered for another page")
          }
          if let count = answer.pictureBytes {
            guard let picture = try receivePicture(count, from: process) else {
              return .failed(at: position, why: "the decoder did not finish its picture")
            }
            answer.picture = picture
          }
          answers.append(answer)
        case .closed where isFresh && position == 0 && Self.neverBegan(process): return .unavailable(errno: EAGAIN)
        case .closed: return .failed(at: position, why: "the decoder died on it")
        case .timeout: return .failed(at: position, why: "the decoder took longer than \(launch.pageSecondsMax) s")
        }
      }
      return .all
    } catch {
      return .failed(at: 0, why: "the decoder could not be reached (\(error))")
    }
  }

  /// Whether a worker that closed its socket ended in the loader or before: by the codes that those end with.
  private static func neverBegan(_ process: WorkerProcess) -> Bool {
    process.kill()
    return [.exited(code: 126), .exited(code: 127)].contains(process.reap())
  }

  /// - Returns: nil where the worker ends, hangs or sends something else.
  private func receivePicture(_ count: Int, from process: WorkerProcess) throws -> [UInt8]? {
    guard (1...PagePicture.bytesMax).contains(count) else { return nil }
    var picture: [UInt8] = []
    while picture.count < count {
      guard case .message(let piece) = try process.receive(timeoutSeconds: launch.pageSecondsMax), !piece.isEmpty,
        picture.count + piece.count <= count
      else { return nil }
      picture += piece
    }
    return picture
  }

  private func start() throws(SystemError) -> WorkerProcess {
    try WorkerProcess(
      spawner: spawner, path: launch.program, arguments: launch.arguments, limits: .init(memoryBytes: launch.bytesMax))
  }

  mutating func dismiss() {
    process?.kill()
    _ = process?.reap()
    process = nil
  }

  private static func hole(_ frame: WorkerFrame, why: String, errno: Int32? = nil) -> WorkerAnswer {
    let detail =
      "Frame \(frame.index + 1) could not be decoded: \(why), twice. Look at the paper or the original and rescan the page."
    return WorkerAnswer(
      index: frame.index,
      reading: .hole(Hole(reason: .undecodable, detail: detail, copyable: frame.structure.isCopyable)), milliseconds: 0,
      sourceErrno: errno)
  }
}
