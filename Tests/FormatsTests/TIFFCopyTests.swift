import Formats
import Model
import Testing

@Suite struct `Formats: page digests and copied frames` {
  private func copy(_ frames: [FrameStructure], _ file: TIFFBuilder) throws -> (
    MemorySource, SourceStructure, [[String]]
  ) {
    var sink = MemorySink()
    let notes = try copyFrames(frames, of: MemorySource(file.bytes), to: &sink)
    let copy = MemorySource(sink.bytes)
    return (copy, try walkStructure(of: copy), notes)
  }

  private func digests(_ source: MemorySource, _ structure: SourceStructure) throws -> [ContentDigest] {
    try structure.frames.map { try pageDigest(of: source, format: structure.format, frame: $0) }
  }

  @Test func `a page's digest is over the line of FORMATS, its tables and its strips as coded`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(347, 7, Array(100...120))])
    let source = MemorySource(file.bytes)
    let line = "chartroom.page/1 tiff 1 1 1 1 1 5 4 8 1 II\n"
    #expect(
      try digests(source, walkStructure(of: source)) == [sha256(Array(line.utf8) + Array(100...120) + Array(1...20))])
  }

  @Test func `absent tags count as their TIFF 6-0 defaults`() throws {
    var file = TIFFBuilder(isBigEndian: true)
    file.page(width: 40, without: [258, 259, 277])
    let source = MemorySource(file.bytes)
    let line = "chartroom.page/1 tiff 1 1 1 1 1 40 4 1 1 MM\n"
    #expect(try digests(source, walkStructure(of: source)) == [sha256(Array(line.utf8) + Array(1...20))])
  }

  @Test(arguments: 0..<4) func `frames taken out of a file are the same pages in the same dialect`(_ dialect: Int)
    throws
  {
    var file = TIFFBuilder.all[dialect]
    for page in 0..<4 {
      file.page(
        strips: (0..<3).map { strip in (0..<10).map { UInt8(page * 50 + strip * 10 + $0) } },
        extra: [
          .init(282, 5, [300, 1]), .init(270, 2, Array("page \(page) of four\0".utf8).map(Int.init)),
          .init(40_000, 16, [1, 2]),
        ])
    }
    let source = MemorySource(file.bytes)
    let whole = try walkStructure(of: source)
    let (copied, structure, notes) = try copy([whole.frames[3], whole.frames[1]], file)
    #expect(structure.isComplete && structure.problem == nil)
    let all = try digests(source, whole)
    #expect(try digests(copied, structure) == [all[3], all[1]])
    #expect(notes == [[], []])
    #expect(try copied.read(at: 0, count: 4) == source.read(at: 0, count: 4))
    let text = String(decoding: try copied.read(at: 0, count: copied.count), as: UTF8.self)
    #expect(text.contains("page 3 of four\0") && text.contains("page 1 of four\0"))
    #expect(!text.contains("page 0") && !text.contains("page 2"), "another page's bytes never come along")
  }

  @Test(arguments: 0..<4) func `Exif and GPS come along, other offsets are dropped and named`(_ dialect: Int) throws {
    var file = TIFFBuilder.all[dialect]
    let interop = file.directory([.init(1, 2, Array("R98\0".utf8).map(Int.init))], isLinked: false)
    let exif = file.directory(
      [.init(36_867, 2, Array("2026:11:22 02:15:00\0".utf8).map(Int.init)), .init(40_965, 4, [interop])],
      isLinked: false)
    let gps = file.directory([.init(1, 2, Array("N\0".utf8).map(Int.init))], isLinked: false)
    file.page(extra: [
      .init(330, 4, [exif]), .init(34_665, 4, [exif]), .init(34_853, 13, [gps]), .init(288, 4, [8]),
      .init(65_000, 13, [exif]),
      .init(65_001, 99, [1]),
    ])
    let source = MemorySource(file.bytes)
    let whole = try walkStructure(of: source)
    let (copied, structure, notes) = try copy(whole.frames, file)
    #expect(try digests(copied, structure) == digests(source, whole))
    let text = String(decoding: try copied.read(at: 0, count: copied.count), as: UTF8.self)
    #expect(text.contains("2026:11:22 02:15:00\0") && text.contains("R98\0"))
    #expect(notes.count == 1)
    for tag in ["tag 330 (SubIFDs)", "tag 288", "tag 65000", "tag 65001"] {
      #expect(notes[0].contains { $0.hasPrefix("not copied: \(tag),") }, "\(tag) in \(notes[0])")
    }
    #expect(notes[0].count == 4)
  }

  @Test func `an Exif directory that leads in circles is dropped, not followed`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(34_665, 4, [0])])
    let at = try walkStructure(of: MemorySource(file.bytes)).frames[0].offset
    file.page(extra: [.init(34_665, 4, [at])])
    let whole = try walkStructure(of: MemorySource(file.bytes))
    let (_, structure, notes) = try copy(whole.frames, file)
    #expect(structure.frames.count == 2 && notes[0].count == 1 && notes[1].count == 1)
  }

  @Test func `strips that share their bytes are copied once`() throws {
    var file = TIFFBuilder()
    let place = file.append([UInt8](repeating: 9, count: 1000))
    file.page(width: 500, extra: [.init(273, 4, [place, place]), .init(279, 4, [1000, 1000])])
    let source = MemorySource(file.bytes)
    let (copied, structure, _) = try copy(try walkStructure(of: source).frames, file)
    #expect(copied.count < 1500)
    #expect(try digests(copied, structure) == digests(source, walkStructure(of: source)))
  }

  @Test func `lengths that the source leaves open are written into the copy`() throws {
    var file = TIFFBuilder()
    file.page(without: [279])
    let source = MemorySource(file.bytes)
    let (copied, structure, notes) = try copy(try walkStructure(of: source).frames, file)
    #expect(notes[0].count == 1)
    #expect(try digests(copied, structure) == digests(source, walkStructure(of: source)))
  }

  @Test func `what cannot be copied is refused with its reason`() throws {
    var file = TIFFBuilder()
    file.page(extra: [.init(259, 3, [6])])
    file.page(extra: [.init(273, 4, [8, 100_000])])
    let whole = try walkStructure(of: MemorySource(file.bytes))
    for frame in whole.frames {
      #expect(throws: FormatError.self) { try copy([frame], file) }
      #expect(throws: FormatError.self) {
        try pageDigest(of: MemorySource(file.bytes), format: .tiff, frame: frame)
      }
    }
  }

  @Test(arguments: 0..<4) func `numbers of a type that only offsets have are copied as the numbers that they are`(
    _ dialect: Int
  ) throws {
    var file = TIFFBuilder.all[dialect]
    file.page(
      strips: [Array(1...31)],
      extra: [
        .init(277, 3, [3]), .init(279, 13, [30]), .init(274, 13, [6]), .init(347, 13, [7]), .init(282, 13, [200]),
        .init(283, 13, [200]), .init(296, 13, [3]),
      ])
    let source = MemorySource(file.bytes)
    let whole = try walkStructure(of: source)
    let (copied, structure, notes) = try copy(whole.frames, file)
    #expect(try digests(copied, structure) == digests(source, whole))
    var expected = whole.frames
    expected[0].offset = structure.frames[0].offset
    #expect(structure.frames == expected && notes == [[]])
  }

  @Test(arguments: 0..<4) func `whatever type a tag says it has, its page is copied as the same one or is a problem`(
    _ dialect: Int
  ) throws {
    var sound = TIFFBuilder.all[dialect]
    let map = (0..<768).map { $0 * 80 }
    sound.page(extra: [.init(274, 3, [6]), .init(282, 5, [300, 1]), .init(320, 3, map), .init(338, 3, [1])])
    let directory = try walkStructure(of: MemorySource(sound.bytes)).frames[0].offset
    let entryBytes = sound.isBig ? 20 : 12
    var copies = 0
    for entry in 0..<13 {
      for type in 0...19 {
        var file = sound
        file.patch(directory + (sound.isBig ? 8 : 2) + entry * entryBytes + 2, file.number(type, 2))
        let source = MemorySource(file.bytes)
        let whole = try walkStructure(of: source)
        #expect(whole.frames[0].isCopyable == (whole.frames[0].problem == nil))
        guard whole.frames[0].isCopyable else { continue }
        let (copied, structure, _) = try copy(whole.frames, file)
        var expected = whole.frames
        expected[0].offset = structure.frames[0].offset
        #expect(structure.frames == expected, "entry \(entry) as type \(type)")
        #expect(try digests(copied, structure) == digests(source, whole), "entry \(entry) as type \(type)")
        copies += 1
      }
    }
    #expect(copies > 13, "some types are as good as the usual one")
  }

  @Test(arguments: [
    (TIFFBuilder.Tag(339, 99, [1]), "of a type that nobody knows"),
    (.init(292, 7, [Int](repeating: 0, count: 1 << 20 | 1)), "absurdly long"),
    (.init(258, 3, [8, 8, 8]), "beyond the end of the file"),
  ]) func `a page whose pixels depend on a value that cannot be read is a problem, never copied without it`(
    _ tag: TIFFBuilder.Tag, _ problem: String
  ) throws {
    var file = TIFFBuilder()
    file.page(extra: [tag])
    if tag.tag == 258 {
      let entry = file.number(258, 2) + file.number(3, 2) + file.number(3, 4)
      let place = try #require(file.bytes.indices.first { file.bytes[$0...].starts(with: entry) })
      file.patch(place + 8, file.number(file.bytes.count - 5, 4))
    }
    let structure = try walkStructure(of: MemorySource(file.bytes))
    #expect(structure.frames[0].problem?.contains(problem) == true)
    #expect(!structure.frames[0].isCopyable)
    #expect(structure.isComplete == (tag.tag != 258), "only what lies beyond the end may still come")
    #expect(throws: FormatError.self) { try copy(structure.frames, file) }
  }

  @Test func `a source that fails is a SourceError, never a problem of the file`() throws {
    struct Broken: ByteSource {
      var count: Int { 1000 }
      func read(at offset: Int, count: Int) throws -> [UInt8] { throw SourceError.io(errno: 5) }
    }
    #expect(throws: SourceError.io(errno: 5)) { try walkStructure(of: Broken()) }
    #expect(throws: SourceError.outOfRange(offset: 2, count: 2, size: 3)) {
      try MemorySource([1, 2, 3]).read(at: 2, count: 2)
    }
  }
}
