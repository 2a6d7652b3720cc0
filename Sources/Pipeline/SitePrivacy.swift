import Model
import System

/// Whether what we keep is closed to others: patient data lies in claimed storage, originals, archive, manifests and both
/// databases. Drop folders belong to the scanners and are not asked.
///
/// Modes are judged on these folders and files themselves, not on their parents: a parent is changed by whoever tidies up.
/// `facility.othersMayRead` lifts the refusal for reading; what others may write is refused always.
struct SitePrivacy {
  private let paths: SitePaths
  /// Mode bits that are refused.
  private let refused: UInt32

  init(_ paths: SitePaths, othersMayRead: Bool) {
    self.paths = paths
    refused = othersMayRead ? 0o022 : 0o077
  }

  /// - Throws: ``SiteError/openToOthers(path:mode:)``, `SystemError`.
  func check() throws {
    for path in [paths.claimed, paths.originals, paths.archive, paths.manifests] { try check(path) }
    for database in [paths.journal, paths.index] {
      // SQLite gives -wal and -shm the mode that the database had when they were made.
      for suffix in ["", "-wal", "-shm"] { try check(FilePath(bytes: database.bytes + Array(suffix.utf8))) }
    }
  }

  /// What is missing is not judged here.
  private func check(_ path: FilePath) throws {
    guard let found = try Files.stat(path), found.mode & refused != 0 else { return }
    throw SiteError.openToOthers(path: path.description, mode: found.mode, isFolder: found.kind == .folder)
  }
}
