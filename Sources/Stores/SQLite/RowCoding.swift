import FoundationEssentials
import GRDB
import Journaling
import Model

/// How our values stand in columns: ids and digests as TEXT, names and texts from outside as BLOB of their exact
/// bytes, times as INTEGER microseconds, whole values as BLOB of canonical JSON (sorted keys).
extension Database {
  func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
    try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
  }

  func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
    try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
  }

  func integer(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
    try Int.fetchOne(cachedStatement(sql: sql), arguments: arguments) ?? 0
  }

  /// - Returns: rows changed.
  @discardableResult
  func change(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
    try cachedStatement(sql: sql).execute(arguments: arguments)
    return changesCount
  }
}

extension Row {
  /// A TEXT column that holds an id, a digest or a word of ours; anything else there is damage.
  func value<T>(_ column: String, _ make: (String) -> T?) throws -> T {
    let text: String? = self[column]
    guard let text, let value = make(text) else {
      throw JournalError.damaged("column \(column) does not hold a \(T.self)")
    }
    return value
  }

  /// The same, or nil for NULL.
  func optional<T>(_ column: String, _ make: (String) -> T?) throws -> T? {
    let text: String? = self[column]
    return try text == nil ? nil : value(column, make)
  }

  func time(_ column: String) -> Timestamp { Timestamp(microseconds: self[column]) }

  func escaped(_ column: String) -> EscapedText {
    let data: Data = self[column]
    return EscapedText(bytes: data)
  }

  func bytes(_ column: String) -> [UInt8] {
    let data: Data = self[column]
    return Array(data)
  }

  /// A BLOB that holds UTF-8 of ours.
  func text(_ column: String) -> String {
    let data: Data = self[column]
    return String(decoding: data, as: UTF8.self)
  }

  func json<T: Decodable>(_ column: String, as type: T.Type = T.self) throws -> T {
    let data: Data = self[column]
    do {
      return try JSONDecoder().decode(T.self, from: data)
    } catch {
      // Without the decoder's words: they may quote a name or a number.
      throw JournalError.damaged("column \(column) does not hold a \(T.self) in JSON")
    }
  }
}

func jsonBlob(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(value)
}

extension EscapedText { var blob: Data { Data(bytes) } }
extension String { var blob: Data { Data(utf8) } }
