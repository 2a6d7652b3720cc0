import Formats
import Journaling
import Model

/// What a mistake may have touched: all of these must hold of a page.
public struct ImpactQuestion: Hashable, Sendable {
  /// A label's text, as printed.
  public var label: String?
  /// Who scanned (header sheet or sidecar) or corrected.
  public var `operator`: String?
  public var station: EscapedText?
  /// Reader's name and version, as manifests have it.
  public var reader: String?
  /// Digest of a configuration that decided, or its first digits.
  public var configuration: String?
  /// What said whose the page is.
  public var rule: PatientBy?
  /// Decided at this moment or later; before the other one.
  public var from: Timestamp?
  public var until: Timestamp?
  public init() {}

  public var isEmpty: Bool { self == ImpactQuestion() }

  fileprivate func fits(_ manifest: Manifest) -> Bool {
    (station.map { $0 == manifest.station } ?? true) && (reader.map { $0 == manifest.decidedBy.reader } ?? true)
      && (configuration.map { manifest.decidedBy.configuration.description.hasPrefix($0) } ?? true)
      && (`operator`.map { $0 == manifest.header.operator } ?? true) && isWithin(manifest.finishedAt)
  }

  fileprivate func fits(_ page: Manifest.Page) -> Bool {
    (label.map { text in page.labels.contains { $0.isPrinted(text) } } ?? true)
      && (rule.map { $0 == page.patientBy } ?? true)
  }

  fileprivate func isWithin(_ moment: Timestamp) -> Bool {
    (from.map { moment >= $0 } ?? true) && (until.map { moment < $0 } ?? true)
  }

  /// A correction answers who corrected, and when; what else is asked its pages must answer (``aboutPages``).
  fileprivate func fits(_ correction: Correction) -> Bool {
    (`operator` != nil || aboutPages.isEmpty) && (`operator`.map { $0 == correction.operator } ?? true)
      && isWithin(correction.correctedAt)
  }

  /// What is asked of pages as they came, whoever handled them and whenever.
  fileprivate var aboutPages: ImpactQuestion {
    var rest = self
    (rest.operator, rest.from, rest.until) = (nil, nil, nil)
    return rest
  }
}

/// Every document that a mistake touched, as it is now.
public struct Impact: Sendable {
  public struct Touched: Sendable {
    public var state: DocumentState
    /// Pages that the question fits, by their numbers in the document's batch.
    public var pages: [Int]
    /// In whose charts it was since, or is.
    public var charts: Set<PatientKey>
  }
  public let question: ImpactQuestion
  /// Oldest first. What was rejected or withdrawn since is not among them.
  public let documents: [Touched]
  private let site: Site

  /// Reads the whole chain; one record is held at a time (I9).
  public init(_ question: ImpactQuestion, at site: Site) async throws {
    self.question = question
    self.site = site
    var search = ImpactSearch(question)
    try await site.journal.forEachRecord(after: 0) { record in search.add(try ChainContent(record)) }
    var touched = search.touched
    if question.rule != nil {
      for id in search.judgedSince {
        touched[id, default: []].formUnion(try Self.pages(of: id, fitting: question, at: site))
      }
    }
    var documents: [Touched] = []
    for (id, pages) in touched where !pages.isEmpty {
      guard let state = try await site.journal.document(id) else { continue }
      let charts = search.charts[id, default: []].union([state.document.patient].compactMap(\.self))
      documents.append(Touched(state: state, pages: pages.sorted(), charts: charts))
    }
    self.documents = documents.sorted {
      ($0.state.receivedAt, $0.state.document.id) < ($1.state.receivedAt, $1.state.document.id)
    }
  }

  /// What says now whose the pages of a corrected document are stands in the archive alone.
  private static func pages(of id: DocumentID, fitting question: ImpactQuestion, at site: Site) throws -> [Int] {
    guard try site.archive.contains(id) else { return [] }
    return try site.archive.document(id).pages.map(\.entry).filter { question.fits($0) }.map(\.page)
  }

  /// What the operator may see of it.
  public func visible(by discretion: Discretion) async throws -> [Touched] {
    let seen = Set(try await discretion.visible(documents.map(\.state)).map(\.document.id))
    var visible = documents.filter { seen.contains($0.state.document.id) }
    for index in visible.indices { visible[index].charts = try await discretion.visible(visible[index].charts) }
    return visible
  }

  /// Decides the documents again by today's rules, a bad label left out; what the rules cannot file waits for a person. What a
  /// person filed stays as it is: that was no label's doing; unless it is a person's doing that is asked for.
  /// - Returns: the plan, and how many documents stay because a person filed them.
  public func refiling(_ touched: [Touched]) async throws -> (plan: ReviewedPlan, stay: Int) {
    var steps: [ReviewedPlan.Step] = []
    var stay = 0
    for document in touched {
      if question.operator == nil, try isByPerson(document.state) {
        stay += 1
        continue
      }
      let (after, patientBy) = try await decideAgain(document.state)
      if after != document.state.document {
        steps.append(.init(state: document.state, after: after, patientBy: patientBy))
      }
    }
    return (ReviewedPlan(steps), stay)
  }

  private func isByPerson(_ state: DocumentState) throws -> Bool {
    try site.archive.document(state.document.id).pages.contains { $0.entry.patientBy == .person }
  }

  /// A type that a person gave holds where the labels do not say one.
  private func decideAgain(
    _ state: DocumentState
  ) async throws -> (document: Manifest.Document, patientBy: [Int: PatientBy]) {
    let rules = Rejudgement(site: site)
    let judged = try await rules.judge(state, without: question.label)
    guard let type = state.document.type, site.configuration.documentTypes[type] != nil,
      state.document.status == .filed, judged.document.reasons.contains(where: \.isAboutType)
    else { return judged }
    return try await rules.judge(state, type: type, without: question.label)
  }

  /// Takes the filed ones among them out of their charts.
  public func withdrawal(_ touched: [Touched]) -> ReviewedPlan {
    ReviewedPlan(
      touched.filter { $0.state.document.status == .filed }.map { document in
        var after = document.state.document
        after.status = .withdrawn
        return .init(state: document.state, after: after)
      })
  }
}

/// Goes along the chain and follows the pages that fit to the documents in which they stand now.
private struct ImpactSearch {
  private let question: ImpactQuestion
  /// By document: pages that fit, by number.
  private(set) var touched: [DocumentID: Set<Int>] = [:]
  /// By document: in whose chart the records put it; only of those that were touched.
  private(set) var charts: [DocumentID: Set<PatientKey>] = [:]
  /// Documents that a correction decided and whose batch the question fits: the manifest does not say any more what says whose they are.
  private(set) var judgedSince: Set<DocumentID> = []
  private var fittingBatches: Set<BatchID> = []
  /// Page digests of those, by which they are found again after regrouping.
  private var digests: [DocumentID: Set<ContentDigest>] = [:]

  /// Finds the pages that answer the rest of the question, where a person's corrections are asked for; one or none.
  private var ofPages: [ImpactSearch] = []

  init(_ question: ImpactQuestion) {
    self.question = question
    if question.operator != nil, !question.aboutPages.isEmpty { ofPages = [ImpactSearch(question.aboutPages)] }
  }

  mutating func add(_ content: ChainContent) {
    for index in ofPages.indices { ofPages[index].add(content) }
    switch content {
    case .manifest(let manifest):
      guard question.fits(manifest) else { return }
      fittingBatches.insert(manifest.batch)
      add(manifest)
      for document in manifest.documents { note(document) }
    case .correction(let correction):
      follow(correction)
      if question.fits(correction) {
        for document in correction.afters {
          let pages = ofPages.isEmpty ? Set(document.pages) : ofPages[0].touched[document.id] ?? []
          if !pages.isEmpty { touched[document.id, default: []].formUnion(pages) }
        }
      }
      for change in correction.documents where fittingBatches.contains(correction.batch(of: change)) {
        judgedSince.insert(change.after.id)
      }
      for change in correction.documents where touched[change.after.id] != nil || judgedSince.contains(change.after.id)
      {
        note(change.before, as: change.after.id)
        note(change.after)
      }
    }
  }

  private mutating func note(_ document: Manifest.Document, as id: DocumentID? = nil) {
    guard let patient = document.patient else { return }
    charts[id ?? document.id, default: []].insert(patient)
  }

  private mutating func add(_ manifest: Manifest) {
    for page in manifest.pages {
      guard let document = page.document else { continue }
      if question.fits(page) || inherits(page, in: manifest) { add(page, of: document) }
    }
  }

  /// A cover's or header's label holds for documents on whose pages it does not stand: a cover's for the document right behind
  /// it, a header's for all that follow, so that rather too many are looked at than too few.
  private func inherits(_ page: Manifest.Page, in manifest: Manifest) -> Bool {
    guard let text = question.label, question.rule.map({ $0 == page.patientBy }) ?? true,
      let first = manifest.documents.first(where: { $0.id == page.document })?.pages.min()
    else { return false }
    let before = manifest.pages[..<(first - 1)]
    switch page.patientBy {
    case .cover:
      return before.reversed().prefix { $0.document == nil }.contains { page in
        page.labels.contains { $0.isPrinted(text) }
      }
    case .header:
      return before.contains { $0.document == nil && $0.labels.contains { $0.isPrinted(text) } }
    default: return false
    }
  }

  private mutating func add(_ page: Manifest.Page, of document: DocumentID) {
    touched[document, default: []].insert(page.page)
    if let digest = page.sha256 { digests[document, default: []].insert(digest) }
  }

  private mutating func follow(_ correction: Correction) {
    let known = correction.befores.reduce(into: Set<ContentDigest>()) { $0.formUnion(digests[$1.id] ?? []) }
    for change in correction.documents {
      for page in change.pages ?? [] {
        if let digest = page.sha256, known.contains(digest) { add(page, of: change.after.id) }
      }
    }
  }
}
