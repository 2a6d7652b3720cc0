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
    var desks = try await makeDesks()
    var watch: (watcher: FolderWatcher, folders: [FilePath], listener: Task<Void, Never>)?
    defer { watch?.listener.cancel() }
    var kept = Set<String>()
    /// Monotonic time of the first look: what came later is the next run's.
    var horizon: Double?
    var nextRecovery = 0.0
    while !intake.mustFinish {
      let now = site.clock.monotonicSeconds()
      var soonest = now + site.configuration.claiming.rescanSeconds
      var isWaiting = false
      if await intake.mayTake() {
        if now >= nextRecovery {
          try await intake.takeUnfinished(in: &group)
          nextRecovery = now + recoverySeconds
        }
        var waiting: [DropWait] = []
        var files = 0
        for index in desks.indices {
          let report = try desks[index].look(clock: site.clock)
          let limit = isEndless ? .infinity : (horizon ?? site.clock.monotonicSeconds())
          horizon = horizon ?? limit
          files += report.files
          waiting += report.waiting.map { DropWait(drop: desks[index].drop, waiting: $0) }
          for ready in report.ready where ready.arrivedAt <= limit {
            isWaiting = true
            if intake.mustFinish { break }
            await take(ready, from: desks[index].drop, in: &group)
          }
          if report.readyMore > 0 { isWaiting = true }
          for settling in report.settling where settling.arrivedAt <= limit {
            isWaiting = true
            soonest = min(soonest, settling.until)
          }
        }
        try await keep(waiting, &kept)
        let seen = files
        intake.progress.update { $0.waiting = seen }
      } else if !isEndless {
        break
      }
      if !isEndless, !isWaiting, intake.isIdle { break }
      refresh(&watch, desks.flatMap(\.folders))
      await intake.rest(
        seconds: min(max(soonest - site.clock.monotonicSeconds(), 0.05), site.configuration.claiming.rescanSeconds))
    }
  }

  /// How often `watch` looks for batches that another process left when it died. Seconds.
  private var recoverySeconds: Double { isEndless ? 30 : .infinity }

  // MARK: Looking

  private func makeDesks() async throws -> [DropDesk] {
    let rules = ClaimingRules(site.configuration.claiming)
    let limits = StructureLimits(
      bytesMax: site.configuration.decoding.fileBytesMax, framesMax: site.configuration.decoding.framesMax)
    let kept = try await site.journal.incomplete().compactMap { DropWait(key: $0.key, since: $0.value) }
    let configuration = site.configuration
    return site.paths.drop.map { drop in
      DropDesk(
        drop: drop, rules: rules, limits: limits, waiting: kept.filter { $0.drop == drop }.map(\.waiting),
        station: { configuration.station(named: $0) })
    }
  }

  /// Keeps the first sight of incomplete files in the journal, so that the wait outlives this process.
  private func keep(_ waiting: [DropWait], _ kept: inout Set<String>) async throws {
    let now = Set(waiting.map(\.key))
    for wait in waiting where !kept.contains(wait.key) {
      _ = try await site.journal.noteIncomplete(wait.key, at: wait.waiting.since)
    }
    let gone = kept.subtracting(now)
    if !gone.isEmpty { try await site.journal.forgetIncomplete(gone.sorted()) }
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

  private func take(_ ready: ReadyBatch, from drop: FilePath, in group: inout BatchTasks) async {
    await intake.waitForPlace()
    if intake.mustFinish { return }
    do { try await intake.claim(ready, from: drop, in: &group) } catch { await intake.note(error) }
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
