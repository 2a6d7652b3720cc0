/// Bytes one at a time, with the line that they stand on.
struct ByteStream {
  private let source: any ByteSource
  private var position = 0
  private var buffer: [UInt8] = []
  private var at = 0
  private(set) var line = 1

  init(_ source: any ByteSource) { self.source = source }

  mutating func peek() throws -> UInt8? {
    if at == buffer.count {
      guard position < source.count else { return nil }
      let count = min(chunkBytesMax, source.count - position)
      buffer = try source.read(at: position, count: count)
      position += count
      at = 0
    }
    return buffer[at]
  }

  mutating func take() throws -> UInt8? {
    guard let byte = try peek() else { return nil }
    at += 1
    if byte == 0x0A { line += 1 }
    return byte
  }

  mutating func passByteOrderMark() throws {
    guard try peek() == 0xEF else { return }
    for _ in 0..<3 { _ = try take() }
  }

  /// The next byte that is no white space.
  mutating func peekSolid() throws -> UInt8? {
    while let byte = try peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { _ = try take() }
    return try peek()
  }

  /// The same; where a value is kept, a line end in it stays one, so that what is wrong with it has a place.
  mutating func peekSolid(keeping kept: inout [UInt8]?) throws -> UInt8? {
    let before = line
    let byte = try peekSolid()
    if line > before { kept?.append(0x0A) }
    return byte
  }
}
