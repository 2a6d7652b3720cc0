/// Where a new file's bytes go, in order, with a few offsets patched afterwards.
public protocol ByteSink {
  /// Bytes written so far: the offset of the next one.
  var position: Int { get }
  /// Appends.
  mutating func write(_ bytes: [UInt8]) throws
  /// Replaces bytes that were already written.
  /// - Parameter offset: of the first byte to replace; `offset + bytes.count` never exceeds ``position``.
  mutating func overwrite(at offset: Int, _ bytes: [UInt8]) throws
}

/// A sink in memory, for tests and small files.
public struct MemorySink: ByteSink {
  public private(set) var bytes: [UInt8] = []
  public init() {}
  public var position: Int { bytes.count }
  public mutating func write(_ bytes: [UInt8]) { self.bytes += bytes }
  public mutating func overwrite(at offset: Int, _ bytes: [UInt8]) {
    precondition(offset >= 0 && offset + bytes.count <= self.bytes.count, "overwrite stays inside what was written")
    self.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }
}
