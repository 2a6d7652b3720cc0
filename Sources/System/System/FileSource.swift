import Formats
import Glibc

/// An open file as a source of bytes; its size is taken once.
public struct FileSource: ByteSource, Sendable {
  public let descriptor: Descriptor
  public let count: Int

  public init(_ descriptor: Descriptor) throws(SystemError) {
    self.descriptor = descriptor
    count = try descriptor.identity().size
  }

  public func read(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
      throw SourceError.outOfRange(offset: offset, count: count, size: self.count)
    }
    let bytes: [UInt8]
    do { bytes = try descriptor.read(at: offset, count: count) } catch { throw SourceError.io(errno: error.errno) }
    // Shorter than it was when opened: somebody cut it meanwhile.
    guard bytes.count == count else {
      throw SourceError.outOfRange(offset: offset, count: count, size: offset + bytes.count)
    }
    return bytes
  }
}
