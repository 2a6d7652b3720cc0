import Model

/// What a PID segment says (HL7 v2.5.1 §3.4.2).
extension ADTMessage {
  func person(_ segment: HL7Segment) throws(PatientProblem) -> PatientUpdate {
    var update = PatientUpdate(keys: try numbers(in: segment.field(3), "PID-3"))
    let name = legalName(segment.field(5))
    // A whole name or none: half of a new one beside half of the old is nobody's.
    if let name, !name.isEmpty {
      update.family = name.said(1) ?? ""
      update.given = name.said(2) ?? ""
      update.middle = name.said(3) ?? ""
    }
    if let text = segment.field(7).said {
      // A year or month alone is not known to the day, and labels carry days.
      let time = try Self.time(text, "PID-7")
      update.birthDate = time?.day ?? ""
      if time?.day == nil { update.birthDatePart = time?.yearOrMonth }
    }
    update.sex = try segment.field(8).said.map(sex)
    switch segment.text(31) {
    case "Y": update.isTemporary = true
    case "N": update.isTemporary = false
    default: break
    }
    // Table 0136: only Y asks for something. N does not say that a level from elsewhere may fall (HL7 v2.5.1 §3.4.10.12).
    if message.first("PD1")?.text(12) == "Y" { update.confidentialityMin = Confidentiality.restricted.rawValue }
    for text in [update.family, update.given, update.middle].compactMap({ $0 }) {
      guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw PatientProblem(reason: "PID-5 holds a control character")
      }
    }
    return update
  }

  /// The legal name, else the first that is no alias.
  private func legalName(_ field: HL7Field) -> HL7Repetition? {
    field.repetitions.first { $0.text(7) == "L" } ?? field.repetitions.first { $0.text(7) != "A" }
      ?? field.repetitions.first
  }

  /// HL7 table 0001 in the index's letters: ambiguous and not applicable are other.
  private func sex(_ code: String) throws(PatientProblem) -> String {
    switch code.uppercased() {
    case "": ""
    case "F", "M", "O", "U": code.uppercased()
    case "A", "N": "O"
    default: throw PatientProblem(reason: "PID-8 is none of F, M, O, U, A, N")
    }
  }

  /// Medical record numbers of a list of identifiers (CX: number, check digit, scheme, authority, type), the first first.
  ///
  /// Those of type MR count; where none has it, those of no type, PI or PT. Numbers of other kinds (SS, AN, DL …) are none of
  /// ours. A GSRN stands under the authority GS1.
  func numbers(in field: HL7Field, _ place: String) throws(PatientProblem) -> [PatientKey] {
    let valued = field.repetitions.filter { !$0.text(1).isEmpty && $0.text(1) != "\"\"" }
    let records = valued.filter { $0.text(5) == "MR" }
    let chosen = records.isEmpty ? valued.filter { ["", "PI", "PT"].contains($0.text(5)) && !isGS1($0) } : records
    guard !chosen.isEmpty else { throw PatientProblem(reason: "\(place) holds no medical record number") }
    var keys: [PatientKey] = []
    for identifier in chosen + valued.filter(isGS1) {
      let key = PatientKey(authority: try authority(identifier, place), mrn: try number(identifier, place))
      if !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  private var sender: String? {
    [message.header.text(4, 2), message.header.text(4, 1)].lazy.filter { !$0.isEmpty }
      .compactMap(numbering.authority(ofSystem:)).first
  }

  private func isGS1(_ identifier: HL7Repetition) -> Bool { identifier.text(4) == "GS1" }

  /// CX-1, or CX-1 with the check digit of CX-2 where only both are a number of this site.
  private func number(_ identifier: HL7Repetition, _ place: String) throws(PatientProblem) -> String {
    let plain = identifier.text(1)
    if numbering.isPossible(plain) { return plain }
    let checked = plain + identifier.text(2)
    if !identifier.text(2).isEmpty, numbering.isPossible(checked) { return checked }
    throw PatientProblem(reason: "\(place) '\(EscapedText(plain))' could stand on no label; were leading zeros lost?")
  }

  /// CX-4: the name, unless the site knows it or its universal id by another. Where it is left out, the number is the sending facility's
  /// (MSH-4), if `facility.systems` knows that as another authority; else this site's.
  private func authority(_ identifier: HL7Repetition, _ place: String) throws(PatientProblem) -> String {
    let (name, universal) = (identifier.text(4, 1), identifier.text(4, 2))
    if name.isEmpty && universal.isEmpty { return sender ?? numbering.authority }
    if !universal.isEmpty, let known = numbering.authority(ofSystem: universal) { return known }
    if !name.isEmpty { return numbering.authority(ofSystem: name) ?? name }
    throw PatientProblem(
      reason:
        "\(place) names the authority \(EscapedText(universal)), which this site does not know; add it to facility.systems"
    )
  }
}
