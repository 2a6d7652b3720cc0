import Model

/// FORMATS *Page digest*, for a PNG.
enum PNGDigest {
  /// - Throws: ``StructureDamage``; ``SourceError``.
  static func digest(_ source: any ByteSource, limits: StructureLimits) throws -> ContentDigest {
    var hasher = SHA256Hasher()
    hasher.update(Array("chartroom.page/1 png\n".utf8))
    let digested: Set<String> = ["IHDR", "PLTE", "IDAT"]
    try PNGWalk(source, limits: limits).forEachChunk(
      wantsData: { digested.contains($0) }, onData: { hasher.update(Array($0)) }, { _ in })
    return hasher.finalize()
  }
}
