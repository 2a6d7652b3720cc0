import Archiving
import Journaling
import Model
import Synchronization
import System

/// Whether intake may take more. Decided before every look at the drop folders.
///
/// What stops it: a folder that is missing or whose mount is gone, a disk without room or read-only, and every error of a disk
/// (ENOSPC, EDQUOT, EROFS, EIO, of files or of the journal), because the next file would only meet the same and wait in
/// claimed storage instead of the drop folder, where its station still sees it. It goes on by itself: when all folders are in
/// their places, each disk takes and keeps a few bytes again, and the batches that a disk had refused are through.
final class IntakeGate: Sendable {
  enum Readiness: Hashable {
    case open
    /// The disks seem well again: unfinished batches may be tried, nothing new is taken.
    case probation
    case closed(because: String)
  }

  private struct Stop {
    var why: String
    /// Those in hand that the disk refused: the proof that it is well again.
    var batches: Set<BatchID> = []
    /// Monotonic seconds.
    var retryAt: Double
  }

  private let site: Site
  /// Mount points on the way to our folders, as they were at the start.
  private let mounts: Set<FilePath>
  private let stop = Mutex<Stop?>(nil)

  /// How long a disk that refused is left alone. Seconds.
  private var retrySeconds: Double { min(max(site.configuration.claiming.rescanSeconds, 0.2), 10) }

  init(site: Site) {
    self.site = site
    mounts = Set(Self.places(of: site).flatMap { (try? mountPoints(above: $0)) ?? [] })
  }

  private static func places(of site: Site) -> [FilePath] { site.paths.required + [site.paths.journal.parent] }

  var isStopped: Bool { stop.withLock { $0 != nil } }

  // MARK: What happened

  /// - Parameter batch: the one that failed; nil: something else did.
  func note(_ error: any Error, of batch: BatchID?, at now: Double) {
    guard isDiskLevel(error) else {
      if let batch { settled(batch) }
      return
    }
    let retryAt = now + retrySeconds
    stop.withLock {
      if $0 == nil { $0 = Stop(why: "\(error)", retryAt: retryAt) }
      $0!.why = "\(error)"
      $0!.retryAt = retryAt
      if let batch { $0!.batches.insert(batch) }
    }
  }

  /// A batch is through, or no longer ours to carry.
  func settled(_ batch: BatchID) {
    stop.withLock {
      guard $0?.batches.remove(batch) != nil else { return }
      if $0!.batches.isEmpty { $0 = nil }
    }
  }

  /// - Parameter unfinished: batches that the journal still has in hand.
  func keepOnly(_ unfinished: Set<BatchID>) {
    for batch in stop.withLock({ $0?.batches ?? [] }).subtracting(unfinished) { settled(batch) }
  }

  // MARK: What is so

  func readiness(at now: Double) -> Readiness {
    do {
      try checkPlaces()
      guard let stopped = stop.withLock({ $0 }) else { return .open }
      if now < stopped.retryAt { return .closed(because: stopped.why) }
      stop.withLock { $0?.retryAt = now + retrySeconds }
      for place in writtenPlaces { try SyncGroup.probe(place) }
    } catch { return .closed(because: "\(error)") }
    return stop.withLock {
      if let stopped = $0, !stopped.batches.isEmpty { return .probation }
      $0 = nil
      return .open
    }
  }

  private var writtenPlaces: [FilePath] {
    let paths = site.paths
    return [paths.claimed, paths.originals, paths.archive, paths.manifests, paths.journal.parent]
  }

  private func checkPlaces() throws {
    try Site.checkFolders(site.paths)
    for mount in mounts.sorted() where try !isMountPoint(mount) { throw IntakeHindrance.unmounted(mount.description) }
    _ = try Archive.open(at: site.paths.archive, expecting: site.identity.archive)
    if let why = try SiteRoom.all(of: site).lazy.compactMap(\.hindrance).first { throw IntakeHindrance.room(why) }
    for drop in site.paths.drop where try Space.of(drop).isReadOnly {
      throw IntakeHindrance.readOnlyDrop(drop.description)
    }
  }
}

/// Why nothing is taken at the moment; intake goes on by itself when the cause is gone.
enum IntakeHindrance: Error, CustomStringConvertible {
  case room(String)
  case unmounted(String)
  case readOnlyDrop(String)
  var description: String {
    switch self {
    case .room(let why): why
    case .unmounted(let path):
      "\(path) was a filesystem of its own when this began, and nothing is mounted there now. "
        + "Mount it; intake goes on by itself."
    case .readOnlyDrop(let path):
      "The drop folder \(path) is read-only: files can be read and not be taken. Remount it; intake goes on by itself."
    }
  }
}

/// Folders on the way from `/` to a folder, itself included, where another filesystem begins.
func mountPoints(above folder: FilePath) throws(SystemError) -> [FilePath] {
  var found: [FilePath] = []
  var path = folder
  while path.bytes.count > 1 {
    if try isMountPoint(path) { found.append(path) }
    path = path.parent
  }
  return found
}

private func isMountPoint(_ path: FilePath) throws(SystemError) -> Bool {
  guard let own = try Files.stat(path), let above = try Files.stat(path.parent) else { return false }
  return own.device != above.device
}
