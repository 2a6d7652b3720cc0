import GRDB
import Journaling

/// A file of the patient index, read whole into temporary tables before the transaction begins: reading and parsing, however long they
/// take, hold up no filing, and what is refused for its form is refused before anything is locked.
enum StagedImport {
  case snapshot(PatientSnapshot)
  case feed(FeedSpool)

  /// Kilobytes of the temporary tables that stay in memory.
  private static let cacheKilobytes = 98_304

  /// - Returns: for each file what it holds.
  static func stage(_ files: [PatientImport], in db: Database) throws -> [StagedImport] {
    try db.execute(sql: "PRAGMA temp.cache_size = -\(cacheKilobytes)")
    return try files.enumerated().map { place, file in
      switch file.order {
      case .any: .snapshot(try PatientSnapshot(file, place: place, in: db))
      case .asWritten: .feed(try FeedSpool(file, place: place, in: db))
      }
    }
  }

  static func drop(_ staged: [StagedImport], in db: Database) throws {
    for one in staged {
      switch one {
      case .snapshot(let snapshot): try snapshot.drop(in: db)
      case .feed(let spool): try spool.drop(in: db)
      }
    }
  }
}
