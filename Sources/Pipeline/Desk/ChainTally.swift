import Archiving
import Journaling
import Model

/// What the whole chain of records amounts to: gathered record by record for `verify`, without the records (I9).
struct ChainTally: Sendable {
  private(set) var expected = ExpectedArchive()
  /// Sequence of the record that last named each document.
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
  /// Of documents that another batch's correction may name.
  private var batches: [DocumentID: BatchID] = [:]
  /// Of documents that were corrected.
  private var statuses: [DocumentID: DocumentDecision.Status] = [:]

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
    for document in manifest.documents { batches[document.id] = manifest.batch }
    pages[manifest.station, default: .init()].add(manifest.counts)
    for key in manifest.sourcesWithDocuments where !seenSources.insert(key).inserted { repeatedSources.insert(key) }
  }

  private mutating func add(_ correction: Correction) {
    if let configuration = correction.configuration { configurations.insert(configuration) }
    for change in correction.documents {
      if let patient = change.before.patient { charts[patient] = 0 }
      if change.after.id != change.before.id, batches[change.after.id] == nil {
        batches[change.after.id] = correction.batch(of: change)
      }
      statuses[change.after.id] = change.after.status
    }
    let lasting = Set(correction.documents.map(\.after.id))
    for document in correction.befores {
      count(document, -1, in: correction.batch)
      if !lasting.contains(document.id) { lastSequence[document.id] = nil }
    }
    for document in correction.afters { count(document, 1, in: correction.batch) }
  }

  private mutating func count(_ document: Manifest.Document, _ sign: Int, in batch: BatchID) {
    guard let station = stations[batches[document.id] ?? batch] else { return }
    pages[station, default: .init()].add(document, sign: sign)
  }

  /// Whether the last record that names the document leaves it in a chart or waiting.
  func isCurrent(_ id: DocumentID) -> Bool { lastSequence[id] != nil && statuses[id]?.isCurrent ?? true }

  /// Whether a correction put the document into a chart, where it still is.
  func wasFiledSince(_ id: DocumentID) -> Bool { lastSequence[id] != nil && statuses[id] == .filed }
}

extension ChainTally {
  /// Each configuration that decided something is kept under its digest.
  /// - Throws: `SystemError`.
  func configurationFindings(in archive: Archive) throws -> [VerifyFinding] {
    try configurations.sorted().compactMap { digest in
      let id = RecordKind.configuration.id(of: digest)
      guard try !archive.contains(id) else { return nil }
      return VerifyFinding(
        .error, "the configuration \(digest) decided something and is not in the archive",
        where: "\(archive.path)/root/\(archive.objectPath(for: id))",
        remedy: "restore the object from a copy of the archive")
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
}

/// One current document at most for each (source SHA-256, sidecar, frame) (RULES *Twice*).
///
/// Only sources that came in more than one batch are watched: within one batch the manifest's balance proves it. A
/// `duplicate-conflict` waits for a person to choose and does not count until it is filed.
struct FrameClaims: Sendable {
  private struct Frame: Hashable {
    var source: SourceKey
    var frame: Int
  }
  private let watched: Set<SourceKey>
  private var documents: [Frame: Set<DocumentID>] = [:]
  /// Those that came as a `duplicate-conflict`.
  private var conflicting: Set<DocumentID> = []

  init(of watched: Set<SourceKey>) { self.watched = watched }

  mutating func add(_ manifest: Manifest) {
    if watched.isEmpty { return }
    conflicting.formUnion(manifest.documents.filter { $0.reasons.contains(.duplicateConflict) }.map(\.id))
    for page in manifest.pages {
      guard let document = page.document, manifest.sources.indices.contains(page.source) else { continue }
      let key = SourceKey(sha256: manifest.sources[page.source].sha256, sidecar: manifest.sidecar?.sha256)
      if watched.contains(key) { documents[Frame(source: key, frame: page.frame), default: []].insert(document) }
    }
  }

  func conflicts(in tally: ChainTally) -> [(what: String, where: String)] {
    documents.compactMap { frame, documents in
      let current = documents.filter {
        conflicting.contains($0) ? tally.wasFiledSince($0) : tally.isCurrent($0)
      }.sorted()
      guard current.count > 1 else { return nil }
      let names = current.map(\.description).joined(separator: " and ")
      return ("frame \(frame.frame) of the same source stands in \(names)", "source \(frame.source.sha256)")
    }
  }
}
