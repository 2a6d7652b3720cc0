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
      return try await entries(after: correction)
    }
  }

  /// What the correction left: what is not filed now leaves the chart it was in.
  private func entries(after correction: Correction) async throws -> [ChartEntry] {
    var entries: [DocumentID: ChartEntry] = [:]
    for change in correction.documents where entries[change.after.id] == nil {
      let batch = correction.batch(of: change)
      guard let claim = try await journal.claim(batch) else {
        throw DeskError.unreadableRecord(
          sequence: correction.sequence, detail: "it corrects batch \(batch), which the journal does not know")
      }
      entries[change.after.id] = ChartEntry(
        document: change.after, receivedAt: claim.receivedAt, station: claim.station, batch: claim.batch)
    }
    let ended = correction.befores.filter { entries[$0.id] == nil }.map { document in
      ChartEntry(
        document: document.ended, receivedAt: Timestamp(microseconds: 0), station: EscapedText(""),
        batch: correction.batch)
    }
    return ended + entries.values.sorted { $0.document.id < $1.document.id }
  }
}

extension Manifest.Document {
  /// In no chart: its pages stand elsewhere.
  fileprivate var ended: Manifest.Document {
    var document = self
    document.status = .regrouped
    return document
  }
}
