import Assembling
import Model
import Testing

/// One test a sentence of RULES *Sheets* and *What divides*; each a table of cases.
@Suite struct RulesTests {
  private func check(_ one: Case) {
    let outcome = one.outcome
    #expect(outcome.documents == one.documents)
    #expect(outcome.setAside == one.setAside)
  }

  // MARK: Sheets

  @Test(arguments: [
    Case("front and back are one sheet", ["consent A", "text", "text", "_"], ["1 2 3 (4) = A consent"], duplex: true),
    Case(
      "a label on the back starts the document at the front", ["lab A", "text", "text", "lab B", "text", "_"],
      ["1 2 = A lab", "3 4 5 (6) = B lab"], duplex: true),
    Case("a patient on the back of the first sheet", ["consent", "A"], ["1 2 = A consent"], duplex: true),
    Case("two types on one sheet", ["lab A", "progress"], ["1 2: conflicting-type"], duplex: true),
    Case("two patients on one sheet", ["lab A", "B"], ["1 2: conflicting-mrn"], duplex: true),
    Case(
      "labels on the sheets on both sides prove the limit", ["consent A", "text", "consent", "B"],
      ["1 2 = A consent", "3 4 = B consent"], duplex: true),
  ])
  func `in a duplex batch two pages are one sheet and are never parted`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case(
      "blank back", ["lab A", "_", "T", "_", "lab B", "_"], ["1 (2) = A lab", "5 (6) = B lab"], aside: "3s 4s",
      duplex: true),
    Case(
      "SEPARATOR with a printed back", ["sep", "text", "lab B", "_"], ["3 (4) = B lab"], aside: "1s 2s", duplex: true),
    Case("fed face down", ["_", "T", "lab B", "_"], ["3 (4) = B lab"], aside: "1s 2s", duplex: true),
    Case(
      "only a patch, and the back is written on", ["lab A", "_", "T", "text", "lab B", "_"],
      ["1 (2) = A lab", "3 4: possible-missed-separator", "5 (6) = B lab"], duplex: true),
    Case(
      "a patient label on the back", ["sep", "B text", "lab B", "_"],
      ["1 2: possible-missed-separator", "3 (4) = B lab"],
      duplex: true),
    Case(
      "what follows does not say whose it is", ["T", "text", "text", "_"],
      ["1 2: possible-missed-separator", "3 (4): possible-missed-separator, no-label, no-type"], duplex: true),
    Case(
      "a pencil tick behind a patch", ["T", "~", "lab B", "_"], ["1 2: possible-missed-separator", "3 (4) = B lab"],
      duplex: true),
    Case(
      "a cover whose back is a document's", ["sep A lab", "B text", "text", "_"],
      ["1 2: conflicting-mrn, possible-missed-separator", "3 (4): possible-missed-separator, no-label, no-type"],
      duplex: true),
  ])
  func `the back of a separator goes with it, unless it carries a patient label or is written on behind a bare patch`(
    _ one: Case
  ) {
    check(one)
  }

  @Test(arguments: [
    Case("three pages", ["consent A", "_", "consent A"], ["1 3 (2): odd-duplex"], duplex: true),
    Case(
      "every document of the batch", ["lab A", "_", "lab B"], ["1 (2): odd-duplex", "3: odd-duplex"], duplex: true),
    Case("a hole has its own reason", ["#"], ["1: undecodable"], duplex: true),
    Case("a batch without documents", ["sep"], ["1: odd-duplex"], duplex: true),
    Case("simplex may be odd", ["consent A"], ["1 = A consent"]),
  ])
  func `an odd number of pages is odd-duplex for the batch`(_ one: Case) { check(one) }

  // MARK: Separators, covers, headers

  @Test(arguments: [
    Case("SEPARATOR", ["lab A", "sep", "lab B"], ["1 = A lab", "3 = B lab"], aside: "2s"),
    Case(
      "SEPARATOR however much is printed on it", ["lab A", "sep text", "lab B"], ["1 = A lab", "3 = B lab"], aside: "2s"
    ),
    Case("patch 2", ["lab A", "2", "lab B"], ["1 = A lab", "3 = B lab"], aside: "2s"),
    Case("patch 3", ["lab A", "3", "lab B"], ["1 = A lab", "3 = B lab"], aside: "2s"),
    Case("patch T", ["lab A", "T", "lab B"], ["1 = A lab", "3 = B lab"], aside: "2s"),
    Case(
      "it parts two pages of one patient and type", ["consent A", "T", "consent A"],
      ["1 = A consent", "3 = A consent"], aside: "2s"),
    Case("many, and at the ends", ["T", "T", "lab A", "T"], ["3 = A lab"], aside: "1s 2s 4s"),
  ])
  func `a separator carries SEPARATOR, or a patch 2, 3 or T with almost no ink`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case("patch T among text", ["lab A", "T text progress A"], ["1 = A lab", "2 = A progress"]),
    Case("patch 1 without text", ["lab A", "1 progress A"], ["1 = A lab", "2 = A progress"]),
    Case("patch 6 without a label", ["lab A", "6 text"], ["1 = A lab", "2: no-label, no-type"]),
    Case(
      "it proves no limit between patients", ["consent A", "text", "T text consent B"],
      ["1 2: possible-missed-separator", "3: possible-missed-separator"]),
    Case(
      "the other patient named only later", ["lab A", "text", "T text", "text B"],
      ["1 2: possible-missed-separator", "3 4: possible-missed-separator, unlabelled-page, no-type"]),
    Case("labels on both sides prove it", ["consent A", "T text consent B"], ["1 = A consent", "2 = B consent"]),
  ])
  func `any other page with a patch code starts a document and is kept in it`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case("patient and type", ["sep A consent", "text", "text"], ["2 3 = A consent"], aside: "1s"),
    Case("patch with patient and type", ["T A lab", "text"], ["2 = A lab"], aside: "1s"),
    Case("it agrees with the pages", ["sep A lab", "lab A"], ["2 = A lab"], aside: "1s"),
    Case("another patient than the page", ["sep A lab", "lab B"], ["2: conflicting-mrn"], aside: "1s"),
    Case("another type than the page", ["sep A lab", "progress A"], ["2: conflicting-type"], aside: "1s"),
    Case("another encounter than the page", ["sep A lab eA1", "eA2 A"], ["2: conflicting-encounter"], aside: "1s"),
    Case(
      "only for the document that it opens", ["sep A lab", "text", "progress"], ["2 = A lab", "3: no-label"],
      aside: "1s"),
    Case(
      "a later page names another patient: nothing proves where", ["sep A consent", "text", "text B"],
      ["2: possible-missed-separator", "3: possible-missed-separator, no-type"], aside: "1s"),
    Case("a cover label that fails its check", ["sep A! lab", "text"], ["2: check-digit"], aside: "1s"),
    Case("a cover label that cannot be read", ["sep lab ?", "text"], ["2: unreadable-label"], aside: "1s"),
    Case(
      "a cover without a document hands nothing on", ["sep A lab", "sep", "text"], ["3: no-label, no-type"],
      aside: "1s 2s"),
    Case("of two covers the last holds", ["sep A lab", "sep B lab", "text"], ["3 = B lab"], aside: "1s 2s"),
    Case("blanks behind it do not use it up", ["sep A lab", "_", "text"], ["3 = A lab"], aside: "1s 2b"),
  ])
  func `labels on a separator hold for the document that it opens`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case("type for a section", ["head lab", "A", "B"], ["2 = A lab", "3 = B lab"], aside: "1s"),
    Case("patient for a section", ["head A", "consent", "lab"], ["2 = A consent", "3 = A lab"], aside: "1s"),
    Case("it ends the document", ["consent A", "head", "consent A"], ["1 = A consent", "3 = A consent"], aside: "2s"),
    Case("until the next header", ["head A", "lab", "head", "lab"], ["2 = A lab", "4: no-label"], aside: "1s 3s"),
    Case("through separators", ["head A", "lab", "T", "lab"], ["2 = A lab", "4 = A lab"], aside: "1s 3s"),
    Case(
      "labels on pages must agree", ["head A", "lab B", "T", "lab A"], ["2: conflicting-mrn", "4 = A lab"],
      aside: "1s 3s"),
    Case("types must agree", ["head lab", "progress A"], ["2: conflicting-type"], aside: "1s"),
    Case("cover and header must agree", ["head A", "sep B lab", "text"], ["3: conflicting-mrn"], aside: "1s 2s"),
    Case("a header label that fails holds its section", ["head A!", "lab B"], ["2: check-digit"], aside: "1s"),
    Case(
      "one that cannot be read too", ["head ?", "lab B", "head", "lab C"], ["2: unreadable-label", "4 = C lab"],
      aside: "1s 3s"),
  ])
  func `a header sheet ends the document and its labels hold until the next header`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case(
      "a hole", ["head A", "lab", "#", "lab", "T", "lab", "T", "lab A", "head B", "lab"],
      ["2: undecodable", "3: undecodable", "4: undecodable", "6: undecodable", "8 = A lab", "10 = B lab"],
      aside: "1s 5s 7s 9s"),
    Case(
      "a sheet with little but a label that nothing read", ["head A", "lab", "? B light", "T", "lab"],
      [
        "2: possible-missed-separator", "3: conflicting-mrn, possible-missed-separator, no-type", "5: unreadable-label",
      ],
      aside: "1s 4s"),
    Case(
      "a patch sheet with such a label", ["head A", "lab", "T ?", "lab", "T", "lab"],
      ["2 = A lab", "4: unreadable-label", "6: unreadable-label"], aside: "1s 3s 5s"),
  ])
  func `a header's patient holds no longer where the next header may have been missed`(_ one: Case) {
    let outcome = one.outcome
    // Which reason comes first matters less here than that nothing is filed on the old header's word.
    #expect(outcome.documents.map(filedPart) == one.documents.map(filedPart))
    #expect(outcome.setAside == one.setAside)
  }

  @Test(arguments: [
    Case(
      "a document of another patient", ["head A", "lab", "lab B", "T", "lab"],
      ["2 = A lab", "3: conflicting-mrn", "5 = A lab"], aside: "1s 4s"),
    Case(
      "a region on a page of a form", ["head A", "lab", "lab ?", "lab", "T", "lab"],
      ["2 = A lab", "3: unreadable-label", "4 = A lab", "6 = A lab"], aside: "1s 5s"),
    Case(
      "a region on a form that names the patient", ["head A", "lab A ?", "lab"], ["2 = A lab", "3 = A lab"],
      aside: "1s"),
    Case(
      "a region on a separator", ["head A", "lab", "sep ?", "lab", "T", "lab"],
      ["2 = A lab", "4: unreadable-label", "6 = A lab"], aside: "1s 3s 5s"),
  ])
  func `a header's labels hold until the next header, whatever is wrong with a document between`(_ one: Case) {
    check(one)
  }

  private func filedPart(_ text: String) -> String {
    text.contains("=") ? text : String(text.prefix { $0 != ":" }) + ": held"
  }

  // MARK: Starts

  @Test(arguments: [
    Case("the first page", ["lab A"], ["1 = A lab"]),
    Case("a type label", ["lab A", "text", "consent A"], ["1 2 = A lab", "3 = A consent"]),
    Case("PG01OF…", ["opnote A 1/2", "2/2", "opnote A 1/1"], ["1 2 = A opnote", "3 = A opnote"]),
    Case("another patient", ["lab A", "B"], ["1 = A lab", "2: no-type"]),
    Case("another patient's number, merged into the same one", ["lab A", "a"], ["1 2 = A lab"]),
    Case("a GSRN of the same patient", ["lab A", "gsA"], ["1 2 = A lab"]),
    Case("another encounter", ["lab A eA1", "lab A eA2"], ["1 = A lab", "2 = A lab"]),
    Case("an encounter of another patient", ["consent A", "consent eB1"], ["1 = A consent", "2 = B consent"]),
    Case("an unknown MRN counts as another patient", ["consent A", "consent U"], ["1 = A consent", "2: unknown-mrn"]),
    Case("a foreign label starts nothing, breaks nothing, holds nothing", ["lab A", "foreign text"], ["1 2 = A lab"]),
    Case("a related label is never used", ["lab A rel:B", "rel:B"], ["1 2 = A lab"]),
    Case("a label that fails starts nothing", ["lab A", "B!"], ["1 2: check-digit"]),
    Case("a label that cannot be read starts nothing", ["lab A", "?"], ["1 2: unreadable-label"]),
    Case("an unknown encounter beside the label", ["lab A eX", "text eX"], ["1 2 = A lab"]),
    Case("an unknown encounter alone on a later page", ["lab A", "text eX"], ["1 2: unknown-encounter"]),
    Case("a page without a patient label continues", ["lab A", "text", "text"], ["1 2 3 = A lab"]),
  ])
  func `a document starts at a type label, PG01OF, another patient or another encounter`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case("every: continues", ["consent A", "consent A", "consent"], ["1 2 3 = A consent"]),
    Case("first: starts a new one", ["lab A", "lab A"], ["1 = A lab", "2 = A lab"]),
    Case("first, but page 2 of 2", ["lab A 1/2", "lab A 2/2"], ["1 2 = A lab"]),
    Case("every, other patient", ["consent A", "consent B"], ["1 = A consent", "2 = B consent"]),
    Case("every, other encounter", ["consent A eA1", "consent A eA2"], ["1 = A consent", "2 = A consent"]),
    Case(
      "every, a label that fails does not count as the same", ["consent A", "consent A!"],
      ["1 = A consent", "2: check-digit"]),
    Case(
      "every, one that cannot be read neither", ["consent A", "consent ?"], ["1 = A consent", "2: unreadable-label"]),
    Case(
      "whose the page between is nobody knows then", ["consent A", "consent", "consent ?"],
      ["1 2: possible-missed-separator", "3: unreadable-label"]),
    Case(
      "after one that cannot be read", ["consent ?", "consent B"],
      ["1: possible-missed-separator, unreadable-label", "2: possible-missed-separator"]),
    Case(
      "a label that cannot be read inside a numbered set", ["hp A 1/4", "hp A 2/4", "hp ? 3/4", "hp A 4/4", "hp B"],
      ["1 2 3 4: unreadable-label", "5 = B hp"]),
    Case(
      "one that fails at the head of a numbered set", ["hp A! 1/2", "hp A 2/2", "hp B"],
      ["1 2: check-digit", "3 = B hp"]),
    Case(
      "a number that came before starts a new one", ["hp A 1/2", "hp A 2/2", "hp ? 2/2"],
      ["1 2 = A hp", "3: unreadable-label, missing-page"]),
    Case(
      "so does another patient, whatever the number", ["hp ? A 1/2", "hp B 2/2"],
      ["1: missing-page", "2: missing-page"]),
    Case("every, under a cover's type", ["sep A consent", "consent", "consent"], ["2 3 = A consent"], aside: "1s"),
    Case("another type always starts", ["consent A", "hp"], ["1 = A consent", "2: no-label"]),
    Case(
      "PG01 starts although the type stands on every page", ["consent A 1/1", "consent A 1/1"],
      ["1 = A consent", "2 = A consent"]),
  ])
  func `a type label that repeats continues or starts by typeLabelOn and page label`(_ one: Case) { check(one) }

  // MARK: Limits

  @Test(arguments: [
    Case(
      "by a separator", ["consent A", "text", "T", "consent B"], ["1 2 = A consent", "4 = B consent"], aside: "3s"),
    Case(
      "by a header", ["consent A", "text", "head", "consent B"], ["1 2 = A consent", "4 = B consent"], aside: "3s"),
    Case("by a type label", ["lab A", "text", "consent B"], ["1 2 = A lab", "3 = B consent"]),
    Case("by a type label on first pages that repeats", ["lab A", "text", "lab B"], ["1 2 = A lab", "3 = B lab"]),
    Case("by PG01OF…", ["consent A", "text", "consent B 1/1"], ["1 2 = A consent", "3 = B consent"]),
    Case("by labels on both sides", ["A", "B"], ["1 = A lab", "2 = B lab"], typeDefault: "lab"),
  ])
  func `a limit is proven by a separator, a header, a type label, PG01OF or patient labels on both sides`(_ one: Case) {
    check(one)
  }

  @Test(arguments: [
    Case(
      "the page before has no label", ["A", "text", "B"],
      ["1 2: possible-missed-separator", "3: possible-missed-separator"], typeDefault: "lab"),
    Case(
      "a type that stands on every page proves nothing", ["consent A", "consent", "consent B"],
      ["1 2: possible-missed-separator", "3: possible-missed-separator"]),
    Case(
      "an unknown MRN", ["A", "text", "U"],
      ["1 2: possible-missed-separator", "3: possible-missed-separator, unknown-mrn"],
      typeDefault: "lab"),
    Case(
      "a page that cannot be read between", ["A", "?", "B"],
      ["1 2: possible-missed-separator, unreadable-label", "3: possible-missed-separator"], typeDefault: "lab"),
    Case(
      "an encounter that changes", ["A eA1", "text", "eA2"],
      ["1 2: possible-missed-separator", "3: possible-missed-separator"], typeDefault: "lab"),
    Case(
      "a blank proves nothing", ["A", "text", "_", "B"],
      ["1 2: possible-missed-separator", "4: possible-missed-separator"], aside: "3b", typeDefault: "lab"),
    Case(
      "a type label on a later page proves nothing", ["lab A", "text", "progress B 2/2"],
      ["1 2: possible-missed-separator", "3: possible-missed-separator, missing-page"]),
    Case(
      "the document before that and the one after go on", ["T", "lab C", "consent A", "text", "consent B", "lab D"],
      ["2 = C lab", "3 4: possible-missed-separator", "5: possible-missed-separator", "6 = D lab"], aside: "1s"),
  ])
  func `where a change of patient is the only sign and not proven both documents are held`(_ one: Case) { check(one) }

  // MARK: Holes

  @Test(arguments: [
    Case(
      "before and after", ["consent A", "consent A", "#", "lab B", "T", "lab C"],
      ["1 2: undecodable", "3: undecodable", "4: undecodable", "6 = C lab"], aside: "5s"),
    Case(
      "a separator between", ["lab A", "T", "#", "T", "lab B"], ["1 = A lab", "3: undecodable", "5 = B lab"],
      aside: "2s 4s"),
    Case(
      "a header between", ["lab A", "#", "head", "lab B"], ["1: undecodable", "2: undecodable", "4 = B lab"],
      aside: "3s"),
    Case(
      "the others go on", ["lab A", "lab B", "#", "lab C", "lab D"],
      ["1 = A lab", "2: undecodable", "3: undecodable", "4: undecodable", "5 = D lab"]),
    Case(
      "what follows starts a document, labelled or not", ["lab A", "#", "text"],
      ["1: undecodable", "2: undecodable", "3: undecodable"]),
    Case("holes in a row are one exception", ["lab A", "#", "#", "#"], ["1: undecodable", "2 3 4: undecodable"]),
    Case("a blank between changes nothing", ["#", "_", "lab A"], ["1: undecodable", "3: undecodable"], aside: "2b"),
    Case(
      "a cover's document that begins with a hole", ["sep A lab", "#", "text"], ["2: undecodable", "3: undecodable"],
      aside: "1s"),
    Case(
      "the sheet is not parted", ["lab A", "#", "lab B", "_"], ["1 2: undecodable", "3 (4): undecodable"], duplex: true),
    Case(
      "a separator on the front of the hole's sheet", ["lab A", "_", "sep", "#", "lab B", "_"],
      ["1 (2) = A lab", "3 4: undecodable", "5 (6): undecodable"], duplex: true),
    Case(
      "a separator on its back", ["lab A", "_", "#", "sep", "lab B", "_"],
      ["1 (2): undecodable", "3 4: undecodable", "5 (6) = B lab"], duplex: true),
  ])
  func `a hole makes the documents beside it exceptions unless a separator stands between`(_ one: Case) { check(one) }

  // MARK: Blanks

  @Test(arguments: [
    Case("inside", ["hp A", "_", "hp A"], ["1 3 (2) = A hp"]),
    Case(
      "before, and behind a separator", ["_", "lab A", "T", "_", "lab B"], ["2 = A lab", "5 = B lab"], aside: "1b 3s 4b"
    ),
    Case("before a separator", ["lab A", "_", "T", "lab B"], ["1 (2) = A lab", "4 = B lab"], aside: "3s"),
    Case("at the end", ["lab A", "_"], ["1 (2) = A lab"]),
    Case("before another document", ["lab A", "_", "lab B"], ["1 = A lab", "3 = B lab"], aside: "2b"),
    Case(
      "a blank sheet inside a duplex document", ["hp A", "_", "_", "_", "hp A", "_"], ["1 5 (2) (3) (4) (6) = A hp"],
      duplex: true),
    Case("a blank front goes with its back", ["_", "lab A"], ["2 (1) = A lab"], duplex: true),
    Case("a label makes it not blank", ["lab A", "_ A"], ["1 2 = A lab"]),
    Case("a pencil tick is not blank", ["lab A", "~"], ["1 2 = A lab"]),
    Case("nothing but blanks", ["_", "_"], [], aside: "1b 2b"),
  ])
  func `a blank never starts a document and keeps its place inside one`(_ one: Case) { check(one) }

  @Test func `a nearly blank page is kept with a note`() {
    let outcome = Outcome(["lab A", "~", "_", "text"])
    #expect(outcome.assembly.pageNotes == [2: ["nearly-blank"]])
  }

  @Test(arguments: [
    (["letter", "letter", "strip"], ["3: unusual-size"]),
    (["letter", "a4", "letter", "letter lying", "letter cropped"], ["2: unusual-size"]),
    (["letter", "letter at 200", "letter at fax"], []),
    (["letter", "strip"], []),
    (["letter", "letter", "strip without dpi"], []),
  ])
  func `a page whose paper is of another size than most of the batch's has a note`(_ sizes: [String], _ notes: [String])
  {
    let pages = sizes.enumerated().map { Paper.page(sized: $1, number: $0 + 1) }
    let assembly = assemble(
      pages: pages, station: Station(), header: BatchHeader(), rules: Paper.rules, candidates: Paper.candidates)
    let found = assembly.pageNotes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.joined(separator: " "))" }
    #expect(found == notes)
  }

  // MARK: Page labels

  @Test(arguments: [
    Case("complete", ["opnote A 1/2", "2/2"], ["1 2 = A opnote"]),
    Case("one is missing", ["opnote A 1/3", "3/3"], ["1 2: missing-page"]),
    Case("one came twice", ["opnote A 1/2", "2/2", "2/2"], ["1 2 3: missing-page"]),
    Case("wrong order", ["opnote A 1/3", "3/3", "2/3"], ["1 3 2 = A opnote"]),
    Case("they count differently", ["opnote A 1/2", "2/3"], ["1 2: missing-page"]),
    Case("a page too many", ["opnote A 1/2", "2/2", "text"], ["1 2 3: missing-page"]),
    Case("blanks do not count", ["opnote A 1/2", "_", "2/2"], ["1 3 (2) = A opnote"]),
    Case(
      "unlabelled backs stay with their fronts", ["opnote A 1/3", "text", "3/3", "text", "2/3", "text"],
      ["1 2 5 6 3 4 = A opnote"], duplex: true),
    Case(
      "a sheet without a page label", ["opnote A 1/1", "text", "text", "text"], ["1 2 3 4: missing-page"], duplex: true),
    Case("two page labels on a page", ["opnote A 1/2 2/2", "text"], ["1 2: missing-page"]),
    Case(
      "a number that cannot be", ["opnote A 0/2", "1/2"], ["1: missing-page", "2: no-label, missing-page, no-type"]),
  ])
  func `a document with page labels has each of its pages exactly once`(_ one: Case) { check(one) }

  @Test func `a complete set in wrong order is put in order with a note`() {
    #expect(Outcome(["opnote A 1/3", "3/3", "2/3"]).decisions[0].notes == ["reordered"])
    #expect(Outcome(["opnote A 1/3", "2/3", "3/3"]).decisions[0].notes == [])
  }

  // MARK: Counts

  @Test(arguments: [
    Case(
      "too few pages", ["lab A", "lab B"], ["1: count-mismatch", "2: count-mismatch"], header: .init(expectedPages: 3)),
    Case(
      "the right number", ["lab A", "T", "_"], ["1 = A lab"], aside: "2s 3b",
      header: .init(expectedSheets: 3, expectedPages: 3)),
    Case(
      "sheets in duplex", ["lab A", "_", "lab B", "_"], ["1 (2) = A lab", "3 (4) = B lab"], duplex: true,
      header: .init(expectedSheets: 2)),
    Case("too many sheets", ["lab A", "_"], ["1 (2): count-mismatch"], duplex: true, header: .init(expectedSheets: 2)),
    Case("nothing but a separator came", ["sep"], ["1: count-mismatch"], header: .init(expectedPages: 3)),
  ])
  func `a count that differs holds the batch`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case(
      "the right number, blanks and separators included", ["head:pages=4", "lab A", "T", "_", "lab B"],
      ["2 = A lab", "5 = B lab"], aside: "1s 3s 4b"),
    Case(
      "one missing, and the next section goes on",
      ["lab C", "head:pages=3", "lab A", "lab B", "head:pages=1", "lab C", "head", "lab D"],
      ["1 = C lab", "3: count-mismatch", "4: count-mismatch", "6 = C lab", "8 = D lab"], aside: "2s 5s 7s"),
    Case(
      "sheets", ["head:sheets=2", "_", "lab A", "_", "lab B", "_"], ["3 (4) = A lab", "5 (6) = B lab"], aside: "1s 2s",
      duplex: true),
    Case(
      "a sheet too many", ["head:sheets=1", "lab A", "lab B"], ["2: count-mismatch", "3: count-mismatch"], aside: "1s"),
    Case(
      "nothing came behind it", ["head:pages=2", "head", "lab C"], ["1: count-mismatch", "3 = C lab"], aside: "2s"),
    Case("nothing but a hole", ["head:pages=2", "#"], ["2: undecodable, count-mismatch"], aside: "1s"),
  ])
  func `a header's count that differs holds its section`(_ one: Case) { check(one) }

  @Test(arguments: [
    Case("IDCARD", ["A", "text", "text", "text"], ["1 2 3 4 = A idcard"], typeDefault: "idcard"),
    Case("one too many", ["A", "text", "text", "text", "text"], ["1 2 3 4 5: too-many-pages"], typeDefault: "idcard"),
    Case("blanks do not count", ["A", "_", "text", "text", "text"], ["1 3 4 5 (2) = A idcard"], typeDefault: "idcard"),
  ])
  func `a type has a greatest number of pages`(_ one: Case) { check(one) }

  // MARK: Conflicts on one page

  @Test(arguments: [
    Case(
      "stays open until the next type label", ["consent A B", "B", "lab C"], ["1 2: conflicting-mrn", "3 = C lab"]),
    Case(
      "or the next separator", ["consent A B", "C", "T", "lab C"], ["1 2: conflicting-mrn", "4 = C lab"], aside: "3s"),
    Case("on a later page", ["lab A", "A B", "text"], ["1 2 3: conflicting-mrn"]),
    Case("an alias of one and the same is no conflict", ["lab A a gsA"], ["1 = A lab"]),
    Case("a related label is no conflict", ["lab A rel:B"], ["1 = A lab"]),
  ])
  func `two patients on one page conflict, and the document stays open`(_ one: Case) { check(one) }

  // MARK: Which pages must be labelled

  @Test(arguments: [
    Case(
      "page", ["consent A", "consent A", "lab A", "text"], ["1 2 = A consent", "3 4: unlabelled-page"], labelOn: .page),
    Case("sheet", ["lab A", "text", "text", "text"], ["1 2 3 4: unlabelled-page"], duplex: true, labelOn: .sheet),
    Case("sheet, each labelled", ["lab A", "text", "text", "A"], ["1 2 3 4 = A lab"], duplex: true, labelOn: .sheet),
    Case("first", ["lab A", "text"], ["1 2 = A lab"]),
    Case("first, but only a later page says whose it is", ["lab", "A"], ["1 2: unlabelled-page"]),
    Case("first, by the cover", ["sep A", "lab", "A"], ["2 3 = A lab"], aside: "1s"),
    Case("first, by the encounter", ["lab eA1", "A"], ["1 2 = A lab"]),
  ])
  func `a station may ask for labels on first pages, sheets or pages`(_ one: Case) { check(one) }

  // MARK: Duplicates

  @Test(arguments: [
    Case(
      "a repeated separator still separates", ["lab A", "T", "lab B", "T dup", "text"],
      ["1 = A lab", "3 = B lab", "5: no-label, no-type"], aside: "2s"),
    Case("whole documents", ["lab A dup", "lab B"], ["2 = B lab"]),
    Case("a page in the middle", ["consent A", "consent dup", "consent"], ["1 3: missing-page"]),
    Case("all of it", ["lab A dup", "T dup", "_ dup"], []),
  ])
  func `duplicates divide like any page and stand in no document`(_ one: Case) { check(one) }
}
