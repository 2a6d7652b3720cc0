import Model

// I6  Nothing is filed in a chart on a guess: […] an unproven limit between two patients: an exception.
// I8  Bad input ends its own documents at worst […]; it never lets a page slip into a neighbouring document.
// I3  Every page of a batch is in exactly one disposition: here, in exactly one draft, set aside, or a duplicate.

/// Takes a batch apart into documents (RULES *Sheets* and *What divides*). Pure: the same values give the same result.
///
/// - Parameters:
///   - pages: all pages of the batch. Duplicates should carry their readings: they divide like any page, so that a repeated separator
///     still separates, but stand in no draft; a document that would have held one beside new pages is `missing-page`.
///   - station: the station's rules, with `duplex` already replaced by the sidecar's where that says one.
///   - header: the counts that a sidecar announced.
///   - candidates: what the patient index knows of the numbers on the labels; needed to see where the patient changes.
/// - Returns: drafts in order of arrival. Every page that is no duplicate is in exactly one draft or set aside.
/// - Complexity: O(n log n) in pages; a document's labels are gone through once for each of its sheets.
public func assemble(
  pages: [BatchPage], station: Station, header: BatchHeader, rules: SiteRules, candidates: PatientCandidates
) -> Assembly {
  let sheets = Sheet.all(of: pages, duplex: station.duplex, rules: rules, candidates: candidates)
  var assembler = Assembler(rules: rules)
  for sheet in sheets { assembler.take(sheet) }
  var assembly = assembler.finish()
  assembly.sheets = Dictionary(
    uniqueKeysWithValues: pages.map { ($0.page, Sheet.sheetNumber(of: $0.page, duplex: station.duplex)) })
  assembly.pageNotes.merge(nearlyBlankNotes(pages)) { $0 + $1 }
  assembly.pageNotes.merge(unusualSizeNotes(pages)) { $0 + $1 }
  leaveOutDuplicates(of: pages, from: &assembly)
  applyBatchFindings(batchFindings(pages: pages.count, duplex: station.duplex, header: header), to: &assembly)
  return assembly
}

/// The batch as it is gone through sheet by sheet.
struct Assembler {
  let rules: SiteRules
  /// Closed parts of the batch, in order.
  private var parts: [Part] = []
  private var current: Document?
  private var section = Section()
  /// Place in ``parts`` of the section's first part.
  private var sectionStart = 0
  /// Labels of the separator that opens the next document.
  private var cover = Inherited()
  /// The hole that the next document stands behind, with no separator between.
  private var holeBefore: Int?
  /// The suspect separator that the next document stands behind.
  private var suspectBefore: Sheet?
  private var setAside: [Int: Disposition] = [:]
  private var pageNotes: [Int: [String]] = [:]

  init(rules: SiteRules) { self.rules = rules }

  mutating func take(_ sheet: Sheet) {
    switch sheet.role {
    case .hole: takeHole(sheet)
    case .header: takeHeader(sheet)
    case .separator: takeSeparator(sheet)
    case .suspect: takeSuspect(sheet)
    case .blank: takeBlank(sheet)
    case .content: takeContent(sheet)
    }
    section.count(sheet)
  }

  /// Closes what is open and turns the parts into drafts.
  mutating func finish() -> Assembly {
    close(keepingBlanks: true)
    noteUnusedCover()
    endSection()
    judgeNeighbours()
    return Assembly(drafts: parts.map { $0.draft() }, setAside: setAside, pageNotes: pageNotes)
  }

  // MARK: Documents

  /// Starts a document, or continues the open one.
  private mutating func takeContent(_ sheet: Sheet) {
    let signs = current.map { startSigns(of: sheet, after: $0, rules: rules) }
    if let signs, !signs.isEmpty {
      close(keepingBlanks: false)
      open(sheet, opening: .signs(signs))
    } else if signs != nil {
      current?.add(sheet)
    } else {
      open(sheet, opening: .apart)
    }
    doubtHeader(hiddenOn: sheet)
  }

  private mutating func open(_ sheet: Sheet, opening: Document.Opening) {
    var document = Document(sheet, opening: opening, cover: cover, section: section)
    if let page = cover.unreadable ?? section.header.unreadable {
      document.findings.append(Finding(.unreadableLabel, page: page, Wording.unreadableOnCover(page: page)))
    }
    if let hole = holeBefore { document.findings.append(Finding(.undecodable, page: hole, Wording.nextToHole(hole))) }
    if let suspect = suspectBefore, isHeld(sheet, behind: suspect) {
      let detail = Wording.afterSuspect(sheet: suspect.pages[0].page, at: sheet.pages[0].page)
      document.findings.append(Finding(.possibleMissedSeparator, page: suspect.pages[0].page, detail))
    }
    cover = Inherited()
    holeBefore = nil
    suspectBefore = nil
    current = document
  }

  /// Puts the open document among the parts; the blanks behind it are its own only if nothing else can claim them.
  private mutating func close(keepingBlanks: Bool) {
    guard var document = current else { return }
    if keepingBlanks { document.keepTrailingBlanks() }
    for sheet in document.trailingBlanks { setAside(sheet, as: .blank) }
    document.trailingBlanks = []
    if let finding = document.section.finding(for: document) { document.findings.append(finding) }
    parts.append(.document(document))
    current = nil
  }

  private mutating func judgeNeighbours() {
    var documents: [Document] = []
    var places: [Int] = []
    for (place, part) in parts.enumerated() {
      guard case .document(let document) = part else { continue }
      documents.append(document)
      places.append(place)
    }
    judgeLimits(&documents)
    for (place, document) in zip(places, documents) { parts[place] = .document(document) }
  }

  // MARK: Sheets that divide

  private mutating func takeSeparator(_ sheet: Sheet) {
    divide()
    cover = sheet.inherited
    doubtHeader(hiddenOn: sheet)
    setAsideDivider(sheet)
  }

  private mutating func takeHeader(_ sheet: Sheet) {
    divide()
    beginSection(sheet)
    setAsideDivider(sheet)
  }

  private mutating func beginSection(_ sheet: Sheet) {
    endSection()
    section = Section(header: sheet)
    sectionStart = parts.count
  }

  /// RULES: "Where a header […] gives a count and the batch differs: count-mismatch": here for the documents of its section, and
  /// for the header sheet itself where none came.
  private mutating func endSection() {
    let findings = section.countFindings
    guard !findings.isEmpty else { return }
    let inSection = parts.indices.suffix(from: min(sectionStart, parts.endIndex))
    let documents = inSection.filter { !parts[$0].isHoles }
    for place in documents.isEmpty ? Array(inSection) : documents { parts[place].add(findings) }
    guard inSection.isEmpty, let sheet = section.sheet, sheet.role == .header else { return }
    for page in sheet.pages { setAside[page.page] = nil }
    var document = Document(sheet, opening: .apart)
    document.findings = findings
    document.notes.append(Note.separatorSheet)
    parts.append(.sheets(document))
  }

  /// What a separator and a header have in common: both end the document and everything that was doubtful about the next one.
  private mutating func divide() {
    close(keepingBlanks: true)
    noteUnusedCover()
    cover = Inherited()
    holeBefore = nil
    suspectBefore = nil
  }

  private mutating func setAsideDivider(_ sheet: Sheet) {
    setAside(sheet, as: .separator)
    for page in sheet.pages where !(page.reading.facts?.unreadable.isEmpty ?? true) {
      pageNotes[page.page, default: []].append(Note.unreadableRegion)
    }
  }

  /// A cover behind which no document came: its labels hold for nothing, since the next separator opens another document.
  private mutating func noteUnusedCover() {
    guard cover.signs.namesSomething, let page = cover.pages.first else { return }
    pageNotes[page, default: []].append(Note.opensNothing)
  }

  /// A separator on one side and a document's page, perhaps, on the other: an exception of its own; what it divides stays divided,
  /// and what stood before the next document (a hole) still does.
  private mutating func takeSuspect(_ sheet: Sheet) {
    close(keepingBlanks: true)
    noteUnusedCover()
    cover = Inherited()
    if sheet.pages.contains(where: \.isHeader) { beginSection(sheet) }
    var document = Document(sheet, opening: .apart, cover: cover)
    let page = sheet.pages[0].page
    document.findings.append(Finding(.possibleMissedSeparator, page: page, Wording.suspectSeparator(page: page)))
    if let hole = holeBefore { document.findings.append(Finding(.undecodable, page: hole, Wording.nextToHole(hole))) }
    document.notes.append(Note.separatorSheet)
    parts.append(.sheets(document))
    suspectBefore = sheet
    section.doubt(because: .possibleMissedSeparator, page: page)
  }

  /// The document behind a suspect separator goes on only if its own first sheet says whose and what it is, and the suspect had
  /// no labels that may have been meant for it.
  private func isHeld(_ sheet: Sheet, behind suspect: Sheet) -> Bool {
    let faceLabelled = suspect.pages.contains {
      $0.divides(rules) && $0.soundLabels.contains { [.patient, .encounter, .type].contains($0.meaning) }
    }
    return faceLabelled || !(sheet.signs.namesPatient || sheet.signs.lowestPage == 1 || !sheet.signs.types.isEmpty)
  }

  /// The sheet may be the next header whose own label nothing read, unless it names this header's patient.
  private mutating func doubtHeader(hiddenOn sheet: Sheet) {
    let agrees = sheet.signs.namesPatient && !sheet.signs.namesAnotherPatient(than: section.header.signs.named)
    guard !agrees, let page = sheet.pages.first(where: { $0.mayBeHeader(rules) }) else { return }
    section.doubt(because: .unreadableLabel, page: page.page)
  }

  // MARK: Blanks and holes

  private mutating func takeBlank(_ sheet: Sheet) {
    if current == nil { setAside(sheet, as: .blank) } else { current?.trailingBlanks.append(sheet) }
  }

  /// RULES *What divides*: "A hole […] may have been a separator or another patient's first page: the document before it, whole, and the
  /// document after it are exceptions (undecodable), unless a separator stands between the hole and that document".
  private mutating func takeHole(_ sheet: Sheet) {
    let hole = sheet.holes[0].page
    let separatorBefore = sheet.pages.contains { $0.page < hole && $0.divides(rules) }
    let separatorAfter = sheet.pages.contains { $0.page > sheet.holes.last!.page && $0.divides(rules) }
    if !separatorBefore {
      current?.findings.append(Finding(.undecodable, page: hole, Wording.nextToHole(hole)))
    }
    close(keepingBlanks: separatorBefore)
    // A header on the other side opens its section all the same, and is in doubt from the start.
    if sheet.pages.contains(where: \.isHeader) { beginSection(sheet) }
    section.doubt(because: .undecodable, page: hole)
    appendHole(sheet, joined: !separatorBefore)
    cover = separatorAfter ? sheet.inherited : Inherited()
    suspectBefore = nil
    holeBefore = separatorAfter ? nil : hole
  }

  /// Holes that follow one another in one source are one exception: a person looks at them together.
  private mutating func appendHole(_ sheet: Sheet, joined: Bool) {
    let findings = sheet.holes.compactMap { page in
      page.reading.hole.map { Finding($0.reason, page: page.page, $0.detail) }
    }
    if joined, holeBefore != nil, case .sheets(var hole)? = parts.last, let last = hole.sheets.last, last.role == .hole,
      last.pages[0].source == sheet.pages[0].source, last.number + 1 == sheet.number
    {
      parts.removeLast()
      hole.add(sheet)
      hole.findings += findings
      parts.append(.sheets(hole))
    } else {
      var hole = Document(sheet, opening: .apart, cover: cover)
      hole.findings = findings
      parts.append(.sheets(hole))
    }
  }

  private mutating func setAside(_ sheet: Sheet, as disposition: Disposition) {
    for page in sheet.pages { setAside[page.page] = disposition }
  }
}
