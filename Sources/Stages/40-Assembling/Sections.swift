import Model

// RULES *What divides*: "A header sheet (BATCH…) ends the current document; its labels and counts hold for every document
// until the next header."
//
// Decided where RULES are silent (I6): what follows a sheet that may have been the next header can no longer lean on this one: a
// hole, a suspect separator, and a sheet with almost nothing on it but a label-like region that nothing read. From there to the
// next header a document that says itself whose it is goes on; one that only its header names is an exception. A page of a form
// is no header, whatever is smudged on it, nor is a document that disagrees with its header: they hold nothing but themselves.

// A header's counts (fields `pages` and `sheets` of its label) are of the images and sheets that follow it, up to the next header:
// blanks, separators and duplicates included, the header sheet itself not.

/// The part of a batch under one header sheet; before the first header, one without labels.
struct Section {
  let header: Inherited
  /// The header's own; nil before the first header.
  let sheet: Sheet?
  private var pages = 0
  private var sheets = 0
  /// Set by the first page that may have been a header.
  private(set) var doubt: Finding?

  init() {
    header = Inherited()
    sheet = nil
  }

  init(header sheet: Sheet) {
    header = sheet.inherited
    self.sheet = sheet
  }

  /// Counts a sheet that follows the header.
  mutating func count(_ sheet: Sheet) {
    if sheet.number == self.sheet?.number { return }
    pages += sheet.pages.count
    sheets += 1
  }

  /// What the header announced and did not come.
  var countFindings: [Finding] {
    guard let page = header.pages.first else { return [] }
    let labels = header.labels.filter { $0.isSound && $0.meaning == .header }
    func findings(_ field: String, _ found: Int) -> [Finding] {
      Set(labels.compactMap { $0.fields[field].flatMap { Int($0) } }).sorted().filter { $0 != found }.map {
        Finding(
          .countMismatch, page: page, Wording.headerCountMismatch(header: page, what: field, expected: $0, found: found)
        )
      }
    }
    return findings("sheets", sheets) + findings("pages", pages)
  }

  /// Whether the header says whose its documents are.
  private var namesPatient: Bool { header.signs.namesPatient || !header.signs.encounters.isEmpty }

  mutating func doubt(because reason: ExceptionReason, page: Int) {
    guard doubt == nil, namesPatient else { return }
    doubt = Finding(reason, page: page, Wording.headerInDoubt(header: header.pages.first, page: page))
  }

  /// What holds `document`, which starts in this section after the doubt arose.
  func finding(for document: Document) -> Finding? {
    let saysItself = document.firstSheet.signs.namesPatient || document.cover.signs.namesPatient
    return saysItself ? nil : doubt
  }
}
