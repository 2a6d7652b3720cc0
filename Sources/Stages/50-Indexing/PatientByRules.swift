import Model

/// What said whose each page is (FORMATS *Manifest*, `patientBy`), blanks included: a label on the page itself, on the other side of
/// its sheet, on the document's first page; else cover, header, sidecar, or the encounter.
func patientByPage(_ document: DocumentView) -> [Int: PatientBy] {
  let rest = patientByElsewhere(document)
  var result: [Int: PatientBy] = [:]
  for page in document.pages {
    if page.hasPatientLabel(printed: true) {
      result[page.page] = .label
    } else if document.sheetPages(of: page.page).contains(where: { $0.hasPatientLabel(printed: true) }) {
      result[page.page] = .sheet
    } else {
      result[page.page] = rest
    }
  }
  return result
}

private func patientByElsewhere(_ document: DocumentView) -> PatientBy {
  let places = document.patientLabels.map(\.place)
  let first = document.draft.pages.first.map { document.sheetPages(of: $0) } ?? []
  if first.contains(where: { $0.hasPatientLabel(printed: true) }) { return .firstPage }
  if places.contains(.cover) { return .cover }
  if places.contains(.header) { return .header }
  if places.contains(.sidecar) { return .sidecar }
  return places.contains(.page) ? .firstPage : .encounter
}
