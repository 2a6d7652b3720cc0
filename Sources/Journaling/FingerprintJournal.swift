import Model

/// What the journal keeps of documents' pages, so that another scan of the same paper is found without reading the archive.
///
/// Fingerprints come with a plan (``Journal/commit(_:claiming:compared:generation:)``) and follow corrections: a document that is moved
/// is found in its new chart, one made of others' pages has theirs.
public protocol FingerprintJournal: Sendable {
  /// Documents that are filed, or that a committed plan will file, in a chart and of a kind that the question names; of the same
  /// encounter, or one of the two without. Their fingerprints are asked for one by one: each may be of thousands of pages.
  /// - Returns: the newest first, ``fingerprintsMax`` at most.
  func documents(like question: FingerprintQuestion) async throws -> [DocumentID]
  func fingerprint(of document: DocumentID) async throws -> DocumentFingerprint?
  /// Takes in what the archive has (a rebuild) of documents that are recorded; those that are known already stay as they are.
  func keep(_ fingerprints: [DocumentFingerprint]) async throws
  /// Forgets those of finished batches that were received before a moment; the archive keeps them.
  /// - Returns: how many went, `limit` at most.
  func dropFingerprints(receivedBefore moment: Timestamp, limit: Int) async throws -> Int
}

/// One document is compared with so many at most, the newest: what is scanned twice is mostly scanned twice within days.
public let fingerprintsMax = 32

/// What a plan's document was compared with when it was decided.
public struct FingerprintComparison: Hashable, Sendable {
  public var question: FingerprintQuestion
  public var compared: Set<DocumentID>
  public init(question: FingerprintQuestion, compared: Set<DocumentID>) {
    self.question = question
    self.compared = compared
  }
}

extension Journal {
  /// A plan whose documents were compared with nothing.
  public func commit(_ plan: BatchPlan, claiming sources: [SourceKey], generation: Int) async throws -> Bool {
    try await commit(plan, claiming: sources, compared: [], generation: generation)
  }
}
