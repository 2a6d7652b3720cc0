/// Bytes from outside (a file name, a label's text) as the printable text that FORMATS *Names and texts* defines.
///
/// `%`, control characters (C0, DEL, C1), bidirectional controls and every byte that is not valid UTF-8 stand as `%XX`
/// with upper-case hex digits, so that ``bytes`` gives back exactly what came in. Never part of a path or a query.
public struct EscapedText: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The escaped form.
  public let description: String

  public init(bytes: some Collection<UInt8>) { description = Self.escape(Array(bytes)) }

  /// From text of our own; escaped like any other.
  public init(_ text: String) { description = Self.escape(Array(text.utf8)) }

  /// Takes a text that is already in the escaped form (a manifest's `name`).
  public init(escaped: String) { description = escaped }

  /// The exact bytes that came in. A `%` that is not followed by two hex digits stands for itself.
  public var bytes: [UInt8] {
    let utf8 = Array(description.utf8)
    guard utf8.contains(UInt8(ascii: "%")) else { return utf8 }
    var result: [UInt8] = []
    result.reserveCapacity(utf8.count)
    var at = 0
    while at < utf8.count {
      if utf8[at] == UInt8(ascii: "%"), at + 2 < utf8.count, let high = Self.hex(utf8[at + 1]),
        let low = Self.hex(utf8[at + 2])
      {
        result.append(high << 4 | low)
        at += 3
      } else {
        result.append(utf8[at])
        at += 1
      }
    }
    return result
  }

  /// Bytewise order of what came in, so that no locale ever changes an order.
  public static func < (a: EscapedText, b: EscapedText) -> Bool {
    // As far as neither has an escape both stand as they came in.
    for (x, y) in zip(a.description.utf8, b.description.utf8) {
      if x == UInt8(ascii: "%") || y == UInt8(ascii: "%") { return a.bytes.lexicographicallyPrecedes(b.bytes) }
      if x != y { return x < y }
    }
    return a.description.utf8.count < b.description.utf8.count
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    default: nil
    }
  }

  private static func escape(_ bytes: [UInt8]) -> String {
    // Most names are plain ASCII, and folders hold 100,000 of them.
    if bytes.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "%") }) {
      return String(decoding: bytes, as: UTF8.self)
    }
    var result = ""
    var at = 0
    while at < bytes.count {
      let length = scalarLength(bytes, at)
      if length > 0 {
        let slice = bytes[at..<at + length]
        let text = String(decoding: slice, as: UTF8.self)
        if let scalar = text.unicodeScalars.first, !mustEscape(scalar) {
          result += text
        } else {
          for byte in slice { result += percent(byte) }
        }
        at += length
      } else {
        result += percent(bytes[at])
        at += 1
      }
    }
    return result
  }

  private static func percent(_ byte: UInt8) -> String {
    let digits = Array("0123456789ABCDEF")
    return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
  }

  private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x25, 0x00...0x1F, 0x7F...0x9F: true
    // Bidirectional controls: UAX #9 §2, plus the Arabic letter mark; line and paragraph separators break listings.
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029, 0xFEFF: true
    default: false
    }
  }

  /// Length of the valid UTF-8 scalar at `at`, or 0 (Unicode 15 table 3-7: no overlong forms, no surrogates).
  private static func scalarLength(_ b: [UInt8], _ at: Int) -> Int {
    func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      at + offset < b.count && range.contains(b[at + offset])
    }
    switch b[at] {
    case 0x00...0x7F: return 1
    case 0xC2...0xDF: return continues(1) ? 2 : 0
    case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : 0
    case 0xE1...0xEC, 0xEE...0xEF: return continues(1) && continues(2) ? 3 : 0
    case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : 0
    case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : 0
    case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
  }
}

extension EscapedText: Codable {
  public init(from decoder: any Decoder) throws {
    description = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
