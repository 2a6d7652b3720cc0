import Model

/// A file of the patient index, read: what may be taken, and every line that may not.
///
/// Two kinds, told apart by the header (a `visit` column makes it the encounters file). Columns in any order:
///
/// - patients: `mrn` `authority` `family` `given` `middle` `birth_date` `sex`; may be missing: `merged_into`
///   `merged_into_authority` `confidentiality` `temporary`;
/// - patients, merges only: `mrn` `authority` `merged_into`; may be missing: `merged_into_authority` `confidentiality`
///   `temporary`;
/// - encounters: `visit` `authority` `mrn`; may be missing: `account` `class` `admit` `discharge`.
///
/// `confidentiality` and `temporary`, missing or empty, say nothing: what was known stays.
///
/// CSV as in RFC 4180: commas, CRLF or LF, `"quoted, ""fields"""` that may hold line breaks; UTF-8 with or without a
/// byte order mark; empty lines are passed over; spaces and tabs around a field are not part of it. Fields are data
/// and nothing else.
///
/// The rows are handed over one at a time; whether they contradict one another is the index's to say, which sees all.
public struct PatientCSV: Sendable {
  public enum Kind: String, Hashable, Sendable, Codable { case patients, encounters }
  public let kind: Kind
  private let limits: PatientCSVLimits
  private let isPossibleMRN: @Sendable (String) -> Bool
  private let open: @Sendable () throws -> PatientBytes

  /// Reads the header.
  ///
  /// - Parameters:
  ///   - isPossibleMRN: Whether any entry of the label grammar could produce this number. A number that none could
  ///     (leading zeros lost in a spreadsheet) would never be found by a scan: its row is rejected.
  ///   - open: starts to read the file; called for the header, and again for each feed.
  /// - Throws: ``PatientCSVError`` where it cannot be read at all, and what reading throws.
  public init(
    limits: PatientCSVLimits = .init(), isPossibleMRN: @escaping @Sendable (String) -> Bool,
    open: @escaping @Sendable () throws -> PatientBytes
  ) throws {
    self.limits = limits
    self.isPossibleMRN = isPossibleMRN
    self.open = open
    var reader = CSVReader(try open(), limits: limits)
    guard let first = try reader.next() else { throw PatientCSVError.empty }
    kind = try PatientCSVHeader(first).kind
  }

  /// Every row after the header, or why it is not taken.
  public var feed: PatientFeed {
    { take in
      var reader = CSVReader(try open(), limits: limits)
      guard let first = try reader.next() else { throw PatientCSVError.empty }
      let header = try PatientCSVHeader(first)
      var count = 0
      while let record = try reader.next() {
        count += 1
        guard count <= limits.rowsMax else { throw PatientCSVError.tooManyRows(max: limits.rowsMax) }
        try take(item(record, header))
      }
    }
  }

  private func item(_ record: CSVRecord, _ header: PatientCSVHeader) -> PatientFeedItem {
    do throws(CSVProblem) {
      let fields = try PatientCSVFields(header: header, fields: try record.fields.get())
      let fact: PatientFact =
        switch header.kind {
        case .patients: try fields.patient(isPossibleMRN)
        case .encounters: .visit(try fields.encounter(isPossibleMRN))
        }
      return .event(PatientEvent(line: record.line, facts: [fact]))
    } catch {
      return .reject(.init(line: record.line, reason: error.reason))
    }
  }
}

/// Gives the next bytes of a file each time that it is called; none at the end.
public typealias PatientBytes = () throws -> [UInt8]

/// How much a file may hold.
public struct PatientCSVLimits: Hashable, Sendable {
  /// Bytes of the whole file, which is never in memory: what is larger is no list of patients.
  public var fileBytesMax: Int
  /// Rows after the header. A hospital's whole index is some hundred thousand, a country's some million.
  public var rowsMax: Int
  /// Bytes of one field, quotes not counted. What is longer is an unclosed quote, not a name.
  public var fieldBytesMax: Int
  public init(fileBytesMax: Int = 16 << 30, rowsMax: Int = 20_000_000, fieldBytesMax: Int = 4096) {
    self.fileBytesMax = fileBytesMax
    self.rowsMax = rowsMax
    self.fieldBytesMax = fieldBytesMax
  }
}

/// Why a file cannot be read at all: nothing of it is taken.
public enum PatientCSVError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case unreadableHeader(String)
  case unknownColumn(String, nearest: String)
  case repeatedColumn(String)
  case missingColumns([String], PatientCSV.Kind)
  case tooManyBytes(found: Int, max: Int)
  case tooManyRows(max: Int)

  public var description: String {
    switch self {
    case .empty: "the file is empty: the first line must name the columns"
    case .unreadableHeader(let why): "line 1: \(why)"
    case .unknownColumn(let name, let nearest): "line 1: unknown column '\(name)'; did you mean '\(nearest)'?"
    case .repeatedColumn(let name): "line 1: column '\(name)' stands there twice"
    case .missingColumns(let names, let kind):
      "line 1: the \(kind.rawValue) file needs the column \(names.joined(separator: ", "))"
    case .tooManyBytes(let found, let max): "the file has \(found) bytes or more, \(max) are taken; split it"
    case .tooManyRows(let max): "the file has more than \(max) rows; split it"
    }
  }
}
