import Model
import System

/// A claim's folder, held: the lease on its batch (I4: only the holder of the current lease may advance a batch). The kernel
/// releases it when the holder ends, however it ends.
public struct ClaimFolder: Sendable {
  public let batch: BatchID
  public let path: FilePath
  public let folder: Folder
  /// Everything that the claim makes durable; opened before its first write.
  public let group: SyncGroup
  private let lock: FileLock

  init(batch: BatchID, path: FilePath, lock: FileLock, group: SyncGroup) throws(SystemError) {
    self.batch = batch
    self.path = path
    self.lock = lock
    self.group = group
    folder = try Folder.open(path)
  }

  /// Opens a claimed file for reading.
  public func open(_ slot: ClaimSlot) throws(SystemError) -> Descriptor { try folder.openFile(slot.name) }

  /// What a slot holds now; nil: nothing.
  public func identity(of slot: ClaimSlot) throws(SystemError) -> FileIdentity? { try folder.identity(of: slot.name) }

  /// What the folder holds beside copies that were not finished.
  public func contents() throws(SystemError) -> (slots: [ClaimSlot], strays: [[UInt8]]) {
    var slots: [ClaimSlot] = []
    var strays: [[UInt8]] = []
    for entry in try folder.list() {
      if let slot = ClaimSlot(name: entry.name) {
        slots.append(slot)
      } else if !entry.name.starts(with: "incoming-".utf8) {
        strays.append(entry.name)
      }
    }
    return (slots.sorted(), strays)
  }

  /// Makes the folder's entries durable, and its own entry among the claims.
  func sync() throws(SystemError) {
    try group.syncFolder(folder)
    try group.syncFolder(path.parent)
  }
}

/// What became of the wish to hold a claim.
public enum ClaimHold: Sendable {
  case held(ClaimFolder)
  /// Another process works on it.
  case busy
  /// There is no such folder: retired, or never made.
  case absent
}
