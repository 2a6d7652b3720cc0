import Archiving
import Journaling
import Model

/// All that a mistake touched, whatever became of it.
public struct Impact: Sendable {
  public struct Touched: Sendable {
    /// As it is now; of one whose pages stand in others, as it last was.
    public var state: DocumentState
    /// Pages that the question fits, by their numbers in the document's batch.
    public var pages: [Int]
    /// Of those that came in from another batch: where they were first.
    public var origins: [Int: PageOrigin]
    /// The charts where it was since, or is, in order.
    public var places: [ChartPlace]
    public var charts: Set<PatientKey> { Set(places.map(\.chart)) }
    /// In a chart, or waiting: the others can be taken nowhere.
    public var isCurrent: Bool { state.document.status.isCurrent }
    /// Its pages as they came: the same paper in another document is the same.
    fileprivate var paper: Set<PageOrigin> {
      Set(pages.map { origins[$0] ?? PageOrigin(batch: state.batch, page: $0) })
    }
  }

  /// Pages of one batch that belong to no document, and became the same.
  public struct SetAside: Sendable {
    public var batch: BatchID
    public var station: EscapedText
    public var receivedAt: Timestamp
    public var disposition: Disposition
    public var pages: [Int]
  }

  /// As far as an operator may see it.
  public struct Shown: Sendable {
    /// Oldest first.
    public var documents: [Touched]
    /// Oldest first.
    public var setAside: [SetAside]
    /// Sentences about what was asked for and never was.
    public var remarks: [String]
    public var charts: Set<PatientKey> { documents.reduce(into: []) { $0.formUnion($1.charts) } }
    /// Those of documents, each once, however many have it.
    public var pageCount: Int { documents.reduce(into: Set<PageOrigin>()) { $0.formUnion($1.paper) }.count }
  }

  private let question: ImpactQuestion
  private let documents: [Touched]
  private let setAside: [SetAsidePage]
  private let occurrences: ImpactOccurrences
  private let site: Site

  /// Reads the whole chain; one record is held at a time (I9).
  public init(_ question: ImpactQuestion, at site: Site) async throws {
    self.question = question
    self.site = site
    var search = ImpactSearch(question, in: site.archive)
    var occurrences = ImpactOccurrences(of: question)
    try await site.journal.forEachRecord(after: 0) { record in
      let content = try ChainContent(record)
      var actors: Set<String> = []
      if question.operator != nil, case .correction(let correction) = content {
        actors = Set(try await site.journal.actors(of: correction))
      }
      occurrences.add(content, by: actors)
      try search.add(content, by: actors)
    }
    var documents: [Touched] = []
    for (id, pages) in search.touched {
      var state = try await site.journal.anyDocument(id)
      if state == nil { state = try await search.regrouped[id]?.state(at: site) }
      guard let state else { continue }
      documents.append(
        Touched(
          state: state, pages: pages.sorted(),
          origins: search.origins[id, default: [:]].filter { pages.contains($0.key) },
          places: search.places[id] ?? []))
    }
    self.documents = documents.sorted {
      ($0.state.receivedAt, $0.state.document.id) < ($1.state.receivedAt, $1.state.document.id)
    }
    setAside = search.setAside
    self.occurrences = occurrences
  }

  /// What the operator may see of it.
  public func shown(to discretion: Discretion) async throws -> Shown {
    let seen = Set(try await discretion.visible(documents.map(\.state)).map(\.document.id))
    var visible = documents.filter { seen.contains($0.state.document.id) }
    for index in visible.indices {
      let charts = try await discretion.visible(visible[index].charts)
      visible[index].places.removeAll { !charts.contains($0.chart) }
    }
    var pages: [SetAsidePage] = []
    var batches: [BatchID: Bool] = [:]
    for page in setAside where try await discretion.maySee(page.labels, from: page.station) {
      if batches[page.batch] == nil { batches[page.batch] = try await discretion.maySee(page.batch) }
      if batches[page.batch]! { pages.append(page) }
    }
    return Shown(
      documents: visible, setAside: Self.grouped(pages),
      remarks: try await occurrences.remarks(isEmpty: visible.isEmpty && pages.isEmpty, at: site, seenBy: discretion))
  }

  private static func grouped(_ pages: [SetAsidePage]) -> [SetAside] {
    func place(_ page: SetAsidePage) -> (Timestamp, BatchID, String, Int) {
      (page.receivedAt, page.batch, page.disposition.rawValue, page.page)
    }
    return pages.sorted { place($0) < place($1) }.reduce(into: []) { groups, page in
      if let last = groups.last, last.batch == page.batch, last.disposition == page.disposition {
        groups[groups.count - 1].pages.append(page.page)
      } else {
        groups.append(
          SetAside(
            batch: page.batch, station: page.station, receivedAt: page.receivedAt, disposition: page.disposition,
            pages: [page.page]))
      }
    }
  }

  // MARK: Putting right

  /// What a re-filing would do, and how many documents stay as they are.
  public struct Refiling: Sendable {
    public var plan = ReviewedPlan([])
    /// Because a person filed them.
    public var byPerson = 0
    /// Because today's rules say the same.
    public var unchanged = 0
    /// Because the operator may not see what would become of them.
    public var hidden = 0
  }

  /// Decides the documents again by today's rules, bad labels left out; what the rules cannot file waits for a person. What a
  /// person filed stays as it is: that was no label's doing; unless it is a person's doing that is asked for. What is in no chart and
  /// does not wait is no part of it.
  public func refiling(_ shown: Shown, seenBy discretion: Discretion) async throws -> Refiling {
    var steps: [ReviewedPlan.Step] = []
    // What waits and would be filed.
    var planned: [Manifest.Document] = []
    var refiling = Refiling()
    for document in shown.documents where document.isCurrent {
      if question.operator == nil, try isByPerson(document.state) {
        refiling.byPerson += 1
        continue
      }
      let (after, patientBy) = try await decideAgain(document.state, beside: planned)
      if after == document.state.document {
        refiling.unchanged += 1
      } else if try await discretion.maySee(document.state, as: after) {
        steps.append(.init(state: document.state, after: after, patientBy: patientBy))
        if document.state.document.status == .exception { planned.append(after) }
      } else {
        refiling.hidden += 1
      }
    }
    refiling.plan = ReviewedPlan(steps)
    return refiling
  }

  private func isByPerson(_ state: DocumentState) throws -> Bool {
    try site.archive.document(state.document.id).pages.contains { $0.entry.patientBy == .person }
  }

  /// A type that a person gave holds where the labels do not say one.
  private func decideAgain(
    _ state: DocumentState, beside planned: [Manifest.Document]
  ) async throws -> (document: Manifest.Document, patientBy: [Int: PatientBy]) {
    let rules = Rejudgement(site: site)
    let judged = try await rules.judge(state, without: question.labels, beside: planned)
    guard let type = state.document.type, site.configuration.documentTypes[type] != nil,
      state.document.status == .filed, judged.document.reasons.contains(where: \.isAboutType)
    else { return judged }
    return try await rules.judge(state, type: type, without: question.labels)
  }

  /// Takes the filed ones among them out of their charts.
  public func withdrawal(_ shown: Shown) -> ReviewedPlan {
    ReviewedPlan(
      shown.documents.filter { $0.state.document.status == .filed }.map { document in
        var after = document.state.document
        after.status = .withdrawn
        return .init(state: document.state, after: after)
      })
  }
}
