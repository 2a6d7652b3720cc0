import CLinux
import Glibc

/// A lock on a file or folder that the kernel releases when its holder ends, however it ends (flock(2)): the lease of one
/// machine (I4). Held until the last reference goes; never inherited by a worker (O_CLOEXEC).
public final class FileLock: Sendable {
  /// The locked file, open for reading.
  public let descriptor: Descriptor
  public let path: FilePath

  private init(_ descriptor: Descriptor, _ path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }

  /// - Returns: nil: held by another, in this or another process.
  /// - Throws: ENOENT where the path is gone, also where it went while the lock was taken.
  public static func take(_ path: FilePath) throws(SystemError) -> FileLock? {
    let descriptor = try Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
    let result = clinux_lock(descriptor.number)
    if result == -EWOULDBLOCK { return nil }
    try check(result, "flock", path.description)
    // A lock on something that no longer has the name locks nothing.
    guard let there = try Files.stat(path), there.isSameFile(as: try descriptor.identity()) else {
      throw SystemError(errno: ENOENT, call: "flock", path: path)
    }
    return FileLock(descriptor, path)
  }
}
