import Journaling
import Model
import System

/// Whether the site's folders still lie on the filesystems that they were on. A filesystem that is not mounted leaves an empty
/// folder in its place, which looks like one that waits for its first file: only the archive has an identity of its own.
///
/// The journal keeps for each folder where its filesystem was mounted and the folder's own number on it (``FolderPlace``). A
/// folder is missed only where all of this holds:
/// - it is another folder than it was: its number changed. So the same folder seen from a container, a service's own namespace
///   or through a bind mount is never missed, whatever is mounted where for whoever looks;
/// - where it was mounted nothing is mounted now: it lies on the filesystem above. A disk that was put in its place is not missed;
/// - that mount did not hold the journal too, and the journal's file is the one that it was: a site that was moved, copied or
///   restored as a whole is learned anew.
public struct SiteMounts {
  private let paths: SitePaths
  private let journal: any Journal

  public init(_ paths: SitePaths, journal: any Journal) {
    self.paths = paths
    self.journal = journal
  }

  /// Learns what was not known, so that the next process can ask.
  /// - Throws: ``SiteError/unmounted(folder:mount:)``; exit code 78. `JournalError`.
  public func check() async throws {
    let now = Self.places(of: paths)
    let known = try await self.known()
    for place in now {
      guard let before = known[place.folder], let gone = mountGone(before, place) else { continue }
      throw SiteError.unmounted(folder: place.folder.description, mount: gone.description)
    }
    let news = now.filter { place in
      known[place.folder].map { $0.inode != place.inode || $0.journal != place.journal } ?? true
    }
    // Where nothing can be written (a full disk) a later process learns it; reading goes on.
    try? await journal.keepPlaces(news)
  }

  /// Takes everything as it lies now.
  /// - Returns: folders that lie elsewhere than they did, with where they are now.
  @discardableResult
  public func accept() async throws -> [FolderPlace] {
    let now = Self.places(of: paths)
    let known = try await self.known()
    try await journal.keepPlaces(now)
    return now.filter { place in known[place.folder].map { mountGone($0, place) != nil } ?? false }
  }

  private func known() async throws -> [EscapedText: FolderPlace] {
    let places = try await journal.places()
    return Dictionary(places.map { ($0.folder, $0) }, uniquingKeysWith: { _, last in last })
  }

  /// The mount that a folder was on and that is gone; nil: all is well, or nothing can be said.
  private func mountGone(_ before: FolderPlace, _ now: FolderPlace) -> FilePath? {
    guard before.journal == now.journal, before.inode != now.inode, before.mount != now.mount else { return nil }
    let (old, new) = (FilePath(bytes: before.mount.bytes), FilePath(bytes: now.mount.bytes))
    guard old.lies(in: new), let journal = paths.journal.resolved, !journal.lies(in: old) else { return nil }
    return old
  }

  /// Where the folders lie now; empty where the kernel does not say.
  private static func places(of paths: SitePaths) -> [FolderPlace] {
    // Looked at first: an automounter mounts what is asked for.
    let folders = paths.required.compactMap { folder -> (folder: FilePath, place: FilePath, inode: UInt64)? in
      guard let place = folder.resolved, let found = try? Files.stat(place) else { return nil }
      return (folder, place, found.inode)
    }
    guard let table = MountTable.current(), let file = paths.journal.resolved, let journal = try? Files.stat(file)
    else { return [] }
    return folders.compactMap { folder, place, inode in
      guard let mount = table.mount(holding: place) else { return nil }
      return FolderPlace(
        folder: EscapedText(bytes: folder.bytes), mount: EscapedText(bytes: mount.bytes), inode: inode,
        journal: journal.inode)
    }
  }

  /// For `status`: folders on a filesystem that does not hold the journal too, with where it is mounted.
  static func apart(_ site: Site) async throws -> [FolderPlace] {
    let folders = Set(site.paths.required.map { EscapedText(bytes: $0.bytes) })
    let journal = site.paths.journal.resolved ?? site.paths.journal
    return try await site.journal.places().filter {
      folders.contains($0.folder) && !journal.lies(in: FilePath(bytes: $0.mount.bytes))
    }
  }
}
