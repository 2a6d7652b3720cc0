import Model

/// What the labels of one or more pages say, as far as dividing needs to know: of a sheet, a cover, a header, a document.
///
/// Only sound labels count (RULES: "a label that fails its check, or cannot be read, starts nothing"); `related` and
/// foreign labels say nothing at all.
struct Signs {
  /// For each patient label every patient that it could mean (``possiblePatients(of:rules:candidates:)``), each set once: a
  /// document of 5,000 labelled pages still names one patient.
  var patients: Set<Set<PatientKey>> = []
  /// The same for each encounter label that the index knows.
  var visitors: Set<Set<PatientKey>> = []
  /// Visit numbers as printed.
  var encounters: Set<String> = []
  var types: Set<String> = []
  /// What the page labels say, each once.
  var numbers: Set<PageNumber> = []
  /// A label here failed its check, or cannot be read on a page that has no readable patient label: it may be anyone's.
  var isDoubtful = false

  /// Whom the labels name: patient labels, or without any of them the encounters' patients.
  var named: Set<Set<PatientKey>> { patients.isEmpty ? visitors : patients }
  var namesPatient: Bool { !named.isEmpty }
  /// The smallest nn of the page labels.
  var lowestPage: Int? { numbers.map(\.page).min() }
  var namesSomething: Bool { namesPatient || !encounters.isEmpty || !types.isEmpty }
  /// Two labels here cannot mean one patient.
  var conflicts: Bool {
    patients.contains { one in patients.contains { $0.isDisjoint(with: one) } }
  }

  init() {}

  init(of labels: [Label], rules: SiteRules, candidates: PatientCandidates) {
    for label in labels where label.role == .file && label.entry != nil {
      guard label.isSound else {
        isDoubtful = true
        continue
      }
      if label.patientNumber != nil {
        patients.insert(possiblePatients(of: label, rules: rules, candidates: candidates))
      }
      if let visit = label.encounterNumber {
        encounters.insert(visit)
        let known = candidates.byVisit[visit] ?? []
        if !known.isEmpty { visitors.insert(Set(known.map { $0.survivor ?? $0.asked })) }
      }
      if let type = label.typeCode { types.insert(type) }
      if let (page, of) = label.pageNumber { numbers.insert(PageNumber(page: page, of: of)) }
    }
  }

  mutating func add(_ other: Signs) {
    patients.formUnion(other.patients)
    visitors.formUnion(other.visitors)
    encounters.formUnion(other.encounters)
    types.formUnion(other.types)
    numbers.formUnion(other.numbers)
    isDoubtful = isDoubtful || other.isDoubtful
  }

  /// Whether none of the labels here can mean a patient of `other`, both naming one. A page on which *one* of several
  /// labels fits the document stays in it and makes it `conflicting-mrn`, rather than taking the pages before it out of doubt.
  func namesAnotherPatient(than other: Set<Set<PatientKey>>) -> Bool {
    guard namesPatient, !other.isEmpty else { return false }
    return !named.contains { mine in other.contains { !$0.isDisjoint(with: mine) } }
  }
}

/// Every patient that a sound patient label could mean, merges resolved.
///
/// A label that names no authority means the facility's; a number that other authorities know too could mean any of them
/// (Indexing makes that `ambiguous-mrn`), and one that the facility does not know means nobody known: RULES, "an unknown
/// MRN counts as another patient", whose identity is the number as printed.
func possiblePatients(of label: Label, rules: SiteRules, candidates: PatientCandidates) -> Set<PatientKey> {
  let number = label.patientNumber ?? ""
  let known = candidates.byNumber[number] ?? []
  let named = label.authority ?? (label.fields["mrn"] == nil ? "GS1" : nil)
  let asked = PatientKey(authority: named ?? rules.authority, mrn: number)
  let meant = known.filter { $0.asked.authority == asked.authority }
  guard !meant.isEmpty else { return [asked] }
  return Set((named == nil ? known : meant).map { $0.survivor ?? $0.asked })
}
