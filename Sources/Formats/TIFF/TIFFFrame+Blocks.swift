extension TIFFFrame {
  /// Why the picture's layout makes no sense, or nil. Says nothing of where the strips lie.
  func layoutDamage(limits: StructureLimits) -> StructureDamage? {
    if width <= 0 || height <= 0 { return StructureDamage("the page has no width or no height") }
    if width > limits.widthMax || height > limits.heightMax {
      return StructureDamage("the page says \(width) × \(height) pixels, which is absurd")
    }
    if bitsPerSample.contains(where: { !(1...64).contains($0) }) {
      return StructureDamage("the page has absurd bits per sample")
    }
    if !(1...1024).contains(samplesPerPixel) {
      return StructureDamage("the page has \(samplesPerPixel) samples per pixel")
    }
    if ![1, 2].contains(planar) { return StructureDamage("the planar configuration \(planar) is none") }
    guard let blocks = blocksExpected else { return StructureDamage("the size of strips or tiles is absurd") }
    if blocks > limits.stripsMax {
      return StructureDamage("the page has \(blocks) strips; at most \(limits.stripsMax) are read")
    }
    guard let offsets else { return StructureDamage("the page says nowhere where its pixels are") }
    let pairs: [(TIFFTag, TIFFTag)] = [(.stripOffsets, .tileOffsets), (.stripByteCounts, .tileByteCounts)]
    if pairs.contains(where: { directory[$0] != nil && directory[$1] != nil }) {
      // Forbidden by TIFF 6.0 §15: readers take either, so what is decoded would not be what is digested and copied.
      return StructureDamage("the page says twice where its pixels are: as strips and as tiles")
    }
    if !offsets.isUnsignedInteger { return StructureDamage("the strip offsets are of a type that offsets never have") }
    if offsets.count < blocks {
      return StructureDamage("the page has \(offsets.count) strips where its size needs \(blocks)")
    }
    if offsets.count > limits.stripsMax {
      return StructureDamage("the page has \(offsets.count) strips, which is absurd")
    }
    guard let byteCounts else {
      return blockBytesComputable ? nil : StructureDamage("the page does not say how long its strips are")
    }
    if !byteCounts.isUnsignedInteger || byteCounts.count < offsets.count {
      return StructureDamage("the page gives the length of \(byteCounts.count) of its \(offsets.count) strips")
    }
    return nil
  }

  /// Strips that the tables name beyond those that the size needs. Tiles are not asked: no scanner writes them, and writers
  /// of sound pictures are known that name some too many.
  var stripsBeyond: Int {
    guard !isTiled, let offsets, let needed = blocksExpected else { return 0 }
    return max(0, max(offsets.count, byteCounts?.count ?? 0) - needed)
  }

  /// Without StripByteCounts (TIFF 6.0 §3 requires them) the lengths follow from the size where nothing is compressed.
  private var blockBytesComputable: Bool {
    compression == 1 && bitsPerSample.count == 1 && subSampling.allSatisfy { (1...4).contains($0) }
  }

  /// Bytes of uncompressed strip or tile `index`: TIFF 6.0 §15, and §21 where chroma is sampled more coarsely.
  /// - Throws: ``StructureDamage`` beyond what an Int holds.
  private func uncompressedBytes(_ index: Int) throws -> Int {
    let perPlane = (blocksExpected ?? 1) / (planar == 2 ? samplesPerPixel : 1)
    let strip = index % max(perPlane, 1)
    let rows = isTiled ? blockHeight : max(0, min(blockHeight, height - strip * blockHeight))
    func product(_ factors: Int...) throws -> Int {
      try factors.dropFirst().reduce(factors[0]) {
        let (product, overflow) = $0.multipliedReportingOverflow(by: $1)
        if overflow { throw StructureDamage("the size of strips or tiles is absurd") }
        return product
      }
    }
    func quotient(_ number: Int, _ divisor: Int) -> Int { number / divisor + (number % divisor == 0 ? 0 : 1) }
    if photometric == 6, samplesPerPixel == 3, planar == 1 {
      let (across, down) = (subSampling[0], subSampling[1])
      let bits = try product(quotient(blockWidth, across), across * down + 2, bitsPerSample[0])
      return try product(quotient(bits, 8), quotient(rows, down))
    }
    return try product(
      quotient(product(blockWidth, bitsPerSample[0], planar == 2 ? 1 : samplesPerPixel), 8), rows)
  }

  /// Hands over the strips or tiles in order, as offset and length, checked to lie inside the file.
  /// - Throws: ``StructureDamage``; ``SourceError``; what `body` throws.
  func forEachBlock(_ reader: TIFFReader, limits: StructureLimits, _ body: (Int, Range<Int>) throws -> Void) throws {
    if let damage = layoutDamage(limits: limits) { throw damage }
    guard let offsets, let offsetBytes = TIFFEntry.size(ofType: offsets.type) else { return }
    let size = reader.window.count
    guard reader.holds(offsets) else { throw StructureDamage.missing("the table of strips lies", size: size) }
    if let byteCounts, !reader.holds(byteCounts) {
      throw StructureDamage.missing("the table of strip lengths lies", size: size)
    }
    let countBytes = byteCounts.flatMap { TIFFEntry.size(ofType: $0.type) } ?? 0
    for start in stride(from: 0, to: offsets.count, by: 1024) {
      let range = start..<min(start + 1024, offsets.count)
      let places = try reader.integers(offsets, range: range, size: offsetBytes)
      let lengths =
        try byteCounts.map { try reader.integers($0, range: range, size: countBytes) }
        ?? range.map { try uncompressedBytes($0) }
      for index in range {
        let place = places[index - start]
        let length = lengths[index - start]
        guard length > 0 else { throw StructureDamage("strip \(index + 1) of \(offsets.count) is empty") }
        guard reader.window.holds(place, length) else {
          throw StructureDamage.missing("strip \(index + 1) of \(offsets.count) lies", size: size)
        }
        // libtiff reads on into what follows; such pixels no digest would cover and no copy hold.
        if blockBytesComputable, length < (try uncompressedBytes(index)) {
          throw StructureDamage("strip \(index + 1) of \(offsets.count) is shorter than its pixels")
        }
        try body(index, place..<place + length)
      }
    }
  }

  /// Coded bytes of all strips; the same bytes count as often as strips share them.
  func codedBytes(_ reader: TIFFReader, limits: StructureLimits) throws -> Int {
    var total = 0
    try forEachBlock(reader, limits: limits) { total += $1.count }
    return total
  }
}
