import Model

/// One filed document that was drawn for a second look.
public struct QualitySample: Hashable, Sendable, Codable {
  /// What documents are alike: each of these is sampled, tightened and relaxed by itself.
  public struct Stratum: Hashable, Sendable, Codable {
    public var station: EscapedText
    /// Who scanned, or who decided the exception; empty where nobody is named.
    public var `operator`: String
    public var type: String
    public init(station: EscapedText, operator: String, type: String) {
      self.station = station
      self.operator = `operator`
      self.type = type
    }
  }
  public enum Verdict: String, Hashable, Sendable, Codable { case pending, confirmed, wrong }
  /// A verdict that did not hold: `confirmed` of a document that is ``Verdict/wrong`` now, or `wrong` of one that waits again because
  /// its correction was taken back.
  public struct Overturned: Hashable, Sendable, Codable {
    public var verdict: Verdict
    /// As of the sample.
    @Nullable public var kind: String?
    @Nullable public var decidedAt: Timestamp?
    @Nullable public var decidedBy: String?
    public init(verdict: Verdict, kind: String?, decidedAt: Timestamp?, decidedBy: String?) {
      self.verdict = verdict
      self.kind = kind
      self.decidedAt = decidedAt
      self.decidedBy = decidedBy
    }
  }
  public var document: DocumentID
  public var batch: BatchID
  public var stratum: Stratum
  public var drawnAt: Timestamp
  /// Chance with which it was drawn, 0…1.
  public var rate: Double
  public var verdict: Verdict
  /// What was wrong: `patient`, `type`, `encounter`, `date`, `pages`, `withdrawn`; nil where nothing was.
  @Nullable public var kind: String?
  @Nullable public var decidedAt: Timestamp?
  @Nullable public var decidedBy: String?
  /// Who filed it, or put it back as it was filed: the operators named and the logins that acted, each once; nil in what an older
  /// release drew.
  @Nullable public var filers: [String]?
  /// Of a wrong one what it said before it was corrected; nil in what an older release judged.
  @Nullable public var corrected: Manifest.Document?
  /// The verdict before, where later history contradicts it.
  @Nullable public var overturned: Overturned?
  public init(
    document: DocumentID, batch: BatchID, stratum: Stratum, drawnAt: Timestamp, rate: Double, filers: [String]? = nil
  ) {
    self.document = document
    self.batch = batch
    self.stratum = stratum
    self.drawnAt = drawnAt
    self.rate = rate
    verdict = .pending
    kind = nil
    decidedAt = nil
    decidedBy = nil
    self.filers = filers
    corrected = nil
    overturned = nil
  }
}

/// What quality control keeps. It follows the chain of records, and is no part of it.
public protocol QualityJournal: Sendable {
  /// Sequence of the last record that was looked at.
  func qualityPosition() async throws -> Int
  /// One transaction: the samples of the record with `sequence` = position + 1, and the verdicts that it gives. The same record
  /// twice changes nothing.
  func draw(_ samples: [QualitySample], decided: [QualitySample], sequence: Int) async throws
  func sample(_ id: DocumentID) async throws -> QualitySample?
  /// Oldest first.
  func samples(_ verdict: QualitySample.Verdict?, limit: Int) async throws -> [QualitySample]
  /// The newest verdicts of a stratum that were given at a moment or before, newest first.
  func verdicts(
    on stratum: QualitySample.Stratum, until moment: Timestamp, limit: Int
  ) async throws -> [QualitySample]
  /// Decides a pending sample, with its audit record.
  /// - Returns: false, and nothing is changed, where it is not pending any more.
  func decide(_ sample: QualitySample, event: AuditEvent) async throws -> Bool
}
