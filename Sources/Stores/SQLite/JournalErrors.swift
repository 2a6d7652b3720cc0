import GRDB
import Journaling

/// The one place where SQLite's result codes become ``JournalError``. The message is SQLite's own, which never
/// carries a statement's arguments: no name and no number gets into a log this way.
extension JournalError {
  init(_ error: DatabaseError, at path: String) {
    let text = "\(path): \(error.sentence)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .busy
    case .SQLITE_FULL: self = .disk("\(text); free space on its disk")
    case .SQLITE_IOERR:
      self = .disk("\(text); check its disk (dmesg, smartctl); what was not committed was taken back")
    case .SQLITE_READONLY:
      self = .disk("\(text); remount its filesystem writable, or correct the file's mode and owner")
    case .SQLITE_NOMEM: self = .disk("\(text); memory is short: lower limits.workers, or run less beside it")
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_NOLFS:
      self = .disk("\(text); check the file, its folder and their modes")
    case _ where error.isMalformed: self = .malformed(path: path, detail: error.sentence)
    default: self = .damaged("\(text); run `chartroom verify`, which says what is wrong with it")
    }
  }

  /// Whatever a store's own code threw; errors of others (a renderer's) pass through unchanged.
  static func mapped(_ error: any Error, at path: String) -> any Error {
    switch error {
    case let error as DatabaseError: JournalError(error, at: path)
    case let error as RowDecodingError: JournalError.malformed(path: path, detail: "a row cannot be read: \(error)")
    default: error
    }
  }

  /// The same where only a ``JournalError`` may come out.
  static func closed(_ error: any Error, at path: String) -> JournalError {
    switch mapped(error, at: path) {
    case let error as JournalError: error
    case let other: .damaged("\(path): \(other)")
    }
  }
}

extension DatabaseError {
  /// SQLite itself finds the file broken.
  var isMalformed: Bool { [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT].contains(resultCode) }

  var sentence: String { "\(message ?? "SQLite error") (code \(extendedResultCode.rawValue))" }
}
