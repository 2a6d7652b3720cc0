import Model

/// An absolute path as the bytes that the kernel sees; never text, never normalised.
///
/// A name that may not stand in a path (empty, `.`, `..`, with `/` or a zero byte) makes a path that every call refuses
/// with EINVAL, so that no name from outside can ever leave its folder.
public struct FilePath: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var bytes: [UInt8]

  public init(_ text: String) { bytes = Array(text.utf8) }
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// One name below this path.
  public func appending(_ name: [UInt8]) -> FilePath {
    let name = isPlainName(name) ? name : [0]
    return FilePath(bytes: bytes.last == slash ? bytes + name : bytes + [slash] + name)
  }

  /// Names of our own below this path; may hold several, divided by `/`.
  public func appending(_ text: String) -> FilePath {
    text.utf8.split(separator: slash).reduce(self) { $0.appending(Array($1)) }
  }

  /// The folder that holds it; `/` is its own.
  public var parent: FilePath {
    guard let last = trimmed.lastIndex(of: slash), last > 0 else { return FilePath("/") }
    return FilePath(bytes: Array(trimmed[..<last]))
  }

  /// The bytes after the last `/`.
  public var lastName: [UInt8] { Array(trimmed.split(separator: slash, omittingEmptySubsequences: false).last ?? []) }

  /// For messages; escaped, so that it is one printable line.
  public var description: String { EscapedText(bytes: bytes).description }

  public static func < (a: FilePath, b: FilePath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

  private var trimmed: ArraySlice<UInt8> { bytes.count > 1 && bytes.last == slash ? bytes.dropLast() : bytes[...] }
}

private let slash = UInt8(ascii: "/")

/// Whether the bytes are one name in a folder: 1 to 255 bytes, no `/`, no zero byte, neither `.` nor `..`.
public func isPlainName(_ name: [UInt8]) -> Bool {
  (1...255).contains(name.count) && !name.contains(slash) && !name.contains(0) && name != [46] && name != [46, 46]
}
