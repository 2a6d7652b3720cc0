import Formats
import Logging
import Model
import Pipeline
import ServiceLifecycle
import System

/// Runs an intake under the signals and the terminal: what `run`, `watch` and `backfill` share.
struct IntakeSession {
  let site: Site
  let options: SiteOptions

  /// SIGTERM and SIGINT finish what is in hand.
  /// - Returns: the verb's exit code.
  func run(_ work: Intake.Work) async throws -> Int32 {
    let pool = try makeWorkers(site.configuration.limits)
    defer { pool.close() }
    let progress = IntakeProgress()
    let json = options.json
    let intake = Intake(site: site, pool: pool, progress: progress) { event in
      if json { try? Output.json(event) } else { Self.tell(event) }
    }
    let line = ProgressLine(progress: progress, isShown: !json && Output.isTerminal)
    try await serve(intake, work, line)
    let end = progress.snapshot
    try report(end, work)
    if end.isJournalHeld, work.isOnce { return ExitStatus.busy }
    if end.failed > 0 || end.notTaken > 0 || end.pausedBecause != nil { return ExitStatus.failed }
    if case .watch = work { return ExitStatus.done }
    return end.exceptions > 0 ? ExitStatus.exceptions : ExitStatus.done
  }

  private func serve(_ intake: Intake, _ work: Intake.Work, _ line: ProgressLine) async throws {
    var logger = Logger(label: "chartroom") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    let group = ServiceGroup(
      configuration: .init(
        services: [
          .init(
            service: IntakeService(intake: intake, work: work), successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: line),
        ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
  }

  /// Plain lines for what a person should see at once, whether or not a progress line runs. Where nobody watches a
  /// progress line each batch has a line, so that a log tells what came when. Counts and ids only: logs are read by many.
  private static func tell(_ event: Intake.Event) {
    switch event {
    case .batch(let outcome): if !Output.isWatched { Output.line(Wording.line(of: outcome)) }
    case .trouble(let what): Output.error(what)
    }
  }

  private func report(_ end: IntakeProgress.Snapshot, _ work: Intake.Work) throws {
    if options.json { return try Output.json(IntakeSummary(end)) }
    var parts = ["\(end.pages) pages in \(end.batches) batches", "\(end.filed) documents filed"]
    if end.exceptions > 0 { parts.append("\(end.exceptions) exceptions wait for a person") }
    if end.waitingForIndex > 0 { parts.append("\(end.waitingForIndex) wait for the patient index") }
    if end.duplicatePages > 0 { parts.append("\(end.duplicatePages) pages were here before") }
    if end.skipped > 0 { parts.append("\(end.skipped) files were filed already") }
    if end.failed > 0 { parts.append("\(end.failed) batches failed and will be tried again") }
    if end.notTaken > 0 { parts.append("\(Wording.count(end.notTaken, "thing")) could not be read or taken") }
    Output.line(parts.joined(separator: ", ") + ".")
    if end.waiting > 0, case .run = work {
      Output.line("\(end.waiting) files are not ready yet and stay in the drop folder: see `chartroom status`.")
    }
    if end.exceptions > 0 { Output.line("See `chartroom exceptions list`.") }
    if let why = end.pausedBecause { Output.error("Intake stopped: \(why)") }
  }
}

/// The last line of `run --json`.
struct IntakeSummary: Encodable {
  var summary = true
  var batches: Int
  var pages: Int
  var filed: Int
  var exceptions: Int
  var waitingForIndex: Int
  var duplicatePages: Int
  var skipped: Int
  var failed: Int
  var notTaken: Int
  var waiting: Int
  init(_ end: IntakeProgress.Snapshot) {
    batches = end.batches
    pages = end.pages
    filed = end.filed
    exceptions = end.exceptions
    waitingForIndex = end.waitingForIndex
    duplicatePages = end.duplicatePages
    skipped = end.skipped
    failed = end.failed
    notTaken = end.notTaken
    waiting = end.waiting
  }
}

/// The intake as a service: a shutdown asks it to finish what is in hand.
struct IntakeService: Service {
  let intake: Intake
  let work: Intake.Work
  func run() async throws {
    try await withGracefulShutdownHandler {
      try await intake.run(work)
    } onGracefulShutdown: {
      intake.finishWhatIsInHand()
    }
  }
}

/// One line on a terminal, rewritten twice a second: pages, pages a second, what is left, exceptions.
struct ProgressLine: Service {
  let progress: IntakeProgress
  let isShown: Bool

  func run() async throws {
    let clock = SystemClock()
    let start = clock.monotonicSeconds()
    try? await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(500))
        if isShown { show(progress.snapshot, seconds: clock.monotonicSeconds() - start) }
      }
    }
    if isShown { Output.raw("\r\u{1B}[K", to: 2) }
  }

  private func show(_ now: IntakeProgress.Snapshot, seconds: Double) {
    let rate = seconds > 0 ? Int(Double(now.pagesRead) / seconds * 10) : 0
    var text =
      "\(now.pagesRead) pages, \(rate / 10).\(rate % 10) pages/s, \(now.inHand) batches in hand, \(now.waiting) files waiting, \(now.exceptions) exceptions"
    if let why = now.pausedBecause { text = "paused: \(why)" }
    Output.raw("\r\u{1B}[K" + text.prefix(150), to: 2)
  }
}
