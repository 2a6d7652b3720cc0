import Model

/// FORMATS *Page digest*, for a TIFF's frame.
enum TIFFDigest {
  /// Longest JPEGTables or colour map that is read: a map of 16-bit samples has 384 KB.
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

  /// A frame whose tables cannot be read has no digest, so the walk calls it damaged.
  /// - Throws: ``StructureDamage``.
  static func checkTables(_ frame: TIFFFrame, _ reader: TIFFReader) throws {
    for entry in tables(frame) {
      guard let count = entry.byteCount, count <= tableBytesMax else {
        throw StructureDamage("the page's JPEG tables or colour map are absurdly long")
      }
      guard reader.holds(entry) else {
        throw StructureDamage.missing("the page's JPEG tables or colour map lie", size: reader.window.count)
      }
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
