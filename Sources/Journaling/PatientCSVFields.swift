import Model

/// One record's fields by column, checked as they are asked for.
struct PatientCSVFields {
  private let header: PatientCSVHeader
  private let fields: [String]

  init(header: PatientCSVHeader, fields: [String]) throws(CSVProblem) {
    guard fields.count == header.count else {
      throw CSVProblem(reason: "\(fields.count) fields where the header has \(header.count)")
    }
    self.header = header
    self.fields = fields
  }

  func patient(_ isPossibleMRN: (String) -> Bool) throws(CSVProblem) -> PatientFact {
    let key = PatientKey(authority: try needed(.authority), mrn: try mrn(.mrn, isPossibleMRN))
    let into = try mergedInto(key, isPossibleMRN)
    if header.isMergesOnly && into == nil {
      throw CSVProblem(reason: "merged_into is empty, and the file has no names")
    }
    let (level, isTemporary) = (try confidentiality(), try temporary())
    var unsaid: Set<PatientFact.Column> = []
    if level == nil { unsaid.insert(.confidentiality) }
    if isTemporary == nil { unsaid.insert(.temporary) }
    let patient = Patient(
      key: key, family: try text(.family), given: try text(.given), middle: try text(.middle),
      birthDate: try birthDate(), sex: try sex(), mergedInto: into,
      confidentiality: (level ?? .normal).rawValue, isTemporary: isTemporary ?? false)
    return .row(patient, unsaid: unsaid)
  }

  func encounter(_ isPossibleMRN: (String) -> Bool) throws(CSVProblem) -> Encounter {
    let encounter = Encounter(
      visit: try needed(.visit), account: try word(.account),
      patient: PatientKey(authority: try needed(.authority), mrn: try mrn(.mrn, isPossibleMRN)),
      patientClass: try word(.patientClass),
      admit: try moment(.admit), discharge: try moment(.discharge))
    guard !encounter.endsBeforeItBegins else {
      throw CSVProblem(reason: "discharge is before admit: the visit would end before it began")
    }
    return encounter
  }
}

// MARK: - Kinds of field

extension PatientCSVFields {
  /// Any text; a line break may stand in a name, other control characters may not.
  private func text(_ column: PatientCSVColumn) throws(CSVProblem) -> String {
    let text = header.field(column, of: fields)
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 }) else {
      throw CSVProblem(reason: "\(column.rawValue) holds a control character")
    }
    return text
  }

  /// One line of text.
  private func word(_ column: PatientCSVColumn) throws(CSVProblem) -> String {
    let text = try text(column)
    guard text.utf8.allSatisfy({ $0 >= 0x20 }) else {
      throw CSVProblem(reason: "\(column.rawValue) holds a line break or a tab")
    }
    return text
  }

  private func needed(_ column: PatientCSVColumn) throws(CSVProblem) -> String {
    let text = try word(column)
    guard !text.isEmpty else { throw CSVProblem(reason: "\(column.rawValue) is missing") }
    return text
  }

  private func mrn(_ column: PatientCSVColumn, _ isPossible: (String) -> Bool) throws(CSVProblem) -> String {
    let text = try needed(column)
    guard isPossible(text) else {
      throw CSVProblem(
        reason:
          "\(column.rawValue) has \(text.count) characters and could stand on no label; were leading zeros lost in a spreadsheet?"
      )
    }
    return text
  }

  private func mergedInto(_ key: PatientKey, _ isPossible: (String) -> Bool) throws(CSVProblem) -> PatientKey? {
    let authority = try word(.mergedIntoAuthority)
    guard try !word(.mergedInto).isEmpty else {
      guard authority.isEmpty else { throw CSVProblem(reason: "merged_into_authority without merged_into") }
      return nil
    }
    let into = PatientKey(
      authority: authority.isEmpty ? key.authority : authority, mrn: try mrn(.mergedInto, isPossible))
    guard into != key else { throw CSVProblem(reason: "the number is merged into itself") }
    return into
  }

  private func birthDate() throws(CSVProblem) -> String {
    let text = try word(.birthDate)
    guard text.isEmpty || isDate(text) else {
      throw CSVProblem(reason: "birth_date is not a day of the form YYYY-MM-DD")
    }
    return text
  }

  private func sex() throws(CSVProblem) -> String {
    let text = try word(.sex).uppercased()
    guard ["", "F", "M", "O", "U"].contains(text) else { throw CSVProblem(reason: "sex is not F, M, O or U") }
    return text
  }

  /// nil: not said.
  private func confidentiality() throws(CSVProblem) -> Confidentiality? {
    let text = try word(.confidentiality).lowercased()
    if text.isEmpty { return nil }
    guard let level = Confidentiality(rawValue: text) else {
      throw CSVProblem(reason: "confidentiality is not normal, restricted or very restricted")
    }
    return level
  }

  /// nil: not said.
  private func temporary() throws(CSVProblem) -> Bool? {
    switch try word(.temporary).lowercased() {
    case "": return nil
    case "0", "false", "no": return false
    case "1", "true", "yes": return true
    default: throw CSVProblem(reason: "temporary is not true or false")
    }
  }

  private func moment(_ column: PatientCSVColumn) throws(CSVProblem) -> String {
    let text = try word(column)
    guard text.isEmpty || isDate(text) || isDateAndTime(text) else {
      throw CSVProblem(reason: "\(column.rawValue) is not a day or a day and time (YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ)")
    }
    return text
  }
}

/// `YYYY-MM-DD`, a day of the calendar.
private func isDate(_ text: String) -> Bool { text.utf8.count == 10 && Timestamp(text + "T00:00:00Z") != nil }

/// RFC 3339 `YYYY-MM-DDThh:mm[:ss[.fraction]]` with `Z`, an offset or nothing; a space may stand for the `T`.
private func isDateAndTime(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  guard bytes.count >= 16, bytes.count <= 40, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") else {
    return false
  }
  var rest = bytes[16...]
  var seconds = "00"
  if rest.first == UInt8(ascii: ":") {
    seconds = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
    rest = rest.dropFirst(3)
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix(while: isDigit).count
      guard digits > 0 else { return false }
      rest = rest.dropFirst(digits + 1)
    }
  }
  let day = String(decoding: bytes[..<10], as: UTF8.self)
  let minute = String(decoding: bytes[11..<16], as: UTF8.self)
  guard isDate(day), Timestamp("\(day)T\(minute):\(seconds)Z") != nil else { return false }
  return rest.isEmpty || rest.elementsEqual([UInt8(ascii: "Z")]) || isOffset(Array(rest))
}

/// `±hh:mm`.
private func isOffset(_ bytes: [UInt8]) -> Bool {
  bytes.count == 6 && (bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-")) && bytes[3] == UInt8(ascii: ":")
    && [1, 2, 4, 5].allSatisfy { isDigit(bytes[$0]) }
}

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
