import Formats
import FoundationEssentials
import Model
import System

/// The document store on disk: an OCFL 1.1 storage root with its staging and identity (FORMATS *Archive*).
///
/// Holds what I1, I2, I5 and I7 demand of it:
/// - **I1** No chart entry is visible before its bytes are durable in the archive: every writing call returns only
///   after everything it names is synced in its place.
/// - **I2** …no original is deleted before every coded page of it … its sidecar, and the whole source where it could
///   not be divided, are sound in the archive: copies are read back before they count.
/// - **I5** …a repeat carries out the plan: same ids, same bytes. Every writing call may be repeated after a crash at
///   any point; what is there is compared and adopted, never replaced.
/// - **I7** The archive and the manifests alone are enough: each object says all that the index knows about it.
///
/// A value: it holds no descriptor. Calls block on the disk; run them on a thread that may wait.
public struct Archive: Sendable {
  public let path: FilePath
  /// From `archive.json`; the journal keeps the same.
  public let uuid: String
  /// Bounds of the structure walks over sources and copies.
  public let limits: StructureLimits

  private init(path: FilePath, uuid: String, limits: StructureLimits) {
    self.path = path
    self.uuid = uuid
    self.limits = limits
  }

  var staging: FilePath { path.appending(ArchiveLayout.stagingName) }
  var root: FilePath { path.appending(ArchiveLayout.rootName) }

  /// Where a document's object lies, relative to ``path``'s `root` folder.
  public func objectPath(for id: DocumentID) -> String { ocflObjectPath(of: id) }

  func objectFolder(_ id: DocumentID) -> FilePath { root.appending(ocflObjectPath(of: id)) }

  /// Makes a new, empty archive in an existing, empty folder, durable when it returns.
  ///
  /// May be called again after a crash with the same uuid: what is there is completed if it is as it must be.
  /// - Parameter uuid: a random UUID in lower case.
  public static func create(
    at path: FilePath, uuid: String, limits: StructureLimits = .init()
  ) throws(ArchiveError) -> Archive {
    let archive = Archive(path: path, uuid: uuid, limits: limits)
    try siteErrors {
      let group = try SyncGroup(on: path)
      try makeFolderIfMissing(archive.staging)
      try makeFolderIfMissing(archive.imports)
      try makeFolderIfMissing(archive.root)
      for file in ArchiveLayout.rootFiles {
        var folder = archive.root
        for name in file.path.dropLast() {
          folder = folder.appending(name)
          try makeFolderIfMissing(folder)
        }
        try writeIfMissing(file.bytes, to: folder.appending(file.path.last!))
      }
      try group.sync()
      // The identity comes last: an archive without it is not one.
      try writeIfMissing(try archive.identityBytes(), to: path.appending(ArchiveLayout.identityName))
      try group.sync()
    }
    return archive
  }

  /// Opens an archive and checks that it is the one expected and laid out as this release knows it.
  /// - Parameter uuid: the journal's; nil accepts any (`rebuild`).
  /// - Throws: ``ArchiveError`` whose `isSiteError` is true (exit 78), or `.system`.
  public static func open(
    at path: FilePath, expecting uuid: String?, limits: StructureLimits = .init()
  ) throws(ArchiveError) -> Archive {
    try siteErrors {
      let file = path.appending(ArchiveLayout.identityName)
      guard try Files.exists(file) else { throw ArchiveError.missing(path: "\(path)") }
      let bytes = try Files.read(file, limit: 4096)
      let identity = try? JSONDecoder().decode(ArchiveIdentity.self, from: Data(bytes))
      guard let identity, identity.schema == ArchiveIdentity.schema, DocumentID("urn:uuid:" + identity.uuid) != nil
      else {
        throw ArchiveError.malformed(path: "\(file)", detail: "it is no \(ArchiveIdentity.schema)")
      }
      if let uuid, uuid != identity.uuid {
        throw ArchiveError.different(path: "\(path)", expected: uuid, found: identity.uuid)
      }
      let archive = Archive(path: path, uuid: identity.uuid, limits: limits)
      for folder in [archive.staging, archive.root] where try !Files.exists(folder) {
        throw ArchiveError.missing(path: "\(folder)")
      }
      for file in ArchiveLayout.rootFiles {
        let place = file.path.reduce(archive.root) { $0.appending($1) }
        guard try Files.exists(place), try Files.read(place, limit: 4096) == file.bytes else {
          throw ArchiveError.malformed(
            path: "\(place)", detail: "it is missing or not what this archive's layout demands")
        }
      }
      return archive
    }
  }

  /// An archive whose fixed files are damaged, for ``verify(expected:report:progress:)``, which names them and reads the rest.
  /// - Parameter uuid: the journal's.
  /// - Returns: nil where there is no archive that could be read.
  public static func openDamaged(at path: FilePath, uuid: String, limits: StructureLimits = .init()) -> Archive? {
    let archive = Archive(path: path, uuid: uuid, limits: limits)
    let isThere = [archive.staging, archive.root].allSatisfy { (try? Files.stat($0)?.kind == .folder) ?? false }
    return isThere ? archive : nil
  }

  /// The exact bytes of `archive.json`.
  func identityBytes() throws -> [UInt8] {
    try canonicalJSON(ArchiveIdentity(schema: ArchiveIdentity.schema, uuid: uuid))
  }
}

/// Lets only ``ArchiveError`` out.
private func siteErrors<Value>(_ body: () throws -> Value) throws(ArchiveError) -> Value {
  do { return try body() } catch let error as ArchiveError { throw error } catch let error as SystemError {
    throw .system(error)
  } catch { throw .inconsistentPlan("\(error)") }
}

private func makeFolderIfMissing(_ path: FilePath) throws {
  if try !Files.exists(path) { try Files.makeFolder(path) }
}

private func writeIfMissing(_ bytes: [UInt8], to path: FilePath) throws {
  guard try Files.exists(path) else { return try Files.write(path, bytes) }
  guard try Files.read(path, limit: 4096) == bytes else { throw ArchiveError.alreadyExists(path: "\(path)") }
}
