import Model

// RULES *Whose it is*: "A label-like region that cannot be read holds the document (unreadable-label) when its page has no
// readable patient label; on a page that has one it is a note, and label-over-label when it touches or lies within 10 mm of it."
//
// Decided where RULES are silent: only a label printed or stuck on that very page counts as readable, not one that a sidecar
// gives, nor a `related` one. A page without a known resolution counts as 300 dpi. One note says which of the two it is.

/// Assumed where a page does not say; the resolution that offices scan at.
private let dpiAssumed = 300.0

func judgeUnreadable(_ document: DocumentView) -> (findings: [Finding], notes: [String]) {
  var findings: [Finding] = []
  var notes: [String] = []
  for page in document.pages where !page.unreadable.isEmpty {
    let labels = page.labels.filter { $0.isSound && $0.patientNumber != nil && $0.origin == .page }
    if labels.isEmpty {
      findings.append(Finding(.unreadableLabel, page: page.page, Wording.unreadable(page: page.page)))
      continue
    }
    for region in page.unreadable {
      let isOver = labels.compactMap(\.quad).contains {
        millimetres(from: region, to: $0, dpi: page.reading.facts?.dpi) <= document.rules.labelOverLabelMillimetres
      }
      let note = isOver ? Note.labelOverLabel : Note.unreadableRegion
      if !notes.contains(note) { notes.append(note) }
    }
  }
  return (findings, notes)
}

/// Distance between two upright bounding boxes, in millimetres; pixels need not be square (fax).
func millimetres(from one: Quad, to other: Quad, dpi: [Double]?) -> Double {
  let x = dpi?.first.flatMap { $0 > 0 ? $0 : nil } ?? dpiAssumed
  let y = dpi?.last.flatMap { $0 > 0 ? $0 : nil } ?? x
  let dx = Double(max(0, other.left - one.right, one.left - other.right)) / x
  let dy = Double(max(0, other.top - one.bottom, one.top - other.bottom)) / y
  return (dx * dx + dy * dy).squareRoot() * 25.4
}
