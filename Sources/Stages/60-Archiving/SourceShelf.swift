import Formats
import Model

/// The batch's sources while its objects are built: opened one at a time, their structure walked only where one must be
/// divided, so that a folder of 100,000 files costs one descriptor and one structure (I9).
struct SourceShelf {
  private let manifest: Manifest
  private let open: (Int) throws -> any ByteSource
  let limits: StructureLimits
  private var current: (index: Int, source: any ByteSource)?
  private var structure: (index: Int, value: SourceStructure)?

  init(manifest: Manifest, limits: StructureLimits, open: @escaping (Int) throws -> any ByteSource) {
    self.manifest = manifest
    self.limits = limits
    self.open = open
  }

  /// - Throws: ``ArchiveError/sourceChanged(source:name:detail:)`` where its size is not the manifest's.
  mutating func source(_ index: Int) throws -> any ByteSource {
    if let current, current.index == index { return current.source }
    let source = try open(index)
    let entry = manifest.sources[index]
    guard source.count == entry.bytes else {
      throw ArchiveError.sourceChanged(
        source: index, name: entry.name.description,
        detail: "it has \(source.count) bytes, the plan was made from \(entry.bytes)")
    }
    current = (index, source)
    return source
  }

  mutating func structure(of index: Int) throws -> SourceStructure {
    if let structure, structure.index == index { return structure.value }
    let value = try walkStructure(of: source(index), limits: limits)
    structure = (index, value)
    return value
  }

  mutating func isCopyable(_ index: Int, frame: Int) throws -> Bool {
    let structure = try structure(of: index)
    return structure.format == .tiff && structure.frames.indices.contains(frame) && structure.frames[frame].isCopyable
  }

  /// The name's ending of a file that is this source byte for byte.
  mutating func suffix(of index: Int) throws -> String {
    switch try SourceFormat.of(source(index)) {
    case .tiff: "tif"
    case .png: "png"
    case .unsupported: "bin"
    }
  }
}
