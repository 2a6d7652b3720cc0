/// Bytes that are read a piece at a time: a file, or a test's array. Nothing here ever reads a source whole.
public protocol ByteSource {
  /// Bytes in the source; fixed for its life.
  var count: Int { get }
  /// Reads exactly `count` bytes.
  /// - Parameters:
  ///   - offset: of the first byte, from 0.
  ///   - count: 0 or more.
  /// - Throws: ``SourceError`` and nothing else; never returns fewer bytes.
  func read(at offset: Int, count: Int) throws -> [UInt8]
}

/// Why bytes could not be read. The disk's trouble, or a programmer's; damaged content is a `problem`, never this.
public enum SourceError: Error, Hashable {
  /// Asked for bytes beyond the end: check offsets against ``ByteSource/count`` first.
  case outOfRange(offset: Int, count: Int, size: Int)
  /// The system refused (`pread(2)`): look at the disk or share named by the error's reporter, then try again.
  case io(errno: Int32)
}

/// A source in memory, for tests and small files.
public struct MemorySource: ByteSource, Sendable {
  private let bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public var count: Int { bytes.count }
  public func read(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
      throw SourceError.outOfRange(offset: offset, count: count, size: bytes.count)
    }
    return Array(bytes[offset..<offset + count])
  }
}

/// The first bytes of a source: a file as it was before its writer went on.
public struct SourcePrefix: ByteSource {
  private let source: any ByteSource
  public let count: Int
  /// - Parameter count: at most the source's.
  public init(_ source: any ByteSource, count: Int) {
    self.source = source
    self.count = min(count, source.count)
  }
  public func read(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
      throw SourceError.outOfRange(offset: offset, count: count, size: self.count)
    }
    return try source.read(at: offset, count: count)
  }
}

/// The most that is read from a source at once. 256 KB: large against a system call, small against a page.
let chunkBytesMax = 256 << 10

extension ByteSource {
  /// Hands over the bytes of `range` in order, at most ``chunkBytesMax`` at a time.
  func forEachChunk(_ range: Range<Int>, _ body: ([UInt8]) throws -> Void) throws {
    var position = range.lowerBound
    while position < range.upperBound {
      let size = min(chunkBytesMax, range.upperBound - position)
      try body(read(at: position, count: size))
      position += size
    }
  }
}
