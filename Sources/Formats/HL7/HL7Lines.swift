import Model

/// A segment as it stands in its file.
struct HL7Line: Hashable {
  /// From 1.
  var number: Int
  /// Without separator and framing; nil: longer than ``HL7Lines/segmentBytesMax``, and passed over.
  var bytes: [UInt8]?
}

/// Takes a file apart into segments (HL7 v2.5.1 §2.5.1): separated by CR as the standard says, or by LF or CRLF as files
/// that went through an editor are. MLLP's framing bytes 0x0B and 0x1C (HL7 Transport Specification, MLLP R1) are
/// separators too, so that a recording of a connection can be read. Empty lines are passed over, and so is a byte order mark.
struct HL7Lines {
  /// An ADT segment has some hundred bytes; what is longer carries a document.
  static let segmentBytesMax = 256 << 10

  private let source: any ByteSource
  private var position = 0
  private var buffer: ArraySlice<UInt8> = []
  private var number = 1
  /// Behind the start byte of an MLLP block, before its end byte.
  private var isInBlock = false
  private var hasCutBlock = false
  /// The file ended without a separator behind its last segment.
  private(set) var endsInSegment = false

  init(_ source: any ByteSource) { self.source = source }

  /// - Throws: ``SourceError``.
  mutating func next() throws -> HL7Line? {
    var segment: [UInt8] = []
    var isTooLong = false
    var hasBytes = false
    while let byte = try peek() {
      buffer.removeFirst()
      guard Self.isSeparator(byte) else {
        hasBytes = true
        if segment.count < Self.segmentBytesMax { segment.append(byte) } else { isTooLong = true }
        try takeRun(&segment, &isTooLong)
        continue
      }
      let line = number
      noteBlock(byte)
      if byte == 0x0D || byte == 0x0A { number += 1 }
      if byte == 0x0D, try peek() == 0x0A { buffer.removeFirst() }
      if hasBytes { return HL7Line(number: line, bytes: isTooLong ? nil : segment) }
    }
    if isInBlock { (isInBlock, hasCutBlock) = (false, true) }
    guard hasBytes else { return nil }
    endsInSegment = true
    return HL7Line(number: number, bytes: isTooLong ? nil : segment)
  }

  /// Whether an MLLP block began and did not end, since this was last asked: its last message is not whole.
  mutating func takeCutBlock() -> Bool {
    defer { hasCutBlock = false }
    return hasCutBlock
  }

  private mutating func noteBlock(_ byte: UInt8) {
    if byte == 0x0B, isInBlock { hasCutBlock = true }
    if byte == 0x0B || byte == 0x1C { isInBlock = byte == 0x0B }
  }

  /// The bytes up to the next separator that are in memory already, in one piece.
  private mutating func takeRun(_ segment: inout [UInt8], _ isTooLong: inout Bool) throws {
    let end = buffer.firstIndex(where: Self.isSeparator) ?? buffer.endIndex
    let run = buffer[..<end]
    let room = Self.segmentBytesMax - segment.count
    if run.count > room { isTooLong = true }
    segment += run.prefix(room)
    buffer = buffer[end...]
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == 0x0D || byte == 0x0A || byte == 0x0B || byte == 0x1C
  }

  private mutating func peek() throws -> UInt8? {
    if buffer.isEmpty, position < source.count {
      let count = min(chunkBytesMax, source.count - position)
      let isStart = position == 0
      buffer = try source.read(at: position, count: count)[...]
      position += count
      if isStart, buffer.starts(with: [0xEF, 0xBB, 0xBF]) { buffer = buffer.dropFirst(3) }
    }
    return buffer.first
  }
}
