import Model

// RULES *What divides*: "A blank page never starts a document and never proves anything; in a document it keeps its place
// [...]; other blanks are set aside."
//
// Decided where RULES are silent: a blank is inside a document when more of the document follows, when it is a side of one
// of its sheets, or when a separator, a header or the batch's end closes the document behind it. A blank right before
// another document could be either's, so it is neither's: set aside.

extension BatchPage {
  /// Sure to have nothing on it: no mark, no label, no label-like region; and none given by a sidecar.
  var isBlank: Bool {
    guard let facts = reading.facts else { return false }
    return facts.blankness == .blank && labels.isEmpty && facts.labels.isEmpty && facts.unreadable.isEmpty
  }
}

/// Between the sure and the doubtful limit: kept, with a note.
func nearlyBlankNotes(_ pages: [BatchPage]) -> [Int: [String]] {
  let nearly = pages.filter { $0.reading.facts?.blankness == .nearlyBlank }
  return Dictionary(uniqueKeysWithValues: nearly.map { ($0.page, [Note.nearlyBlank]) })
}
