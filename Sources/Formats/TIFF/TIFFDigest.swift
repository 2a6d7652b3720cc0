import Model

/// FORMATS *Page digest*, for a TIFF's frame.
enum TIFFDigest {
  /// Longest value that a picture depends on, strips aside: a colour map of 16-bit samples has 384 KB.
  private static let tableBytesMax = 1 << 20

  /// - Throws: ``StructureDamage``; ``SourceError``.
  static func digest(_ reader: TIFFReader, at offset: Int, limits: StructureLimits) throws -> ContentDigest {
    let frame = try TIFFFrame(reader.directory(at: offset, entriesMax: limits.entriesMax), reader)
    guard frame.compression != 6 else { throw StructureDamage("old-style JPEG keeps no strips that could be digested") }
    var hasher = SHA256Hasher()
    hasher.update(Array(line(frame, reader.dialect).utf8))
    for entry in tables(frame) { hasher.update(try reader.bytes(entry, max: tableBytesMax)) }
    try frame.forEachBlock(reader, limits: limits) { _, range in
      try reader.window.source.forEachChunk(range) { hasher.update($0) }
    }
    return hasher.finalize()
  }

  /// What decoders need beside the strips.
  private static func tables(_ frame: TIFFFrame) -> [TIFFEntry] {
    [TIFFTag.jpegTables, .colorMap].compactMap { frame.directory[$0] }
  }

  /// A frame whose tables or coding tags cannot be read is damaged for the walk: it has no digest, and a copy without them
  /// would be another picture.
  /// - Throws: ``StructureDamage``.
  static func checkCoding(_ frame: TIFFFrame, _ reader: TIFFReader) throws {
    for entry in frame.directory.entries where TIFFTag.coding.contains(entry.tag) {
      func value() -> String { "the value of tag \(entry.tag), which the pixels depend on," }
      guard let count = entry.byteCount else { throw StructureDamage("\(value()) is of a type that nobody knows") }
      // libtiff takes a width of a signed type; who does not would cut the strips elsewhere.
      guard entry.isPlainNumber || !TIFFTag.layout.contains(entry.tag) else {
        throw StructureDamage("\(value()) is of a type that it never has")
      }
      guard count <= tableBytesMax else { throw StructureDamage("\(value()) is absurdly long") }
      guard reader.holds(entry) else { throw StructureDamage.missing("\(value()) lies", size: reader.window.count) }
    }
  }

  /// Samples of unequal bits are listed with commas, as in the tag.
  private static func line(_ frame: TIFFFrame, _ dialect: TIFFDialect) -> String {
    let bits = frame.bitsPerSample.map(String.init).joined(separator: ",")
    return "chartroom.page/1 tiff \(frame.compression) \(frame.photometric) \(frame.fillOrder) \(frame.predictor)"
      + " \(frame.planar) \(frame.width) \(frame.height) \(bits) \(frame.samplesPerPixel)"
      + " \(dialect.isBigEndian ? "MM" : "II")\n"
  }
}
