// Owns the count of pages in I3: "The pages are those counted by walking the file's own structure, not those that the
// decoder liked".

/// Walks the main chain of directories: every IFD in it is a page, whatever it says of itself.
struct TIFFWalk {
  let limits: StructureLimits
  private var structure = SourceStructure(format: .tiff, frames: [], problem: nil)
  /// Offsets of the directories so far: a chain that comes back to one of them is a loop.
  private var seen: Set<Int> = []
  private var codedBytes = 0
  private var blocks = 0

  /// - Throws: ``SourceError`` only.
  static func walk(_ source: any ByteSource, limits: StructureLimits) throws -> SourceStructure {
    var walk = TIFFWalk(limits: limits)
    do {
      let reader = try TIFFReader(source)
      try walk.follow(reader)
    } catch let damage as StructureDamage {
      walk.structure.problem = damage.problem
      if damage.isMissing { walk.structure.missing = walk.structure.missing ?? damage.problem }
    }
    return walk.structure
  }

  private init(limits: StructureLimits) { self.limits = limits }

  private mutating func follow(_ reader: TIFFReader) throws {
    var offset = reader.first
    guard offset != 0 else {
      // What a writer leaves there until it has written its first page.
      var damage = StructureDamage("the file has no pages yet: its header names no directory")
      damage.isMissing = true
      throw damage
    }
    while offset != 0 {
      guard seen.insert(offset).inserted else {
        throw StructureDamage("the chain of pages comes back to byte \(offset) after \(seen.count) pages")
      }
      guard structure.frames.count < limits.framesMax else {
        throw StructureDamage("the file has more than \(limits.framesMax) pages")
      }
      let directory = try reader.directory(at: offset, entriesMax: limits.entriesMax)
      structure.frames.append(try frame(directory, reader))
      offset = directory.next
    }
  }

  private mutating func frame(_ directory: TIFFDirectory, _ reader: TIFFReader) throws -> FrameStructure {
    let tags = try TIFFFrame(directory, reader)
    var frame = FrameStructure(
      offset: directory.offset, width: max(0, tags.width), height: max(0, tags.height),
      bitsPerSample: tags.bitsPerSample[0],
      samplesPerPixel: tags.samplesPerPixel, compression: tags.compression, photometric: tags.photometric,
      orientation: tags.orientation, dpi: tags.dpi)
    // Old-style JPEG (TIFF Technical Note 2) keeps its data wherever it likes, with or without strips.
    if tags.compression == 6 {
      frame.isCopyable = false
      return frame
    }
    blocks += min(tags.offsets?.count ?? 0, limits.stripsInFileMax)
    if blocks > limits.stripsInFileMax {
      throw StructureDamage("the file's pages have \(blocks) strips, which is absurd")
    }
    do {
      try TIFFDigest.checkCoding(tags, reader)
      codedBytes += try tags.codedBytes(reader, limits: limits)
      frame.stripsBeyond = tags.stripsBeyond
      if codedBytes > limits.codedBytesMax {
        throw StructureDamage("the strips share bytes so often that the file is absurd")
      }
    } catch let damage as StructureDamage {
      frame.problem = damage.problem
      frame.isCopyable = false
      if damage.isMissing, structure.missing == nil {
        structure.missing = "page \(structure.frames.count + 1): \(damage.problem)"
      }
    }
    return frame
  }
}
