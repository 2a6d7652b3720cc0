import Synchronization
import System

/// Dropped files whose sync failed, for the life of the process and all copies of its ``Claimer``.
///
/// The kernel has forgotten which of their pages it could not write: a second sync would say "done" of the same pages, and lie. Such a
/// file is claimed by copying, so that its bytes are written anew. Its claim's folder has the sign of it too
/// (``ClaimSlot``, `incoming-<slot>`), for the process that takes it after this one. A power cut takes both: what is read from then on
/// is what the disk has.
final class UnsyncedFiles: Sendable {
  private struct Key: Hashable {
    var device: UInt64
    var inode: UInt64
    init(_ file: FileIdentity) { (device, inode) = (file.device, file.inode) }
  }

  /// Few: a sync that fails stops intake.
  private let files = Mutex<Set<Key>>([])

  func contains(_ file: FileIdentity) -> Bool { files.withLock { $0.contains(Key(file)) } }
  func insert(_ file: FileIdentity) { files.withLock { _ = $0.insert(Key(file)) } }
  func remove(_ file: FileIdentity) { files.withLock { _ = $0.remove(Key(file)) } }
}
