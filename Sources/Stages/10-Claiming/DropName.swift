/// What a file's name says about its part in a batch. Extensions count in either case; stems must be equal byte for byte.
struct DropName {
  enum Role { case image, sidecar, other }
  var role: Role
  /// The name without its extension.
  var stem: [UInt8]

  init(_ name: [UInt8]) {
    stem = name
    role = .other
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return }
    let found = Self.extensions.first { $0.name.elementsEqual(name[(dot + 1)...].lazy.map(lowerASCII)) }
    guard let found else { return }
    role = found.role
    stem = Array(name[..<dot])
  }

  private static let extensions: [(name: [UInt8], role: Role)] = [
    (Array("tif".utf8), .image), (Array("tiff".utf8), .image), (Array("png".utf8), .image),
    (Array("json".utf8), .sidecar),
  ]

  /// The stem before its last run of digits, where the stem ends in one: `scan-0007` is of the prefix `scan-`.
  var numberedPrefix: [UInt8]? {
    let prefix = stem.reversed().drop(while: isDigit).reversed()
    return prefix.count < stem.count ? Array(prefix) : nil
  }

  /// A prefix without the signs that set its number off: `scan-` and `scan_` are of `scan`.
  static func trimmed(_ prefix: [UInt8]) -> [UInt8] {
    Array(prefix.reversed().drop { "-_. ".utf8.contains($0) }.reversed())
  }
}
