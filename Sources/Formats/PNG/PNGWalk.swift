/// One chunk of a PNG: where its data lies, checked to be inside the file.
struct PNGChunk {
  /// Four letters.
  var type: String
  var data: Range<Int>
}

/// Walks a PNG's chunks in order, checking each CRC, up to IEND; what follows IEND is not looked at.
struct PNGWalk {
  let source: any ByteSource
  let limits: StructureLimits
  private let window: ByteWindow

  init(_ source: any ByteSource, limits: StructureLimits) {
    self.source = source
    self.limits = limits
    window = ByteWindow(source)
  }

  /// - Parameter wantsData: says which chunks' data `onData` gets, piece by piece and before the CRC is known.
  /// - Throws: ``StructureDamage``; ``SourceError``; what the closures throw.
  func forEachChunk(
    wantsData: (String) -> Bool = { _ in false }, onData: (ArraySlice<UInt8>) throws -> Void = { _ in },
    _ body: (PNGChunk) throws -> Void
  ) throws {
    guard source.count >= 8 else {
      throw StructureDamage.missing("the rest of the PNG signature lies", size: source.count)
    }
    var position = 8
    for _ in 0..<limits.chunksMax {
      let chunk = try chunk(at: position)
      try check(chunk, isWanted: wantsData(chunk.type), onData)
      try body(chunk)
      if chunk.type == "IEND" { return }
      position = chunk.data.upperBound + 4
    }
    throw StructureDamage("the PNG has more than \(limits.chunksMax) chunks")
  }

  private func chunk(at position: Int) throws -> PNGChunk {
    let head = try window.read(at: position, count: 8, "the next chunk lies")
    let length = head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    let letters = head.suffix(4)
    guard letters.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }) else {
      throw StructureDamage("what stands at byte \(position) is no PNG chunk")
    }
    let type = String(decoding: letters, as: UTF8.self)
    guard length <= Int(Int32.max) else { throw StructureDamage("the chunk \(type) has an absurd length") }
    guard window.holds(position + 8, length + 4) else {
      throw StructureDamage.missing("the end of the chunk \(type) lies", size: source.count)
    }
    return PNGChunk(type: type, data: position + 8..<position + 8 + length)
  }

  private func check(_ chunk: PNGChunk, isWanted: Bool, _ onData: (ArraySlice<UInt8>) throws -> Void) throws {
    var crc = CRC32()
    crc.update(Array(chunk.type.utf8)[...])
    if chunk.data.count <= 4 << 10 {
      // Small ones mostly lie in the window already.
      let bytes = try window.read(at: chunk.data.lowerBound, count: chunk.data.count, "a chunk lies")
      crc.update(bytes)
      if isWanted { try onData(bytes) }
    } else {
      try source.forEachChunk(chunk.data) {
        crc.update($0[...])
        if isWanted { try onData($0[...]) }
      }
    }
    let stored = try window.read(at: chunk.data.upperBound, count: 4, "a checksum lies")
    guard stored.reduce(UInt32(0), { $0 << 8 | UInt32($1) }) == crc.value else {
      var damage = StructureDamage(
        "the checksum of the chunk \(chunk.type) at byte \(chunk.data.lowerBound - 8) is wrong")
      damage.isMissing = true
      throw damage
    }
  }
}
