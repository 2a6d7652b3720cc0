import CLinux
import Glibc

/// An open file; closed when the last reference goes. Never inherited by another program (O_CLOEXEC).
public final class Descriptor: Sendable {
  public let number: Int32

  /// Takes an open descriptor over.
  public init(owning number: Int32) { self.number = number }

  deinit { clinux_close(number) }

  /// open(2). A symbolic link as the last name is refused (ELOOP), except with O_DIRECTORY: folders are opened by path only
  /// where the administrator named them, and those may be links.
  /// - Parameters:
  ///   - flags: added to O_CLOEXEC.
  ///   - mode: of a file that this creates, before the umask.
  public static func open(_ path: FilePath, flags: Int32 = O_RDONLY, mode: UInt32 = 0o600) throws(SystemError)
    -> Descriptor
  {
    let flags = flags & O_DIRECTORY != 0 ? flags : flags | O_NOFOLLOW
    func open() throws(SystemError) -> Descriptor {
      let number = try withPath(path.bytes, "open") { clinux_open(CLINUX_HERE, $0, flags, mode) }
      return Descriptor(owning: try check(number, "open", path.description))
    }
    return flags & O_CREAT == 0 ? try open() : try watched("create", path, open)
  }

  /// Opens a regular file for reading and nothing else: a FIFO, device, socket or symbolic link is never opened, not even
  /// where one takes the file's place between the look and the opening (then nothing happens to it: O_NONBLOCK).
  /// - Throws: ELOOP for a symbolic link, EISDIR for a folder, EINVAL for others.
  public static func openRegular(_ path: FilePath) throws(SystemError) -> Descriptor {
    try Folder.open(path.parent).openFile(path.lastName)
  }

  public func identity() throws(SystemError) -> FileIdentity {
    var s = clinux_stat()
    try check(clinux_stat_of(number, &s), "fstat")
    return FileIdentity(s)
  }

  /// Reads at most `count` bytes; fewer only at the end.
  public func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    // All threads share one empty array, and this way of making an array writes its count.
    if count == 0 { return [] }
    var failure: Int64 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let n = clinux_pread(number, buffer.baseAddress, count, Int64(offset))
      filled = max(0, Int(n))
      failure = min(0, n)
    }
    try check(failure, "pread")
    return bytes
  }

  /// Writes all bytes at an offset.
  public func write(_ bytes: some ContiguousBytesLike, at offset: Int) throws(SystemError) {
    let result = bytes.withBytes { $0.isEmpty ? 0 : clinux_pwrite(number, $0.baseAddress, $0.count, Int64(offset)) }
    try check(result, "pwrite")
  }

  /// Compares what was written from the start on, as the file now gives it: a disk that only said that it wrote is failing.
  /// - Throws: EIO where it differs.
  public func readBack(_ bytes: [UInt8]) throws(SystemError) {
    for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
      let piece = bytes[start..<min(start + 1 << 20, bytes.count)]
      guard try read(at: start, count: piece.count)[...] == piece else {
        throw SystemError(errno: EIO, call: "read back")
      }
    }
  }

  /// Gives the file another's modification time (nanoseconds since 1970).
  public func setModified(_ nanoseconds: Int64) throws(SystemError) {
    try check(clinux_set_modified(number, nanoseconds), "futimens")
  }
}

/// Bytes that lie in one piece.
public protocol ContiguousBytesLike {
  func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result
}

extension Array: ContiguousBytesLike where Element == UInt8 {
  public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    withUnsafeBufferPointer(body)
  }
}

extension ArraySlice: ContiguousBytesLike where Element == UInt8 {
  public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    withUnsafeBufferPointer(body)
  }
}

/// Whether the filesystem says that somebody has the file open for writing.
public enum WriterState: Hashable, Sendable { case none, writing, cannotTell }

/// Asks for a read lease and gives it back at once (fcntl(2) F_SETLEASE). Works on local filesystems, for files of our own
/// user or with CAP_LEASE; elsewhere `cannotTell`.
/// - Parameter descriptor: opened for reading only.
public func writers(of descriptor: Descriptor) -> WriterState {
  switch clinux_is_open_for_writing(descriptor.number) {
  case 1: .writing
  case 0: .none
  default: .cannotTell
  }
}

/// New files and folders are for our own user alone (mode & ~077). Call once at the start: patient data.
public func setPrivateUmask() { _ = clinux_umask(0o077) }
