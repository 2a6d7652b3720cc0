import FoundationEssentials
import GRDB
import Journaling
import Model

/// A feed's events in a temporary table, in the order of the file: never in memory whole, whatever its size.
struct FeedSpool {
  /// Place of its file among those of one import: part of its table's name.
  private let place: Int
  private var table: String { "temp.staged_feed_\(place)" }

  init(_ file: PatientImport, place: Int, in db: Database) throws {
    self.place = place
    // What an import that failed left behind.
    try drop(in: db)
    try db.execute(sql: "CREATE TABLE \(table) (position INTEGER PRIMARY KEY, item BLOB NOT NULL)")
    let insert = try db.makeStatement(sql: "INSERT INTO \(table) (item) VALUES (?)")
    var rejects = 0
    try file.feed { item in
      if case .reject = item {
        rejects += 1
        guard rejects <= PatientImportOutcome.rejectsMax else {
          throw PatientImportError.tooManyRejects(max: PatientImportOutcome.rejectsMax)
        }
      }
      try insert.execute(arguments: [FeedItemCode.data(of: item)])
    }
  }

  func drop(in db: Database) throws { try db.execute(sql: "DROP TABLE IF EXISTS \(table)") }

  /// Items read at once: no statement stays open while each is taken.
  private static let itemsAtOnce = 256

  func forEach(in db: Database, _ body: (PatientFeedItem) throws -> Void) throws {
    var position = 0
    while true {
      let rows = try db.rows(
        "SELECT position, item FROM \(table) WHERE position > ? ORDER BY position LIMIT ?",
        [position, Self.itemsAtOnce])
      guard let last = rows.last else { return }
      for row in rows { try body(FeedItemCode.item(of: row.bytes("item"))) }
      position = last["position"]
    }
  }
}
