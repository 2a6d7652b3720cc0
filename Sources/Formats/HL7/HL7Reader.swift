import Model

/// Reads a file of HL7 v2 messages, one after another or in batches (FHS BHS … BTS FTS, HL7 v2.5.1 §2.10.3): one message
/// in memory at a time. Damage ends its own message; what follows the next MSH is read on.
struct HL7Reader {
  /// Segments of one message; an ADT message has some dozen.
  static let segmentsMax = 2000
  /// Bytes of one message.
  static let messageBytesMax = 1 << 20

  enum Found: Hashable {
    case message(HL7Message)
    case problem(line: Int, String)
  }

  private var lines: HL7Lines
  /// The line that ended the message before it.
  private var ahead: HL7Line?
  private var envelope = HL7Envelope()
  private var waiting: [Found] = []
  private var isDone = false

  init(_ source: any ByteSource) { lines = HL7Lines(source) }

  /// - Throws: ``SourceError``.
  mutating func next() throws -> Found? {
    while waiting.isEmpty {
      guard let line = try ahead ?? lines.next() else {
        guard !isDone else { return nil }
        isDone = true
        waiting = envelope.end().map { .problem(line: $0.line, $0.what) }
        if waiting.isEmpty { return nil }
        break
      }
      ahead = nil
      guard let bytes = line.bytes else {
        waiting.append(.problem(line: line.number, "a segment longer than \(HL7Lines.segmentBytesMax) bytes"))
        continue
      }
      if bytes.starts(with: Array("MSH".utf8)) {
        envelope.countMessage()
        waiting.append(try message(line.number, bytes))
      } else {
        waiting += envelope.take(bytes, line: line.number).map { .problem(line: $0.line, $0.what) }
      }
    }
    return waiting.removeFirst()
  }

  private mutating func message(_ line: Int, _ header: [UInt8]) throws -> Found {
    var rows = [(line, header)]
    var bytes = header.count
    var problem: String?
    // One before this message was nobody's.
    _ = lines.takeCutBlock()
    while let next = try lines.next() {
      guard let segment = next.bytes else {
        // A document in an OBX, say: nothing that an index of patients reads.
        problem = "a segment longer than \(HL7Lines.segmentBytesMax) bytes"
        continue
      }
      if HL7Envelope.ends(message: segment) {
        ahead = next
        break
      }
      bytes += segment.count
      if rows.count >= Self.segmentsMax || bytes > Self.messageBytesMax {
        problem = "more than \(Self.segmentsMax) segments or \(Self.messageBytesMax) bytes"
        continue
      }
      rows.append((next.number, segment))
    }
    // A batch that is not whole may end in the middle of a name or number: half of one is another's.
    let isCut = lines.takeCutBlock() || ahead == nil && envelope.isOpen && lines.endsInSegment
    if let problem { return .problem(line: line, problem) }
    let found = Self.message(rows)
    guard isCut, case .message(let message) = found else { return found }
    let name = message.name.isEmpty ? "the message" : "\(EscapedText(message.name))"
    return .problem(line: line, "\(name) has no end: it was cut, and is not taken")
  }

  private static func message(_ rows: [(line: Int, bytes: [UInt8])]) -> Found {
    let line = rows[0].line
    guard let delimiters = HL7Delimiters(header: rows[0].bytes) else {
      return .problem(line: line, "MSH-1 and MSH-2 name no delimiters")
    }
    guard !rows.contains(where: { $0.bytes.contains(0) }) else {
      return .problem(line: line, "the message holds NUL bytes; UTF-16 is not read")
    }
    let declared = HL7Segment(rows[0].bytes, line: line, delimiters).field(18).repetitions.map { $0.text(1) }
    guard let characters = HL7CharacterSet(name: declared.first ?? "") else {
      return .problem(line: line, "MSH-18 names a character set that is not read: \(EscapedText(declared.first ?? ""))")
    }
    var segments: [HL7Segment] = []
    for row in rows {
      guard let bytes = characters.utf8(row.bytes) else {
        let what = characters == .unnamed ? "UTF-8 (MSH-18 names no character set)" : characters.rawValue
        return .problem(line: row.line, "the segment's bytes are not \(what)" + leftOut(segments))
      }
      segments.append(HL7Segment(bytes, line: row.line, delimiters))
    }
    if let odd = segments.first(where: { !isSegmentName($0.name) }) {
      return .problem(line: odd.line, "not a segment: it starts with no name of three letters" + leftOut(segments))
    }
    return .message(HL7Message(segments: segments))
  }

  /// Which message is not taken because of one of its segments, where its header could be read.
  private static func leftOut(_ segments: [HL7Segment]) -> String {
    guard let header = segments.first else { return "" }
    let name = HL7Message(segments: segments).name
    return "; the message of line \(header.line)\(name.isEmpty ? "" : ", \(EscapedText(name)),") is not taken"
  }

  private static func isSegmentName(_ name: String) -> Bool {
    name.utf8.count == 3
      && name.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
  }
}

/// What stands around messages: whether batches and files are whole.
struct HL7Envelope {
  typealias Problem = (line: Int, what: String)
  private var fileLine: Int?
  private var batchLine: Int?
  private var messages = 0
  private var batches = 0

  static func ends(message segment: [UInt8]) -> Bool {
    ["MSH", "FHS", "BHS", "BTS", "FTS"].contains { segment.starts(with: Array($0.utf8)) }
  }

  /// A file or batch began and did not end yet.
  var isOpen: Bool { fileLine != nil || batchLine != nil }

  mutating func countMessage() { messages += 1 }

  mutating func take(_ bytes: [UInt8], line: Int) -> [Problem] {
    let fields = bytes.split(separator: bytes.count > 3 ? bytes[3] : 0, omittingEmptySubsequences: false)
    switch String(decoding: bytes.prefix(3), as: UTF8.self) {
    case "FHS":
      let problems = end()
      fileLine = line
      (messages, batches) = (0, 0)
      return problems
    case "BHS":
      let problems: [Problem] = batchLine.map { [($0, "the batch that starts here has no BTS: was it cut?")] } ?? []
      batchLine = line
      messages = 0
      return problems
    case "BTS":
      let problem = wrongCount(fields, of: "messages", found: messages, line: line)
      batches += 1
      (batchLine, messages) = (nil, 0)
      return problem
    case "FTS":
      // A file without BHS is one batch that nobody counts.
      let problem = batches == 0 ? [] : wrongCount(fields, of: "batches", found: batches, line: line)
      let open = batchLine.map { [Problem($0, "the batch that starts here has no BTS: was it cut?")] } ?? []
      (fileLine, batchLine, batches) = (nil, nil, 0)
      return open + problem
    default: return [(line, "a segment that belongs to no message; the file should start with MSH, FHS or BHS")]
    }
  }

  /// What is missing where the file ends.
  mutating func end() -> [Problem] {
    defer { (fileLine, batchLine) = (nil, nil) }
    if let batchLine { return [(batchLine, "the batch that starts here has no BTS: was the file cut?")] }
    if let fileLine { return [(fileLine, "the file that starts here has no FTS: was it cut?")] }
    return []
  }

  /// BTS-1 and FTS-1 count what came; left empty they say nothing.
  private func wrongCount(_ fields: [ArraySlice<UInt8>], of what: String, found: Int, line: Int) -> [Problem] {
    guard fields.count > 1, let said = Int(String(decoding: fields[1], as: UTF8.self)), said != found else { return [] }
    return [(line, "the trailer counts \(said) \(what), and there are \(found): was something lost?")]
  }
}
