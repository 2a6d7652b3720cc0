import GRDB
import GRDBSQLite
import Glibc

/// How long a call may still wait for another process that holds a database, since it was made.
///
/// SQLite's own timeout begins when a statement does. Calls queue for the one connection that writes, so that each of ten
/// would wait the whole time behind the nine before it.
struct Patience: Sendable {
  /// A call whose time went by in the queue still tries for so long. Seconds.
  private static let secondsMin = 0.1

  private let seconds: Double
  /// Monotonic seconds.
  private let end: Double

  init(seconds: Double) {
    self.seconds = seconds
    end = Self.now + seconds
  }

  /// Seconds; 0: none.
  var left: Double { max(0, end - Self.now) }

  /// Lets a connection wait as long as is left.
  func spend(on db: Database) {
    let wait = min(seconds, max(left, Self.secondsMin))
    sqlite3_busy_timeout(db.sqliteConnection, Int32(wait * 1000))
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
