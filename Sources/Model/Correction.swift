/// A change to what was recorded (`chartroom.correction/1`): stands in the same chain as the manifests.
public struct Correction: Hashable, Sendable, Codable {
  public static let schema = "chartroom.correction/1"
  public struct Change: Hashable, Sendable, Codable {
    public var before: Manifest.Document
    public var after: Manifest.Document
    /// OCFL version of the object that carries the new state, e.g. `v2`.
    public var version: String
    public init(before: Manifest.Document, after: Manifest.Document, version: String) {
      self.before = before
      self.after = after
      self.version = version
    }
  }
  public var schema: String
  /// A random UUID.
  public var correction: BatchID
  public var sequence: Int
  public var previous: ContentDigest
  public var correctedAt: Timestamp
  /// Batch whose documents change.
  public var batch: BatchID
  public var `operator`: String
  public var reason: String
  public var documents: [Change]
  public var audit: Manifest.AuditAnchor
  public init(
    correction: BatchID, correctedAt: Timestamp, batch: BatchID, operator: String, reason: String, documents: [Change]
  ) {
    schema = Correction.schema
    self.correction = correction
    sequence = 0
    previous = .zero
    self.correctedAt = correctedAt
    self.batch = batch
    self.operator = `operator`
    self.reason = reason
    self.documents = documents
    audit = .init()
  }
}
