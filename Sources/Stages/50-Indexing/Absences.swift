import Model

// RULES *Whose it is*: "No patient label at all: no-label"; "None of them: no-type"; *What divides*: "A station or type may ask
// for more: labelOn = page, sheet or first (default first); a page that lacks a demanded label is unlabelled-page."
//
// Decided where RULES are silent:
// - What a document lacks is not held against it when part of it may be in a hole, or when it is a suspect separator sheet.
// - `first` is met by a patient label on the document's first page (sheet), by its cover or header, or by an encounter label
//   there that the index knows. A document whose first page says nothing and a later one does may be two documents: I6.
// - `page` and `sheet` ask for labels on the paper itself: cover, header and encounter labels do not meet them.
// - Of station and type the stricter holds: page, then sheet, then first.
// - A page that is held already because its label fails or cannot be read is not called unlabelled as well.

func judgeAbsences(_ document: DocumentView, type: TypeJudgement, found: [Finding]) -> [Finding] {
  guard !document.isCut else { return [] }
  var findings: [Finding] = []
  if document.patientLabels.isEmpty && document.encounterLabels.isEmpty {
    let hidden = found.contains { [.unreadableLabel, .checkDigit].contains($0.reason) }
    if !hidden { findings.append(Finding(.noLabel, page: document.draft.pages.first, Wording.noLabel)) }
  } else {
    findings += unlabelledPages(document, type: type).map {
      Finding(.unlabelledPage, page: $0, Wording.unlabelledPage($0))
    }
  }
  let lacksType = type.code == nil && !type.findings.contains { $0.reason == .conflictingType }
  if lacksType { findings.append(Finding(.noType, page: document.draft.pages.first, Wording.noType)) }
  return findings
}

private func unlabelledPages(_ document: DocumentView, type: TypeJudgement) -> [Int] {
  let demands = [document.station.labelOn, type.type?.labelOn].compactMap { $0 }
  let pages = document.draft.pages
  func isMet(on pages: [BatchPage]) -> Bool {
    pages.contains { $0.hasPatientLabel() || $0.hasFailedLabel || !$0.unreadable.isEmpty }
  }
  if demands.contains(.page) {
    return pages.filter { number in !isMet(on: document.pages.filter { $0.page == number }) }
  }
  if demands.contains(.sheet) { return pages.filter { !isMet(on: document.sheetPages(of: $0)) } }
  guard let first = pages.first else { return [] }
  let isInherited = document.sound.contains { placed in
    [.cover, .header].contains(placed.place) && names(placed.label, document)
  }
  let isOnSheet = document.sheetPages(of: first).contains { page in
    page.labels.contains { $0.isSound && names($0, document) }
  }
  return isInherited || isOnSheet || isMet(on: document.sheetPages(of: first)) ? [] : [first]
}

/// A patient label, or an encounter label that names its patient (or is the only thing that could).
private func names(_ label: Label, _ document: DocumentView) -> Bool {
  if label.patientNumber != nil { return true }
  guard let visit = label.encounterNumber else { return false }
  return document.patientLabels.isEmpty || !(document.candidates.byVisit[visit] ?? []).isEmpty
}
