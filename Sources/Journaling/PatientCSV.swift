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
/// CSV as in RFC 4180: commas, CRLF or LF, `"quoted, ""fields"""` that may hold line breaks; UTF-8 with or without a
/// byte order mark; empty lines are passed over; spaces and tabs around a field are not part of it. Fields are data
/// and nothing else.
public struct PatientCSV: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, Codable { case patients, encounters }
  /// A line that was not taken.
  public struct Reject: Hashable, Sendable, Codable {
    /// Where the row starts; the header is line 1.
    public var line: Int
    /// A sentence for a person. It holds no field of the row: what an import says lands in logs.
    public var reason: String
    public init(line: Int, reason: String) {
      self.line = line
      self.reason = reason
    }
  }
  public var kind: Kind
  /// In the order of the file. A number that is merged into several patients stands once for each.
  public var patients: [Patient]
  public var encounters: [Encounter]
  /// By line.
  public var rejects: [Reject]

  /// - Parameter file: digest of the bytes that were read.
  public func accepted(file: ContentDigest, importedAt: Timestamp) -> PatientImport {
    PatientImport(patients: patients, encounters: encounters, file: file, importedAt: importedAt)
  }
}

/// How much a file may hold.
public struct PatientCSVLimits: Hashable, Sendable {
  /// Bytes of the whole file, which is read in one piece.
  public var fileBytesMax: Int
  /// Rows after the header. A hospital's whole index is some hundred thousand.
  public var rowsMax: Int
  /// Bytes of one field, quotes not counted. What is longer is an unclosed quote, not a name.
  public var fieldBytesMax: Int
  public init(fileBytesMax: Int = 1 << 30, rowsMax: Int = 1_000_000, fieldBytesMax: Int = 4096) {
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
    case .tooManyBytes(let found, let max): "the file has \(found) bytes, more than \(max); split it"
    case .tooManyRows(let max): "the file has more than \(max) rows; split it"
    }
  }
}

/// Reads a patients or encounters file. Pure; whether a file with rejects is taken at all is the caller's decision.
///
/// - Parameter isPossibleMRN: Whether any entry of the label grammar could produce this number. A number that none
///   could (leading zeros lost in a spreadsheet) would never be found by a scan: its row is rejected.
public func parsePatientCSV(
  _ bytes: [UInt8], limits: PatientCSVLimits = .init(), isPossibleMRN: (String) -> Bool
) throws(PatientCSVError) -> PatientCSV {
  guard bytes.count <= limits.fileBytesMax else { throw .tooManyBytes(found: bytes.count, max: limits.fileBytesMax) }
  var reader = CSVReader(bytes, fieldBytesMax: limits.fieldBytesMax)
  guard let first = reader.next() else { throw .empty }
  let header = try PatientCSVHeader(first)
  var rows = PatientCSVRows(header: header)
  var count = 0
  while let record = reader.next() {
    count += 1
    guard count <= limits.rowsMax else { throw .tooManyRows(max: limits.rowsMax) }
    rows.take(record, isPossibleMRN: isPossibleMRN)
  }
  return rows.result()
}
