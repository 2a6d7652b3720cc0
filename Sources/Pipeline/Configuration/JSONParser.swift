/// Where a text stops being JSON. `line` and `column` count from 1; columns are bytes.
struct JSONSyntaxError: Error, Hashable, Sendable {
  var line: Int
  var column: Int
  var message: String
}

/// Reads one JSON text (RFC 8259), strictly: UTF-8, no comments, no trailing commas, no key twice in one object.
/// A byte order mark at the start is skipped, because editors on Windows write one.
struct JSONParser {
  /// Objects and lists within one another; a configuration needs 6.
  static let depthMax = 32

  private let bytes: [UInt8]
  private var at = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.at = 3 }
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.at == bytes.count else { throw parser.error("something follows the end of the JSON text") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth < Self.depthMax else { throw error("more than \(Self.depthMax) levels of objects and lists") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try items(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number(try number())
    case nil: throw error("the text ends where a value is expected")
    default: return try word()
    }
  }

  private mutating func members(depth: Int) throws(JSONSyntaxError) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    var seen: Set<String> = []
    at += 1
    if take("}") { return members }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw error("a key in quotation marks is expected") }
      let start = at
      let key = try string()
      guard seen.insert(key).inserted else { throw error("the key \(JSONValue.quoted(key)) is given twice", at: start) }
      guard take(":") else { throw error("a colon is expected after the key \(JSONValue.quoted(key))") }
      members.append(.init(key: key, value: try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw error("a comma or } is expected") }
    return members
  }

  private mutating func items(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
    var items: [JSONValue] = []
    at += 1
    if take("]") { return items }
    repeat { items.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw error("a comma or ] is expected") }
    return items
  }

  private mutating func word() throws(JSONSyntaxError) -> JSONValue {
    for (word, value) in [("null", JSONValue.null), ("true", .bool(true)), ("false", .bool(false))]
    where bytes[at...].starts(with: word.utf8) {
      at += word.utf8.count
      return value
    }
    throw error("a value is expected: a text in quotation marks, a number, true, false, null, a list or an object")
  }

  // MARK: Numbers

  private mutating func number() throws(JSONSyntaxError) -> String {
    let start = at
    if peek == UInt8(ascii: "-") { at += 1 }
    let integerStart = at
    let integerDigits = digits()
    guard integerDigits == 1 || integerDigits > 1 && bytes[integerStart] != UInt8(ascii: "0") else {
      throw error("not a number as JSON writes it", at: start)
    }
    if peek == UInt8(ascii: ".") {
      at += 1
      guard digits() > 0 else { throw error("digits are expected after the decimal point") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      at += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
      guard digits() > 0 else { throw error("digits are expected in the exponent") }
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func digits() -> Int {
    let start = at
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
    return at - start
  }

  // MARK: Strings

  private mutating func string() throws(JSONSyntaxError) -> String {
    let start = at
    at += 1
    var utf8: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        guard let text = String(validating: utf8, as: UTF8.self) else {
          throw error("the text is not UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"): utf8 += try escape()
      case 0x00...0x1F: throw error("a control character (or the end of the line) within a text", at: at)
      default:
        utf8.append(byte)
        at += 1
      }
    }
    throw error("the closing quotation mark is missing", at: start)
  }

  /// What stands after a backslash, as UTF-8.
  private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
    at += 1
    let letter = peek
    at += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter!]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(Character(try unicodeEscape())).utf8)
    default: throw error("unknown escape; a backslash in a text is written \\\\", at: at - 2)
    }
  }

  private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let start = at - 2
    var code = try fourHexDigits()
    if (0xD800...0xDBFF).contains(code), bytes[at...].starts(with: "\\u".utf8) {
      at += 2
      let low = try fourHexDigits()
      guard (0xDC00...0xDFFF).contains(low) else { throw error("half of a surrogate pair", at: start) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair", at: start) }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt32 {
    let slice = bytes[at..<min(at + 4, bytes.count)]
    guard slice.count == 4, slice.allSatisfy({ UInt8(ascii: "+") != $0 && UInt8(ascii: "-") != $0 }),
      let code = UInt32(String(decoding: slice, as: UTF8.self), radix: 16)
    else { throw error("four hex digits are expected after \\u") }
    at += 4
    return code
  }

  // MARK: Bytes

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private func error(_ message: String, at place: Int? = nil) -> JSONSyntaxError {
    let before = bytes[..<min(place ?? at, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return JSONSyntaxError(line: line, column: column, message: message)
  }
}
