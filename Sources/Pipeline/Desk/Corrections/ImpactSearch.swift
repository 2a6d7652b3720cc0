import Archiving
import Model

/// A chart in which a document lay for a while, or lies.
public struct ChartPlace: Hashable, Sendable {
  /// How a document left a chart.
  public struct Leaving: Hashable, Sendable {
    public enum How: String, Hashable, Sendable, Codable {
      /// Into another chart.
      case moved
      case withdrawn, regrouped
      /// It waits for a decision again.
      case reopened
    }
    public var at: Timestamp
    public var by: String
    public var how: How
  }
  public var chart: PatientKey
  /// nil: it is there.
  public var left: Leaving?
}

/// Where a page that came into another batch was first.
public struct PageOrigin: Hashable, Sendable {
  public var batch: BatchID
  public var page: Int
}

/// A page that belongs to no document: a separator, a cover or header sheet, a blank, a duplicate.
struct SetAsidePage: Sendable {
  var batch: BatchID
  var station: EscapedText
  var receivedAt: Timestamp
  var page: Int
  var disposition: Disposition
  /// Whom and what it names: they decide who may see it.
  var labels: [Label]
}

/// Goes along the chain and follows the pages that fit to the documents in which they stand now, and these through the charts.
struct ImpactSearch {
  /// By document, those that were regrouped since too: pages that fit, by number.
  private(set) var touched: [DocumentID: Set<Int>] = [:]
  /// By document that was touched: the charts where it lay then, and since, in order.
  private(set) var places: [DocumentID: [ChartPlace]] = [:]
  /// Documents that were touched and whose pages stand in others now.
  private(set) var regrouped: [DocumentID: RegroupedDocument] = [:]
  private(set) var setAside: [SetAsidePage] = []
  /// Of pages that came in from another batch: by document and number.
  private(set) var origins: [DocumentID: [Int: PageOrigin]] = [:]

  private let question: ImpactQuestion
  private let archive: Archive
  /// What says whose pages of these are that were corrected since, stands in the archive.
  private var fittingBatches: Set<BatchID> = []
  /// Higher numbers are pages of other batches.
  private var ownPages: [BatchID: Int] = [:]
  /// Finds the pages that answer the rest of the question, where corrections are asked for; one or none.
  private var ofPages: [ImpactSearch] = []

  init(_ question: ImpactQuestion, in archive: Archive) {
    self.question = question
    self.archive = archive
    if question.isAboutDecisions, !question.aboutPages.isEmpty {
      ofPages = [ImpactSearch(question.aboutPages, in: archive)]
    }
  }

  /// - Parameter actors: who corrected, where that is asked.
  /// - Throws: `ArchiveError`, `SystemError`: which pages were regrouped, and what said whose they were, stands in the archive alone.
  mutating func add(_ content: ChainContent, by actors: Set<String>) throws {
    for index in ofPages.indices { try ofPages[index].add(content, by: actors) }
    switch content {
    case .manifest(let manifest):
      ownPages[manifest.batch] = manifest.pages.count
      guard question.fits(manifest) else { return }
      fittingBatches.insert(manifest.batch)
      add(manifest)
    case .correction(let correction):
      let moves = try correction.moves { try entries($0) }
      follow(moves)
      if question.rule != nil, question.isWithin(correction.correctedAt) { try judge(correction) }
      if question.isAboutDecisions, question.fits(correction, by: actors) {
        for document in correction.afters {
          touch(ofPages.isEmpty ? document.pages + document.blanks : ofPages[0].pages(of: document.id), of: document.id)
        }
      }
      trace(correction)
    }
  }

  private func pages(of document: DocumentID) -> [Int] { Array(touched[document] ?? []) }

  private mutating func touch(_ pages: [Int], of document: DocumentID) {
    if !pages.isEmpty { touched[document, default: []].formUnion(pages) }
  }

  // MARK: Manifests

  private mutating func add(_ manifest: Manifest) {
    let opened = question.labels.map { manifest.documents(openedBy: $0) } ?? []
    for page in manifest.pages {
      if let document = page.document {
        let isInherited = opened.contains(document) && question.fitsRule(page)
        if isInherited || question.fits(page) { touch([page.page], of: document) }
      } else if question.fits(page) {
        setAside.append(
          SetAsidePage(
            batch: manifest.batch, station: manifest.station, receivedAt: manifest.receivedAt, page: page.page,
            disposition: page.disposition,
            labels: page.labels.filter { $0.patientNumber ?? $0.encounterNumber ?? $0.typeCode != nil }))
      }
    }
    for document in manifest.documents where touched[document.id] != nil {
      if let chart = document.chart { places[document.id] = [ChartPlace(chart: chart)] }
    }
  }

  // MARK: Corrections

  /// Pages of regrouped documents stand in others now.
  private mutating func follow(_ moves: [PageMove]) {
    for move in moves {
      let (from, to) = (move.from, move.to)
      if touched[from.document]?.contains(from.page) ?? false { touch([to.page], of: to.document) }
      guard let own = ownPages[to.batch], to.page > own else { continue }
      origins[to.document, default: [:]][to.page] =
        origins[from.document]?[from.page] ?? PageOrigin(batch: from.batch, page: from.page)
    }
  }

  /// What said whose the pages are, since this correction.
  private mutating func judge(_ correction: Correction) throws {
    for change in correction.documents
    where change.after.status != .regrouped && fittingBatches.contains(correction.batch(of: change)) {
      let pages = try entries(change).filter { question.fits($0) }
      touch(pages.map(\.page), of: change.after.id)
    }
  }

  /// A document's pages as a correction left them; one that keeps its pages names them in the archive alone.
  private func entries(_ change: Correction.Change) throws -> [Manifest.Page] {
    if let pages = change.pages { return pages }
    guard try archive.contains(change.after.id) else { return [] }
    return try archive.document(change.after.id, version: change.version).pages.map(\.entry)
  }

  /// In and out of charts.
  private mutating func trace(_ correction: Correction) {
    for change in correction.documents where touched[change.after.id] != nil {
      let id = change.after.id
      regrouped[id] = RegroupedDocument(change, of: correction)
      var own = places[id] ?? []
      let (was, now) = (change.before.id == id ? change.before.chart : nil, change.after.chart)
      let isThere = own.last.map { $0.left == nil } ?? false
      // Touched by this very correction: where it lay before it is not known yet.
      if let was, !isThere { own.append(ChartPlace(chart: was)) }
      if was != nil, was != now {
        own[own.count - 1].left = ChartPlace.Leaving(
          at: correction.correctedAt, by: correction.operator, how: change.after.status.howLeft)
      }
      if let now, was != now { own.append(ChartPlace(chart: now)) }
      places[id] = own
    }
  }
}

extension Manifest.Document {
  /// In which it lies.
  fileprivate var chart: PatientKey? { status == .filed ? patient : nil }
}

extension DocumentDecision.Status {
  /// How a document that has this status now left the chart where it was.
  fileprivate var howLeft: ChartPlace.Leaving.How {
    switch self {
    case .filed: .moved
    case .exception: .reopened
    case .withdrawn, .rejected: .withdrawn
    case .regrouped: .regrouped
    }
  }
}
