import GRDB
import Journaling
import Model

/// Where the site's folders lay.
///
/// - `places`: `folder` and `mount` are paths; `inode` and `journal` the bits of the unsigned numbers (``FolderPlace``).
enum PlaceTables {
  static let migration = """
    CREATE TABLE places (
      folder BLOB PRIMARY KEY, mount BLOB NOT NULL, inode INTEGER NOT NULL, journal INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}

extension SQLiteJournal {
  public func places() async throws -> [FolderPlace] {
    try await file.read { db in
      try db.rows("SELECT * FROM places ORDER BY folder").map {
        FolderPlace(
          folder: $0.escaped("folder"), mount: $0.escaped("mount"), inode: UInt64(bitPattern: $0["inode"]),
          journal: UInt64(bitPattern: $0["journal"]))
      }
    }
  }

  public func keepPlaces(_ places: [FolderPlace]) async throws {
    if places.isEmpty { return }
    try await file.write { db in
      for place in places {
        try db.change(
          """
          INSERT INTO places (folder, mount, inode, journal) VALUES (?, ?, ?, ?)
          ON CONFLICT (folder) DO UPDATE SET mount = excluded.mount, inode = excluded.inode, journal = excluded.journal
          """,
          [place.folder.blob, place.mount.blob, Int64(bitPattern: place.inode), Int64(bitPattern: place.journal)])
      }
    }
  }
}
