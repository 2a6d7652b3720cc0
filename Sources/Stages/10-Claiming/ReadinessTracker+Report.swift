import Model
import System

extension ReadinessTracker {
  /// Judges everything that is known now.
  /// - Parameters:
  ///   - now: monotonic seconds.
  ///   - wall: the time of day, for waits of minutes.
  ///   - limit: ready batches to give.
  public mutating func report(at now: Double, wall: Timestamp, limit: Int) -> DropReport {
    var report = DropReport()
    report.oddities = oddities
    report.closedFolders = oddities.filter { $0.kind == .unreadable }
    report.odditiesMore = odditiesMore
    report.files = sightings.count
    report.filesMore = filesMore
    var ready: [ReadyBatch] = []
    for (place, entries) in byPlace() {
      let settings = station(place.station)
      let sorter = UnitSorter(entries, settings)
      report.markersAlone += sorter.markersAlone
      for unit in sorter.units {
        judge(unit, place, settings, now, wall, &report).map { ready.append($0) }
      }
    }
    ready.sort(by: Self.comesFirst)
    report.ready = Array(ready.prefix(limit))
    report.readyMore = ready.count - report.ready.count
    report.waiting = waiting.values.sorted {
      ($0.since, $0.file.place, $0.file.name) < ($1.since, $1.file.place, $1.file.name)
    }
    return report
  }

  private func byPlace() -> [StationPlace: [DropUnit.Entry]] {
    var places: [StationPlace: [DropUnit.Entry]] = [:]
    for (key, sighting) in sightings {
      let file = DropFile(key, sighting)
      places[key.place, default: []].append(.init(file: file, sighting: sighting, name: DropName(file.parts.name)))
    }
    return places
  }

  private static func comesFirst(_ a: ReadyBatch, _ b: ReadyBatch) -> Bool {
    if a.arrivedAt != b.arrivedAt { return a.arrivedAt < b.arrivedAt }
    if a.place != b.place { return a.place < b.place }
    return naturallyPrecedes(a.items.first?.name.bytes ?? [], b.items.first?.name.bytes ?? [])
  }

  /// - Returns: the batch, if it is ready; otherwise the report says why not.
  private mutating func judge(
    _ unit: DropUnit, _ place: StationPlace, _ settings: Station, _ now: Double, _ wall: Timestamp,
    _ report: inout DropReport
  ) -> ReadyBatch? {
    if settings.done == .marker, !unit.isMarked, !unit.items.isEmpty {
      report.unmarked += unit.items.count
      return nil
    }
    if let until = settlesAt(unit, settings, now) {
      report.settling.append(.init(arrivedAt: unit.arrivedAt, until: until))
      return nil
    }
    if isHeldUp(unit, &report) { return nil }
    let wishes = wishes(unit, settings)
    let stillWaiting = wishes.filter { !$0.isOver(since(of: $0, wall), wall, rules) }
    if !stillWaiting.isEmpty { return nil }
    // A wait that is over stays until its file is gone: who does not come to take it at this look must not begin anew.
    let wished = Set(wishes.map { Key($0.file) })
    for key in unit.entries.map({ Key($0.file) }) where !wished.contains(key) { waiting[key] = nil }
    return unit.batch(place, problem: wishes.first?.problem)
  }

  /// When the unit has settled; nil: it has.
  private func settlesAt(_ unit: DropUnit, _ settings: Station, _ now: Double) -> Double? {
    let unseen = unit.entries.filter { $0.sighting.verdict == nil }
    if let last = unseen.map(\.sighting.changedAt).max() {
      return settings.done == .settle ? max(now, last + rules.settleSeconds) : now
    }
    // A folder that was marked or renamed into place is complete by its writer's word.
    guard unit.kind != .file, settings.done == .settle else { return nil }
    let quietAt = unit.changedAt + max(rules.folderQuietSeconds, rules.settleSeconds)
    return quietAt > now ? quietAt : nil
  }

  /// Files that are open for writing or cannot be read keep their batch where it is.
  private func isHeldUp(_ unit: DropUnit, _ report: inout DropReport) -> Bool {
    var isHeld = false
    for entry in unit.entries {
      switch entry.sighting.verdict {
      case .busy:
        report.busy += 1
        isHeld = true
      case .unreadable(let why):
        isHeld = true
        let oddity = Oddity(place: entry.file.place, name: entry.file.name, kind: .unreadable, detail: why)
        if report.oddities.count < rules.odditiesMax {
          report.oddities.append(oddity)
        } else {
          report.odditiesMore += 1
        }
      default: continue
      }
    }
    return isHeld
  }

  /// What a unit waits for, each for ``ClaimingRules/incompleteMinutes`` at most; the most serious first.
  private func wishes(_ unit: DropUnit, _ settings: Station) -> [Wish] {
    var wishes = unit.lacks(settings).map { Wish(file: $0.file, reason: $0.reason, problem: $0.problem) }
    for item in unit.entries {
      guard case .incomplete(let what) = item.sighting.verdict else { continue }
      wishes.append(
        .init(file: item.file, reason: "incomplete: \(what)", problem: .incomplete("\(item.file.name): \(what)")))
    }
    return wishes
  }

  private struct Wish {
    var file: DropFile
    var reason: String
    var problem: ReadyProblem
    func isOver(_ since: Timestamp, _ wall: Timestamp, _ rules: ClaimingRules) -> Bool {
      wall.seconds(since: since) >= rules.incompleteMinutes * 60
    }
  }

  /// When the wait began; kept from now on. A beginning in the future is a clock that was set back: it begins anew.
  private mutating func since(of wish: Wish, _ wall: Timestamp) -> Timestamp {
    let key = Key(wish.file)
    let since = waiting[key].map { min($0.since, wall) } ?? wall
    waiting[key] = WaitingFile(file: wish.file, reason: wish.reason, since: since)
    return since
  }

}

extension ReadyItem {
  init(_ entry: DropUnit.Entry) { self.init(name: entry.file.name, identity: entry.file.identity) }
}
