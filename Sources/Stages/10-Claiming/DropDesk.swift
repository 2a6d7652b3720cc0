import Formats
import Model
import System

/// Watches one drop folder: scans it, looks into what has settled, and says what may be taken. The thin shell around
/// ``ReadinessTracker``.
public struct DropDesk: Sendable {
  public let drop: FilePath
  private let scan: DropScan
  private let limits: StructureLimits
  private let folderMax: Int
  private var tracker: ReadinessTracker
  /// Drop, station and batch folders of the last scan, at most as many as asked for: what a ``FolderWatcher`` may watch.
  public private(set) var folders: [FilePath] = []

  /// - Parameters:
  ///   - waiting: what the journal kept of the last ``DropReport/waiting``.
  ///   - watchMax: folders kept in ``folders``; inotify's own limit is some thousands a user.
  public init(
    drop: FilePath, rules: ClaimingRules, limits: StructureLimits = .init(), waiting: [WaitingFile] = [],
    watchMax: Int = 1000,
    station: @escaping @Sendable (EscapedText) -> Station
  ) {
    self.drop = drop
    self.limits = limits
    folderMax = watchMax
    scan = DropScan(drop: drop, rules: rules, station: station)
    tracker = ReadinessTracker(rules: rules, station: station, waiting: waiting)
  }

  /// Files that one look opens, and ready batches that it gives, at most: enough to be worth the look where 100,000 wait. The
  /// other files count as settling until the next.
  public static let inspectionsMax = 4096
  public static let readyMax = 4096

  /// One look. Blocks on the disk.
  /// - Parameters:
  ///   - clock: read again before files are judged, because a scan of 100,000 takes time.
  ///   - limit: ready batches to give.
  /// - Throws: ``SystemError`` where the drop folder itself cannot be listed; nothing is forgotten then.
  public mutating func look(clock: SystemClock = .init(), limit: Int = readyMax) throws -> DropReport {
    try look(at: clock.monotonicSeconds(), wall: clock.now(), limit: limit)
  }

  public mutating func look(at now: Double, wall: Timestamp, limit: Int = readyMax) throws -> DropReport {
    var found: [FilePath] = []
    tracker.beginScan()
    try scan.run { seen in
      switch seen {
      case .file(let file): tracker.see(file, at: now)
      case .oddity(let oddity): tracker.see(oddity)
      case .folder(let place, let batchFolder):
        guard found.count < folderMax else { return }
        var path = drop
        if let station = place.folder { path = path.appending(station.bytes) }
        if let batchFolder { path = path.appending(batchFolder.bytes) }
        found.append(path)
      }
    }
    tracker.endScan()
    folders = found
    for file in tracker.toInspect(at: now, limit: Self.inspectionsMax) {
      tracker.note(inspect(file, drop: drop, limits: limits), on: file)
    }
    return tracker.report(at: now, wall: wall, limit: limit)
  }
}
