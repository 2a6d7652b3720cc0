import Archiving
import Journaling
import Model

/// What the whole chain of records amounts to: gathered record by record for `verify`, without the records (I9).
struct ChainTally: Sendable {
  private(set) var expected = ExpectedArchive()
  /// Sequence of the record that last named each document; what a correction ended is not in it.
  private(set) var lastSequence: [DocumentID: Int] = [:]
  private(set) var pages: [EscapedText: Manifest.CountsByDisposition] = [:]
  private(set) var configurations: Set<ContentDigest> = []
  /// Every patient that a record ever named, with the documents in the chart; filled when the documents are known to
  /// be current.
  var charts: [PatientKey: Int] = [:]
  /// Sources (with their sidecars) that more than one batch has documents of.
  private(set) var repeatedSources: Set<SourceKey> = []

  private var seenSources: Set<SourceKey> = []
  private var stations: [BatchID: EscapedText] = [:]

  mutating func add(_ content: ChainContent, sequence: Int) throws {
    for document in content.documents {
      lastSequence[document.id] = sequence
      if let patient = document.patient { charts[patient] = 0 }
    }
    switch content {
    case .manifest(let manifest):
      try expected.add(manifest)
      add(manifest)
    case .correction(let correction):
      try expected.add(correction)
      add(correction)
    }
  }

  private mutating func add(_ manifest: Manifest) {
    configurations.insert(manifest.decidedBy.configuration)
    stations[manifest.batch] = manifest.station
    pages[manifest.station, default: .init()].add(manifest.counts)
    for key in manifest.sourcesWithDocuments where !seenSources.insert(key).inserted { repeatedSources.insert(key) }
  }

  private mutating func add(_ correction: Correction) {
    let lasting = Set(correction.documents.map(\.after.id))
    for change in correction.documents {
      if !lasting.contains(change.before.id) { lastSequence[change.before.id] = nil }
      if let patient = change.before.patient { charts[patient] = 0 }
      guard let station = stations[correction.batch] else { continue }
      pages[station, default: .init()].move(change.before, to: change.after)
    }
  }
}

extension ChainContent {
  /// Documents as this record leaves them.
  var documents: [Manifest.Document] {
    switch self {
    case .manifest(let manifest): manifest.documents
    case .correction(let correction): correction.documents.map(\.after)
    }
  }
}

extension Manifest {
  /// Sources with at least one page in a document.
  fileprivate var sourcesWithDocuments: Set<SourceKey> {
    Set(
      pages.compactMap { page in
        guard page.document != nil, sources.indices.contains(page.source) else { return nil }
        return SourceKey(sha256: sources[page.source].sha256, sidecar: sidecar?.sha256)
      })
  }
}

extension Manifest.CountsByDisposition {
  fileprivate mutating func add(_ counts: Manifest.Counts) {
    filed += counts.filed
    separator += counts.separator
    blank += counts.blank
    exception += counts.exception
    duplicate += counts.duplicate
  }

  fileprivate mutating func move(_ before: Manifest.Document, to after: Manifest.Document) {
    for (document, sign) in [(before, -1), (after, 1)] {
      switch document.status {
      case .filed: filed += sign * document.pages.count
      case .exception: exception += sign * document.pages.count
      }
    }
  }
}

/// One current document at most for each (source SHA-256, sidecar, frame) (RULES *Twice*).
///
/// Only sources that came in more than one batch are watched: within one batch the manifest's balance proves it. A
/// `duplicate-conflict` waits for a person to choose and does not count.
struct FrameClaims: Sendable {
  private struct Frame: Hashable {
    var source: SourceKey
    var frame: Int
  }
  private let watched: Set<SourceKey>
  private var documents: [Frame: Set<DocumentID>] = [:]

  init(of watched: Set<SourceKey>) { self.watched = watched }

  mutating func add(_ manifest: Manifest) {
    if watched.isEmpty { return }
    let conflicting = Set(manifest.documents.filter { $0.reasons.contains(.duplicateConflict) }.map(\.id))
    for page in manifest.pages {
      guard let document = page.document, !conflicting.contains(document),
        manifest.sources.indices.contains(page.source)
      else { continue }
      let key = SourceKey(sha256: manifest.sources[page.source].sha256, sidecar: manifest.sidecar?.sha256)
      if watched.contains(key) { documents[Frame(source: key, frame: page.frame), default: []].insert(document) }
    }
  }

  func conflicts(isCurrent: (DocumentID) -> Bool) -> [(what: String, where: String)] {
    documents.compactMap { frame, documents in
      let current = documents.filter(isCurrent).sorted()
      guard current.count > 1 else { return nil }
      let names = current.map(\.description).joined(separator: " and ")
      return ("frame \(frame.frame) of the same source stands in \(names)", "source \(frame.source.sha256)")
    }
  }
}
