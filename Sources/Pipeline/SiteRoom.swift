import System

/// Room on a filesystem that intake writes to, held against the configured floors. `status` shows it and intake stops by
/// it: one judgement for both.
public struct SiteRoom: Hashable, Sendable {
  /// What lies there: `archive`, `claimed`, `originals`, `manifests`, `journal`.
  public var what: String
  public var path: String
  public var space: Space
  /// Below a floor of either (`archiving.freeBytesMin`, `freeInodesMin`): intake stops.
  public var isBelowFloor: Bool

  /// What the filesystem said when a few bytes were written there; nil: it took and kept them, or was not asked.
  public var refusal: String?

  /// Why nothing is taken in while it is so, as a sentence; nil: this place does not hinder.
  public var hindrance: String? {
    if space.isReadOnly {
      return "The filesystem of \(what) (\(path)) is read-only. Look at the kernel's log and remount it; "
        + "intake goes on by itself."
    }
    guard isBelowFloor else { return nil }
    return "The disk of \(what) (\(path)) has \(space.freeBytes >> 20) MiB and \(space.freeInodes) inodes left, "
      + "below the floor of archiving.freeBytesMin and freeInodesMin. Make room; intake goes on by itself."
  }

  /// Every place that a batch is written to on its way.
  /// - Throws: `SystemError`.
  /// - Parameter isProbed: writes a few bytes to each, of which nothing stays.
  static func all(of site: Site, isProbed: Bool = false) throws -> [SiteRoom] {
    let floors = site.configuration.archiving
    let places: [(String, FilePath)] = [
      ("archive", site.paths.archive), ("claimed", site.paths.claimed), ("originals", site.paths.originals),
      ("manifests", site.paths.manifests), ("journal", site.paths.journal.parent),
    ]
    return try places.map { what, path in
      let space = try Space.of(path)
      let isLow = space.freeBytes < floors.freeBytesMin || space.freeInodes < floors.freeInodesMin
      var room = SiteRoom(what: what, path: path.description, space: space, isBelowFloor: isLow)
      if isProbed {
        do { try SyncGroup.probe(path) } catch { room.refusal = "\(error)" }
      }
      return room
    }
  }
}
