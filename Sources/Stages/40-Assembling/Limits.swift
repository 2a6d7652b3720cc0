import Model

// RULES *What divides*: "A limit between two documents is proven by a separator or header, by a type label […] or PG01OF… on
// the page that starts, or by patient labels on the pages (sheets) on both sides of the change. Where a change of patient, with
// or without a patch code among text, is the only sign and is not proven, both documents are possible-missed-separator." (I6)
//
// Decided where RULES are silent:
// - The patients of two documents are compared as wholes: behind a patch code among text the other patient may be named only
//   on a later page, and the limit is as unproven.
// - A change of encounter is treated like a change of patient; an encounter label that the index knows counts as a patient's.
// - Where the new document starts with a label that fails or cannot be read, nobody knows whether the patient changed: a
//   document before it whose last sheet has no patient label of its own is `possible-missed-separator`.
// - A type label on a page nn > 1 never proves that a document starts there.

/// Marks the documents on both sides of each limit that is not proven.
func judgeLimits(_ documents: inout [Document]) {
  for index in documents.indices.dropFirst() {
    guard case .signs(let signs) = documents[index].opening, !signs.proveLimit else { continue }
    let before = documents[index - 1]
    let after = documents[index]
    if areLabelled(before.lastSheet, after.firstSheet) { continue }
    let finding = Finding(.possibleMissedSeparator, page: after.firstPage, Wording.unprovenLimit(at: after.firstPage))
    if mayDiffer(before, after) {
      documents[index - 1].findings.append(finding)
      documents[index].findings.append(finding)
    } else if after.firstSheet.signs.isDoubtful, !before.lastSheet.signs.namesPatient {
      documents[index - 1].findings.append(finding)
    }
  }
}

/// Whether both sheets say themselves whose they are.
private func areLabelled(_ last: Sheet, _ first: Sheet) -> Bool {
  if last.signs.namesPatient && first.signs.namesPatient { return true }
  return !last.signs.encounters.isEmpty && !first.signs.encounters.isEmpty
}

/// Whether the two documents can be of different patients (or encounters).
private func mayDiffer(_ before: Document, _ after: Document) -> Bool {
  let patients = before.named.contains { one in after.named.contains { $0.isDisjoint(with: one) } }
  let encounters =
    !before.encounters.isEmpty && !after.encounters.isEmpty && before.encounters.isDisjoint(with: after.encounters)
  let beforeUnknown = before.named.isEmpty && before.own.isDoubtful && !after.named.isEmpty
  return patients || encounters || beforeUnknown
}
