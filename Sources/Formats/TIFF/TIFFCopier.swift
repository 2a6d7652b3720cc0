/// Takes frames out of a TIFF into a new one, still in their compression: strips and values are copied as bytes, only offsets
/// are written anew (FORMATS *Archive*). Streams: holds one strip table and one chunk at a time.
struct TIFFCopier<Sink: ByteSink> {
  let reader: TIFFReader
  let limits: StructureLimits
  var sink: Sink
  /// Where the offset of the next directory must be written.
  private var link: Int
  /// What could not be taken along from the frame in hand, in words for the manifest.
  private var notes: [String] = []

  /// Longest value other than pixels that is copied. 64 MB: above any colour profile or vendor block known.
  private let valueBytesMax = 64 << 20

  init(_ reader: TIFFReader, limits: StructureLimits, sink: Sink) throws {
    self.reader = reader
    self.limits = limits
    self.sink = sink
    link = sink.position + reader.dialect.headerBytes - reader.dialect.offsetBytes
    precondition(sink.position == 0, "a TIFF begins at the first byte of its file")
  }

  mutating func writeHeader() throws { try sink.write(reader.dialect.header) }

  /// - Returns: notes on what could not be taken along.
  /// - Throws: ``StructureDamage``; ``FormatError/tooLong(bytes:)``; ``SourceError``; the sink's errors.
  mutating func copy(frameAt offset: Int) throws -> [String] {
    notes = []
    let directory = try reader.directory(at: offset, entriesMax: limits.entriesMax)
    let frame = try TIFFFrame(directory, reader)
    if frame.compression == 6 { throw StructureDamage("old-style JPEG cannot be taken out of its file") }
    try TIFFDigest.checkCoding(frame, reader)
    if !directory.repeated.isEmpty { notes.append("not copied: second entries of \(names(directory.repeated))") }
    let blocks = try copyBlocks(frame)
    var entries = try copyEntries(directory, frame: frame)
    let offsetsTag = frame.isTiled ? TIFFTag.tileOffsets : .stripOffsets
    entries.append(try longEntry(offsetsTag, blocks.offsets))
    if frame.byteCounts == nil {
      entries.append(try longEntry(frame.isTiled ? .tileByteCounts : .stripByteCounts, blocks.lengths))
      notes.append("added: the lengths of the strips, which the source leaves to be computed")
    }
    let written = try writeDirectory(entries)
    try patch(link, written.offset)
    link = written.link
    return notes
  }

  // MARK: Pixels

  private mutating func copyBlocks(_ frame: TIFFFrame) throws -> (offsets: [Int], lengths: [Int]) {
    var offsets: [Int] = []
    var lengths: [Int] = []
    // Strips that share their bytes go on sharing them.
    var copied: [Range<Int>: Int] = [:]
    try frame.forEachBlock(reader, limits: limits) { _, range in
      lengths.append(range.count)
      if let place = copied[range] { return offsets.append(place) }
      copied[range] = sink.position
      offsets.append(sink.position)
      try copyBytes(range)
    }
    return (offsets, lengths)
  }

  private mutating func copyBytes(_ range: Range<Int>) throws {
    var position = range.lowerBound
    while position < range.upperBound {
      let size = min(chunkBytesMax, range.upperBound - position)
      try sink.write(reader.window.source.read(at: position, count: size))
      position += size
    }
  }

  // MARK: Entries

  /// Tags that are rewritten by ``copy(frameAt:)`` itself.
  private func isRewritten(_ tag: Int, _ frame: TIFFFrame) -> Bool {
    frame.offsets?.tag == tag || tag == TIFFTag.stripOffsets.rawValue || tag == TIFFTag.tileOffsets.rawValue
  }

  private mutating func copyEntries(_ directory: TIFFDirectory, frame: TIFFFrame?) throws -> [[UInt8]] {
    var written: [[UInt8]] = []
    for entry in directory.entries.sorted(by: { $0.tag < $1.tag }) {
      if let frame, isRewritten(entry.tag, frame) { continue }
      if let bytes = try copy(entry, isPlain: frame != nil && TIFFTag.plain.contains(entry.tag)) {
        written.append(bytes)
      }
    }
    return written
  }

  /// - Parameter isPlain: its value is no offset, whatever its type.
  /// - Returns: the entry's bytes in the new file; nil where it was dropped, which is noted.
  private mutating func copy(_ entry: TIFFEntry, isPlain: Bool) throws -> [UInt8]? {
    switch TIFFTag(rawValue: entry.tag) {
    case .exif, .gps, .interoperability: return try copySubdirectory(entry)
    case .subIFDs, .globalParameters, .freeOffsets, .freeByteCounts, .jpegInterchangeFormat,
      .jpegInterchangeFormatLength,
      .jpegQTables, .jpegDCTables, .jpegACTables:
      return drop(entry, "it points elsewhere in its file")
    default: break
    }
    if !isPlain, entry.type == 13 || entry.type == 18 { return drop(entry, "it points elsewhere in its file") }
    guard let count = entry.byteCount, count <= valueBytesMax else {
      return drop(entry, "its type or length is unknown")
    }
    guard reader.holds(entry) else { return drop(entry, "its value lies beyond the end of the file") }
    if entry.tag == TIFFTag.makerNote.rawValue {
      notes.append("tag 37500 copied as it is; offsets inside it may not hold")
    }
    if count <= reader.dialect.offsetBytes {
      let value = try reader.bytes(entry, max: count)
      return try entryBytes(entry, value + [UInt8](repeating: 0, count: reader.dialect.offsetBytes - count))
    }
    try align()
    let place = sink.position
    try copyBytes(entry.valueOffset..<entry.valueOffset + count)
    return try entryBytes(entry, offsetBytes(place))
  }

  private mutating func drop(_ entry: TIFFEntry, _ reason: String) -> [UInt8]? {
    notes.append("not copied: \(names([entry.tag])), \(reason)")
    return nil
  }

  /// Exif, GPS and Interoperability directories (Exif 2.3 §4.6.3): plain directories without pictures.
  private mutating func copySubdirectory(_ entry: TIFFEntry) throws -> [UInt8]? {
    guard let offset = try reader.integer(entry), entry.count == 1 else { return drop(entry, "it points nowhere") }
    let before = notes
    do {
      let directory = try reader.directory(at: offset, entriesMax: limits.entriesMax)
      // Only Exif may lead further, and only to Interoperability: no recursion without end.
      let nested = directory.entries.contains { $0.tag == TIFFTag.exif.rawValue || $0.tag == TIFFTag.gps.rawValue }
      let inner = directory[.interoperability] != nil && entry.tag != TIFFTag.exif.rawValue
      if nested || inner || directory[.stripOffsets] != nil || directory[.tileOffsets] != nil {
        return drop(entry, "its directory is not a simple one")
      }
      let place = try writeDirectory(copyEntries(directory, frame: nil)).offset
      return try entryBytes(
        TIFFEntry(tag: entry.tag, type: reader.dialect.isBigTIFF ? 16 : 4, count: 1, valueOffset: 0, byteCount: nil),
        offsetBytes(place))
    } catch let damage as StructureDamage {
      notes = before
      return drop(entry, damage.problem)
    }
  }

  // MARK: Writing

  private func entryBytes(_ entry: TIFFEntry, _ value: [UInt8]) throws -> [UInt8] {
    let dialect = reader.dialect
    return dialect.bytes(entry.tag, count: 2) + dialect.bytes(entry.type, count: 2) + dialect.offset(entry.count)
      + value
  }

  /// An entry of offsets or lengths, as LONG or in BigTIFF LONG8.
  private mutating func longEntry(_ tag: TIFFTag, _ values: [Int]) throws -> [UInt8] {
    let dialect = reader.dialect
    let entry = TIFFEntry(
      tag: tag.rawValue, type: dialect.isBigTIFF ? 16 : 4, count: values.count, valueOffset: 0, byteCount: nil)
    if values.count == 1 { return try entryBytes(entry, offsetBytes(values[0])) }
    try align()
    let place = sink.position
    for start in stride(from: 0, to: values.count, by: 8192) {
      try sink.write(values[start..<min(start + 8192, values.count)].flatMap { dialect.offset($0) })
    }
    return try entryBytes(entry, offsetBytes(place))
  }

  private func offsetBytes(_ value: Int) throws -> [UInt8] {
    if !reader.dialect.isBigTIFF, value > Int(UInt32.max) { throw FormatError.tooLong(bytes: value) }
    return reader.dialect.offset(value)
  }

  /// Directories and long values begin on a word boundary (TIFF 6.0 §2), in BigTIFF on eight bytes.
  private mutating func align() throws {
    let unit = reader.dialect.isBigTIFF ? 8 : 2
    let rest = sink.position % unit
    if rest != 0 { try sink.write([UInt8](repeating: 0, count: unit - rest)) }
  }

  private mutating func writeDirectory(_ entries: [[UInt8]]) throws -> (offset: Int, link: Int) {
    try align()
    let dialect = reader.dialect
    let offset = sink.position
    let sorted = entries.sorted { dialect.number($0.prefix(2))! < dialect.number($1.prefix(2))! }
    try sink.write(dialect.bytes(sorted.count, count: dialect.entryCountBytes) + sorted.joined())
    let link = sink.position
    try sink.write(dialect.offset(0))
    if !dialect.isBigTIFF, sink.position > Int(UInt32.max) { throw FormatError.tooLong(bytes: sink.position) }
    return (offset, link)
  }

  private mutating func patch(_ place: Int, _ value: Int) throws { try sink.overwrite(at: place, offsetBytes(value)) }

  private func names(_ tags: [Int]) -> String {
    let known = [330: "SubIFDs", 34665: "Exif", 34853: "GPS", 40965: "Interoperability", 400: "GlobalParametersIFD"]
    return tags.map { tag in "tag \(tag)" + (known[tag].map { " (\($0))" } ?? "") }.joined(separator: ", ")
  }
}
