import Formats
import Glibc

/// A new file that is written in order. ``close()`` must be called: what is still in the buffer is lost otherwise.
/// Durable only after a sync by ``SyncGroup``.
public struct FileSink: ByteSink {
  /// Bytes gathered before they are written: large against a system call.
  private static let bufferBytes = 256 << 10

  public let descriptor: Descriptor
  public private(set) var position = 0
  private var buffer: [UInt8] = []
  private let path: FilePath

  /// - Throws: EEXIST where the name is taken.
  public init(creating path: FilePath) throws(SystemError) {
    self.path = path
    descriptor = try Descriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
  }

  public mutating func write(_ bytes: [UInt8]) throws {
    buffer += bytes
    position += bytes.count
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  public mutating func overwrite(at offset: Int, _ bytes: [UInt8]) throws {
    precondition(offset >= 0 && offset + bytes.count <= position, "overwrite stays inside what was written")
    try flush()
    try named { () throws(SystemError) in try descriptor.write(bytes, at: offset) }
  }

  /// Writes what is in the buffer. The file stays open for ``SyncGroup/syncFile(_:)`` while ``descriptor`` is held.
  public mutating func close() throws { try flush() }

  /// After ``close()``: whether the file gives what was written, all of it.
  /// - Throws: EIO where it does not.
  public func readBack(_ bytes: [UInt8]) throws {
    try named { () throws(SystemError) in try descriptor.readBack(bytes) }
  }

  private mutating func flush() throws(SystemError) {
    let start = position - buffer.count
    try named { () throws(SystemError) in try descriptor.write(buffer, at: start) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func named(_ body: () throws(SystemError) -> Void) throws(SystemError) {
    do { try body() } catch { throw SystemError(errno: error.errno, call: error.call, path: path) }
  }
}
