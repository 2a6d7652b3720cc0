import Model
import Synchronization

/// Where the world ends: a step of the order of committing (DESIGN §4), right before it or right after it.
public struct CrashPoint: Hashable, Sendable, CustomStringConvertible {
  public enum Step: String, Hashable, Sendable, CaseIterable {
    case claimFolder = "the claim's folder"
    case claimRow = "the claim's row"
    case claimRename = "the rename into claimed storage"
    case claimSync = "the sync of the claim's folder"
    case dropSync = "the sync of the drop folder"
    case claimed = "the state claimed"
    case plan = "the plan"
    case stage = "the staging of an object"
    case objectSync = "the sync of the staged objects"
    case objectRename = "the rename of an object"
    case parentSync = "the sync of the objects' folders"
    case archived = "the state archived"
    case record = "the record's transaction"
    case manifestStage = "the staging of the manifest"
    case manifestSync = "the sync of the manifest"
    case manifestRename = "the rename of the manifest"
    case manifestFolderSync = "the sync of the manifest's folder"
    case attested = "the state attested"
    case retireRename = "the rename to the originals"
    case originalsSync = "the sync of the originals"
    case finished = "the state finished"
  }
  public enum Moment: String, Hashable, Sendable, CaseIterable { case before, after }

  public var step: Step
  public var moment: Moment

  public static let all = Step.allCases.flatMap { step in Moment.allCases.map { CrashPoint(step: step, moment: $0) } }
  public var description: String { "\(moment) \(step.rawValue)" }
}

/// The crashing disk: lets every step pass up to its crash point, and from there on none, as if the process had ended: what the
/// program would still clear away stays, and no transaction gets through.
///
/// It looks at what the program does and not at what it means to do: a step is known by its call and its path.
public final class CrashingDisk: StepWatcher, Sendable {
  public struct Crash: Error {}

  private struct State {
    var calls = 0
    var passed: [CrashPoint.Step] = []
    var isDark = false
  }
  private let point: CrashPoint?
  /// Steps of any kind that pass before the end; nil: it comes at ``point``.
  private let stepsLeft: Int?
  private let state = Mutex(State())

  /// - Parameter point: nil: it never crashes, and only notes what passes.
  public init(_ point: CrashPoint?) { (self.point, stepsLeft) = (point, nil) }

  /// Lets so many steps pass, whatever they are, and none after them.
  public init(afterSteps count: Int) { (point, stepsLeft) = (nil, count) }

  /// Whether the point was reached.
  public var hasCrashed: Bool { state.withLock { $0.isDark } }
  /// Steps in the order in which they were taken.
  public var passed: [CrashPoint.Step] { state.withLock { $0.passed } }

  public func willDo(_ call: String, _ target: String) throws {
    try state.withLock {
      $0.calls += 1
      if let stepsLeft, $0.calls > stepsLeft { $0.isDark = true }
      if !$0.isDark, point?.moment == .before, step(call, target, after: $0.passed) == point?.step { $0.isDark = true }
      if $0.isDark { throw Crash() }
    }
  }

  public func didDo(_ call: String, _ target: String) throws {
    try state.withLock {
      guard let step = step(call, target, after: $0.passed) else { return }
      $0.passed.append(step)
      if point?.moment == .after, point?.step == step { $0.isDark = true }
      if $0.isDark { throw Crash() }
    }
  }

  /// The next step of the order that this call can be, once the one before it has passed.
  private func step(_ call: String, _ target: String, after passed: [CrashPoint.Step]) -> CrashPoint.Step? {
    guard passed.count < CrashPoint.Step.allCases.count else { return nil }
    let next = CrashPoint.Step.allCases[passed.count]
    return next.isTaken(by: call, target) ? next : nil
  }
}

extension CrashPoint.Step {
  fileprivate func isTaken(by call: String, _ target: String) -> Bool {
    // The configuration in force is kept in the archive beside the first batch; it is no step of the batch's own.
    func below(_ folder: String) -> Bool {
      target.contains("/var/\(folder)/") && !target.contains("/staging/record-")
    }
    return switch self {
    case .claimFolder: call == "mkdir" && below("claimed")
    case .claimRow: call.hasPrefix("insert(")
    case .claimRename: call == "rename" && below("claimed")
    case .claimSync: call == "fsync" && below("claimed")
    case .dropSync: call == "fsync" && target.contains("/var/drop")
    case .claimed, .archived, .attested, .finished: call.hasPrefix("advance(")
    case .plan: call.hasPrefix("commit(")
    case .stage: call == "create" && below("archive/staging") && target.contains("/v1/content/")
    case .objectSync, .parentSync: call == "syncfs" && below("archive/staging")
    case .objectRename: call == "rename" && below("archive/root")
    case .record: call.hasPrefix("record(")
    case .manifestStage: call == "create" && below("manifests/.staging")
    case .manifestSync: call == "fsync" && target.hasSuffix("/var/manifests")
    case .manifestRename: call == "rename" && below("manifests")
    case .manifestFolderSync: call == "fsync" && below("manifests")
    case .retireRename: call == "rename" && below("originals")
    case .originalsSync: call == "fsync" && below("originals")
    }
  }
}
