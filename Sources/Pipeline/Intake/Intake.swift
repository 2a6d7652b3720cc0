import Claiming
import Formats
import Journaling
import Model
import Synchronization
import System

/// Takes what is dropped and carries it to its end: the loop behind `run`, `watch` and `backfill`.
///
/// A file event only wakes the scan; the scan decides. Several intakes may run at once, in several processes: a batch
/// belongs to whoever holds the kernel's lock on its claim folder (I4).
public final class Intake: Sendable {
  public enum Work: Sendable {
    /// What is there now, then end.
    case run
    /// Until asked to finish.
    case watch
    /// Trees that are only read.
    case backfill([FilePath], station: EscapedText)

    /// Ends by itself.
    public var isOnce: Bool { if case .watch = self { false } else { true } }
  }

  /// What is told while it happens.
  public enum Event: Sendable, Encodable {
    case batch(BatchOutcome)
    case trouble(String)

    private enum Keys: String, CodingKey {
      case batch, station, pages, filed, exceptions, waitingForIndex, duplicatePages, trouble
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      switch self {
      case .batch(let outcome):
        try container.encode(outcome.batch, forKey: .batch)
        try container.encode(outcome.station, forKey: .station)
        try container.encode(outcome.pages, forKey: .pages)
        try container.encode(outcome.filed, forKey: .filed)
        try container.encode(outcome.exceptions, forKey: .exceptions)
        try container.encode(outcome.waitingForIndex, forKey: .waitingForIndex)
        try container.encode(outcome.duplicatePages, forKey: .duplicatePages)
      case .trouble(let what): try container.encode(what, forKey: .trouble)
      }
    }
  }

  let site: Site
  let progress: IntakeProgress
  let runner: BatchRunner
  let claimer: Claimer
  private let tell: @Sendable (Event) -> Void
  private let threads: ThreadPool
  private let hand: BatchesInHand
  private let gate: IntakeGate
  private let late: LatePages
  /// Monotonic seconds of the next look for late pages.
  private let nextLateLook = Mutex(-Double.infinity)
  private let lastTrouble = Mutex<String?>(nil)
  private let isFinishing = Mutex(false)
  /// A batch was handed over to another one, which nobody has taken up yet.
  private let hasMore = Mutex(false)
  /// Patient revision by which everything that waits was decided last.
  private let decidedBy = Mutex<String?>(nil)
  /// Trees that are backfilled.
  private let outsideRoots = Mutex<[FilePath]>([])

  public init(site: Site, pool: WorkerPool, progress: IntakeProgress, tell: @escaping @Sendable (Event) -> Void) {
    self.site = site
    self.progress = progress
    self.tell = tell
    let slots = max(1, site.configuration.limits.batchesInHandMax)
    threads = ThreadPool(threads: slots + 1)
    hand = BatchesInHand(slots: slots)
    gate = IntakeGate(site: site)
    claimer = Claimer(claimed: site.paths.claimed)
    late = LatePages(site: site, claimer: claimer)
    runner = BatchRunner(
      site: site,
      examiner: Examiner(pool: pool, configuration: site.configuration) { pages in
        progress.update { $0.pagesRead += pages }
      },
      decider: Decider(
        configuration: site.configuration, configurationDigest: site.configurationDigest, identity: site.identity,
        journal: site.journal, now: { SystemClock().now() }),
      claimer: claimer)
  }

  deinit { threads.close() }

  /// SIGTERM's wish: take nothing more, finish what is in hand.
  public func finishWhatIsInHand() {
    isFinishing.withLock { $0 = true }
    hand.wake()
  }

  var mustFinish: Bool { isFinishing.withLock { $0 } }

  /// Runs to the end of the work. What goes wrong with a batch is noted and the others go on (I8).
  /// - Throws: what makes going on impossible (the journal, the site).
  public func run(_ work: Work) async throws {
    if case .backfill(let roots, _) = work { outsideRoots.withLock { $0 = roots } }
    do { try await withTaskExecutorPreference(threads) { try await loop(work) } } catch {
      throw withoutNamesFromOutside(error)
    }
  }

  private func loop(_ work: Work) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      switch work {
      case .run: try await DropLoop(intake: self, isEndless: false).run(in: &group)
      case .watch:
        let keeper = Task(executorPreference: threads) { [self] in await keepOriginals() }
        defer { keeper.cancel() }
        try await DropLoop(intake: self, isEndless: true).run(in: &group)
      case .backfill(let roots, let station):
        try await tidyUp(in: &group)
        try await BackfillLoop(intake: self, station: station).run(roots, in: &group)
      }
      await hand.waitUntilEmpty()
      if case .watch = work { return }
      await clearAway()
      // A file that was about to be deleted and had grown is filed by whoever found it.
      if hasUnfinished, !mustFinish, await mayTake() {
        try await takeUnfinished(in: &group)
        await hand.waitUntilEmpty()
      }
    }
    forgetTaken()
  }

  // MARK: Originals

  /// Seconds between two looks for originals whose time is over.
  private static let originalsSeconds = 3600.0

  /// What is not kept for ever.
  private func clearAway() async {
    await deleteOriginals()
    await trying(.fingerprints) { try await FingerprintKeeper(site: site).dropOld { mustFinish } }
  }

  private func deleteOriginals() async {
    let keeper = OriginalsKeeper(site: site, retirement: runner.retirement, late: late)
    await trying(.originals(nil)) {
      try await keeper.deleteDue(
        mustStop: { mustFinish }, report: { await judge(.originals($0), $1) }, tell: { await tell(of: $0) })
    }
  }

  /// Beside `watch`, until cancelled.
  private func keepOriginals() async {
    while !mustFinish, !Task.isCancelled {
      await clearAway()
      try? await Task.sleep(for: .seconds(Self.originalsSeconds))
    }
  }

  // MARK: Late pages

  /// Seconds between two looks for pages that came after their file was retired: 10,000 batches a day cost some tenths of a second each.
  private static let lateSeconds = 300.0

  /// What was added to files that were retired lately goes on as batches of their own, which are unfinished from then on.
  func takeLatePages() async {
    let now = site.clock.monotonicSeconds()
    let isDue = nextLateLook.withLock { next in
      guard now >= next else { return false }
      next = now + Self.lateSeconds
      return true
    }
    guard isDue else { return }
    await trying(.late(nil)) {
      try await late.look(
        mustStop: { mustFinish }, report: { await judge(.late($0), $1) }, tell: { await tell(of: $0) })
    }
  }

  private func tell(of late: LatePages.Late) async {
    hasMore.withLock { $0 = true }
    hand.wake()
    await tellOnce(
      "Batch \(late.batch): a file of it was changed after it had been retired, and goes on as batch \(late.next). Look at the "
        + "writer's settings (done-marker, settleSeconds).")
  }

  // MARK: Waiting for the index

  /// What waits for the patient index is decided again where there is newer data than at the last time: an import may have
  /// been killed before it was through.
  func decideWaiting() async {
    do {
      let revision = try await site.journal.revision().revision
      guard decidedBy.withLock({ $0 }) != revision else { return }
      let outcome = try await Redecision(site: site).run()
      _ = try await RefilingReview(site: site).run()
      progress.update {
        $0.filed += outcome.filed
        $0.exceptions += outcome.exceptions
      }
      decidedBy.withLock { $0 = revision }
      forget(.waiting)
    } catch { await note(error, about: .waiting) }
  }

  // MARK: Batches

  /// What the end before this one may have left: a crash's, or a disk's that refused in the middle of a step.
  func tidyUp(in group: inout BatchTasks) async throws {
    try await Attestation(site: site).writeMissing()
    // What is archived already is not staged again: nobody else would clear what a power cut brought back.
    let staging = try await site.journal.unfinished().filter { CommitPath.needsStaging($0.state) }
    _ = try site.archive.removeStaleStaging(except: Set(staging.map(\.batch)))
    try site.manifests.removeStaleStaging()
    try await adoptUnknownFolders(in: &group)
    await decideWaiting()
    await takeLatePages()
    try await takeUnfinished(in: &group)
  }

  /// Starts on batches that a crash, or another process that died, left unfinished.
  func takeUnfinished(in group: inout BatchTasks) async throws {
    hasMore.withLock { $0 = false }
    let unfinished = try await site.journal.unfinished()
    let batches = Set(unfinished.map(\.batch))
    gate.keepOnly(batches)
    // What another process carried through is no trouble of ours any more.
    for case .batch(let batch) in progress.snapshot.troubles where !batches.contains(batch) { forget(.batch(batch)) }
    for claim in unfinished {
      if mustFinish { return }
      guard !hand.contains(claim.batch) else { continue }
      try await takeOver(claim, in: &group)
    }
  }

  private func takeOver(_ claim: Claim, in group: inout BatchTasks) async throws {
    do {
      switch try claimer.hold(claim.batch) {
      case .busy: gate.settled(claim.batch)
      case .absent: try await finishWithoutFolder(claim)
      case .held(let folder):
        var claim = claim
        claim.generation = try await site.journal.renewLease(claim.batch)
        // It may have moved on between our look and our lock.
        guard let now = try await site.journal.claim(claim.batch), now.state != .finished else { return }
        claim.state = now.state
        if claim.state != .claiming { return await start(claim, folder, in: &group) }
        if let settled = try await settle(claim, folder) { await start(settled.0, settled.1, in: &group) }
      }
    } catch { await note(error, about: .batch(claim.batch)) }
  }

  /// A claim folder goes when the batch is retired, or when nothing was put into it.
  private func finishWithoutFolder(_ claim: Claim) async throws {
    // Another process may be retiring it at this moment: its lock then lies on the folder among the originals.
    let lock = try runner.lockOriginals(of: claim)
    if case .busy = lock { return }
    defer { withExtendedLifetime(lock) {} }
    guard let now = try await site.journal.claim(claim.batch), now.state == claim.state else { return }
    let generation = try await site.journal.renewLease(claim.batch)
    if claim.state == .claiming {
      try await site.journal.withdraw(claim.batch, generation: generation)
    } else if claim.state == .attested, try runner.isRetired(claim) {
      try await site.journal.advance(claim.batch, to: .finished, generation: generation)
    } else {
      throw PipelineError.claimedFileMissing(claim.batch, "Its folder in claimed storage")
    }
  }

  /// Carries the batch on in a task of its own; waits first for one of `batchesInHandMax` places.
  func start(_ claim: Claim, _ folder: ClaimFolder, in group: inout BatchTasks) async {
    await hand.take(claim.batch)
    progress.update { $0.inHand += 1 }
    group.addTask(executorPreference: threads) { [self] in
      do {
        let outcome = try await runner.run(claim, in: folder)
        progress.add(outcome)
        gate.settled(claim.batch)
        forget(.batch(claim.batch))
        if outcome.goesOn { hasMore.withLock { $0 = true } }
        tell(.batch(outcome))
      } catch { await note(error, about: .batch(claim.batch)) }
      progress.update { $0.inHand -= 1 }
      hand.leave(claim.batch)
    }
  }

  /// Whether there are unfinished batches that were not there at the last look.
  var hasUnfinished: Bool { hasMore.withLock { $0 } }

  func waitForPlace() async { await hand.waitForPlace() }
  var isIdle: Bool { hand.isEmpty }

  /// Waits until a batch ends, somebody calls ``finishWhatIsInHand()``, `events` has something, or the time is over.
  func rest(seconds: Double) async { await hand.rest(seconds: seconds) }

  func wake() { hand.wake() }

  // MARK: Trouble

  /// Notes what went wrong for `status`, and whether it stops intake. The same trouble again and again is told once. Names
  /// that came from outside stand in the journal only, never in what is told: that lands in logs.
  /// - Parameter spot: what it is about; nil: nothing will put it right.
  func note(_ error: any Error, about spot: TroubleSpot? = nil) async {
    var batch: BatchID?
    if case .batch(let id)? = spot { batch = id }
    let prefix = batch.map { "Batch \($0): " } ?? ""
    let told = prefix + "\(withoutNamesFromOutside(error))"
    gate.note(error, of: batch, at: site.clock.monotonicSeconds())
    progress.update {
      if let spot { $0.troubles.insert(spot) } else { $0.passed += 1 }
      if isDiskLevel(error) { $0.pausedBecause = told }
      if case JournalError.busy = error { $0.isJournalHeld = true }
    }
    // A journal that is held would hold the note too.
    if case JournalError.busy = error { return tell(.trouble(told)) }
    await tellOnce(told, noted: prefix + "\(error)")
  }

  /// Without an error the trouble is over, if there was one.
  private func judge(_ spot: TroubleSpot, _ error: (any Error)?) async {
    if let error { await note(error, about: spot) } else { forget(spot) }
  }

  private func trying(_ spot: TroubleSpot, _ body: () async throws -> Void) async {
    do {
      try await body()
      forget(spot)
    } catch { await note(error, about: spot) }
  }

  /// A trouble is over.
  func forget(_ spot: TroubleSpot) { progress.update { _ = $0.troubles.remove(spot) } }

  /// Files that could not be taken at first and are no longer where they were: we took them, or their owner or another process did.
  func forgetTaken() {
    for case .dropped(let path) in progress.snapshot.troubles {
      if (try? Files.exists(path)) == false { forget(.dropped(path)) }
    }
  }

  /// Folders in the drop folders that one look could not list: each is told once, and counts as long as it stays so.
  func note(closed: [(drop: FilePath, folder: Oddity)]) async {
    let known = progress.snapshot.troubles
    var now: Set<TroubleSpot> = []
    for (drop, folder) in closed {
      let spot = TroubleSpot.closedFolder(drop: drop, folder.place, folder.name)
      now.insert(spot)
      if !known.contains(spot) { await note(PipelineError.closedFolder(drop.description), about: spot) }
    }
    for spot in known.subtracting(now) { if case .closedFolder = spot { forget(spot) } }
  }

  /// An error as a log may say it: of a path in a drop folder or in a tree that is backfilled only the folder that was
  /// configured or typed. File names there may be patients' names.
  func withoutNamesFromOutside(_ error: any Error) -> any Error {
    guard let failure = error as? SystemError else { return error }
    return failure.withoutNames(below: site.paths.drop + outsideRoots.withLock { $0 })
  }

  /// - Parameter noted: the same with every name, for the journal.
  private func tellOnce(_ what: String, noted: String? = nil) async {
    let isNew = lastTrouble.withLock { last in
      defer { last = what }
      return last != what
    }
    guard isNew else { return }
    tell(.trouble(what))
    try? await site.journal.note(TroubleNote(at: site.clock.now(), what: noted ?? what))
  }

  /// Whether intake may take more; what hinders it is told.
  func readiness() async -> IntakeGate.Readiness {
    let readiness = gate.readiness(at: site.clock.monotonicSeconds())
    switch readiness {
    case .open: progress.update { $0.pausedBecause = nil }
    case .probation: break
    case .closed(let why):
      progress.update { $0.pausedBecause = why }
      // A disk's refusal was told when it happened.
      if !gate.isStopped { await tellOnce(why) }
    }
    return readiness
  }

  func mayTake() async -> Bool { await readiness() == .open }

  /// A disk refused something since the last look: nothing more is taken before the next.
  var isStopped: Bool { gate.isStopped }
}

/// The tasks that carry batches; none of them throws, because one batch's trouble is not another's.
typealias BatchTasks = ThrowingDiscardingTaskGroup<any Error>
