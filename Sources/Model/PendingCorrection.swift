/// A correction that was decided and is being carried out (I5): committed before the archive is touched, so that a crash
/// repeats it and decides nothing anew.
public struct PendingCorrection: Hashable, Sendable, Codable {
  /// A page that an object takes over from another one.
  public struct Pick: Hashable, Sendable, Codable {
    /// Object that has the page, and its number there.
    public var document: DocumentID
    public var page: Int
    /// The page's entry in the new object: number and source as counted there.
    public var entry: Manifest.Page
    public init(document: DocumentID, page: Int, entry: Manifest.Page) {
      self.document = document
      self.page = page
      self.entry = entry
    }
  }
  /// What one of the documents needs in the archive.
  public struct Work: Hashable, Sendable, Codable {
    public var document: DocumentID
    /// Where its object's pages come from; empty: the object is there and gets a new version.
    public var picks: [Pick]
    /// By page: what now says whose it is.
    public var patientBy: [Int: PatientBy]
    /// Pages of which nothing says it any more; nil: none.
    public var unnamed: [Int]?
    public init(
      document: DocumentID, picks: [Pick] = [], patientBy: [Int: PatientBy] = [:], unnamed: [Int]? = nil
    ) {
      self.document = document
      self.picks = picks
      self.patientBy = patientBy
      self.unnamed = unnamed
    }
  }
  /// Complete but for `sequence`, `previous`, `audit` and the documents' versions.
  public var correction: Correction
  public var work: [Work]
  /// What the audit trail will say.
  public var event: AuditEvent
  public init(correction: Correction, work: [Work], event: AuditEvent) {
    self.correction = correction
    self.work = work
    self.event = event
  }

  /// Every document that it changes or makes, in order: who carries it out holds their leases.
  public var documents: [DocumentID] {
    Set(correction.documents.flatMap { [$0.before.id, $0.after.id] }).sorted()
  }
}
