/// A column of the patients or the encounters file, by its name in the header.
enum PatientCSVColumn: String, CaseIterable {
  case mrn, authority, family, given, middle
  case birthDate = "birth_date"
  case sex
  case mergedInto = "merged_into"
  case mergedIntoAuthority = "merged_into_authority"
  case confidentiality, temporary
  case visit, account
  case patientClass = "class"
  case admit, discharge

  static let identity: [PatientCSVColumn] = [.family, .given, .middle, .birthDate, .sex]
  static let patients: [PatientCSVColumn] =
    [.mrn, .authority] + identity + [.mergedInto, .mergedIntoAuthority, .confidentiality, .temporary]
  static let encounters: [PatientCSVColumn] = [.visit, .account, .authority, .mrn, .patientClass, .admit, .discharge]
}

/// The first line: which file it is and where each column stands.
struct PatientCSVHeader {
  let kind: PatientCSV.Kind
  /// A patients file without names: every row must be a merge.
  let isMergesOnly: Bool
  /// Fields of every row.
  let count: Int
  private let places: [PatientCSVColumn: Int]

  init(_ record: CSVRecord) throws(PatientCSVError) {
    let names: [String]
    switch record.fields {
    case .success(let fields): names = fields
    case .failure(let problem): throw .unreadableHeader(problem.reason)
    }
    if names.count == 1, let name = names.first, name.contains(";") || name.contains("\t") {
      throw .unreadableHeader("the columns must be separated by commas")
    }
    kind = names.contains(PatientCSVColumn.visit.rawValue) ? .encounters : .patients
    count = names.count
    places = try Self.places(of: names, kind: kind)
    let known = places
    let missing = { (columns: [PatientCSVColumn]) in columns.filter { known[$0] == nil }.map(\.rawValue) }
    isMergesOnly =
      kind == .patients && known[.mergedInto] != nil
      && missing(PatientCSVColumn.identity).count == PatientCSVColumn.identity.count
    let needed: [PatientCSVColumn] =
      kind == .encounters
      ? [.visit, .authority, .mrn] : [.mrn, .authority] + (isMergesOnly ? [] : PatientCSVColumn.identity)
    guard missing(needed).isEmpty else { throw .missingColumns(missing(needed), kind) }
  }

  /// Text of a column in a row; empty where the file has no such column.
  func field(_ column: PatientCSVColumn, of fields: [String]) -> String { places[column].map { fields[$0] } ?? "" }

  private static func places(
    of names: [String], kind: PatientCSV.Kind
  ) throws(PatientCSVError) -> [PatientCSVColumn: Int] {
    let columns = kind == .encounters ? PatientCSVColumn.encounters : PatientCSVColumn.patients
    var places: [PatientCSVColumn: Int] = [:]
    for (place, name) in names.enumerated() {
      guard let column = columns.first(where: { $0.rawValue == name }) else {
        throw .unknownColumn(name, nearest: nearest(to: name, among: columns.map(\.rawValue)))
      }
      guard places.updateValue(place, forKey: column) == nil else { throw .repeatedColumn(name) }
    }
    return places
  }
}

/// The word with the fewest letters to change (Levenshtein distance); the earlier one of equals.
private func nearest(to word: String, among words: [String]) -> String {
  func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let change = diagonal + (letter == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
  let scalars = Array(word.lowercased().unicodeScalars.prefix(64))
  return words.min { distance(scalars, Array($0.unicodeScalars)) < distance(scalars, Array($1.unicodeScalars)) } ?? ""
}
