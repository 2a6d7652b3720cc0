import CLinux
import Glibc
import Model

/// File operations by absolute path. None of them syncs: what must be durable goes through ``SyncGroup``.
public enum Files {
  /// - Throws: EEXIST where something has the name.
  public static func makeFolder(_ path: FilePath, mode: UInt32 = 0o700) throws(SystemError) {
    try watched("mkdir", path) { () throws(SystemError) in
      let result = try withPath(path.bytes, "mkdir") { clinux_mkdir(CLINUX_HERE, $0, mode) }
      try check(result, "mkdir", path.description)
    }
  }

  /// Makes the folders of `names` below `base` that are missing.
  /// - Returns: the folders whose entries changed, topmost first: each must be synced by ``SyncGroup/syncFolder(_:)``.
  public static func makeFolders(
    _ names: [String], below base: FilePath, mode: UInt32 = 0o700
  ) throws(SystemError) -> [FilePath] {
    var changed: [FilePath] = []
    var path = base
    for name in names {
      let parent = path
      path = path.appending(name)
      do { try makeFolder(path, mode: mode) } catch {
        if error.errno != EEXIST { throw error }
        guard try stat(path)?.kind == .folder else { throw SystemError(errno: ENOTDIR, call: "mkdir", path: path) }
        continue
      }
      changed.append(parent)
    }
    return changed
  }

  /// Moves a file or folder; what stands at `new` already is never replaced.
  /// - Throws: EEXIST, EXDEV, ENOENT (see ``Folder/rename(_:to:_:)``).
  public static func rename(_ old: FilePath, to new: FilePath) throws(SystemError) {
    try watched("rename", new) { () throws(SystemError) in try move(old, new, replacing: false) }
  }

  /// Moves a file over what stands at `new`, if anything does.
  public static func renameReplacing(_ old: FilePath, to new: FilePath) throws(SystemError) {
    try watched("rename", new) { () throws(SystemError) in try move(old, new, replacing: true) }
  }

  private static func move(_ old: FilePath, _ new: FilePath, replacing: Bool) throws(SystemError) {
    let result = try withPath(old.bytes, "renameat2") { a in
      try? withPath(new.bytes, "renameat2") { b in clinux_rename(CLINUX_HERE, a, CLINUX_HERE, b, replacing ? 0 : 1) }
    }
    guard let result else { throw SystemError(errno: EINVAL, call: "renameat2", path: new) }
    try check(result, "renameat2", "\(old)' to '\(new)")
  }

  /// What a path stands for, the last name not followed; nil: nothing.
  public static func stat(_ path: FilePath) throws(SystemError) -> FileIdentity? {
    var s = clinux_stat()
    let result = try withPath(path.bytes, "stat") { clinux_stat_at(CLINUX_HERE, $0, &s) }
    if result == -ENOENT || result == -ENOTDIR { return nil }
    try check(result, "stat", path.description)
    return FileIdentity(s)
  }

  public static func exists(_ path: FilePath) throws(SystemError) -> Bool { try stat(path) != nil }

  public static func setMode(_ path: FilePath, _ mode: UInt32) throws(SystemError) {
    try check(try withPath(path.bytes, "chmod") { clinux_chmod(CLINUX_HERE, $0, mode) }, "chmod", path.description)
  }

  /// Entries in bytewise order of names.
  /// - Parameter limit: entries; more are an E2BIG error.
  public static func list(_ path: FilePath, limit: Int = 1_000_000) throws(SystemError) -> [DirectoryEntry] {
    try Folder.open(path).list(limit: limit)
  }

  /// Removes a file, link or other thing that is no folder.
  /// - Returns: false: nothing was there.
  @discardableResult
  public static func remove(_ path: FilePath) throws(SystemError) -> Bool {
    try watched("unlink", path) { () throws(SystemError) in
      let result = try withPath(path.bytes, "unlink") { clinux_unlink(CLINUX_HERE, $0, 0) }
      if result == -ENOENT { return false }
      try check(result, "unlink", path.description)
      return true
    }
  }

  /// Removes an empty folder.
  /// - Returns: false: nothing was there.
  @discardableResult
  public static func removeFolder(_ path: FilePath) throws(SystemError) -> Bool {
    try watched("rmdir", path) { () throws(SystemError) in
      let result = try withPath(path.bytes, "rmdir") { clinux_unlink(CLINUX_HERE, $0, 1) }
      if result == -ENOENT { return false }
      try check(result, "rmdir", path.description)
      return true
    }
  }

  /// Removes a folder with all that is in it; links are removed, not followed. Absent is fine.
  /// - Parameter depthMax: folders in folders; deeper is ELOOP, because nothing of ours is.
  public static func removeTree(_ path: FilePath, depthMax: Int = 32) throws(SystemError) {
    guard let identity = try stat(path) else { return }
    guard identity.kind == .folder else {
      try remove(path)
      return
    }
    guard depthMax > 0 else { throw SystemError(errno: ELOOP, call: "rmdir", path: path) }
    for entry in try list(path) { try removeTree(path.appending(entry.name), depthMax: depthMax - 1) }
    try removeFolder(path)
  }

  /// A whole regular file.
  /// - Parameter limit: bytes; a larger file is EFBIG and nothing is read.
  public static func read(_ path: FilePath, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try Descriptor.openRegular(path)
    let size = try file.identity().size
    guard size <= limit else { throw SystemError(errno: EFBIG, call: "read", path: path) }
    // One byte more shows a file that grows meanwhile.
    let bytes = try file.read(at: 0, count: size + 1)
    guard bytes.count <= size else { throw SystemError(errno: EAGAIN, call: "read", path: path) }
    return bytes
  }

  /// A new file with these bytes, read back; not yet durable.
  /// - Throws: EEXIST where the name is taken; on any other error the name is removed again.
  public static func write(_ path: FilePath, _ bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
    let file = try Descriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode)
    do {
      try file.write(bytes, at: 0)
      try file.readBack(bytes)
    } catch {
      _ = try? remove(path)
      throw SystemError(errno: error.errno, call: error.call, path: path)
    }
  }
}
