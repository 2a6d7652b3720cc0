import Journaling
import Model
import Pipeline

/// What a mistake touched: document by document, then what was set aside, then the sums.
struct ImpactText {
  private let shown: Impact.Shown
  init(_ shown: Impact.Shown) { self.shown = shown }

  func print() {
    for document in shown.documents {
      let state = document.state
      Output.line("\(state.document.id)")
      Output.line(
        "  \(Self.place(document.pages, state.batch, state.station))\(Self.origins(document)): "
          + DeskText.standing(state.document))
      for place in document.places {
        guard let left = place.left else { continue }
        Output.line(
          "  was in \(EscapedText(place.chart.description)) until \(Wording.moment(left.at)): \(Self.word(left.how)) by "
            + "\(EscapedText(left.by))")
      }
    }
    for group in shown.setAside {
      Output.line("\(Self.place(group.pages, group.batch, group.station)): set aside, \(group.disposition.rawValue)")
    }
    let aside = shown.setAside.reduce(0) { $0 + $1.pages.count }
    Output.line(
      "\(Wording.count(shown.pageCount, "page")) in \(Wording.count(shown.documents.count, "document")) of "
        + "\(Wording.count(shown.charts.count, "chart"))"
        + (aside > 0 ? ", and \(Wording.count(aside, "page")) set aside." : "."))
  }

  /// `pages 2–3 of batch UUID, front-desk`.
  private static func place(_ pages: [Int], _ batch: BatchID, _ station: EscapedText) -> String {
    "\(numbers(pages)) of batch \(batch), \(station)"
  }

  /// ` (page 3 came as page 1 of batch UUID)`: a page of another batch has a number of its own here.
  private static func origins(_ document: Impact.Touched) -> String {
    let pages = document.pages.filter { document.origins[$0] != nil }
    let batches = Dictionary(grouping: pages) { document.origins[$0]!.batch }
    let words = batches.sorted { $0.value[0] < $1.value[0] }.map { batch, pages in
      "\(numbers(pages)) came as \(numbers(pages.map { document.origins[$0]!.page })) of batch \(batch)"
    }
    return words.isEmpty ? "" : " (\(words.joined(separator: "; ")))"
  }

  private static func numbers(_ pages: [Int]) -> String { "page\(pages.count == 1 ? "" : "s") \(Wording.pages(pages))" }

  private static func word(_ how: ChartPlace.Leaving.How) -> String {
    switch how {
    case .moved: "moved away"
    case .withdrawn: "withdrawn"
    case .regrouped: "regrouped"
    case .reopened: "sent back to the exceptions"
    }
  }

  func printJSON() throws {
    for document in shown.documents { try Output.json(TouchedLine(document)) }
    for group in shown.setAside { try Output.json(SetAsideLine(group)) }
    try Output.json(
      ImpactSummary(
        pages: shown.pageCount, documents: shown.documents.count, charts: shown.charts.sorted(),
        setAside: shown.setAside.reduce(0) { $0 + $1.pages.count }))
  }
}

private struct TouchedLine: Encodable {
  /// A page that came in from another batch.
  struct Origin: Encodable {
    var page: Int
    var batch: BatchID
    /// Its number there.
    var batchPage: Int
  }
  /// A chart where it is no more.
  struct LeftChart: Encodable {
    var patient: PatientKey
    var at: Timestamp
    var by: String
    var how: ChartPlace.Leaving.How
  }
  var id: DocumentID
  var status: DocumentDecision.Status
  @Nullable var patient: PatientKey?
  @Nullable var type: String?
  /// Pages that the question fits.
  var pages: [Int]
  var origins: [Origin]
  var batch: BatchID
  var station: EscapedText
  var receivedAt: Timestamp
  var left: [LeftChart]
  init(_ touched: Impact.Touched) {
    id = touched.state.document.id
    status = touched.state.document.status
    patient = touched.state.document.patient
    type = touched.state.document.type
    pages = touched.pages
    origins = touched.pages.compactMap { page in
      touched.origins[page].map { Origin(page: page, batch: $0.batch, batchPage: $0.page) }
    }
    batch = touched.state.batch
    station = touched.state.station
    receivedAt = touched.state.receivedAt
    left = touched.places.compactMap { place in
      place.left.map { LeftChart(patient: place.chart, at: $0.at, by: $0.by, how: $0.how) }
    }
  }
}

/// Pages that belong to no document.
private struct SetAsideLine: Encodable {
  var disposition: Disposition
  var pages: [Int]
  var batch: BatchID
  var station: EscapedText
  var receivedAt: Timestamp
  init(_ group: Impact.SetAside) {
    disposition = group.disposition
    pages = group.pages
    batch = group.batch
    station = group.station
    receivedAt = group.receivedAt
  }
}

private struct ImpactSummary: Encodable {
  var summary = true
  var pages: Int
  var documents: Int
  var charts: [PatientKey]
  var setAside: Int
}
