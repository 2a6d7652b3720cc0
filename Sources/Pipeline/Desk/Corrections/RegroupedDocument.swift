import Journaling
import Model

/// A document whose pages stand in others now. It has no row in the journal: the chain alone says what became of it.
struct RegroupedDocument {
  /// A document that came out of it: its id, and what became of it where that is no longer in a chart or waiting.
  struct Heir: CustomStringConvertible {
    let id: DocumentID
    let status: DocumentDecision.Status
    var description: String { status.isCurrent ? "\(id)" : "\(id) (\(status.rawValue))" }
  }

  /// As it last was.
  let document: Manifest.Document
  let batch: BatchID
  /// Who regrouped its pages, and when.
  let `operator`: String
  let regroupedAt: Timestamp
  /// The documents that came out of it, with their batches: not the page that a rescan replaced, which is withdrawn.
  private let heirs: [(document: Manifest.Document, batch: BatchID)]

  /// - Returns: nil where the change ends no document.
  init?(_ change: Correction.Change, of correction: Correction) {
    guard change.after.status == .regrouped else { return nil }
    document = change.after
    batch = correction.batch(of: change)
    self.operator = correction.operator
    regroupedAt = correction.correctedAt
    heirs = correction.takers(from: change).map { ($0.after, correction.batch(of: $0)) }
  }

  /// - Parameter text: an id, or its first characters.
  /// - Returns: by id.
  static func all(startingWith text: String, at site: Site) async throws -> [RegroupedDocument] {
    var found: [DocumentID: RegroupedDocument] = [:]
    try await site.journal.forEachCorrection { correction in
      for change in correction.documents where change.after.id.description.hasPrefix(text) {
        found[change.after.id] = RegroupedDocument(change, of: correction)
      }
    }
    return found.values.sorted { $0.document.id < $1.document.id }
  }

  /// As the desk would see it; nil where its batch is not known.
  func state(at site: Site) async throws -> DocumentState? { try await Self.state(document, of: batch, at: site) }

  /// The documents that came out of it, as far as the operator may see them.
  func visibleHeirs(by discretion: Discretion, at site: Site) async throws -> [Heir] {
    var visible: [Heir] = []
    for heir in heirs {
      var state = try await site.journal.anyDocument(heir.document.id)
      if state == nil {
        // It was regrouped again since.
        var ended = heir.document
        ended.status = .regrouped
        state = try await Self.state(ended, of: heir.batch, at: site)
      }
      if let state, try await discretion.maySee(state) {
        visible.append(Heir(id: state.document.id, status: state.document.status))
      }
    }
    return visible
  }

  private static func state(
    _ document: Manifest.Document, of batch: BatchID, at site: Site
  ) async throws -> DocumentState? {
    guard let claim = try await site.journal.claim(batch) else { return nil }
    return DocumentState(
      document: document, batch: batch, station: claim.station, receivedAt: claim.receivedAt,
      source: claim.sources.first?.name ?? EscapedText(""), waitingUntil: nil, sequence: 0)
  }
}
