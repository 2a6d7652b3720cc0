import GRDB
import GRDBSQLite
import Journaling

/// A sum over the rows of each table, kept beside them: damage that SQLite cannot see, a bit flipped in a name or a number, is
/// found by adding up again.
///
/// Table `seals`: one row a table, `sum` the wrapping sum of a 64-bit hash of each of its rows. Temporary triggers on the
/// connection that writes keep it, whatever statement changes a row; rows changed by another program are found for the same
/// reason. It is against accidents, not against whoever can write the file. It is made by the first open that finds none, and
/// anew after a migration.
enum Seals {
  /// - Parameter db: the connection that writes, outside a transaction, its schema the newest.
  static func keep(_ db: Database) throws {
    try db.inTransaction(.immediate) {
      try db.execute(sql: "CREATE TABLE IF NOT EXISTS seals (name TEXT PRIMARY KEY, sum INTEGER NOT NULL) STRICT")
      let sealed = Set(try String.fetchAll(db, sql: "SELECT name FROM seals"))
      for table in try tables(db) where !sealed.contains(table) {
        try db.execute(sql: "INSERT INTO seals (name, sum) VALUES (?, ?)", arguments: [table, try sum(of: table, db)])
      }
      return .commit
    }
    // Without this a row that REPLACE puts out of the way would leave no trace.
    try db.execute(sql: "PRAGMA recursive_triggers = ON")
    for table in try tables(db) { try addTriggers(to: table, db) }
  }

  /// For a migration, in its transaction: what it changed is sealed as it then is.
  static func forget(_ db: Database) throws {
    if try db.tableExists("seals") { try db.execute(sql: "DELETE FROM seals") }
  }

  /// - Parameter wanted: tables to look at; nil: all.
  /// - Returns: a sentence for each table whose rows are not those that were written.
  static func findings(_ db: Database, of wanted: Set<String>? = nil) throws -> [String] {
    guard try db.tableExists("seals") else { return [] }
    var findings: [String] = []
    for table in try tables(db) where wanted?.contains(table) ?? true {
      let kept = try Int64.fetchOne(db, sql: "SELECT sum FROM seals WHERE name = ?", arguments: [table])
      if try kept != sum(of: table, db) { findings.append("rows of \(table) are not those that were written") }
    }
    return findings
  }

  // MARK: Tables

  /// Tables of ours, in order of names.
  private static func tables(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT t.name FROM main.sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND t.name <> 'seals' AND t.sql NOT LIKE 'CREATE VIRTUAL%'
          AND NOT EXISTS (SELECT 1 FROM main.sqlite_schema v WHERE v.sql LIKE 'CREATE VIRTUAL%'
            AND t.name LIKE v.name || '\\_%' ESCAPE '\\') ORDER BY t.name
        """)
  }

  private static func columns(of table: String, _ db: Database, prefix: String = "") throws -> String {
    try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?) ORDER BY cid", arguments: [table])
      .map { "\(prefix)\"\($0)\"" }.joined(separator: ", ")
  }

  private static func sum(of table: String, _ db: Database) throws -> Int64 {
    let rows = try Int64.fetchCursor(db, sql: "SELECT seal(0, 1, \(columns(of: table, db))) FROM \"\(table)\"")
    var sum: Int64 = 0
    while let row = try rows.next() { sum &+= row }
    return sum
  }

  private static func addTriggers(to table: String, _ db: Database) throws {
    let new = try columns(of: table, db, prefix: "NEW.")
    let old = try columns(of: table, db, prefix: "OLD.")
    let sums = [
      "INSERT": "seal(sum, 1, \(new))", "DELETE": "seal(sum, -1, \(old))",
      "UPDATE": "seal(seal(sum, -1, \(old)), 1, \(new))",
    ]
    for (event, sum) in sums.sorted(by: { $0.key < $1.key }) {
      try db.execute(
        sql: """
          CREATE TEMP TRIGGER IF NOT EXISTS "seal_\(event)_\(table)" AFTER \(event) ON main."\(table)" BEGIN
            UPDATE seals SET sum = \(sum) WHERE name = '\(table)';
          END
          """)
    }
  }

  // MARK: The function

  /// Gives a connection the SQL function `seal(sum, sign, value…)`: `sum` with the hash of the values added (`sign` 1) or taken
  /// away (-1).
  static func addFunction(to db: Database) throws {
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
    let result = sqlite3_create_function_v2(
      db.sqliteConnection, "seal", -1, flags, nil,
      { context, count, values in
        guard let values, count > 2 else { return sqlite3_result_null(context) }
        var hash = RowHash()
        for index in 2..<Int(count) { hash.add(values[index]) }
        let sum = sqlite3_value_int64(values[0])
        sqlite3_result_int64(
          context, sqlite3_value_int64(values[1]) < 0 ? sum &- hash.value : sum &+ hash.value)
      }, nil, nil, nil)
    guard result == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
  }
}

/// FNV-1a over the values' types, lengths and bytes, mixed at the end so that sums of rows do not cancel out.
private struct RowHash {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ value: OpaquePointer?) {
    let type = sqlite3_value_type(value)
    add(UInt64(truncatingIfNeeded: type))
    switch type {
    case SQLITE_INTEGER: add(UInt64(bitPattern: sqlite3_value_int64(value)))
    case SQLITE_FLOAT: add(sqlite3_value_double(value).bitPattern)
    case SQLITE_TEXT, SQLITE_BLOB:
      // The bytes of a text as they are stored: `blob` asks for no conversion.
      let start = sqlite3_value_blob(value)
      let count = Int(sqlite3_value_bytes(value))
      add(UInt64(count))
      add(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    default: break
    }
  }

  private mutating func add(_ number: UInt64) { state = (state ^ number) &* 0x100_0000_01B3 &+ (state >> 47) }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var at = 0
    while at + 8 <= bytes.count {
      add(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      at += 8
    }
    while at < bytes.count {
      add(UInt64(bytes[at]))
      at += 1
    }
  }

  /// Finalizer of splitmix64.
  var value: Int64 {
    var x = state
    x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ x >> 27) &* 0x94D0_49BB_1331_11EB
    return Int64(bitPattern: x ^ x >> 31)
  }
}
