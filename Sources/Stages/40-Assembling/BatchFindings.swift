import Model

// RULES *Sheets*: "an odd number of pages is odd-duplex for the batch"; *What divides*: "Where a header or sidecar gives a count
// and the batch differs: count-mismatch for the batch."
//
// Decided where RULES are silent: all images of the batch count, blanks, separators and duplicates included. A draft of holes
// alone has a graver reason already. In a batch without any document the pages that would have been set aside become one, so
// that the finding is seen by a person.

/// What is wrong with the batch as a whole.
func batchFindings(pages: Int, duplex: Bool, header: BatchHeader) -> [Finding] {
  var findings: [Finding] = []
  if duplex, pages % 2 == 1 { findings.append(Finding(.oddDuplex, Wording.oddDuplex(pages: pages))) }
  let sheets = Sheet.sheetNumber(of: pages, duplex: duplex)
  if let expected = header.expectedSheets, expected != sheets {
    findings.append(Finding(.countMismatch, Wording.countMismatch(what: "sheets", expected: expected, found: sheets)))
  }
  if let expected = header.expectedPages, expected != pages {
    findings.append(Finding(.countMismatch, Wording.countMismatch(what: "pages", expected: expected, found: pages)))
  }
  return findings
}

/// Gives the batch's findings to each of its documents that has no graver one.
func applyBatchFindings(_ findings: [Finding], to assembly: inout Assembly) {
  guard !findings.isEmpty else { return }
  if assembly.drafts.isEmpty { return holdBatch(findings, in: &assembly) }
  let holes: Set<ExceptionReason> = [.undecodable, .tooLarge, .unsupported]
  for index in assembly.drafts.indices {
    let draft = assembly.drafts[index]
    let isHole = draft.findings.contains { holes.contains($0.reason) && $0.page.map(draft.pages.contains) == true }
    if !isHole { assembly.drafts[index].findings += findings }
  }
}

/// Makes every document of the batch an exception; where it has none, its pages become one.
public func holdBatch(_ findings: [Finding], in assembly: inout Assembly) {
  guard !findings.isEmpty else { return }
  if assembly.drafts.isEmpty, !assembly.setAside.isEmpty {
    assembly.drafts = [DocumentDraft(pages: assembly.setAside.keys.sorted(), notes: [Note.separatorSheet])]
    assembly.setAside = [:]
  }
  for index in assembly.drafts.indices { assembly.drafts[index].findings += findings }
}

/// Takes the pages of repeated sources out again, once the batch is divided.
func leaveOutDuplicates(of pages: [BatchPage], from assembly: inout Assembly) {
  let duplicates = Set(pages.lazy.filter(\.isDuplicate).map(\.page))
  guard !duplicates.isEmpty else { return }
  for page in duplicates { assembly.setAside[page] = nil }
  assembly.drafts = assembly.drafts.compactMap { draft in
    var rest = draft
    rest.pages.removeAll(where: duplicates.contains)
    rest.blanks.removeAll(where: duplicates.contains)
    if rest.pages.isEmpty {
      for blank in rest.blanks { assembly.setAside[blank] = .blank }
      return nil
    }
    if let gone = draft.pages.first(where: duplicates.contains) {
      rest.findings.append(Finding(.missingPage, page: gone, Wording.duplicateInside(page: gone)))
    } else if rest.blanks.count < draft.blanks.count {
      rest.notes.append(Note.duplicateInside)
    }
    return rest
  }
}
