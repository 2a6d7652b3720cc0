import Journaling
import Model

/// Brings the index up to the journal: it follows the chain of records idempotently (DESIGN §4, I7), so that a reader
/// of a chart sees every recorded document and nothing else.
public struct ChartFollower: Sendable {
  private let journal: any Journal
  private let index: any ChartIndex

  public init(site: Site) { self.init(journal: site.journal, index: site.index) }

  public init(journal: any Journal, index: any ChartIndex) {
    self.journal = journal
    self.index = index
  }

  /// Applies the records that the index lacks, in order. Several processes may do so at once.
  /// - Parameter onRecord: told the sequence of each record once it is in the index.
  /// - Throws: ``DeskError``, `JournalError`.
  public func catchUp(onRecord: (Int) -> Void = { _ in }) async throws {
    for _ in 0..<Self.attemptsMax {
      do {
        try await refuseForeignIndex()
        return try await follow(onRecord)
      } catch JournalError.busy {
        // Another process cleared the index meanwhile: ask for its position again.
        continue
      }
    }
    throw DeskError.indexContended
  }

  private static let attemptsMax = 5

  /// An index that knows more records than the journal belongs to another journal or to a lost one.
  private func refuseForeignIndex() async throws {
    let end = try await journal.chainEnd().sequence
    if try await index.position() > end { try await index.clear() }
  }

  private func follow(_ onRecord: (Int) -> Void) async throws {
    try await journal.forEachRecord(after: try await index.position()) { record in
      try await index.apply(sequence: record.sequence, entries: entries(of: ChainContent(record)))
      onRecord(record.sequence)
    }
  }

  private func entries(of content: ChainContent) async throws -> [ChartEntry] {
    switch content {
    case .manifest(let manifest):
      return manifest.documents.filter { $0.status == .filed }.map {
        ChartEntry(document: $0, receivedAt: manifest.receivedAt, station: manifest.station, batch: manifest.batch)
      }
    case .correction(let correction):
      guard let claim = try await journal.claim(correction.batch) else {
        throw DeskError.unreadableRecord(
          sequence: correction.sequence,
          detail: "it corrects batch \(correction.batch), which the journal does not know")
      }
      return documents(after: correction).map {
        ChartEntry(document: $0, receivedAt: claim.receivedAt, station: claim.station, batch: claim.batch)
      }
    }
  }

  /// What the correction left, and what it ended: pages regrouped under a new id leave the old one's chart.
  private func documents(after correction: Correction) -> [Manifest.Document] {
    let after = correction.documents.map(\.after)
    let lasting = Set(after.map(\.id))
    let ended = correction.documents.map(\.before).filter { !lasting.contains($0.id) }.map { document in
      var document = document
      document.status = .exception
      return document
    }
    return ended + after
  }
}
