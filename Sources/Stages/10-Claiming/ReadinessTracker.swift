import Model
import System

/// Decides when dropped files may be taken (RULES *Ready*). Pure: fed with what scans saw, what looks into files said, and
/// both clocks; it never touches a disk.
///
/// One round: ``beginScan()``, ``see(_:at:)`` for everything seen, ``endScan()``, then ``toInspect(at:limit:)`` and
/// ``note(_:on:)`` for files that have settled, then ``report(at:wall:limit:)``. Settling is judged by the monotonic clock
/// since our own first sight, never by a file's time stamp. Waits of minutes go by the wall clock, because they outlive the
/// process: give what ``DropReport/waiting`` said last to the next tracker.
public struct ReadinessTracker: Sendable {
  struct Key: Hashable {
    var place: StationPlace
    var name: EscapedText
  }

  struct Sighting {
    var identity: FileIdentity
    var arrivedAt: Double
    var changedAt: Double
    var verdict: FileVerdict?
    var scan: Int
  }

  let rules: ClaimingRules
  let station: @Sendable (EscapedText) -> Station
  var sightings: [Key: Sighting] = [:]
  var waiting: [Key: WaitingFile] = [:]
  var oddities: [Oddity] = []
  var odditiesMore = 0
  var filesMore = 0
  private var scan = 0

  /// - Parameters:
  ///   - station: the settings of a station by its name.
  ///   - waiting: what an earlier process saw waiting; entries whose file is gone or another are dropped.
  public init(
    rules: ClaimingRules, station: @escaping @Sendable (EscapedText) -> Station, waiting: [WaitingFile] = []
  ) {
    self.rules = rules
    self.station = station
    for wait in waiting { self.waiting[Key(wait.file)] = wait }
  }

  public mutating func beginScan() {
    scan += 1
    oddities = []
    odditiesMore = 0
    filesMore = 0
  }

  /// - Parameter now: monotonic seconds.
  public mutating func see(_ file: DropFile, at now: Double) {
    let key = Key(file)
    guard var known = sightings[key] else {
      guard sightings.count < rules.filesMax else {
        filesMore += 1
        return
      }
      sightings[key] = Sighting(identity: file.identity, arrivedAt: now, changedAt: now, scan: scan)
      return
    }
    if !file.identity.isUnchanged(since: known.identity) {
      // Another file under the name comes later than one that grew.
      if !file.identity.isSameFile(as: known.identity) { known.arrivedAt = now }
      known.changedAt = now
      known.verdict = nil
    }
    if let verdict = known.verdict, !verdict.isLasting { known.verdict = nil }
    known.identity = file.identity
    known.scan = scan
    sightings[key] = known
  }

  public mutating func see(_ oddity: Oddity) {
    if oddities.count < rules.odditiesMax { oddities.append(oddity) } else { odditiesMore += 1 }
  }

  /// Forgets what the scan no longer saw. Only after a scan that went through: a failed one proves nothing gone.
  public mutating func endScan() {
    let gone = sightings.filter { [scan] in $0.value.scan != scan }.keys
    for key in gone { sightings[key] = nil }
    let sightings = sightings
    waiting = waiting.filter { key, wait in
      sightings[key].map { wait.file.identity.isUnchanged(since: $0.identity) } ?? false
    }
  }

  /// Files that have settled and were not looked into in their present state, longest known first.
  public func toInspect(at now: Double, limit: Int) -> [DropFile] {
    var due: [(arrivedAt: Double, key: Key)] = []
    for (key, sighting) in sightings where sighting.verdict == nil && isDue(key, sighting, now) {
      due.append((sighting.arrivedAt, key))
    }
    return due.sorted { ($0.arrivedAt, $0.key.name) < ($1.arrivedAt, $1.key.name) }
      .prefix(limit).map { DropFile($0.key, sightings[$0.key]!) }
  }

  /// Takes a verdict; ignored where the file was seen to change since.
  public mutating func note(_ verdict: FileVerdict, on file: DropFile) {
    guard let known = sightings[Key(file)], known.identity.isUnchanged(since: file.identity) else { return }
    sightings[Key(file)]?.verdict = verdict
  }

  /// Whether a file may be looked into: settled, or its writer has another way to say that it is done.
  private func isDue(_ key: Key, _ sighting: Sighting, _ now: Double) -> Bool {
    let settings = station(key.place.station)
    let hasSettled = now - sighting.changedAt >= rules.settleSeconds
    switch settings.done {
    case .settle: return hasSettled
    case .rename: return true
    case .marker:
      let parts = DropFile.split(key.name.bytes)
      if Markers.isMarker(parts, settings) { return false }
      if DropName(parts.name).role == .sidecar { return hasSettled }
      return Markers.names(for: parts, settings).contains { sightings[Key(place: key.place, name: $0)] != nil }
    }
  }
}

extension ReadinessTracker.Key {
  init(_ file: DropFile) { self.init(place: file.place, name: file.name) }
}

extension DropFile {
  init(_ key: ReadinessTracker.Key, _ sighting: ReadinessTracker.Sighting) {
    self.init(place: key.place, name: key.name, identity: sighting.identity)
  }
}

/// Names of done-markers: the file's, the batch folder's or the numbered run's name with the station's suffix.
enum Markers {
  static func isMarker(_ parts: (folder: [UInt8]?, name: [UInt8]), _ station: Station) -> Bool {
    let suffix = Array(station.doneSuffix.utf8)
    return station.done == .marker && parts.folder == nil && parts.name.count > suffix.count
      && parts.name.suffix(suffix.count).elementsEqual(suffix)
  }

  /// Markers of which any one speaks for a file.
  static func names(for parts: (folder: [UInt8]?, name: [UInt8]), _ station: Station) -> [EscapedText] {
    if let folder = parts.folder { return [name(folder, station)] }
    var names = [name(parts.name, station)]
    if station.joinPages, let prefix = DropName(parts.name).numberedPrefix { names += ofRun(prefix, station) }
    return names
  }

  static func ofRun(_ prefix: [UInt8], _ station: Station) -> [EscapedText] {
    let trimmed = DropName.trimmed(prefix)
    return trimmed == prefix ? [name(prefix, station)] : [name(prefix, station), name(trimmed, station)]
  }

  static func name(_ name: [UInt8], _ station: Station) -> EscapedText {
    EscapedText(bytes: name + Array(station.doneSuffix.utf8))
  }
}
