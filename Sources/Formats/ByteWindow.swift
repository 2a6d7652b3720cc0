/// Small reads near one another, served from one larger read: a walk over thousands of directories costs one system call each.
final class ByteWindow {
  let source: any ByteSource
  private let windowBytes: Int
  private var start = 0
  private var bytes: [UInt8] = []

  init(_ source: any ByteSource, windowBytes: Int = 8 << 10) {
    self.source = source
    self.windowBytes = windowBytes
  }

  var count: Int { source.count }

  /// Whether `count` bytes from `offset` lie inside the source.
  func holds(_ offset: Int, _ count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= source.count && count <= source.count - offset
  }

  /// - Returns: exactly `count` bytes; the slice's indices are not the file's.
  /// - Throws: ``StructureDamage`` beyond the end, where `what` says what was looked for; ``SourceError``.
  func read(at offset: Int, count: Int, _ what: @autoclosure () -> String) throws -> ArraySlice<UInt8> {
    guard holds(offset, count) else { throw StructureDamage.missing(what(), size: source.count) }
    if count > windowBytes { return try source.read(at: offset, count: count)[...] }
    if offset < start || offset + count > start + bytes.count {
      bytes = try source.read(at: offset, count: min(windowBytes, source.count - offset))
      start = offset
    }
    return bytes[offset - start..<offset - start + count]
  }
}
