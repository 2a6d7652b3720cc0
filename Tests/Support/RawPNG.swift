/// A PNG made chunk by chunk, with right checksums.
public struct RawPNG: Sendable {
  public private(set) var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// - Parameter colorType: 0 gray, 2 RGB, 3 palette.
  public init(width: Int, height: Int, bitDepth: UInt8 = 1, colorType: UInt8 = 0) {
    chunk("IHDR", big(width) + big(height) + [bitDepth, colorType, 0, 0, 0])
  }

  /// - Parameter length: what the chunk says of itself; nil: the truth.
  public mutating func chunk(_ type: String, _ data: [UInt8], length: Int? = nil) {
    let body = Array(type.utf8) + data
    bytes += big(length ?? data.count) + body + big(Int(Self.crc(body)))
  }

  public mutating func end() { chunk("IEND", []) }

  /// A black image of one bit, sound.
  public static func black(width: Int = 64, height: Int = 64) -> RawPNG {
    var file = RawPNG(width: width, height: height)
    file.chunk("IDAT", zeros((width + 7) / 8 * height + height))
    return file
  }

  /// A zlib stream (RFC 1950) of so many zero bytes, in a 1,032nd of the room: one dynamic block (RFC 1951 §3.2.7) whose
  /// longest match costs two bits.
  public static func zeros(_ count: Int) -> [UInt8] {
    var bits = BitWriter()
    // Final, dynamic; 286 literal and length codes, 1 distance code, 18 code length codes.
    for (value, width) in [(1, 1), (2, 2), (29, 5), (0, 5), (14, 4)] { bits.number(value, width) }
    // Their lengths in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: 18 has 1 bit, 2 and 1 have 2.
    for place in 0..<18 { bits.number([2: 1, 15: 2, 17: 2][place] ?? 0, 3) }
    func two() { bits.code("11") }
    func zeroLengths(_ count: Int) {
      bits.code("0")
      bits.number(count - 11, 7)
    }
    // 0 and 256 have codes of 2 bits, 285 one of 1; the distance 1 one of 1.
    two()
    zeroLengths(138)
    zeroLengths(117)
    two()
    zeroLengths(28)
    bits.code("10")
    bits.code("10")
    // One literal, then matches of 258 at distance 1: two zero bits each; literals for what is left.
    bits.code("10")
    bits.zeros((count - 1) / 258 * 2)
    for _ in 0..<(count - 1) % 258 { bits.code("10") }
    bits.code("11")
    // Adler-32 of zeros.
    let sum = (count % 65_521) << 16 | 1
    return [0x78, 0xDA] + bits.bytes + big(sum)
  }

  private struct BitWriter {
    var bytes: [UInt8] = []
    private var used = 8

    mutating func bit(_ value: Int) {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(value) << UInt8(used)
      used += 1
    }
    /// Least significant bit first.
    mutating func number(_ value: Int, _ width: Int) { for place in 0..<width { bit(value >> place & 1) } }
    mutating func code(_ text: String) { for digit in text { bit(digit == "1" ? 1 : 0) } }
    mutating func zeros(_ count: Int) {
      var left = count
      while used != 8, left > 0 {
        bit(0)
        left -= 1
      }
      bytes += [UInt8](repeating: 0, count: left / 8)
      for _ in 0..<left % 8 { bit(0) }
    }
  }

  /// CRC of PNG chunks (PNG 3rd edition §5.5), bit by bit: another way than the product's.
  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}

private func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
