import Model

// RULES *Whose it is*: "An encounter label alone names the patient if the index knows it. An encounter that the index knows as
// another patient's, or two of them in one document, is conflicting-encounter. One that the index does not know, beside a good
// MRN, is a note […], unless the site says requireKnownEncounter. No encounter label: filed at patient level".
//
// Decided where RULES are silent:
// - A visit number that several authorities' encounters share names nobody by itself: alone it is `ambiguous-mrn`; beside a good
//   MRN it is in order if one of them is that patient's.
// - "Alone" means that no patient label stands on the document, its cover or its header, be it readable or failed.
// - Beside an MRN that is itself unknown an encounter of a known patient is `conflicting-encounter` (an unknown MRN counts as
//   another patient); an unknown one is only noted.
// - "Beside a good MRN": on a sheet with a patient label, on the document's first sheet, or on its cover or header. Standing alone
//   on a later sheet an unknown encounter may be another patient's first page: `unknown-encounter`, which an import may resolve.

/// What the encounter labels of a document come to.
struct EncounterJudgement {
  /// Visit number as printed; nil without one or with several.
  var number: String?
  /// Whom the encounter names where no patient label does.
  var patient: PatientKey?
  var viaAlias: PatientKey?
  var candidates: Set<PatientKey> = []
  var findings: [Finding] = []
  var notes: [String] = []
  var unknownsAreChecked = true
}

func judgeEncounter(_ document: DocumentView, naming: PatientJudgement) -> EncounterJudgement {
  var result = EncounterJudgement()
  let numbers = Set(document.encounterLabels.compactMap(\.label.encounterNumber))
  guard let first = document.encounterLabels.first, let number = first.label.encounterNumber else { return result }
  guard numbers.count == 1 else {
    let other = document.encounterLabels.first { $0.label.encounterNumber != number }
    result.findings.append(Finding(.conflictingEncounter, page: other?.page, Wording.twoEncounters(numbers.sorted())))
    return result
  }
  result.number = number
  let answers = document.candidates.byVisit[number] ?? []
  result.candidates = possible(answers)
  result.unknownsAreChecked = !answers.isEmpty || document.encounterLabels.allSatisfy { $0.label.check == .ok }
  if document.labels.contains(where: { $0.label.patientNumber != nil }) {
    let demanded = document.rules.requireKnownEncounter || !isBesidePatient(document)
    judge(first, answers, beside: naming, require: demanded, into: &result)
  } else {
    judgeAlone(first, answers, into: &result)
  }
  return result
}

private func judge(
  _ placed: PlacedLabel, _ answers: [KnownPatient], beside naming: PatientJudgement, require: Bool,
  into result: inout EncounterJudgement
) {
  guard !answers.isEmpty else {
    if require {
      result.findings.append(Finding(.unknownEncounter, page: placed.page, Wording.unknownEncounter(placed)))
    } else {
      result.notes.append(Note.unknownEncounter)
      result.unknownsAreChecked = true
    }
    return
  }
  let possible = possible(answers)
  if naming.possible.contains(where: { $0.isDisjoint(with: possible) }) {
    result.findings.append(Finding(.conflictingEncounter, page: placed.page, Wording.encounterOfAnother(placed)))
  }
}

/// Whether any of the encounter labels stands where the document itself says whose it is.
private func isBesidePatient(_ document: DocumentView) -> Bool {
  let firstSheet = document.draft.pages.first.map { document.sheetPages(of: $0).map(\.page) } ?? []
  return document.encounterLabels.contains { placed in
    guard let page = placed.page, placed.place == .page || placed.place == .sidecar else { return true }
    return firstSheet.contains(page) || document.sheetPages(of: page).contains { $0.hasPatientLabel() }
  }
}

private func judgeAlone(_ placed: PlacedLabel, _ answers: [KnownPatient], into result: inout EncounterJudgement) {
  if answers.isEmpty {
    result.findings.append(Finding(.unknownEncounter, page: placed.page, Wording.unknownEncounter(placed)))
  } else if result.candidates.count == 1, answers.allSatisfy({ $0.survivor != nil }) {
    result.patient = result.candidates.first
    result.viaAlias = answers.map(\.asked).first { $0 != result.patient }
  } else {
    result.findings.append(Finding(.ambiguousMRN, page: placed.page, Wording.ambiguousEncounter(placed)))
  }
}
