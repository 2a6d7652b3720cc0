import GRDB
import Journaling

/// The one place where SQLite's result codes become ``JournalError``. The message is SQLite's own, which never
/// carries a statement's arguments: no name and no number gets into a log this way.
extension JournalError {
  init(_ error: DatabaseError, at path: String) {
    let text = "\(path): \(error.message ?? "SQLite error") (code \(error.extendedResultCode.rawValue))"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .busy
    case .SQLITE_FULL: self = .disk("\(text); free space on its disk")
    case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_NOMEM: self = .disk(text)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_NOLFS:
      self = .disk("\(text); check the file, its folder and their modes")
    default: self = .damaged(text)
    }
  }

  /// Whatever a store's own code threw; errors of others (a renderer's) pass through unchanged.
  static func mapped(_ error: any Error, at path: String) -> any Error {
    switch error {
    case let error as DatabaseError: JournalError(error, at: path)
    case let error as RowDecodingError: JournalError.damaged("\(path): a row cannot be read: \(error)")
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
