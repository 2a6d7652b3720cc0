import Model

// I6  Nothing is filed in a chart on a guess. A failed check digit, an unknown patient, labels that disagree, a page whose only
//     label is unreadable, an unproven limit between two patients: an exception. A misread is worse than no read; the
//     wrong-chart rate is zero.

/// Decides whose a document is and what it is (RULES *Whose it is*): a chart entry, or an exception with every reason. Pure: the
/// same values give the same decision, so that a document in waiting-for-index is decided again from its stored draft.
///
/// - Parameters:
///   - pages: at least the draft's pages; others are ignored.
///   - sheets: sheet of each page (`Assembly.sheets`).
///   - sidecar: its birth date, sex and family name are compared with the index for every document of the batch; its labels are
///     expected among those of the pages (`LabelOrigin.sidecar`).
/// - Returns: `filed` only without any finding. Reasons that Pipeline adds (`duplicate-conflict`, `bad-sidecar`) come later.
public func decide(
  draft: DocumentDraft, pages: [BatchPage], sheets: [Int: Int], station: Station, sidecar: Sidecar?, rules: SiteRules,
  candidates: PatientCandidates
) -> DocumentDecision {
  let document = DocumentView(
    draft: draft, pages: pages, sheets: sheets, station: station, rules: rules, candidates: candidates)
  let unreadable = judgeUnreadable(document)
  let naming = judgePatient(document)
  let visit = judgeEncounter(document, naming: naming)
  let patient = naming.patient ?? visit.patient
  let type = judgeType(document)
  var findings =
    draft.findings + document.failedChecks + unreadable.findings + naming.findings + visit.findings + type.findings
  if let patient { findings += judgeIdentity(document, of: patient, sidecar: sidecar) }
  findings += judgeAbsences(document, type: type, found: findings)
  findings += judgePageCount(document, type: type)
  return verdict(
    on: document, findings: findings, patient: patient, naming: naming, visit: visit, type: type,
    notes: unreadable.notes)
}

private func verdict(
  on document: DocumentView, findings: [Finding], patient: PatientKey?, naming: PatientJudgement,
  visit: EncounterJudgement,
  type: TypeJudgement, notes: [String]
) -> DocumentDecision {
  // Swift's sort is stable in fact but not by contract: the place decides between equals, so that a repeat gives the same bytes.
  let ordered = findings.enumerated().sorted { ($0.element.reason, $0.offset) < ($1.element.reason, $1.offset) }.map(
    \.element)
  let isFiled = ordered.isEmpty && patient != nil && type.code != nil
  let waits =
    !ordered.isEmpty && ordered.allSatisfy(\.reason.mayWaitForIndex)
    && naming.unknownsAreChecked && visit.unknownsAreChecked
  return DocumentDecision(
    status: isFiled ? .filed : .exception, patient: isFiled ? patient : nil,
    viaAlias: isFiled ? naming.viaAlias ?? visit.viaAlias : nil,
    encounter: visit.number, type: type.code, loinc: type.loinc, findings: ordered,
    candidates: (naming.candidates.union(visit.candidates)).sorted(), waitingForIndex: waits,
    patientBy: isFiled ? patientByPage(document) : [:], notes: document.draft.notes + notes + visit.notes)
}
