// Owns the count of pages in I3 for PNG: one image, whether or not its data can be decoded.

/// What a PNG's chunks say before any pixel is unpacked (PNG 3rd edition §5 and §11).
struct PNGStructure {
  private let limits: StructureLimits
  private var frame: FrameStructure?
  private var hasPalette = false
  private var imageData = ImageData.before
  private var isFirst = true

  private enum ImageData { case before, inside, after }

  /// - Throws: ``SourceError`` only.
  static func walk(_ source: any ByteSource, limits: StructureLimits) throws -> SourceStructure {
    var walk = PNGStructure(limits)
    var result = SourceStructure(format: .png, frames: [], problem: nil)
    do {
      let chunks = PNGWalk(source, limits: limits)
      try chunks.forEachChunk { try walk.take($0, source) }
    } catch let damage as StructureDamage {
      if damage.isMissing { result.missing = damage.problem }
      walk.frame?.problem = damage.problem
      walk.frame?.isCopyable = false
      if walk.frame == nil { result.problem = damage.problem }
    }
    if let frame = walk.frame { result.frames = [frame] }
    return result
  }

  private init(_ limits: StructureLimits) { self.limits = limits }

  private mutating func take(_ chunk: PNGChunk, _ source: any ByteSource) throws {
    defer { isFirst = false }
    if isFirst != (chunk.type == "IHDR") {
      throw StructureDamage(isFirst ? "the PNG does not begin with its header" : "the PNG has two headers")
    }
    if imageData == .inside, chunk.type != "IDAT" { imageData = .after }
    switch chunk.type {
    case "IHDR": try takeHeader(Array(source.read(at: chunk.data.lowerBound, count: min(13, chunk.data.count))), chunk)
    case "PLTE": try takePalette(chunk)
    case "IDAT":
      if imageData == .after { throw StructureDamage("the PNG's pixels are interrupted by another chunk") }
      if frame?.photometric == 3, !hasPalette { throw StructureDamage("the PNG's pixels come before their palette") }
      imageData = .inside
    case "IEND": if imageData == .before { throw StructureDamage("the PNG has no pixels") }
    case "pHYs": try takeResolution(chunk, source)
    default:
      // An upper-case first letter: whoever does not know the chunk cannot show the image (§5.4).
      if chunk.type.utf8.first! & 0x20 == 0 {
        throw StructureDamage("the PNG needs a chunk \(chunk.type) that nobody knows")
      }
    }
  }

  private mutating func takeHeader(_ bytes: [UInt8], _ chunk: PNGChunk) throws {
    guard chunk.data.count == 13 else {
      throw StructureDamage("the PNG header is \(chunk.data.count) bytes long, not 13")
    }
    let width = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
    let height = bytes[4..<8].reduce(0) { $0 << 8 | Int($1) }
    let (depth, color) = (Int(bytes[8]), Int(bytes[9]))
    let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color]
    frame = FrameStructure(
      offset: 0, width: width, height: height, bitsPerSample: depth, samplesPerPixel: channels ?? 1, compression: 0,
      photometric: color)
    if width == 0 || height == 0 || width > limits.widthMax || height > limits.heightMax {
      throw StructureDamage("the PNG says \(width) × \(height) pixels, which is absurd")
    }
    let depths: [Int: Set<Int>] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
    guard depths[color]?.contains(depth) == true else {
      throw StructureDamage("the PNG has color type \(color) with \(depth) bits, which does not exist")
    }
    guard bytes[10] == 0, bytes[11] == 0, bytes[12] <= 1 else {
      throw StructureDamage("the PNG has a compression, filter or interlace method that does not exist")
    }
  }

  private mutating func takePalette(_ chunk: PNGChunk) throws {
    let entries = chunk.data.count / 3
    guard let frame, chunk.data.count % 3 == 0, (1...256).contains(entries), !hasPalette, imageData == .before,
      frame.photometric != 0, frame.photometric != 4,
      frame.photometric != 3 || entries <= 1 << frame.bitsPerSample
    else { throw StructureDamage("the PNG's palette is none") }
    hasPalette = true
  }

  /// Pixels a metre; with another unit it is only a ratio.
  private mutating func takeResolution(_ chunk: PNGChunk, _ source: any ByteSource) throws {
    guard chunk.data.count == 9 else { return }
    let bytes = try source.read(at: chunk.data.lowerBound, count: 9)
    guard bytes[8] == 1 else { return }
    let x = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
    let y = bytes[4..<8].reduce(0) { $0 << 8 | Int($1) }
    frame?.dpi = plausibleDPI(Double(x), Double(y), factor: 0.0254)
  }
}
