import CLinux
import Glibc
import Synchronization

/// The one type through which files become durable. Claiming, Archiving and Manifesting write, then ask here.
///
/// - One `syncfs` makes all files of a group durable: far cheaper than one fsync a file.
/// - The descriptor for it is opened before the group's first write, because the kernel reports a failed write-back only to
///   descriptors that were open then (syncfs(2): since Linux 5.8 write-back errors are reported, once each).
/// - A failure is final: the pages that failed are clean to the kernel, so a second call would say "done" and lie. Every later
///   call of the group throws the first error again; the work is done anew from its source in a new group.
public final class SyncGroup: Sendable {
  private let descriptor: Descriptor
  private let path: FilePath
  private let failure = Mutex<SystemError?>(nil)

  /// - Parameter folder: any folder of the filesystem that the group writes to.
  public init(on folder: FilePath) throws(SystemError) {
    path = folder
    descriptor = try Descriptor.open(folder, flags: O_RDONLY | O_DIRECTORY)
  }

  /// Makes everything written to the filesystem so far durable.
  public func sync() throws(SystemError) {
    try once { () throws(SystemError) in
      _ = try watched("syncfs", path) { () throws(SystemError) in
        try check(clinux_syncfs(descriptor.number), "syncfs", path.description)
      }
    }
  }

  /// Makes a folder's entries durable (after a rename, a new file, a removal).
  public func syncFolder(_ folder: FilePath) throws(SystemError) {
    try once { () throws(SystemError) in try Self.syncFolder(folder) }
  }

  public func syncFolder(_ folder: Folder) throws(SystemError) {
    try once { () throws(SystemError) in try Self.syncEntries(folder.descriptor, folder.path) }
  }

  /// Makes one open file durable.
  public func syncFile(_ file: Descriptor) throws(SystemError) {
    try once { () throws(SystemError) in try Self.syncFile(file, at: path) }
  }

  /// Without a group, for a single folder: a failure is the caller's to make final.
  public static func syncFolder(_ folder: FilePath) throws(SystemError) {
    try syncEntries(try Descriptor.open(folder, flags: O_RDONLY | O_DIRECTORY), folder)
  }

  /// Without a group, for a single file: a failure is the caller's to make final.
  /// - Parameter path: the file's, or that of a folder which tells where it lies; for the message.
  public static func syncFile(_ file: Descriptor, at path: FilePath) throws(SystemError) {
    try watched("fsync", path) { () throws(SystemError) in
      _ = try check(clinux_fsync(file.number), "fsync", path.description)
    }
  }

  /// Whether a folder's filesystem takes and keeps new bytes again, after it had refused: a file without a name is written
  /// and synced there, of which nothing stays. Where the filesystem has no such files (some network ones) it is not asked.
  public static func probe(_ folder: FilePath) throws(SystemError) {
    let number = try withPath(folder.bytes, "open") { clinux_open_unnamed($0) }
    if [-EOPNOTSUPP, -EISDIR, -EINVAL].contains(number) { return }
    let file = Descriptor(owning: try check(number, "open", folder.description))
    do {
      try file.write([UInt8](repeating: 0, count: probeBytes), at: 0)
      try check(clinux_fsync(file.number), "fsync")
    } catch { throw SystemError(errno: error.errno, call: error.call, path: folder) }
  }

  /// More than a filesystem keeps inside an inode.
  private static let probeBytes = 64 << 10

  private static func syncEntries(_ folder: Descriptor, _ path: FilePath) throws(SystemError) {
    let result = try watched("fsync", path) { () throws(SystemError) in clinux_fsync(folder.number) }
    // Some network filesystems have no fsync of a folder: their renames are the server's to keep.
    if result == -EINVAL || result == -ENOTSUP { return }
    try check(result, "fsync", path.description)
  }

  private func once(_ body: () throws(SystemError) -> Void) throws(SystemError) {
    if let known = failure.withLock({ $0 }) { throw known }
    do { try body() } catch {
      failure.withLock { $0 = $0 ?? error }
      throw error
    }
  }
}
