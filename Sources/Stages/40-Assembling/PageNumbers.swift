import Model

// RULES *What divides*: "A document with page labels must have each of its pages exactly once (missing-page); a complete set in
// wrong order is put in order with the note reordered."
//
// Decided where RULES are silent: a page without a page label in such a document is one page too many and is missing-page too
// (it may be another document's), unless it is the other side of a sheet that has one: backs stay with their fronts. Blanks
// are not counted and keep their place of arrival.

extension Document {
  /// Pages (from 1) in the document's own order; adds what is missing to the findings, or the note.
  mutating func orderedPages() -> [Int] {
    let arrival = pages.map(\.page)
    let slots = numberedSlots()
    guard slots.contains(where: { $0.isNumbered }) else { return arrival }
    if let problem = numberingProblem(slots) {
      findings.append(Finding(.missingPage, page: problem.page, problem.detail))
      return arrival
    }
    let ordered = slots.sorted { $0.order < $1.order }.map(\.page)
    if ordered != arrival { notes.append(Note.reordered) }
    return ordered
  }

  private func numberedSlots() -> [PageSlot] {
    sheets.flatMap { sheet in
      sheet.inked.map { page in
        let own = page.pageNumbers
        let partner = sheet.inked.first { $0.page != page.page && !$0.pageNumbers.isEmpty }
        return PageSlot(page: page.page, numbers: own, partner: partner.map { ($0.page, $0.pageNumbers[0]) })
      }
    }
  }

  private func numberingProblem(_ slots: [PageSlot]) -> (page: Int?, detail: String)? {
    let numbered = slots.filter(\.isNumbered)
    if let twice = numbered.first(where: { $0.numbers.count > 1 }) {
      return (twice.page, Wording.twoPageLabels(page: twice.page))
    }
    let of = numbered[0].numbers[0].of
    if let other = numbered.first(where: { $0.numbers[0].of != of }) {
      return (other.page, Wording.pageLabelsDisagree(page: other.page, of: of, other: other.numbers[0].of))
    }
    if let stray = slots.first(where: { !$0.isNumbered && $0.partner == nil }) {
      return (stray.page, Wording.pageWithoutPageLabel(page: stray.page, of: of))
    }
    let seen = numbered.map { $0.numbers[0].page }.sorted()
    return seen == Array(1...max(1, of)) ? nil : (nil, Wording.pagesMissing(seen: seen, of: of))
  }
}

/// One page and the place that its page label, or that of its sheet's other side, gives it.
private struct PageSlot {
  let page: Int
  let numbers: [PageNumber]
  /// The other side's page and label, where that has one.
  let partner: (page: Int, number: PageNumber)?

  var isNumbered: Bool { !numbers.isEmpty }
  /// An unlabelled back follows its front; an unlabelled front goes before its back.
  var order: (Int, Int) {
    if let own = numbers.first { return (own.page, 0) }
    guard let partner else { return (0, 0) }
    return (partner.number.page, page < partner.page ? -1 : 1)
  }
}

/// What a page label says: page `page` of `of`.
struct PageNumber: Hashable {
  let page: Int
  let of: Int
}

extension BatchPage {
  /// Each distinct page label once, in reading order.
  fileprivate var pageNumbers: [PageNumber] {
    var result: [PageNumber] = []
    for case let (page, of)? in soundLabels.map(\.pageNumber) {
      let number = PageNumber(page: page, of: of)
      if !result.contains(number) { result.append(number) }
    }
    return result
  }
}
