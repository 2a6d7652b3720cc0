/// One record of a CSV file.
struct CSVRecord {
  /// Line on which it starts, from 1.
  var line: Int
  /// Its fields, or why it has none.
  var fields: Result<[String], CSVProblem>
}

/// Why the bytes of a line are no record; a sentence for a person.
struct CSVProblem: Error { var reason: String }

/// Takes CSV apart (RFC 4180). A damaged line ends itself at worst: after it, reading goes on with the line that
/// follows its first.
struct CSVReader {
  /// More than any of our headers has; a line of two million commas stops here.
  static let fieldsMax = 64

  /// Bytes that are in memory before a record is read, and the most that one may have: far more than all fields of ours.
  static let recordBytesMax = 1 << 20

  private let source: PatientBytes
  private let limits: PatientCSVLimits
  private var fieldBytesMax: Int { limits.fieldBytesMax }
  /// What was read and not yet taken; ``at`` is the next byte in it.
  private var bytes: [UInt8] = []
  private var at = 0
  private var line = 1
  private var hasEnded = false
  private var bytesRead = 0

  init(_ source: @escaping PatientBytes, limits: PatientCSVLimits) {
    self.source = source
    self.limits = limits
  }

  /// The next record that is not an empty line; nil at the end.
  /// - Throws: ``PatientCSVError/tooManyBytes(found:max:)`` and what the source throws.
  mutating func next() throws -> CSVRecord? {
    if bytesRead == 0 {
      try fill()
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }
    try fill()
    while at < bytes.count, isLineEnd(at) {
      passLineEnd()
      try fill()
    }
    guard at < bytes.count else { return nil }
    let (start, startLine) = (at, line)
    do throws(CSVProblem) {
      let fields = try fields()
      guard at < bytes.count || hasEnded else { throw tooLong }
      return CSVRecord(line: startLine, fields: .success(fields))
    } catch {
      (at, line) = (start, startLine)
      try skipLine()
      return CSVRecord(line: startLine, fields: .failure(error))
    }
  }

  /// Brings in what comes next, until the longest record would be there whole.
  private mutating func fill() throws {
    guard !hasEnded, bytes.count - at < Self.recordBytesMax else { return }
    bytes.removeFirst(at)
    at = 0
    while !hasEnded, bytes.count < 2 * Self.recordBytesMax {
      let piece = try source()
      hasEnded = piece.isEmpty
      bytes += piece
      bytesRead += piece.count
      guard bytesRead <= limits.fileBytesMax else {
        throw PatientCSVError.tooManyBytes(found: bytesRead, max: limits.fileBytesMax)
      }
    }
  }

  private mutating func skipLine() throws {
    while true {
      while at < bytes.count, !isLineEnd(at) { at += 1 }
      guard at == bytes.count, !hasEnded else { return }
      try fill()
    }
  }

  private mutating func fields() throws(CSVProblem) -> [String] {
    var fields: [String] = []
    while true {
      guard fields.count < Self.fieldsMax else { throw CSVProblem(reason: "more than \(Self.fieldsMax) fields") }
      skipSpaces()
      let field = at < bytes.count && bytes[at] == CSVByte.quote ? try quoted() : try plain()
      guard let text = String(validating: field, as: UTF8.self) else { throw CSVProblem(reason: "not valid UTF-8") }
      fields.append(text)
      if at < bytes.count, bytes[at] == CSVByte.comma { at += 1 } else { return fields }
    }
  }

  private mutating func plain() throws(CSVProblem) -> [UInt8] {
    let start = at
    while at < bytes.count, bytes[at] != CSVByte.comma, !isLineEnd(at) {
      at += 1
      guard at - start <= fieldBytesMax else { throw tooLong }
    }
    var end = at
    while end > start, CSVByte.isSpace(bytes[end - 1]) { end -= 1 }
    return Array(bytes[start..<end])
  }

  private mutating func quoted() throws(CSVProblem) -> [UInt8] {
    var field: [UInt8] = []
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      if byte == CSVByte.quote {
        at += 1
        guard at < bytes.count, bytes[at] == CSVByte.quote else { return try afterQuote(field) }
        field.append(CSVByte.quote)
        at += 1
      } else if isLineEnd(at) {
        field.append(CSVByte.lineFeed)
        passLineEnd()
      } else {
        field.append(byte)
        at += 1
      }
      guard field.count <= fieldBytesMax else { throw tooLong }
    }
    throw CSVProblem(reason: "a quote is never closed")
  }

  private mutating func afterQuote(_ field: [UInt8]) throws(CSVProblem) -> [UInt8] {
    skipSpaces()
    guard at == bytes.count || bytes[at] == CSVByte.comma || isLineEnd(at) else {
      throw CSVProblem(reason: "text after a closing quote; a quote inside a field is written twice")
    }
    return field
  }

  private var tooLong: CSVProblem {
    CSVProblem(reason: "a field longer than \(fieldBytesMax) bytes, or a quote that is never closed")
  }

  private mutating func skipSpaces() { while at < bytes.count, CSVByte.isSpace(bytes[at]) { at += 1 } }

  private func isLineEnd(_ at: Int) -> Bool { bytes[at] == CSVByte.lineFeed || bytes[at] == CSVByte.carriageReturn }

  private mutating func passLineEnd() {
    let isPair = bytes[at] == CSVByte.carriageReturn && at + 1 < bytes.count && bytes[at + 1] == CSVByte.lineFeed
    at += isPair ? 2 : 1
    line += 1
  }
}

private enum CSVByte {
  static let quote = UInt8(ascii: "\"")
  static let comma = UInt8(ascii: ",")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
