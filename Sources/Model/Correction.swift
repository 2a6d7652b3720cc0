/// A change to what was recorded (`chartroom.correction/1`): stands in the same chain as the manifests.
///
/// A document that keeps its pages keeps its id: one change. Where pages are regrouped the old documents stay as
/// `regrouped`, and each new one (its id is made of its pages) has a change whose `before` is one that it came from.
public struct Correction: Hashable, Sendable, Codable {
  public static let schema = "chartroom.correction/1"
  /// ``operator`` of what the program itself corrects: no person's name.
  public static let system = "system"
  public struct Change: Hashable, Sendable, Codable {
    public var before: Manifest.Document
    public var after: Manifest.Document
    /// OCFL version of the object that carries the new state, e.g. `v2`.
    public var version: String
    /// Batch of ``after``, where it is not the correction's.
    public var batch: BatchID?
    /// Entries of a regrouped document's pages, as its object has them; nil where the object keeps the pages it had.
    public var pages: [Manifest.Page]?
    /// Sources of ``pages``, each once.
    public var sources: [ContentDigest]?
    public init(
      before: Manifest.Document, after: Manifest.Document, version: String, batch: BatchID? = nil,
      pages: [Manifest.Page]? = nil, sources: [ContentDigest]? = nil
    ) {
      self.before = before
      self.after = after
      self.version = version
      self.batch = batch
      self.pages = pages
      self.sources = sources
    }
  }
  public var schema: String
  /// A random UUID; derived where the program itself corrects.
  public var correction: BatchID
  public var sequence: Int
  public var previous: ContentDigest
  public var correctedAt: Timestamp
  /// Batch whose documents change.
  public var batch: BatchID
  public var `operator`: String
  public var reason: String
  /// Digest of the configuration whose rules decided it; nil where a person did, and in what an older release recorded.
  public var configuration: ContentDigest?
  public var documents: [Change]
  public var audit: Manifest.AuditAnchor
  public init(
    correction: BatchID, correctedAt: Timestamp, batch: BatchID, operator: String, reason: String,
    configuration: ContentDigest? = nil, documents: [Change]
  ) {
    schema = Correction.schema
    self.correction = correction
    sequence = 0
    previous = .zero
    self.correctedAt = correctedAt
    self.batch = batch
    self.operator = `operator`
    self.reason = reason
    self.configuration = configuration
    self.documents = documents
    audit = .init()
  }
}

extension Correction {
  /// Documents as they were and as they are now, each once.
  public var befores: [Manifest.Document] { Self.eachOnce(documents.map(\.before)) }
  public var afters: [Manifest.Document] { Self.eachOnce(documents.map(\.after)) }

  /// Batch that a document belongs to, as it is now.
  public func batch(of change: Change) -> BatchID { change.batch ?? batch }

  private static func eachOnce(_ documents: [Manifest.Document]) -> [Manifest.Document] {
    var seen: Set<DocumentID> = []
    return documents.filter { seen.insert($0.id).inserted }
  }
}
