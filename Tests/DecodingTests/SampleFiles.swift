import FoundationEssentials
import Formats
import Model

/// The files of Tests/DecodingTests/Samples; `make.py` there says how each was made.
enum Sample {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples")

  static func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: folder.appending(path: name))) }

  /// Inputs: everything but the expectations, the script and the many-paged one.
  static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { ($0.hasSuffix(".tif") || $0.hasSuffix(".png")) && $0 != "pages.tif" }.sorted()
  }

  /// Those that keep their pixels in strips, in classic TIFF.
  static func stripNames() throws -> [String] {
    try names().filter { $0.hasSuffix(".tif") && !$0.contains("tiles") && !$0.contains("big") }
  }

  /// The pixels that `name` must give.
  static func expectation(_ name: String) throws -> Raster {
    let stem = String(name.prefix(while: { $0 != "." }))
    let isBilevel = FileManager.default.fileExists(atPath: folder.appending(path: stem + ".pbm").path)
    return try netpbm(bytes(stem + (isBilevel ? ".pbm" : ".pgm")))
  }

  /// Binary PBM (P4, 1 is black) or PGM (P5) without comments.
  private static func netpbm(_ bytes: [UInt8]) throws -> Raster {
    var position = 0
    func word() -> String {
      let start = position
      while bytes[position] > 32 { position += 1 }
      position += 1
      return String(decoding: bytes[start..<position - 1], as: UTF8.self)
    }
    let kind = word()
    let (width, height) = (Int(word())!, Int(word())!)
    if kind == "P5" { _ = word() }
    return Raster(
      width: width, height: height, depth: kind == "P4" ? .bilevel : .gray, bytes: Array(bytes[position...]))
  }
}

/// A source that must not be asked for anything beyond its head: what limits are checked before.
struct HeadOnlySource: ByteSource {
  struct Touched: Error {}
  var count: Int
  func read(at offset: Int, count: Int) throws -> [UInt8] { throw Touched() }
}

/// Repeatable noise (SplitMix64).
struct Noise: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
