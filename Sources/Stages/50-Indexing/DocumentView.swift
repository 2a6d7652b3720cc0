import Model

/// One label with the place where it stood.
struct PlacedLabel {
  enum Place: Equatable {
    case page, sidecar, cover, header
  }
  let label: Label
  let place: Place
  /// Page from 1; for a cover or header the first page of its sheet.
  let page: Int?
}

/// A draft with everything that its judges ask for.
struct DocumentView {
  let draft: DocumentDraft
  /// The draft's pages and inner blanks, in order of arrival.
  let pages: [BatchPage]
  let sheets: [Int: Int]
  /// The same pages by sheet.
  let bySheet: [Int: [BatchPage]]
  let station: Station
  let rules: SiteRules
  let candidates: PatientCandidates
  /// Labels of our grammar meant for filing, sound or not: pages first, then cover, then header.
  let labels: [PlacedLabel]

  init(
    draft: DocumentDraft, pages: [BatchPage], sheets: [Int: Int], station: Station, rules: SiteRules,
    candidates: PatientCandidates
  ) {
    self.draft = draft
    self.pages = draft.inOrderOfArrival.compactMap { Self.find($0, in: pages) }
    self.sheets = sheets
    bySheet = Dictionary(grouping: self.pages) { sheets[$0.page] ?? $0.page }
    self.station = station
    self.rules = rules
    self.candidates = candidates
    let own = self.pages.flatMap { page in
      page.labels.map { PlacedLabel(label: $0, place: $0.origin == .sidecar ? .sidecar : .page, page: page.page) }
    }
    let cover = draft.cover.labels.map { PlacedLabel(label: $0, place: .cover, page: draft.cover.pages.first) }
    let header = draft.header.labels.map { PlacedLabel(label: $0, place: .header, page: draft.header.pages.first) }
    labels = (own + cover + header).filter { $0.label.role == .file && $0.label.entry != nil }
  }

  /// A page by number. A batch's pages stand at their number − 1, and are found there: a batch of 10,000 documents is not
  /// searched 10,000 times.
  private static func find(_ number: Int, in pages: [BatchPage]) -> BatchPage? {
    if pages.indices.contains(number - 1), pages[number - 1].page == number { return pages[number - 1] }
    return pages.first { $0.page == number }
  }

  /// Labels that may be used.
  var sound: [PlacedLabel] { labels.filter { $0.label.isSound } }
  var patientLabels: [PlacedLabel] { sound.filter { $0.label.patientNumber != nil } }
  var encounterLabels: [PlacedLabel] { sound.filter { $0.label.encounterNumber != nil } }

  /// RULES: "A label that fails its check […] holds the document that it lies in"; one on its cover or header too.
  var failedChecks: [Finding] {
    labels.filter { $0.label.check == .failed }.map {
      Finding(.checkDigit, page: $0.page, Wording.failedCheck($0))
    }
  }

  /// Its limits are not known: part of it may be a hole, or it is a separator sheet under suspicion. What it lacks may be there.
  var isCut: Bool {
    let cuts: Set<ExceptionReason> = [.undecodable, .tooLarge, .unsupported]
    return draft.findings.contains { cuts.contains($0.reason) } || draft.notes.contains("separator-sheet")
  }

  /// Pages of the same sheet, itself included.
  func sheetPages(of page: Int) -> [BatchPage] { bySheet[sheets[page] ?? page] ?? [] }
}

extension BatchPage {
  /// A sound patient label meant for filing; `printed`: not one given by a sidecar.
  func hasPatientLabel(printed: Bool = false) -> Bool {
    labels.contains { $0.isSound && $0.patientNumber != nil && (!printed || $0.origin == .page) }
  }

  var hasFailedLabel: Bool { labels.contains { $0.role == .file && $0.check == .failed } }
  var unreadable: [Quad] { reading.facts?.unreadable ?? [] }
}
