import Model

// RULES *Whose it is*: "Every patient label on every page must pass its check, be known, and after merges name one and the same
// patient […]. A number known under several authorities on a label that names none is ambiguous-mrn. […] An MRN that was
// merged into more than one patient, or whose merge was undone, is never resolved by itself (ambiguous-mrn)."
//
// Decided where RULES are silent:
// - A number that several authorities know is ambiguous even where merges lead all of them to one patient: the label does not say
//   which index row was meant.
// - A number that the facility does not know but another authority does is `unknown-mrn`; the other authority's patient is named
//   as a candidate, never filed.
// - A GSRN names its own authority (GS1) by its application identifier.

/// What one patient label means.
enum Meaning: Equatable {
  case known(KnownPatient, PatientKey)
  /// More than one patient, or merges that do not end in one: everything that it could mean.
  case ambiguous(Set<PatientKey>)
  /// Nobody known; its identity is the number as printed. `elsewhere`: whom other authorities call by that number.
  case unknown(PatientKey, elsewhere: Set<PatientKey>)

  /// Patients that it could mean.
  var possible: Set<PatientKey> {
    switch self {
    case .known(_, let survivor): [survivor]
    case .ambiguous(let keys): keys
    case .unknown(let printed, _): [printed]
    }
  }
}

/// Looks a sound patient label up in what the index answered.
func meaning(of label: Label, rules: SiteRules, candidates: PatientCandidates) -> Meaning {
  let number = label.patientNumber ?? ""
  let answers = candidates.byNumber[number] ?? []
  let named = label.authority ?? (label.fields["mrn"] == nil ? "GS1" : nil)
  let asked = PatientKey(authority: named ?? rules.authority, mrn: number)
  let meant = answers.filter { $0.asked.authority == asked.authority }
  guard !meant.isEmpty else { return .unknown(asked, elsewhere: named == nil ? possible(answers) : []) }
  if named == nil, answers.contains(where: { $0.asked.authority != asked.authority }) {
    return .ambiguous(possible(answers))
  }
  guard meant.count == 1, let survivor = meant[0].survivor else { return .ambiguous(possible(meant)) }
  return .known(meant[0], survivor)
}

func possible(_ answers: [KnownPatient]) -> Set<PatientKey> { Set(answers.map { $0.survivor ?? $0.asked }) }

/// What the patient labels of a document come to.
struct PatientJudgement {
  /// The one patient that all of them name.
  var patient: PatientKey?
  /// The number as printed where a merge led to ``patient``.
  var viaAlias: PatientKey?
  var candidates: Set<PatientKey> = []
  var findings: [Finding] = []
  /// Every patient label had a check digit, and it was right.
  var unknownsAreChecked = true
  /// All patients that any label could mean; empty without patient labels.
  var possible: [Set<PatientKey>] = []
}

func judgePatient(_ document: DocumentView) -> PatientJudgement {
  var result = PatientJudgement()
  var seen: Set<PatientKey> = []
  for placed in document.patientLabels {
    let printed = PatientKey(authority: placed.label.authority ?? "", mrn: placed.label.patientNumber ?? "")
    if placed.label.check != .ok { result.unknownsAreChecked = false }
    // Each number once: a document of 5,000 labelled pages says the same thing 5,000 times.
    guard seen.insert(printed).inserted else { continue }
    result.add(meaning(of: placed.label, rules: document.rules, candidates: document.candidates), of: placed)
  }
  if result.findings.isEmpty { result.patient = result.possible.first?.first }
  return result
}

extension PatientJudgement {
  fileprivate mutating func add(_ meaning: Meaning, of placed: PlacedLabel) {
    switch meaning {
    case .known(let known, let survivor):
      candidates.insert(survivor)
      if known.asked != survivor, viaAlias == nil { viaAlias = known.asked }
    case .ambiguous(let keys):
      candidates.formUnion(keys)
      findings.append(Finding(.ambiguousMRN, page: placed.page, Wording.ambiguous(placed, keys.sorted())))
    case .unknown(_, let elsewhere):
      candidates.formUnion(elsewhere)
      findings.append(Finding(.unknownMRN, page: placed.page, Wording.unknown(placed, elsewhere.sorted())))
    }
    if possible.contains(where: { $0.isDisjoint(with: meaning.possible) }) {
      findings.append(Finding(.conflictingMRN, page: placed.page, Wording.conflictingPatients(page: placed.page)))
    }
    possible.append(meaning.possible)
  }
}
