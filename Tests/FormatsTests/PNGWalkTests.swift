import Formats
import Model
import Testing

@Suite struct `Formats: the walk over a PNG` {
  /// CRC-32 bit by bit, as ISO 3309 says it: the slow way, to check the fast one.
  private func crc(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  private func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

  private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return big(data.count) + body + big(Int(crc(body)))
  }

  private let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private func header(
    _ width: Int = 4, _ height: Int = 3, depth: UInt8 = 8, color: UInt8 = 0, tail: [UInt8] = [0, 0, 0]
  ) -> [UInt8] {
    chunk("IHDR", big(width) + big(height) + [depth, color] + tail)
  }

  private let data = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* $0) }

  private func walk(_ parts: [UInt8]...) throws -> SourceStructure {
    try walkStructure(of: MemorySource(signature + parts.joined()))
  }

  @Test func `a sound file is one page with its resolution`() throws {
    let structure = try walk(
      header(40, 30, depth: 16, color: 2), chunk("pHYs", big(11_811) + big(7874) + [1]), chunk("IDAT", data),
      chunk("IDAT", []),
      chunk("IEND", []))
    #expect(structure.isComplete && structure.problem == nil && structure.frames.count == 1)
    let frame = structure.frames[0]
    #expect(frame.width == 40 && frame.height == 30 && frame.bitsPerSample == 16 && frame.samplesPerPixel == 3)
    #expect(frame.dpi == [300, 200] && frame.problem == nil)
  }

  @Test func `what follows the end is ignored`() throws {
    let structure = try walk(header(), chunk("IDAT", data), chunk("IEND", []), [1, 2, 3])
    #expect(structure.isComplete && structure.frames[0].problem == nil)
  }

  @Test func `a file that is cut anywhere is incomplete`() throws {
    let whole = signature + header() + chunk("IDAT", data) + chunk("IEND", [])
    for length in [4, 7] + Array(8..<60) + Array(stride(from: 61, to: whole.count, by: 97)) + [whole.count - 1] {
      #expect(try !walkStructure(of: MemorySource(Array(whole[..<length]))).isComplete, "\(length) bytes")
    }
  }

  @Test func `a wrong checksum is incomplete and named`() throws {
    var bad = chunk("IDAT", data)
    bad[100] ^= 1
    let structure = try walk(header(), bad, chunk("IEND", []))
    #expect(!structure.isComplete)
    #expect(structure.frames[0].problem == "the checksum of the chunk IDAT at byte 33 is wrong")
  }

  @Test func `order and kinds that the standard forbids are a problem of the page`() throws {
    let end = chunk("IEND", [])
    let pixels = chunk("IDAT", data)
    let damaged: [SourceStructure] = [
      try walk(header(), end),
      try walk(header(), pixels, chunk("tEXt", [65, 0, 66]), pixels, end),
      try walk(header(), header(), pixels, end),
      try walk(header(color: 3), pixels, end),
      try walk(header(color: 3), chunk("PLTE", [1, 2]), pixels, end),
      try walk(header(color: 5), pixels, end),
      try walk(header(depth: 3), pixels, end),
      try walk(header(tail: [0, 0, 2]), pixels, end),
      try walk(header(0, 3), pixels, end),
      try walk(header(), chunk("ABCD", []), pixels, end),
    ]
    for structure in damaged {
      #expect(structure.isComplete && structure.frames.count == 1)
      #expect(structure.frames.first?.problem != nil)
    }
  }

  @Test func `a file without a header has no page that could be counted`() throws {
    let structure = try walk(chunk("IDAT", data), chunk("IEND", []))
    #expect(structure.frames.isEmpty && structure.problem != nil)
  }

  @Test func `the digest is over header, palette and pixels, and nothing that only describes them`() throws {
    let palette: [UInt8] = [0, 0, 0, 255, 255, 255]
    let parts = signature + header(color: 3) + chunk("PLTE", palette)
    let plain = parts + chunk("IDAT", data) + chunk("IEND", [])
    let split =
      parts + chunk("tEXt", [65, 0, 66]) + chunk("IDAT", Array(data[..<100])) + chunk("IDAT", Array(data[100...]))
      + chunk("IEND", [])
    let ihdr = big(4) + big(3) + [8, 3, 0, 0, 0]
    let expected = sha256(Array("chartroom.page/1 png\n".utf8) + ihdr + palette + data)
    for bytes in [plain, split] {
      let source = MemorySource(bytes)
      let frame = try walkStructure(of: source).frames[0]
      #expect(try pageDigest(of: source, format: .png, frame: frame) == expected)
    }
  }
}
