import Formats
import Glibc
import Model
import System

/// One writer's folder in `<archive>/staging`, and the way out of it into the root.
///
/// Holds a lock on the folder for as long as it lives, so that recovery in another process leaves it alone. What a
/// crash left under the same name is removed first.
struct StagingSession {
  let folder: FilePath
  private let archive: Archive
  private let lock: FileLock
  private let group: SyncGroup

  /// - Parameter name: batch or correction id; one writer at a time.
  /// - Throws: ``ArchiveError/busy(path:)`` where another process holds it.
  init(_ name: String, of archive: Archive) throws {
    self.archive = archive
    folder = archive.staging.appending(name)
    guard try archive.clearStaging(folder), let lock = try Self.make(folder) else {
      throw ArchiveError.busy(path: folder.description)
    }
    self.lock = lock
    // Before the first write, so that the kernel tells this descriptor of every failed write-back.
    group = try SyncGroup(on: folder)
  }

  /// - Returns: nil: another makes the same folder at this moment, or takes it for a leftover.
  private static func make(_ folder: FilePath) throws -> FileLock? {
    do {
      try Files.makeFolder(folder)
      return try FileLock.take(folder)
    } catch {
      if error.errno == EEXIST || error.isAbsent { return nil }
      throw error
    }
  }

  /// Makes everything written and renamed so far durable.
  func sync() throws { try group.sync() }

  enum Place { case free, taken }

  /// Renames the staged object `<folder>/<uuid>` to its place in the root. Not durable before ``sync()``.
  /// - Returns: `.taken` where something stands there already, which is left as it is.
  func publish(_ id: DocumentID) throws -> Place {
    let place = ocflObjectPath(of: id).split(separator: "/").map(String.init)
    // Recovery in another process may remove a tuple folder that is still empty: made again, a few times.
    for _ in 0..<5 {
      do {
        _ = try Files.makeFolders(Array(place.dropLast()), below: archive.root)
        try Files.rename(folder.appending(id.uuid), to: archive.objectFolder(id))
        return .free
      } catch {
        if error.errno == EEXIST || error.errno == ENOTEMPTY { return .taken }
        guard error.isAbsent else { throw error }
      }
    }
    throw ArchiveError.busy(path: archive.objectFolder(id).description)
  }

  /// Removes the folder with whatever is left in it.
  func end() throws { try Files.removeTree(folder) }
}
