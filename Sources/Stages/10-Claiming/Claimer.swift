import Model
import System

/// Moves batches out of a drop folder into claimed storage. Every step may be repeated (I5), and a rename decides who has a
/// file, so that two processes can never both take one.
///
/// The order (DESIGN §4.1): ``prepare(_:)`` makes and locks the claim's folder; the caller commits the claim's row;
/// ``take(_:into:from:)`` moves the files. After a crash the caller holds the folder again by ``hold(_:)`` and takes again what
/// the row says; a folder without a row is ``discard(_:)``ed, which never removes a file.
public struct Claimer: Sendable {
  /// Claimed storage; one folder a batch in it.
  public let claimed: FilePath
  /// What this process must take by copying.
  let unsynced = UnsyncedFiles()

  public init(claimed: FilePath) { self.claimed = claimed }

  /// Makes the claim's folder and holds it.
  /// - Throws: EEXIST where another holds a folder of that id, which random ids do not do.
  public func prepare(_ batch: BatchID) throws(SystemError) -> ClaimFolder {
    let path = folder(of: batch)
    // Somebody who tidies up may take a new folder away before it is locked; then it is made anew.
    for _ in 0..<10 {
      do { try Files.makeFolder(path) } catch { if !error.isExisting { throw error } }
      switch try hold(batch) {
      case .held(let claim): return claim
      case .busy, .absent: continue
      }
    }
    throw SystemError(errno: SystemError.existing, call: "flock", path: path)
  }

  /// Takes the lease on a claim's folder.
  public func hold(_ batch: BatchID) throws(SystemError) -> ClaimHold {
    let path = folder(of: batch)
    let group = try SyncGroup(on: claimed)
    do {
      guard let lock = try FileLock.take(path) else { return .busy }
      return .held(try ClaimFolder(batch: batch, path: path, lock: lock, group: group))
    } catch {
      if error.isAbsent { return .absent }
      throw error
    }
  }

  /// Every claim folder, in order of ids, and names that are none.
  public func list() throws(SystemError) -> (batches: [BatchID], others: [EscapedText]) {
    var batches: [BatchID] = []
    var others: [EscapedText] = []
    for entry in try Files.list(claimed) {
      if let id = BatchID(String(decoding: entry.name, as: UTF8.self)) {
        batches.append(id)
      } else {
        others.append(EscapedText(bytes: entry.name))
      }
    }
    return (batches, others)
  }

  /// Removes a claim's folder that no row knows, if it holds no file.
  /// - Returns: false: it holds files; they must be given a row (claimed anew) instead.
  public func discard(_ claim: ClaimFolder) throws(SystemError) -> Bool {
    for entry in try claim.folder.list() where entry.name.starts(with: "incoming-".utf8) {
      try claim.folder.remove(entry.name)
    }
    guard try claim.folder.isEmpty() else { return false }
    try Files.removeFolder(claim.path)
    try claim.group.syncFolder(claimed)
    return true
  }

  func folder(of batch: BatchID) -> FilePath { claimed.appending(batch.description) }
}

extension SystemError {
  static let existing: Int32 = 17  // EEXIST
  static let crossing: Int32 = 18  // EXDEV
  var isExisting: Bool { errno == Self.existing }
  var isCrossing: Bool { errno == Self.crossing }
}
