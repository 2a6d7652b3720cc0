import Model

/// Counts and checks the frames of a file without decoding any: what a file is, how many pages it has (I3), and whether all
/// of it is there (RULES *Ready*).
///
/// Reads directories, tables and, of a PNG, every byte once; never holds more than a chunk of the file.
/// - Throws: ``SourceError`` only. Damage is told in `problem`s, and a file of another kind has no frames.
public func walkStructure(of source: any ByteSource, limits: StructureLimits = .init()) throws -> SourceStructure {
  let format = try SourceFormat.of(source)
  if source.count > limits.bytesMax, format == .tiff || format == .png {
    return SourceStructure(
      format: format, frames: [],
      problem: "the file has \(source.count) bytes; at most \(limits.bytesMax) are taken")
  }
  switch format {
  case .tiff: return try TIFFWalk.walk(source, limits: limits)
  case .png: return try PNGStructure.walk(source, limits: limits)
  case .unsupported: return SourceStructure(format: format, frames: [], problem: nil)
  }
}

/// Identifies a page's coded image without a decoder (FORMATS *Page digest and coordinates*); streams.
///
/// Where the format leaves it open: an absent tag counts as its TIFF 6.0 default, an absent PhotometricInterpretation (which
/// has none) as 0, unequal BitsPerSample are listed with commas, tables and strips go in as the file's own bytes.
/// - Throws: ``FormatError/unreadableFrame(offset:reason:)`` where the frame has a `problem` or is old-style JPEG;
///   ``SourceError``.
public func pageDigest(of source: any ByteSource, format: SourceFormat, frame: FrameStructure) throws -> ContentDigest {
  try reportingDamage(of: frame) {
    switch format {
    case .tiff: try TIFFDigest.digest(TIFFReader(source), at: frame.offset, limits: .init())
    case .png: try PNGDigest.digest(source, limits: .init())
    case .unsupported(let what): throw StructureDamage("\(what) has no pages")
    }
  }
}

/// Writes a new TIFF of some frames of another: same byte order, same offset width, strips and values byte for byte.
///
/// Read it back before trusting it: every ``pageDigest(of:format:frame:)`` must equal the source's.
/// - Parameters:
///   - frames: in the order that they shall have; each `isCopyable`.
///   - source: a TIFF.
///   - sink: empty; after an error what it holds is useless.
/// - Returns: for each frame, what could not be taken along, in words for the manifest.
/// - Throws: ``FormatError``; ``SourceError``; the sink's errors.
public func copyFrames(
  _ frames: [FrameStructure], of source: any ByteSource, to sink: inout some ByteSink
) throws -> [[String]] {
  guard let first = frames.first else { return [] }
  var copier = try reportingDamage(of: first) { try TIFFCopier(TIFFReader(source), limits: .init(), sink: sink) }
  defer { sink = copier.sink }
  try copier.writeHeader()
  return try frames.map { frame in try reportingDamage(of: frame) { try copier.copy(frameAt: frame.offset) } }
}

private func reportingDamage<Value>(of frame: FrameStructure, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let damage as StructureDamage {
    throw FormatError.unreadableFrame(offset: frame.offset, reason: damage.problem)
  }
}
