import Model

/// Why a JSON text is none, or none that is read; nothing after it can be found.
struct BundleProblem: Error, Hashable {
  var line: Int
  var what: String
}

/// An element of a Bundle's `entry`, still in JSON.
struct BundleEntry: Hashable {
  /// Line on which it starts, from 1.
  var line: Int
  /// From 0.
  var index: Int
  /// nil: larger than ``BundleEntries/entryBytesMax``, and passed over.
  var bytes: [UInt8]?
}

/// Walks a FHIR Bundle in JSON (RFC 8259) and hands over one entry after the other, whatever the size of the whole and in
/// whatever order its members stand. Only the outline is looked at here: strings and brackets.
struct BundleEntries {
  /// A Patient or Encounter has a few kilobytes; what is larger carries an image.
  static let entryBytesMax = 1 << 20
  /// Objects and lists in one another.
  static let depthMax = 64
  static let keyBytesMax = 1024

  private var input: ByteStream
  private var index = 0

  init(_ source: any ByteSource) { input = ByteStream(source) }

  /// - Returns: the root's `resourceType`; nil where there is none.
  /// - Throws: ``BundleProblem``, ``SourceError``, and what `take` throws.
  mutating func read(_ take: (BundleEntry) throws -> Void) throws -> String? {
    var type: String?
    try input.passByteOrderMark()
    try expect(UInt8(ascii: "{"))
    if try input.peekSolid() == UInt8(ascii: "}") {
      _ = try input.take()
    } else {
      while true {
        let key = try string()
        try expect(UInt8(ascii: ":"))
        let opening = try input.peekSolid()
        if key == "entry", opening == UInt8(ascii: "[") {
          try entries(take)
        } else if key == "resourceType", opening == UInt8(ascii: "\"") {
          type = try string()
        } else {
          try passValue()
        }
        guard try separator(closing: UInt8(ascii: "}")) else { break }
      }
    }
    if try input.peekSolid() != nil { throw problem("text after the end of the bundle") }
    return type
  }

  private mutating func entries(_ take: (BundleEntry) throws -> Void) throws {
    try expect(UInt8(ascii: "["))
    if try input.peekSolid() == UInt8(ascii: "]") {
      _ = try input.take()
      return
    }
    repeat {
      _ = try input.peekSolid()
      let line = input.line
      var bytes: [UInt8]? = []
      try value(keeping: &bytes)
      try take(BundleEntry(line: line, index: index, bytes: bytes))
      index += 1
    } while try separator(closing: UInt8(ascii: "]"))
  }

  // MARK: Outline

  private mutating func passValue() throws {
    var none: [UInt8]?
    try value(keeping: &none)
  }

  /// - Parameter kept: gets the value's bytes; becomes nil where they are too many.
  private mutating func value(keeping kept: inout [UInt8]?) throws {
    var open: [UInt8] = []
    repeat {
      guard let byte = try input.peekSolid(keeping: &kept) else { throw ended }
      switch byte {
      case UInt8(ascii: "\""): try passString(&kept)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard open.count < Self.depthMax else { throw problem("more than \(Self.depthMax) objects in one another") }
        open.append(byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        try keepNext(&kept)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard open.popLast() == byte else { throw problem("brackets that do not match") }
        try keepNext(&kept)
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard !open.isEmpty else { throw problem("a value is missing") }
        try keepNext(&kept)
      default: try passWord(&kept)
      }
    } while !open.isEmpty
  }

  private mutating func keepNext(_ kept: inout [UInt8]?) throws {
    guard let byte = try input.take() else { throw ended }
    guard kept != nil else { return }
    if kept!.count < Self.entryBytesMax { kept!.append(byte) } else { kept = nil }
  }

  private mutating func passString(_ kept: inout [UInt8]?) throws {
    try keepNext(&kept)
    while let byte = try input.peek() {
      try keepNext(&kept)
      if byte == UInt8(ascii: "\"") { return }
      if byte == UInt8(ascii: "\\") { try keepNext(&kept) }
    }
    throw ended
  }

  /// A number, `true`, `false` or `null`; its letters are looked at when the entry is decoded.
  private mutating func passWord(_ kept: inout [UInt8]?) throws {
    var count = 0
    while let byte = try input.peek(), !Self.ends(word: byte) {
      guard byte >= 0x20, byte < 0x7F, count < 400 else { throw problem("not JSON") }
      try keepNext(&kept)
      count += 1
    }
    if count == 0 { throw problem("not JSON") }
  }

  private static func ends(word byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"),
      UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "{"):
      true
    default: false
    }
  }

  /// A short string without its quotes; escapes stay as they are, for none of our keys has any.
  private mutating func string() throws -> String {
    guard try input.peekSolid() == UInt8(ascii: "\"") else { throw problem("a key in quotes is missing") }
    var bytes: [UInt8]? = []
    try passString(&bytes)
    guard let bytes, bytes.count <= Self.keyBytesMax else {
      throw problem("a key of more than \(Self.keyBytesMax) bytes")
    }
    return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard let found = try input.peekSolid() else { throw ended }
    guard found == byte else { throw problem("'\(Character(Unicode.Scalar(byte)))' is missing") }
    _ = try input.take()
  }

  /// - Returns: false at the closing bracket.
  private mutating func separator(closing: UInt8) throws -> Bool {
    guard let byte = try input.peekSolid() else { throw ended }
    _ = try input.take()
    if byte == closing { return false }
    guard byte == UInt8(ascii: ",") else { throw problem("a comma is missing") }
    return true
  }

  private var ended: BundleProblem { problem("the file ends in the middle: was it cut?") }
  private func problem(_ what: String) -> BundleProblem { BundleProblem(line: input.line, what: what) }
}
