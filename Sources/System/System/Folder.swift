import CLinux
import Glibc
import Model

/// An open folder, and what is done to the names in it. Whoever swaps the folder's path for something else meanwhile
/// changes nothing for its holder.
public final class Folder: Sendable {
  public let descriptor: Descriptor
  /// As it was opened, for messages.
  public let path: FilePath

  init(_ descriptor: Descriptor, _ path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }

  /// - Throws: ENOTDIR or ELOOP where it is no folder.
  public static func open(_ path: FilePath) throws(SystemError) -> Folder {
    Folder(try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY), path)
  }

  public func folder(_ name: [UInt8]) throws(SystemError) -> Folder {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    let number = try call("openat", name) { clinux_open(descriptor.number, $0, flags, 0) }
    return Folder(Descriptor(owning: number), path.appending(name))
  }

  /// What a name stands for, without following or opening it; nil: nothing.
  public func identity(of name: [UInt8]) throws(SystemError) -> FileIdentity? {
    var s = clinux_stat()
    do { try call("fstatat", name) { clinux_stat_at(descriptor.number, $0, &s) } } catch {
      if error.errno == ENOENT { return nil }
      throw error
    }
    return FileIdentity(s)
  }

  /// Opens a regular file for reading; see ``Descriptor/openRegular(_:)``.
  public func openFile(_ name: [UInt8]) throws(SystemError) -> Descriptor {
    guard let before = try identity(of: name) else { throw failure(ENOENT, "openat", name) }
    try demandRegular(before, name)
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let file = Descriptor(owning: try call("openat", name) { clinux_open(descriptor.number, $0, flags, 0) })
    let opened = try file.identity()
    try demandRegular(opened, name)
    guard opened.isSameFile(as: before) else { throw failure(ESTALE, "openat", name) }
    return file
  }

  /// A new empty file for writing.
  /// - Throws: EEXIST where the name is taken, be it by a dangling link.
  public func createFile(_ name: [UInt8], mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
    return try watched("create", path.appending(name)) { () throws(SystemError) in
      Descriptor(owning: try call("openat", name) { clinux_open(descriptor.number, $0, flags, mode) })
    }
  }

  /// - Throws: EEXIST where the name is taken.
  public func makeFolder(_ name: [UInt8], mode: UInt32 = 0o700) throws(SystemError) {
    _ = try watched("mkdir", path.appending(name)) { () throws(SystemError) in
      try call("mkdirat", name) { clinux_mkdir(descriptor.number, $0, mode) }
    }
  }

  /// Takes the rights of others from a file, as far as we may: one that belongs to a scanner's account keeps the mode that it
  /// came with, and only the folder around it closes it.
  public func close(_ name: [UInt8]) { _ = try? call("fchmodat", name) { clinux_chmod(descriptor.number, $0, 0o600) } }

  /// - Returns: false: nothing was there.
  @discardableResult
  public func remove(_ name: [UInt8]) throws(SystemError) -> Bool { try unlink(name, isFolder: false) }

  /// Removes an empty folder.
  /// - Returns: false: nothing was there.
  @discardableResult
  public func removeFolder(_ name: [UInt8]) throws(SystemError) -> Bool { try unlink(name, isFolder: true) }

  /// Moves a name into this or another folder of the same filesystem; what stands there already is never replaced.
  /// - Throws: EEXIST where the new name is taken, EXDEV for another filesystem, ENOENT where the old name is gone.
  public func rename(_ name: [UInt8], to other: Folder, _ newName: [UInt8]) throws(SystemError) {
    try watched("rename", other.path.appending(newName)) { () throws(SystemError) in try move(name, to: other, newName)
    }
  }

  private func move(_ name: [UInt8], to other: Folder, _ newName: [UInt8]) throws(SystemError) {
    let result = try plain(newName, "renameat2") { new in
      try? plain(name, "renameat2") { old in clinux_rename(descriptor.number, old, other.descriptor.number, new, 1) }
    }
    guard let result else { throw failure(EINVAL, "renameat2", name) }
    try check(result, "renameat2", path.appending(name).description)
  }

  /// Hands every entry over as the folder gives them, in no order and without holding them: 100,000 names cost the memory
  /// of one. `.` and `..` are left out.
  /// - Parameter body: gives false to end the listing.
  public func forEach(_ body: (DirectoryEntry) throws -> Bool) throws {
    let own = try plain([UInt8(ascii: "."), UInt8(ascii: "/")], "openat", isOwn: true) {
      clinux_open(descriptor.number, $0, O_RDONLY | O_DIRECTORY, 0)
    }
    var error: Int32 = 0
    guard let listing = clinux_folder_open(try check(own, "openat", path.description), &error) else {
      throw SystemError(errno: -error, call: "fdopendir", path: path)
    }
    defer { clinux_folder_close(listing) }
    var name = [CChar](repeating: 0, count: 256)
    var kind: UInt8 = 0
    while try check(clinux_folder_next(listing, &name, &kind), "readdir", path.description) == 1 {
      let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      if try !body(DirectoryEntry(name: bytes, kind: FileKind(entry: kind))) { return }
    }
  }

  /// All entries in bytewise order of names.
  /// - Parameter limit: entries; more are an E2BIG error, never a part.
  public func list(limit: Int = 1_000_000) throws(SystemError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    do {
      try forEach { entry in
        guard entries.count < limit else { throw SystemError(errno: E2BIG, call: "readdir", path: path) }
        entries.append(entry)
        return true
      }
    } catch let error as SystemError { throw error } catch {
      throw SystemError(errno: EIO, call: "readdir", path: path)
    }
    return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  /// Whether it holds nothing.
  public func isEmpty() throws(SystemError) -> Bool {
    var empty = true
    do {
      try forEach { _ in
        empty = false
        return false
      }
    } catch let error as SystemError { throw error } catch {
      throw SystemError(errno: EIO, call: "readdir", path: path)
    }
    return empty
  }
}

extension Folder {
  private func unlink(_ name: [UInt8], isFolder: Bool) throws(SystemError) -> Bool {
    do {
      _ = try watched(isFolder ? "rmdir" : "unlink", path.appending(name)) { () throws(SystemError) in
        try call("unlinkat", name) { clinux_unlink(descriptor.number, $0, isFolder ? 1 : 0) }
      }
    } catch {
      if error.errno == ENOENT { return false }
      throw error
    }
    return true
  }

  private func demandRegular(_ identity: FileIdentity, _ name: [UInt8]) throws(SystemError) {
    switch identity.kind {
    case .file: return
    case .symlink: throw failure(ELOOP, "openat", name)
    case .folder: throw failure(EISDIR, "openat", name)
    default: throw failure(EINVAL, "openat", name)
    }
  }

  private func failure(_ errno: Int32, _ call: String, _ name: [UInt8]) -> SystemError {
    // Not by `appending`: the name may be one that no path can hold.
    let folder = path.description
    let name = EscapedText(bytes: name).description
    return SystemError(errno: errno, call: call, path: folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)")
  }

  /// Only plain names reach the kernel: no `/`, no zero byte, not `..`.
  private func plain<Result>(
    _ name: [UInt8], _ call: String, isOwn: Bool = false, _ body: (UnsafePointer<CChar>) -> Result
  ) throws(SystemError) -> Result {
    guard isOwn || isPlainName(name) else { throw failure(EINVAL, call, name) }
    return try withPath(name, call, body)
  }

  @discardableResult
  private func call(_ call: String, _ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) throws(SystemError)
    -> Int32
  {
    let result = try plain(name, call, body)
    if result < 0 { throw failure(-result, call, name) }
    return result
  }
}
