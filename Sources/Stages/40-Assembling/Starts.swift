import Model

// RULES *What divides*: "A document starts after a separator or header; at the first page; at a page with a patch code; at a
// page with a document type label; at PG01OF…; at a patient or encounter label that names another patient or encounter than
// the document so far."
//
// Decided where RULES contradict each other: a page whose label fails or cannot be read does not count as the same patient's, but
// such a label "starts nothing and holds the document that it lies in". Where its page label goes on with the document's numbers
// and nothing on it names another, it stays: the numbered set is one exception, held by that label, and not two halves.

/// Why a sheet starts a document though another is open.
struct StartSigns: OptionSet {
  let rawValue: Int
  static let pageOne = StartSigns(rawValue: 1)
  /// A type label that says something new, or repeats a type that stands on first pages only.
  static let type = StartSigns(rawValue: 2)
  /// A type label that only repeats a type which stands on every page, or that stands on a page nn > 1: it proves nothing.
  static let repeatedType = StartSigns(rawValue: 4)
  static let patch = StartSigns(rawValue: 8)
  static let patient = StartSigns(rawValue: 16)
  static let encounter = StartSigns(rawValue: 32)

  /// "proven by […] a type label (unless it only repeats a type whose typeLabelOn is every) or PG01OF… on the page that starts".
  var proveLimit: Bool { !isDisjoint(with: [.pageOne, .type]) }
}

/// Why `sheet` does not continue `document`; empty: it continues it ("a page without a patient label continues its document").
func startSigns(of sheet: Sheet, after document: Document, rules: SiteRules) -> StartSigns {
  var signs: StartSigns = []
  if sheet.signs.lowestPage == 1 { signs.insert(.pageOne) }
  if let type = typeSign(of: sheet, after: document, rules: rules) { signs.insert(type) }
  // Open after a conflict: only a type label or a first page ends it, whatever patients the next pages name.
  if document.isConflicting && signs.isEmpty { return [] }
  if sheet.hasPatch { signs.insert(.patch) }
  if sheet.signs.namesAnotherPatient(than: document.named) { signs.insert(.patient) }
  if namesAnotherEncounter(sheet, than: document) { signs.insert(.encounter) }
  return signs
}

private func namesAnotherEncounter(_ sheet: Sheet, than document: Document) -> Bool {
  !sheet.signs.encounters.isEmpty && !document.encounters.isEmpty
    && sheet.signs.encounters.isDisjoint(with: document.encounters)
}

/// The sign that a type label on `sheet` gives, nil where it continues the document or there is none.
private func typeSign(of sheet: Sheet, after document: Document, rules: SiteRules) -> StartSigns? {
  let types = sheet.signs.types
  guard !types.isEmpty else { return nil }
  let laterPage = (sheet.signs.lowestPage ?? 1) > 1
  guard types.isSubset(of: document.types) else { return laterPage ? .repeatedType : .type }
  let standsOnEvery = types.allSatisfy { rules.types[$0]?.typeLabelOn == .every }
  if isSamePatientAndEncounter(sheet, as: document), laterPage || standsOnEvery { return nil }
  if continuesNumbers(sheet, of: document) { return nil }
  // A repeated code that the table does not know may stand on every page: it starts, but proves nothing.
  let mayStandOnEvery = types.contains { rules.types[$0]?.typeLabelOn != .first }
  return laterPage || mayStandOnEvery ? .repeatedType : .type
}

/// Whether the sheet's page labels go on with the document's (as many pages, none of them twice), and no label names another.
private func continuesNumbers(_ sheet: Sheet, of document: Document) -> Bool {
  let (here, before) = (sheet.signs.numbers, document.own.numbers)
  guard !here.isEmpty, !before.isEmpty, here.isDisjoint(with: before), Set((here.union(before)).map(\.of)).count == 1
  else { return false }
  return !sheet.signs.namesAnotherPatient(than: document.named) && !namesAnotherEncounter(sheet, than: document)
}

/// RULES: "a page without a patient label counts as the same, one whose label fails or cannot be read does not". A document
/// that so far has only such labels is not known to be the same as any page that names somebody.
private func isSamePatientAndEncounter(_ sheet: Sheet, as document: Document) -> Bool {
  if sheet.signs.isDoubtful { return false }
  if sheet.signs.namesPatient && document.named.isEmpty && document.own.isDoubtful { return false }
  return !sheet.signs.namesAnotherPatient(than: document.named) && !namesAnotherEncounter(sheet, than: document)
}
