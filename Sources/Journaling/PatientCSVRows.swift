import Model

/// Turns records into patients and encounters, one at a time, and remembers why a line was not taken.
struct PatientCSVRows {
  private let header: PatientCSVHeader
  private var patients: [PatientCSVRow<Patient>] = []
  private var encounters: [PatientCSVRow<Encounter>] = []
  private var rejects: [PatientCSV.Reject] = []

  init(header: PatientCSVHeader) { self.header = header }

  mutating func take(_ record: CSVRecord, isPossibleMRN: (String) -> Bool) {
    do throws(CSVProblem) {
      let fields = try PatientCSVFields(header: header, fields: try record.fields.get())
      switch header.kind {
      case .patients: patients.append(.init(line: record.line, value: try fields.patient(isPossibleMRN)))
      case .encounters: encounters.append(.init(line: record.line, value: try fields.encounter(isPossibleMRN)))
      }
    } catch {
      rejects.append(.init(line: record.line, reason: error.reason))
    }
  }

  /// What is left after the rows have been held against one another.
  func result() -> PatientCSV {
    var rejects = rejects
    let patients = withoutContradictions(withoutCircles(patients, &rejects), &rejects)
    let encounters = withoutContradictions(encounters, &rejects)
    return PatientCSV(
      kind: header.kind, patients: patients.map(\.value), encounters: encounters.map(\.value),
      rejects: rejects.sorted { $0.line < $1.line })
  }
}

/// A value and the line that it stands on.
struct PatientCSVRow<Value: Hashable> {
  var line: Int
  var value: Value
}
