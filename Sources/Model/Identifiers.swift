/// The name of one claim: a random UUID in lower case (RFC 9562 §4), never derived from content.
public struct BatchID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let description: String
  /// - Parameter text: 36 characters, hex digits and dashes; nil for anything else, so that an id may be a folder's name.
  public init?(_ text: String) {
    guard isUUID(text) else { return nil }
    description = text
  }
  /// As a person typed it: in letters of either case.
  public static func typed(_ text: String) -> BatchID? { BatchID(text.lowercased()) }
  public static func < (a: BatchID, b: BatchID) -> Bool { a.description < b.description }
}

/// The name of one document: `urn:uuid:` and a UUIDv5 of what the document is made of (FORMATS *Archive*).
public struct DocumentID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let description: String
  /// - Parameter text: `urn:uuid:` and a lower-case UUID; nil for anything else.
  public init?(_ text: String) {
    guard text.hasPrefix("urn:uuid:"), isUUID(String(text.dropFirst(9))) else { return nil }
    description = text
  }
  /// As a person typed it: in letters of either case, with or without `urn:uuid:`.
  public static func typed(_ text: String) -> DocumentID? { DocumentID(start(typed: text)) }
  /// How an id begins whose first characters somebody typed.
  public static func start(typed text: String) -> String {
    let lower = text.lowercased()
    return lower.hasPrefix("urn:uuid:") ? lower : "urn:uuid:" + lower
  }
  /// The 36 characters after `urn:uuid:`.
  public var uuid: String { String(description.dropFirst(9)) }
  public static func < (a: DocumentID, b: DocumentID) -> Bool { a.description < b.description }
}

/// A SHA-256 digest as 64 lower-case hex digits (FIPS 180-4).
public struct ContentDigest: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let description: String
  public init?(_ text: String) {
    guard text.utf8.count == 64, text.utf8.allSatisfy(isLowerHex) else { return nil }
    description = text
  }
  /// 64 zeros: "the record before the first".
  public static let zero = ContentDigest(String(repeating: "0", count: 64))!
  public static func < (a: ContentDigest, b: ContentDigest) -> Bool { a.description < b.description }
}

private func isLowerHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

private func isUUID(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  guard bytes.count == 36 else { return false }
  return bytes.indices.allSatisfy { [8, 13, 18, 23].contains($0) ? bytes[$0] == 45 : isLowerHex(bytes[$0]) }
}

/// Reads and writes as a plain JSON string.
public protocol TextCodable: Codable, CustomStringConvertible {
  init?(_ text: String)
}

extension TextCodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a \(Self.self)")
    }
    self = value
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension BatchID: TextCodable {}
extension DocumentID: TextCodable {}
extension ContentDigest: TextCodable {}
