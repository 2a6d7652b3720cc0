import Journaling
import Model

/// The current documents that an operator may not see: what counts leave out.
///
/// Gathered from what hides them, not document by document: charts of the patients above the operator's level, the exceptions, and
/// only where a type has such a level all documents.
struct HiddenDocuments {
  private(set) var states: [DocumentID: DocumentState] = [:]
  private let site: Site

  /// - Throws: `JournalError`.
  init(from discretion: Discretion, at site: Site) async throws {
    self.site = site
    if discretion.seesEverything { return }
    try await ChartFollower(site: site).catchUp()
    for patient in try await discretion.hiddenPatients() {
      for entry in try await site.index.chart(of: patient) { try await add(entry.document.id) }
    }
    let waiting = try await ExceptionQueue(of: site).documents
    let shown = Set(try await discretion.visible(waiting).map(\.document.id))
    for state in waiting where !shown.contains(state.document.id) { states[state.document.id] = state }
    if site.configuration.documentTypes.keys.allSatisfy({ discretion.maySee(type: $0) }) { return }
    try await addByType(discretion)
  }

  private mutating func add(_ id: DocumentID) async throws {
    if let state = try await site.journal.document(id) { states[id] = state }
  }

  private mutating func addByType(_ discretion: Discretion) async throws {
    var last: (receivedAt: Timestamp, id: DocumentID)?
    while true {
      let page = try await site.journal.documents(after: last, limit: Self.documentsAtOnce)
      guard let end = page.last else { return }
      for state in page where !discretion.maySee(type: state.document.type) { states[state.document.id] = state }
      last = (end.receivedAt, end.document.id)
    }
  }

  private static let documentsAtOnce = 1000

  /// A station's sums without them.
  func taken(from counts: StationCounts, at now: Timestamp) -> StationCounts {
    var counts = counts
    for state in states.values where state.station == counts.station {
      counts.pages.add(state.document, sign: -1)
      switch state.document.status {
      case .filed: counts.documentsFiled -= 1
      case .exception where state.isWaiting(at: now): counts.documentsWaitingForIndex -= 1
      case .exception: counts.documentsInException -= 1
      case .rejected, .withdrawn, .regrouped: break
      }
    }
    return counts
  }
}
