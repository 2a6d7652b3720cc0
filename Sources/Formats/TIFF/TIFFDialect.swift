/// How a TIFF writes numbers: byte order (TIFF 6.0 §2) and the width of offsets (BigTIFF).
struct TIFFDialect: Hashable, Sendable {
  var isBigEndian: Bool
  var isBigTIFF: Bool

  /// Bytes of an offset; also how many bytes of a value stand inside its entry.
  var offsetBytes: Int { isBigTIFF ? 8 : 4 }
  /// Bytes of the count of entries before a directory.
  var entryCountBytes: Int { isBigTIFF ? 8 : 2 }
  /// Bytes of one entry: tag, type, count, value.
  var entryBytes: Int { isBigTIFF ? 20 : 12 }
  var headerBytes: Int { isBigTIFF ? 16 : 8 }

  /// An unsigned number of as many bytes as the slice has, at most 8; nil beyond `Int.max`.
  func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    var value: UInt64 = 0
    if isBigEndian {
      for byte in bytes { value = value << 8 | UInt64(byte) }
    } else {
      for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    }
    return Int(exactly: value)
  }

  /// `value` in `count` bytes; higher bits are cut.
  func bytes(_ value: Int, count: Int) -> [UInt8] {
    let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isBigEndian ? little.reversed() : little
  }

  /// An offset as the directories hold it.
  func offset(_ value: Int) -> [UInt8] { bytes(value, count: offsetBytes) }

  /// The header, with the first directory's offset still to be filled in at `headerBytes - offsetBytes`.
  var header: [UInt8] {
    let mark: [UInt8] = isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]
    if isBigTIFF { return mark + bytes(43, count: 2) + bytes(8, count: 2) + bytes(0, count: 2) + bytes(0, count: 8) }
    return mark + bytes(42, count: 2) + bytes(0, count: 4)
  }
}
