/// Every sentence that Assembling says to a person: what was seen, and what to do. No names of patients.
enum Wording {
  static func unprovenLimit(at page: Int) -> String {
    "The patient changes at page \(page), but nothing proves that the document before it ends there: look at the pages "
      + "before page \(page) and give each to the patient it belongs to."
  }

  static func suspectSeparator(page: Int) -> String {
    "Page \(page) looks like a separator, but the other side of its sheet is not that of a separator: look whether it is a page "
      + "of a document."
  }

  static func afterSuspect(sheet page: Int, at first: Int) -> String {
    "The sheet of page \(page) before this document may be a page of it rather than a separator, and page \(first) does not say "
      + "whose it is: look at both."
  }

  static func headerInDoubt(header: Int?, page: Int) -> String {
    "Only the header sheet (page \(header ?? 0)) says whose this is, but page \(page) after it may have been another header sheet: "
      + "check the patient on the paper."
  }

  static func nextToHole(_ page: Int) -> String {
    "Page \(page) beside this document could not be decoded and may have been a separator or another patient's first page: "
      + "check where the document begins and ends."
  }

  static func unreadableOnCover(page: Int) -> String {
    "A label on the separator or header sheet (page \(page)) could not be read: look at the sheet and say whose this is."
  }

  static func oddDuplex(pages: Int) -> String {
    "The batch has \(pages) pages, but a duplex scanner gives two for each sheet: a side is missing, so fronts and backs may be "
      + "mixed up. Scan it again or divide it by hand."
  }

  static func countMismatch(what: String, expected: Int, found: Int) -> String {
    "\(expected) \(what) were announced and \(found) came: find the missing or surplus ones, or confirm the count."
  }

  static func headerCountMismatch(header: Int, what: String, expected: Int, found: Int) -> String {
    "The header sheet (page \(header)) announces \(expected) \(what) and \(found) follow it: find the missing or surplus ones, or "
      + "confirm the count."
  }

  static func twoPageLabels(page: Int) -> String {
    "Page \(page) carries two different page labels: say which one holds."
  }

  static func pageLabelsDisagree(page: Int, of: Int, other: Int) -> String {
    "The page label on page \(page) counts \(other) pages, those before it \(of): pages of two documents may be mixed."
  }

  static func pageWithoutPageLabel(page: Int, of: Int) -> String {
    "Page \(page) has no page label in a document whose pages are numbered up to \(of): say whether it belongs to it."
  }

  static func pagesMissing(seen: [Int], of: Int) -> String {
    "The document's page labels say \(seen.map(String.init).joined(separator: ", ")) of \(of), not each page once: find the "
      + "missing pages or take out the surplus ones."
  }

  static func duplicateInside(page: Int) -> String {
    "Page \(page), which stands in this document, repeats a file that was taken already and is not filed again: look whether the "
      + "document is whole."
  }
}

/// Notes of this stage: words, not sentences, so that they can be searched for.
enum Note {
  static let nearlyBlank = "nearly-blank"
  /// Its paper is of another size than that of most pages of the batch.
  static let unusualSize = "unusual-size"
  static let reordered = "reordered"
  /// A separator whose other side is not one's: the draft is that sheet alone.
  static let separatorSheet = "separator-sheet"
  /// A cover sheet behind which no document came.
  static let opensNothing = "opens-no-document"
  static let unreadableRegion = "unreadable-region"
  static let duplicateInside = "duplicate-inside"
}
