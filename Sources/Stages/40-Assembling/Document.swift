import Model

/// A document while its sheets are being gathered.
struct Document {
  /// What made it start.
  enum Opening {
    /// The batch's first page, a separator, a header or a hole: nothing before it can be meant by its labels.
    case apart
    /// Signs on its first sheet, straight after another document.
    case signs(StartSigns)
  }

  var opening: Opening
  /// Sheets with something on them, and the blank ones between them.
  var sheets: [Sheet]
  /// Blank sheets after the last of ``sheets``: inside the document only if more of it follows.
  var trailingBlanks: [Sheet] = []
  var cover: Inherited
  /// The section as it was when the document started: its header, and what had already put that in doubt.
  let section: Section
  /// What its own pages say.
  var own: Signs
  var findings: [Finding] = []
  var notes: [String] = []

  init(_ sheet: Sheet, opening: Opening, cover: Inherited = Inherited(), section: Section = Section()) {
    self.opening = opening
    sheets = [sheet]
    self.cover = cover
    self.section = section
    own = sheet.signs
  }

  mutating func add(_ sheet: Sheet) {
    sheets += trailingBlanks + [sheet]
    trailingBlanks = []
    own.add(sheet.signs)
  }

  /// Keeps the blanks behind its last page: nothing else can claim them.
  mutating func keepTrailingBlanks() {
    sheets += trailingBlanks
    trailingBlanks = []
  }

  var header: Inherited { section.header }
  private var inkedSheets: [Sheet] { sheets.filter { $0.role != .blank } }
  var firstSheet: Sheet { inkedSheets.first! }
  var lastSheet: Sheet { inkedSheets.last! }
  var pages: [BatchPage] { sheets.flatMap(\.inked) }
  var firstPage: Int { firstSheet.pages[0].page }

  /// Whom the document so far names: its own labels, else its cover's, else its header's.
  var named: Set<Set<PatientKey>> {
    if own.namesPatient { return own.named }
    return cover.signs.namesPatient ? cover.signs.named : header.signs.named
  }
  var encounters: Set<String> { firstFilled(\.encounters) }
  var types: Set<String> { firstFilled(\.types) }

  private func firstFilled(_ value: KeyPath<Signs, Set<String>>) -> Set<String> {
    [own, cover.signs, header.signs].map { $0[keyPath: value] }.first { !$0.isEmpty } ?? []
  }

  /// RULES *Whose it is*: labels of different patients on one page (sheet), or on a page and the cover: "such a document
  /// stays open until the next separator or type label".
  var isConflicting: Bool {
    var signs = own
    signs.patients.formUnion(cover.signs.patients)
    return signs.conflicts
  }
}
