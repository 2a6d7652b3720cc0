import Claiming
import FoundationEssentials
import Formats
import Journaling
import Model
import System

/// Looks at the drop folders, takes what is ready, rests until something happens: `run` and `watch`.
struct DropLoop {
  let intake: Intake
  /// `watch` goes on until it is told to finish; `run` ends with the files of its first look.
  let isEndless: Bool

  private var site: Site { intake.site }

  func run(in group: inout BatchTasks) async throws {
    var memory = Memory()
    defer { memory.watch?.listener.cancel() }
    while !intake.mustFinish {
      var rest = Rest(until: site.clock.monotonicSeconds() + site.configuration.claiming.rescanSeconds)
      do {
        if try await !look(&memory, &rest, in: &group) { break }
        intake.forget(.look)
      } catch {
        // A service outlives whatever a disk, a share or another process does meanwhile; cron's verb says so and ends.
        guard isEndless else { throw error }
        memory.isTidy = false
        await intake.note(error, about: .look)
      }
      if mustGiveUp { throw JournalError.busy }
      if !isEndless, !rest.isWaiting, intake.isIdle, !intake.hasUnfinished { break }
      refresh(&memory.watch, memory.desks?.flatMap(\.folders) ?? [])
      await pause(rest)
    }
  }

  /// Until the time is over or something happened, but never shorter than the look was: of 100,000 files that wait, news
  /// comes all the time.
  private func pause(_ rest: Rest) async {
    repeat {
      let seconds = max(rest.until, rest.notBefore) - site.clock.monotonicSeconds()
      await intake.rest(seconds: min(max(seconds, 0.05), site.configuration.claiming.rescanSeconds))
    } while site.clock.monotonicSeconds() < rest.notBefore && !intake.mustFinish
  }

  /// Another process holds the journal: a service waits on, cron's verb ends with 75.
  private var mustGiveUp: Bool { !isEndless && intake.progress.snapshot.isJournalHeld }

  /// What one look leaves to the next.
  private struct Memory {
    /// First sights of incomplete files, as the journal keeps them; nil before the first look.
    var kept: [String: Timestamp]?
    var desks: [DropDesk]?
    var watch: (watcher: FolderWatcher, folders: [FilePath], listener: Task<Void, Never>)?
    /// Monotonic time at which every drop folder had been looked at once: what came later is the next run's.
    var horizon: Double?
    /// Monotonic seconds.
    var nextRecovery = 0.0
    /// Nothing went wrong since what may lie about was cleared.
    var isTidy = false
  }

  /// One look at everything.
  /// - Returns: false: there is no more to be done now, and `run` ends.
  private func look(_ memory: inout Memory, _ rest: inout Rest, in group: inout BatchTasks) async throws -> Bool {
    let readiness = await intake.readiness()
    if case .closed = readiness {
      memory.isTidy = false
      return isEndless
    }
    try await recover(&memory, in: &group)
    guard readiness == .open else {
      memory.isTidy = false
      return isEndless
    }
    var kept = try await memory.kept.orElse(site.journal.incomplete)
    var desks = memory.desks ?? makeDesks(kept)
    defer { (memory.kept, memory.desks) = (kept, desks) }
    let started = site.clock.monotonicSeconds()
    let reports = try look(at: &desks)
    let ended = site.clock.monotonicSeconds()
    intake.forgetTaken()
    await intake.note(closed: reports.flatMap { drop, report in report.closedFolders.map { (drop: drop, folder: $0) } })
    let limit = memory.horizon ?? (isEndless ? .infinity : ended)
    memory.horizon = limit
    try await keep(
      reports.flatMap { drop, report in report.waiting.map { DropWait(drop: drop, waiting: $0) } }, &kept)
    rest.notBefore = ended + (ended - started)
    await take(reports, before: limit, until: ended + takingSeconds(afterLookOf: ended - started), &rest, in: &group)
    return true
  }

  /// How long what one look found is taken before the next look. A look costs the more the more files wait, so it must be
  /// worth it: looking never takes more than a fifth of the time, and nothing is taken by what was seen long ago.
  private func takingSeconds(afterLookOf seconds: Double) -> Double {
    max(min(site.configuration.claiming.rescanSeconds, 10), 4 * seconds)
  }

  private func recover(_ memory: inout Memory, in group: inout BatchTasks) async throws {
    let now = site.clock.monotonicSeconds()
    if !memory.isTidy {
      try await intake.tidyUp(in: &group)
      memory.isTidy = true
    } else if now >= memory.nextRecovery || intake.hasUnfinished {
      await intake.decideWaiting()
      await intake.takeLatePages()
      try await intake.takeUnfinished(in: &group)
    } else {
      return
    }
    memory.nextRecovery = now + recoverySeconds
  }

  /// What a round found that another round must look at again.
  private struct Rest {
    /// Monotonic seconds.
    var until: Double
    /// Monotonic seconds: no look before, whatever happens.
    var notBefore = 0.0
    /// A file that came in time may still be taken.
    var isWaiting = false
  }

  /// How often `watch` looks for batches that another process left when it died. Seconds.
  private var recoverySeconds: Double { isEndless ? 30 : .infinity }

  // MARK: Looking

  private func look(at desks: inout [DropDesk]) throws -> [(drop: FilePath, report: DropReport)] {
    var reports: [(FilePath, DropReport)] = []
    for index in desks.indices { reports.append((desks[index].drop, try desks[index].look(clock: site.clock))) }
    let files = reports.reduce(0) { $0 + $1.1.files }
    intake.progress.update { $0.waiting = files }
    return reports
  }

  /// - Parameter kept: first sights of incomplete files, as the journal keeps them.
  private func makeDesks(_ kept: [String: Timestamp]) -> [DropDesk] {
    let rules = ClaimingRules(site.configuration.claiming)
    let limits = StructureLimits(
      bytesMax: site.configuration.decoding.fileBytesMax, framesMax: site.configuration.decoding.framesMax)
    let waits = kept.compactMap { DropWait(key: $0.key, since: $0.value) }
    let configuration = site.configuration
    return site.paths.drop.map { drop in
      DropDesk(
        drop: drop, rules: rules, limits: limits, waiting: waits.filter { $0.drop == drop }.map(\.waiting),
        station: { configuration.station(named: $0) })
    }
  }

  /// Keeps the first sight of incomplete files in the journal, so that the wait outlives this process, and forgets those
  /// that are gone, whichever process had noted them.
  private func keep(_ waiting: [DropWait], _ kept: inout [String: Timestamp]) async throws {
    var now: [String: Timestamp] = [:]
    for wait in waiting { now[wait.key] = wait.waiting.since }
    let seen = now.filter { kept[$0.key] == nil }
    let gone = kept.keys.filter { now[$0] == nil }
    if !seen.isEmpty || !gone.isEmpty { try await site.journal.noteIncomplete(seen, gone: gone.sorted()) }
    kept = now
  }

  /// inotify only shortens the rest; where it cannot be had the rescan does all.
  private func refresh(
    _ watch: inout (watcher: FolderWatcher, folders: [FilePath], listener: Task<Void, Never>)?, _ folders: [FilePath]
  ) {
    guard isEndless, watch?.folders != folders else { return }
    watch?.listener.cancel()
    watch = FolderWatcher(folders: folders).map { watcher in
      let intake = intake
      return (watcher, folders, Task { for await _ in watcher.events { intake.wake() } })
    }
  }

  // MARK: Taking

  /// Takes what is ready, over all drop folders in order of arrival.
  /// - Parameters:
  ///   - limit: monotonic seconds; what arrived later is left.
  ///   - end: monotonic seconds; what is not taken by then is for the next look to judge.
  private func take(
    _ reports: [(drop: FilePath, report: DropReport)], before limit: Double, until end: Double, _ rest: inout Rest,
    in group: inout BatchTasks
  ) async {
    var ready = reports.flatMap { drop, report in report.ready.map { (batch: $0, drop: drop) } }
    if reports.count > 1 { ready.sort { $0.batch.arrivedAt < $1.batch.arrivedAt } }
    var isMore = reports.contains { $0.report.readyMore > 0 }
    for (batch, drop) in ready where batch.arrivedAt <= limit {
      if intake.mustFinish || intake.isStopped || mustGiveUp { return rest.isWaiting = true }
      if site.clock.monotonicSeconds() > end {
        isMore = true
        break
      }
      // What cannot be taken is the next run's, and what another takes is its own: neither is waited for.
      if await take(batch, from: drop, in: &group) { rest.isWaiting = true }
    }
    if isMore {
      rest.isWaiting = true
      rest.until = rest.notBefore
    }
    for settling in reports.lazy.flatMap(\.report.settling) where settling.arrivedAt <= limit {
      rest.isWaiting = true
      rest.until = min(rest.until, settling.until)
    }
  }

  /// - Returns: false: it could not be taken, or another process takes it.
  private func take(_ ready: ReadyBatch, from drop: FilePath, in group: inout BatchTasks) async -> Bool {
    await intake.waitForPlace()
    if intake.mustFinish || intake.isStopped { return true }
    do {
      return try await intake.claim(ready, from: drop, in: &group)
    } catch {
      await intake.note(error, about: .dropped(place(of: ready, in: drop)))
      return false
    }
  }

  /// Of a batch's first file.
  private func place(of ready: ReadyBatch, in drop: FilePath) -> FilePath {
    let station = ready.place.folder.map { drop.appending($0.bytes) } ?? drop
    let name = ready.items.first?.name.bytes ?? []
    return name.split(separator: UInt8(ascii: "/")).reduce(station) { $0.appending(Array($1)) }
  }
}

/// A file that waits, in the form that the journal keeps: the key is canonical JSON without the moment.
struct DropWait: Hashable {
  var drop: FilePath
  var waiting: WaitingFile

  private struct Key: Codable {
    var drop: EscapedText
    var file: DropFile
    var reason: String
  }

  init(drop: FilePath, waiting: WaitingFile) {
    self.drop = drop
    self.waiting = waiting
  }

  /// nil for a key of another form: what it stood for begins to wait anew.
  init?(key: String, since: Timestamp) {
    guard let value = try? JSONDecoder().decode(Key.self, from: Data(key.utf8)) else { return nil }
    self.init(
      drop: FilePath(bytes: value.drop.bytes),
      waiting: WaitingFile(file: value.file, reason: value.reason, since: since))
  }

  var key: String {
    let value = Key(drop: EscapedText(bytes: drop.bytes), file: waiting.file, reason: waiting.reason)
    return (try? canonicalJSON(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

extension Optional where Wrapped: Sendable {
  fileprivate func orElse(_ make: () async throws -> Wrapped) async rethrows -> Wrapped {
    if let self { return self }
    return try await make()
  }
}
