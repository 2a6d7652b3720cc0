import Decoding
import Formats
import Model
import TestSupport
import Testing

@Suite struct `Decoding: every kind that scanners write` {
  @Test(arguments: try Sample.names())
  func `gives the pixels that another program drew`(_ name: String) throws {
    let source = MemorySource(try Sample.bytes(name))
    let structure = try walkStructure(of: source)
    #expect(structure.isComplete && structure.problem == nil && structure.frames.count == 1)
    let page = try decodePage(of: source, format: structure.format, frame: structure.frames[0])
    let expected = try Sample.expectation(name)
    #expect(page.raster.width == expected.width && page.raster.height == expected.height)
    #expect(page.raster.depth == expected.depth)
    // Only JPEG loses anything.
    let tolerance = name.contains("jpeg") ? 8 : 0
    let differences = zip(page.raster.bytes, expected.bytes).map { abs(Int($0) - Int($1)) }
    #expect(differences.count == expected.bytes.count)
    #expect((differences.max() ?? 0) <= tolerance)
  }

  @Test func `a fax page keeps its unequal resolution and its orientation, and its pixels are not turned`() throws {
    let source = MemorySource(try Sample.bytes("bit-fax.tif"))
    let frame = try walkStructure(of: source).frames[0]
    let page = try decodePage(of: source, format: .tiff, frame: frame)
    #expect(page.dpi == [204, 98])
    #expect(page.orientation == 6)
    #expect(page.raster.width == 61)
  }

  @Test func `each page of a file is decoded by itself, in any order`() throws {
    let source = MemorySource(try Sample.bytes("pages.tif"))
    let frames = try walkStructure(of: source).frames
    #expect(frames.count == 3)
    let last = try decodePage(of: source, format: .tiff, frame: frames[2])
    let second = try decodePage(of: source, format: .tiff, frame: frames[1])
    let first = try decodePage(of: source, format: .tiff, frame: frames[0])
    #expect(first.raster.bytes == last.raster.bytes)
    #expect(first.raster.bytes != second.raster.bytes)
    #expect(first.dpi == [200, 200])
  }

  @Test func `bits beyond the width of a bilevel page are 0`() throws {
    let source = MemorySource(try Sample.bytes("bit-plain.tif"))
    let raster = try decodePage(of: source, format: .tiff, frame: try walkStructure(of: source).frames[0]).raster
    for row in 0..<raster.height { #expect(raster.bytes[(row + 1) * raster.rowBytes - 1] & 0b111 == 0) }
  }
}

@Suite struct `Decoding: damage` {
  @Test func `a damaged G4 strip is undecodable although libtiff calls it a success`() throws {
    var bytes = try Sample.bytes("bit-g4.tif")
    let sound = try walkStructure(of: MemorySource(bytes))
    // Pillow puts the only strip behind the directory's values; noise in its middle leaves the structure whole.
    let strip = try stripRange(bytes)
    for index in strip.lowerBound + 40..<strip.lowerBound + 60 { bytes[index] ^= 0x5A }
    let structure = try walkStructure(of: MemorySource(bytes))
    #expect(structure == sound)
    #expect(failure(bytes) == "undecodable")
  }

  @Test(arguments: ["bit-g4.tif", "gray-lzw.tif", "rgb-jpeg-ycbcr.tif", "rgb.png", "bit.png", "gray-deflate.tif"])
  func `a file that is cut anywhere is never passed off as good`(_ name: String) throws {
    let whole = try Sample.bytes(name)
    for length in 0..<whole.count {
      let source = MemorySource(Array(whole[..<length]))
      let structure = try walkStructure(of: source)
      let isPresentedWhole =
        structure.isComplete && structure.problem == nil && structure.frames.allSatisfy { $0.problem == nil }
      if isPresentedWhole, case .unsupported = structure.format { continue }
      // What follows the last byte that any reader needs may go.
      if isPresentedWhole {
        let frame = structure.frames[0]
        let page = try decodePage(of: source, format: structure.format, frame: frame)
        let all = MemorySource(whole)
        #expect(try page.raster.bytes == decodePage(of: all, format: structure.format, frame: frame).raster.bytes)
      }
    }
  }

  @Test(arguments: try Sample.names())
  func `random damage gives an error or a raster of the right size, never a crash`(_ name: String) throws {
    let whole = try Sample.bytes(name)
    var noise = Noise(state: 7)
    for _ in 0..<60 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...8, using: &noise) {
        bytes[Int.random(in: 0..<bytes.count, using: &noise)] = UInt8.random(in: 0...255, using: &noise)
      }
      let source = MemorySource(bytes)
      let structure = try walkStructure(of: source)
      for frame in structure.frames.prefix(4) {
        guard let page = try? decodePage(of: source, format: structure.format, frame: frame) else { continue }
        #expect(page.raster.width == frame.width && page.raster.height == frame.height)
      }
    }
  }

  @Test(arguments: ["bit.png", "bit-palette.png", "gray.png", "rgba.png"])
  func `one flipped bit anywhere in a PNG is found`(_ name: String) throws {
    let whole = try Sample.bytes(name)
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 1 << UInt8(index % 8)
      let source = MemorySource(bytes)
      let structure = try walkStructure(of: source)
      let isGood =
        structure.format == .png && structure.isComplete && structure.problem == nil
        && structure.frames.allSatisfy { $0.problem == nil }
      #expect(!isGood, "byte \(index)")
    }
  }

  /// A label on the rows that are left out would not be seen, and the page would continue another patient's document.
  @Test(arguments: try Sample.stripNames(), [30, 60])
  func `a page that says more or fewer rows than its strips hold is undecodable`(_ name: String, height: Int) throws {
    let whole = try Sample.bytes(name)
    #expect(failure(whole) == nil)
    #expect(failure(saying([257: height], whole)) == "undecodable")
    #expect(failure(saying([257: height, 278: height], whole)) == "undecodable")
  }

  @Test func `the last strip, too, ends where the page says`() throws {
    let whole = try Sample.bytes("bit-g4-strips.tif")
    // Strips of 7 rows, the last of 5.
    #expect(failure(saying([257: 44], whole)) == "undecodable")
  }

  @Test(arguments: [0, 3, 8, 800])
  func `what follows the last row and is all alike is padding`(_ count: Int) {
    let rows = (0..<64 * 8).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let file = RawTIFF.onePage(strip: rows + [UInt8](repeating: 0xFF, count: count)) {
      $0.set(259, 3, [1])
      $0.set(278, 4, [Int(UInt32.max)])
    }
    #expect(failure(file) == nil)
    #expect(failure(saying([257: 32], file)) == "undecodable")
  }

  /// The classic TIFF whose first directory says other numbers in `values`, by tag.
  private func saying(_ values: [Int: Int], _ whole: [UInt8]) -> [UInt8] {
    var bytes = whole
    let isBig = whole[0] == 0x4D
    func number(_ at: Int, _ count: Int) -> Int {
      let part = whole[at..<at + count]
      return (isBig ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    let directory = number(4, 4)
    for entry in 0..<number(directory, 2) {
      let at = directory + 2 + 12 * entry
      guard let value = values[number(at, 2)] else { continue }
      let size = number(at + 2, 2) == 3 ? 2 : 4
      for index in 0..<size {
        let shift = 8 * (isBig ? size - 1 - index : index)
        bytes[at + 8 + index] = UInt8(truncatingIfNeeded: value >> shift)
      }
    }
    return bytes
  }

  /// Where the only strip of a little-endian classic TIFF lies, by its tags 273 and 279.
  private func stripRange(_ bytes: [UInt8]) throws -> Range<Int> {
    func number(_ at: Int, _ count: Int) -> Int { bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) } }
    let directory = number(4, 4)
    var values: [Int: Int] = [:]
    for entry in 0..<number(directory, 2) {
      let at = directory + 2 + 12 * entry
      values[number(at, 2)] = number(at + 8, number(at + 2, 2) == 3 ? 2 : 4)
    }
    let start = try #require(values[273])
    return start..<start + (try #require(values[279]))
  }
}

@Suite struct `Decoding: limits and refusals` {
  @Test func `a page beyond the pixel limit is too large before a byte of it is read`() throws {
    let frame = FrameStructure(offset: 8, width: 60_000, height: 60_000, compression: 4)
    let source = HeadOnlySource(count: 8000)
    #expect(throws: DecodeError.tooLarge("the page has 60000 × 60000 pixels; at most 129600000 in all are decoded")) {
      try decodePage(of: source, format: .tiff, frame: frame)
    }
    #expect(throws: DecodeError.self) {
      try decodePage(of: source, format: .png, frame: FrameStructure(offset: 0, width: Int.max, height: Int.max))
    }
  }

  @Test func `bytes and ratio are bounded, too`() throws {
    let bytes = try Sample.bytes("rgb.png")
    let source = MemorySource(bytes)
    let frame = try walkStructure(of: source).frames[0]
    #expect(failure(bytes, .init(bytesMax: 1000)) == "too large")
    #expect(failure(bytes, .init(pixelsMax: frame.width * frame.height - 1)) == "too large")
    #expect(failure(try Sample.bytes("bit-g4.tif"), .init(ratioMax: 1)) == "too large")
    #expect(failure(try Sample.bytes("rgb-planar.tif"), .init(bytesMax: 3000)) == "too large")
  }

  @Test(arguments: [6, 34_661, 34_676, 50_000, 50_001, 12_345])
  func `a compression that no scanner writes is unsupported`(_ compression: Int) {
    let frame = FrameStructure(offset: 8, width: 10, height: 10, compression: compression)
    let error = #expect(throws: DecodeError.self) {
      try decodePage(of: HeadOnlySource(count: 100), format: .tiff, frame: frame)
    }
    if case .unsupported = error { return }
    Issue.record("refused otherwise")
  }

  @Test func `a file of another kind is unsupported, by name`() {
    #expect(throws: DecodeError.unsupported("the file is a PDF, which is not read; save it as TIFF or PNG")) {
      try decodePage(
        of: MemorySource([]), format: .unsupported("a PDF"), frame: FrameStructure(offset: 0, width: 1, height: 1))
    }
  }

  @Test func `a frame with a problem is undecodable for that reason`() {
    let frame = FrameStructure(offset: 8, width: 10, height: 10, problem: "strip 1 of 1 is empty", isCopyable: false)
    #expect(throws: DecodeError.undecodable("strip 1 of 1 is empty")) {
      try decodePage(of: HeadOnlySource(count: 100), format: .tiff, frame: frame)
    }
  }
}

/// How the first page fails: `too large`, `undecodable`, `unsupported`, or nil where it does not.
func failure(_ bytes: [UInt8], _ limits: DecodeLimits = .init()) -> String? {
  let source = MemorySource(bytes)
  guard let structure = try? walkStructure(of: source), let frame = structure.frames.first else { return "no frame" }
  do {
    _ = try decodePage(of: source, format: structure.format, frame: frame, limits: limits)
    return nil
  } catch {
    switch error {
    case .undecodable: return "undecodable"
    case .tooLarge: return "too large"
    case .unsupported: return "unsupported"
    }
  }
}
