import Formats
import Model
import System

/// Writes one object's files into its staging folder, version 1, and reads them back.
///
///     <staging>/0=ocfl_object_1.1
///     <staging>/inventory.json  inventory.json.sha512
///     <staging>/v1/inventory.json  inventory.json.sha512
///     <staging>/v1/content/0001.tif …  document.json | set-aside.json
///
/// Nothing is synced here: the caller syncs the whole batch at once.
struct ObjectStaging {
  let folder: FilePath
  private let id: DocumentID
  private var files: [(path: String, digest: String)] = []

  init(_ id: DocumentID, in folder: FilePath) throws {
    self.id = id
    self.folder = folder
    try Files.makeFolder(folder)
    try Files.makeFolder(folder.appending("v1"))
    try Files.makeFolder(content)
  }

  private var content: FilePath { folder.appending("v1").appending(ArchiveLayout.contentName) }

  /// A small file of our own.
  mutating func add(_ name: String, bytes: [UInt8]) throws {
    try Files.write(content.appending(name), bytes)
    files.append((name, sha512Hex(bytes)))
  }

  /// A source, byte for byte; read back it has the digest that it had when it was taken.
  mutating func add(_ name: String, copying source: any ByteSource, expecting: ContentDigest) throws -> Bool {
    let path = content.appending(name)
    var sink = try FileSink(creating: path)
    try source.forEachPiece { try sink.write($0) }
    try sink.close()
    let digests = try FileDigests(of: FileSource(Descriptor.open(path)))
    files.append((name, digests.sha512))
    return digests.sha256 == expecting
  }

  /// Frames of a TIFF as a new one.
  /// - Returns: for each frame what was left out of the copy, and the digest of the page as it was read back.
  mutating func add(
    _ name: String, frames: [FrameStructure], of source: any ByteSource, limits: StructureLimits
  ) throws -> [(notes: [String], digest: ContentDigest?)] {
    let path = content.appending(name)
    var sink = try FileSink(creating: path)
    let notes = try copyFrames(frames, of: source, to: &sink)
    try sink.close()
    let copy = try FileSource(Descriptor.open(path))
    files.append((name, try FileDigests(of: copy).sha512))
    let structure = try walkStructure(of: copy, limits: limits)
    let isWhole = structure.problem == nil && structure.frames.count == frames.count
    return try frames.indices.map { index in
      guard isWhole, structure.frames[index].problem == nil else { return (notes[index], nil) }
      return (notes[index], try pageDigest(of: copy, format: .tiff, frame: structure.frames[index]))
    }
  }

  /// Writes the declaration, the inventory and its copies.
  /// - Returns: the inventory's exact bytes.
  func finish(_ version: VersionNote) throws -> [UInt8] {
    let inventory = try canonicalJSON(Inventory(id: id, files: files, version: version))
    try Files.write(folder.appending(ArchiveLayout.objectDeclarationName), ArchiveLayout.objectDeclaration)
    for place in [folder, folder.appending("v1")] { try place.writeInventory(inventory) }
    return inventory
  }
}

extension FilePath {
  /// Writes an inventory and its sidecar into a folder that has neither.
  func writeInventory(_ bytes: [UInt8]) throws {
    try Files.write(appending(ArchiveLayout.inventoryName), bytes)
    try Files.write(appending(ArchiveLayout.sidecarName), ArchiveLayout.sidecar(of: sha512Hex(bytes)))
  }
}

/// Both digests of a file in one reading.
struct FileDigests {
  var sha512: String
  var sha256: ContentDigest

  init(of source: any ByteSource) throws {
    var long = SHA512Hasher()
    var short = SHA256Hasher()
    try source.forEachPiece {
      long.update($0)
      short.update($0)
    }
    sha512 = long.finalize()
    sha256 = short.finalize()
  }
}

/// Bytes read at once: large against a system call, small against the memory of a page.
private let pieceBytes = 1 << 20

extension ByteSource {
  /// Hands over all bytes in order, at most 1 MiB at a time.
  func forEachPiece(_ body: ([UInt8]) throws -> Void) throws {
    for start in stride(from: 0, to: count, by: pieceBytes) {
      try body(read(at: start, count: min(pieceBytes, count - start)))
    }
  }
}
