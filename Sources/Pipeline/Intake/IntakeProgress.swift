import Claiming
import Model
import Synchronization
import System

/// What a trouble is about, by which it is known again: it counts once, however often it is tried, and no longer once it is over.
enum TroubleSpot: Hashable, Sendable {
  case batch(BatchID)
  /// A file in a drop folder that could not be taken; over when it is there no longer.
  case dropped(FilePath)
  /// A folder in a drop folder that cannot be listed.
  case closedFolder(drop: FilePath, StationPlace, EscapedText)
  /// A look at the drop folders; over with the next that goes through.
  case look
  /// Documents that wait for the patient index.
  case waiting
  /// A retired batch; nil: the look at all of them.
  case originals(BatchID?)
  case late(BatchID?)
  case fingerprints

  var isBatch: Bool { if case .batch = self { true } else { false } }
}

/// What an intake has done so far; read by the progress line, fed by every batch. Counts only, no names.
public final class IntakeProgress: Sendable {
  public struct Snapshot: Hashable, Sendable {
    /// Pages read by workers, of batches in hand too.
    public var pagesRead = 0
    public var batches = 0
    /// Pages of finished batches.
    public var pages = 0
    public var filed = 0
    /// Documents that wait for a person.
    public var exceptions = 0
    public var waitingForIndex = 0
    public var duplicatePages = 0
    /// Files that `backfill` found filed already.
    public var skipped = 0
    /// Batches that failed, are not through yet and will be tried again.
    public var failed: Int { troubles.count { $0.isBatch } }
    /// Files or folders that could not be read or taken and still are not, and whatever else went wrong outside a batch.
    public var notTaken: Int { troubles.count { !$0.isBatch } + passed }
    /// What is not over.
    var troubles: Set<TroubleSpot> = []
    /// Troubles that nothing puts right any more.
    var passed = 0
    /// Batches taken and not finished.
    public var inHand = 0
    /// Files or folders seen in the drop folders and not taken yet.
    public var waiting = 0
    /// A trouble that stops intake (disk full, folder gone), in words.
    public var pausedBecause: String?
    /// Another process held the journal longer than we wait.
    public var isJournalHeld = false
  }

  private let state = Mutex(Snapshot())
  public init() {}

  public var snapshot: Snapshot { state.withLock { $0 } }

  func update(_ change: (inout sending Snapshot) -> Void) { state.withLock { change(&$0) } }

  func add(_ outcome: BatchOutcome) {
    state.withLock {
      $0.batches += 1
      $0.pages += outcome.pages
      $0.filed += outcome.filed
      $0.exceptions += outcome.exceptions
      $0.waitingForIndex += outcome.waitingForIndex
      $0.duplicatePages += outcome.duplicatePages
    }
  }
}
