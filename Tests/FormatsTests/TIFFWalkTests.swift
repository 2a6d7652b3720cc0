import Formats
import Model
import Testing

@Suite struct `Formats: the walk over a TIFF` {
  private func walk(_ builder: TIFFBuilder, _ limits: StructureLimits = .init()) throws -> SourceStructure {
    try walkStructure(of: MemorySource(builder.bytes), limits: limits)
  }

  @Test(arguments: 0..<4) func `counts the pages of every dialect and says what they are`(_ dialect: Int) throws {
    var file = TIFFBuilder.all[dialect]
    file.page(extra: [.init(274, 3, [6]), .init(282, 5, [300, 1]), .init(283, 5, [2000, 10]), .init(296, 3, [2])])
    file.page(extra: [.init(282, 5, [11811, 100]), .init(283, 5, [11811, 100]), .init(296, 3, [3])])
    file.page(width: 7, strips: [Array(1...14)])
    let structure = try walk(file)
    #expect(structure.isComplete && structure.problem == nil)
    #expect(structure.frames.map(\.width) == [5, 5, 7])
    #expect(structure.frames.map(\.height) == [4, 4, 2])
    #expect(structure.frames.map(\.dpi) == [[300, 200], [300, 300], nil])
    #expect(structure.frames.map(\.orientation) == [6, 1, 1])
    #expect(
      structure.frames.allSatisfy { $0.isCopyable && $0.problem == nil && $0.bitsPerSample == 8 && $0.compression == 1 }
    )
  }

  @Test func `a chain that comes back to itself keeps its pages and is a problem, not an endless walk`() throws {
    var file = TIFFBuilder()
    let first = file.page()
    file.page()
    file.linkLast(to: first)
    let structure = try walk(file)
    #expect(structure.frames.count == 2)
    #expect(structure.problem?.contains("comes back") == true)
    #expect(structure.isComplete, "waiting heals no loop")
  }

  @Test func `a chain that leaves the file keeps its pages and is incomplete`() throws {
    var file = TIFFBuilder()
    file.page()
    file.linkLast(to: 100_000)
    let structure = try walk(file)
    #expect(structure.frames.count == 1)
    #expect(structure.problem != nil && !structure.isComplete)
  }

  @Test(arguments: [
    (259, [1], 9, true), (259, [1], 10, false), (259, [5], 9, false), (258, [16], 19, true), (258, [16], 20, false),
    (277, [3], 29, true), (284, [2], 10, false),
  ])
  func `a strip that is too short for pixels that nothing compressed is damage`(
    tag: Int, value: [Int], bytes: Int, isDamage: Bool
  ) throws {
    var file = TIFFBuilder()
    file.page(strips: [[UInt8](repeating: 7, count: bytes)], extra: [.init(tag, 3, value)])
    let structure = try walk(file)
    #expect(structure.frames.map { $0.problem == nil } == [!isDamage])
    #expect(!isDamage || structure.frames[0].problem == "strip 1 of 1 is shorter than its pixels")
  }

  /// libtiff takes a number of a signed type, and would read other strips than we would digest and copy.
  @Test(arguments: [256, 257, 258, 259, 262, 277, 278, 284], [3, 4, 6, 8, 9, 13])
  func `what the strips are cut by must be a number that everybody reads alike`(tag: Int, type: Int) throws {
    let values = [256: 5, 257: 2, 258: 8, 259: 1, 262: 1, 277: 1, 278: 2, 284: 1]
    var file = TIFFBuilder()
    file.page(strips: [[UInt8](repeating: 7, count: 20)], extra: [.init(tag, type, [try #require(values[tag])])])
    let structure = try walk(file)
    #expect(structure.frames.map(\.isCopyable) == [type < 5])
    let problem = "the value of tag \(tag), which the pixels depend on, is of a type that it never has"
    #expect(structure.frames[0].problem == (type < 5 ? nil : problem))
  }

  /// TIFF 6.0 §21: five pixels in three units across, one unit of two rows; without the tag the units are of 2 × 2.
  @Test(arguments: [([], 18), ([2, 2], 18), ([1, 1], 30), ([2, 1], 24), ([4, 2], 20)])
  func `chroma that is sampled more coarsely takes fewer bytes`(units: [Int], bytes: Int) throws {
    for (count, isSound) in [(bytes, true), (bytes - 1, false)] {
      var file = TIFFBuilder()
      let sampling: [TIFFBuilder.Tag] = units.isEmpty ? [] : [.init(530, 3, units)]
      file.page(
        strips: [[UInt8](repeating: 7, count: count)], extra: [.init(262, 3, [6]), .init(277, 3, [3])] + sampling)
      #expect(try walk(file).frames.map { $0.problem == nil } == [isSound])
    }
  }

  @Test func `a header without a directory, and a directory of zeros, are files that are still being written`() throws {
    #expect(try !walk(TIFFBuilder()).isComplete)
    var file = TIFFBuilder()
    file.linkLast(to: 8)
    file.bytes += [UInt8](repeating: 0, count: 1000)
    let structure = try walk(file)
    #expect(!structure.isComplete && structure.frames.isEmpty && structure.problem != nil)
  }

  @Test func `more pages than the limit are a problem`() throws {
    var file = TIFFBuilder()
    for _ in 0..<5 { file.page() }
    let structure = try walk(file, .init(framesMax: 3))
    #expect(structure.frames.count == 3)
    #expect(structure.problem == "the file has more than 3 pages")
  }

  @Test func `a file beyond the byte limit is not walked`() throws {
    var file = TIFFBuilder()
    file.page()
    let structure = try walk(file, .init(bytesMax: 50))
    #expect(structure.frames.isEmpty && structure.problem != nil)
  }

  @Test func `a strip beyond the end makes its page unsound and the file incomplete, and counts all pages`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(273, 4, [8, 100_000])])
    file.page()
    let structure = try walk(file)
    #expect(structure.frames.count == 2 && structure.problem == nil && !structure.isComplete)
    #expect(structure.frames[0].problem?.contains("strip 2 of 2 lies beyond the end") == true)
    #expect(!structure.frames[0].isCopyable && structure.frames[1].isCopyable)
  }

  @Test func `what is missing is told of the page that lacks it, not of one that is damaged for good`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(339, 99, [1])])
    file.page()
    file.page(extra: [.init(273, 4, [8, 100_000])])
    file.page(extra: [.init(273, 4, [8, 200_000])])
    let structure = try walk(file)
    #expect(structure.frames[0].problem?.contains("tag 339") == true && structure.problem == nil)
    #expect(structure.missing?.hasPrefix("page 3: strip 2 of 2 lies beyond the end") == true)
  }

  @Test func `lengths that are missing, too few or zero are a problem of their page`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(259, 3, [4])], without: [279])
    file.page(extra: [.init(279, 4, [10])])
    file.page(extra: [.init(279, 4, [10, 0])])
    file.page(extra: [.init(273, 4, [8])])
    file.page(extra: [.init(257, 3, [0])])
    file.page(extra: [.init(277, 3, [0])])
    file.page(without: [273])
    let frames = try walk(file).frames
    #expect(frames.count == 7)
    for frame in frames { #expect(frame.problem != nil && !frame.isCopyable) }
  }

  @Test func `lengths that are missing follow from the size where nothing is compressed`() throws {
    var file = TIFFBuilder()
    file.page(without: [279])
    let frame = try walk(file).frames[0]
    #expect(frame.problem == nil && frame.isCopyable)
  }

  @Test(arguments: [324, 325]) func `a page that keeps its pixels as strips and as tiles is a problem`(
    _ tag: Int
  ) throws {
    var file = TIFFBuilder()
    let size: [TIFFBuilder.Tag] = tag == 324 ? [.init(322, 3, [16]), .init(323, 3, [16])] : []
    file.page(extra: size + [.init(tag, 4, [8, 18])])
    let structure = try walk(file)
    #expect(structure.frames[0].problem?.contains("twice") == true && !structure.frames[0].isCopyable)
    #expect(structure.isComplete)
  }

  @Test func `strips beyond those that the height needs are counted: its rows are a lie`() throws {
    var file = TIFFBuilder()
    let strip = [UInt8](repeating: 7, count: 10)
    file.page(strips: [strip, strip, strip])
    file.page(strips: [strip, strip, strip], extra: [.init(257, 3, [4])])
    file.page(strips: [strip, strip, strip], extra: [.init(257, 3, [1])])
    file.page(extra: [.init(279, 4, [10, 10, 10])])
    let frames = try walk(file).frames
    #expect(frames.map(\.stripsBeyond) == [0, 1, 2, 1])
    #expect(frames.allSatisfy { $0.problem == nil && $0.isCopyable }, "they are there, and are digested and copied")
  }

  @Test func `tiles beyond those that the size needs are nothing to speak of`() throws {
    var file = TIFFBuilder()
    let place = file.append([UInt8](repeating: 7, count: 256))
    file.page(
      extra: [
        .init(322, 3, [16]), .init(323, 3, [16]), .init(324, 4, [place, place]), .init(325, 4, [256, 256]),
      ], without: [273, 278, 279])
    let frame = try walk(file).frames[0]
    #expect(frame.problem == nil && frame.stripsBeyond == 0)
  }

  @Test func `strips that share their bytes are sound`() throws {
    var file = TIFFBuilder()
    let place = file.append(Array(1...10))
    file.page(extra: [.init(273, 4, [place, place])])
    #expect(try walk(file).frames[0].problem == nil)
  }

  @Test func `old-style JPEG is a page that cannot be taken out of its file`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(259, 3, [6])], without: [273, 279])
    let structure = try walk(file)
    #expect(structure.isComplete && structure.frames.count == 1)
    #expect(!structure.frames[0].isCopyable && structure.frames[0].problem == nil)
  }

  @Test(arguments: 0..<4) func `a file that is cut anywhere is incomplete or says a problem`(_ dialect: Int) throws {
    var file = TIFFBuilder.all[dialect]
    file.page(extra: [.init(282, 5, [300, 1])])
    file.page()
    for length in 4..<file.bytes.count {
      let structure = try walkStructure(of: MemorySource(Array(file.bytes[..<length])))
      #expect(!structure.isComplete, "\(length) of \(file.bytes.count) bytes")
    }
  }

  @Test(arguments: 0..<4) func `random damage never crashes the walk, the digest or the copy`(_ dialect: Int) throws {
    var file = TIFFBuilder.all[dialect]
    file.page(extra: [.init(282, 5, [300, 1]), .init(347, 7, Array(1...20)), .init(34665, 4, [8])])
    file.page(extra: [.init(320, 3, Array(0..<768))])
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<3000 {
      var bytes = file.bytes
      for _ in 0..<(1 + random(6)) { bytes[random(bytes.count)] = UInt8(random(4) == 0 ? 255 : random(256)) }
      let source = MemorySource(bytes)
      let structure = try walkStructure(of: source)
      for frame in structure.frames where structure.format == .tiff {
        let digest = try? pageDigest(of: source, format: .tiff, frame: frame)
        #expect(digest != nil || !frame.isCopyable)
        var sink = MemorySink()
        guard frame.isCopyable else { continue }
        _ = try copyFrames([frame], of: source, to: &sink)
        let copy = MemorySource(sink.bytes)
        let copied = try walkStructure(of: copy)
        #expect(try pageDigest(of: copy, format: .tiff, frame: copied.frames[0]) == digest)
      }
    }
  }

  /// Counts what it is asked for.
  private final class CountingSource: ByteSource {
    let bytes: [UInt8]
    var reads = 0
    var bytesRead = 0
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    var count: Int { bytes.count }
    func read(at offset: Int, count: Int) throws -> [UInt8] {
      reads += 1
      bytesRead += count
      return Array(bytes[offset..<offset + count])
    }
  }

  @Test func `5,000 pages cost one or two reads each, never their pixels (I9)`() throws {
    var file = TIFFBuilder()
    let strip = [UInt8](repeating: 7, count: 10_000)
    for _ in 0..<5000 {
      file.page(width: 5000, strips: [strip], extra: [.init(282, 5, [300, 1]), .init(283, 5, [300, 1])])
    }
    let source = CountingSource(file.bytes)
    let structure = try walkStructure(of: source)
    #expect(structure.frames.count == 5000 && structure.isComplete && structure.problem == nil)
    #expect(source.reads <= 2 * 5000 + 10)
    #expect(source.bytesRead <= 2 * 5000 * 8192 + 100_000)
  }

  @Test(arguments: [
    ("%PDF-1.7\n", "a PDF"), ("\u{FF}", "text"), ("Dear colleague,\r\n", "text"), ("GIF89a", "a GIF"),
    ("", "an empty file"),
    ("{\"schema\": 1}", "text"), ("PK\u{3}\u{4}xxxx", "a ZIP archive or office document"),
    ("\u{1}\u{2}\u{3}", "unknown data"),
    ("\0\0\0\0", "zero bytes only"), ("RIFF1234WEBPVP8 ", "a WebP image"), ("\0\0\0\u{18}ftypheic", "a HEIC image"),
  ]) func `a file of another kind is named by its first bytes`(_ head: String, _ name: String) throws {
    let structure = try walkStructure(of: MemorySource(Array(head.utf8)))
    #expect(structure.format == .unsupported(name))
    #expect(structure.frames.isEmpty && structure.isComplete)
  }

  @Test func `JPEG, BMP and DICOM are named, too`() throws {
    #expect(try SourceFormat.of(MemorySource([0xFF, 0xD8, 0xFF, 0xE0, 0])) == .unsupported("a JPEG"))
    let bitmap = Array("BM".utf8) + [70, 0, 0, 0, 0, 0, 0, 0, 54] + [UInt8](repeating: 0, count: 30)
    #expect(try SourceFormat.of(MemorySource(bitmap)) == .unsupported("a BMP"))
    let dicom = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
    #expect(try SourceFormat.of(MemorySource(dicom)) == .unsupported("a DICOM file"))
  }
}
