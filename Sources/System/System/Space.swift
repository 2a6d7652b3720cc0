import CLinux

/// Room left on a filesystem, for users that are not root (statvfs(3)).
public struct Space: Hashable, Sendable {
  public var freeBytes: Int
  /// `Int.max` where the filesystem has no fixed number of inodes.
  public var freeInodes: Int
  public var totalBytes: Int
  /// Mounted so, or made so by the kernel after an error.
  public var isReadOnly: Bool

  public init(freeBytes: Int, freeInodes: Int, totalBytes: Int, isReadOnly: Bool = false) {
    self.freeBytes = freeBytes
    self.freeInodes = freeInodes
    self.totalBytes = totalBytes
    self.isReadOnly = isReadOnly
  }

  public static func of(_ path: FilePath) throws(SystemError) -> Space {
    var s = clinux_space()
    try check(try withPath(path.bytes, "statvfs") { clinux_space_of($0, &s) }, "statvfs", path.description)
    return Space(
      freeBytes: Int(clamping: s.free_bytes), freeInodes: s.total_inodes == 0 ? .max : Int(clamping: s.free_inodes),
      totalBytes: Int(clamping: s.total_bytes), isReadOnly: s.is_read_only != 0)
  }
}
