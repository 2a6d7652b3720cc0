/// The account of one batch (`chartroom.manifest/1`): where every page went and why. Written once, never changed.
///
/// Valid if and only if: `counts` equals the dispositions of `pages` (I3); pages are numbered 1…n without a gap; every page
/// with disposition `filed`, `exception` or an inner `blank` names exactly one document that lists it; `previous` is the
/// SHA-256 of the exact bytes of the record with `sequence` − 1.
public struct Manifest: Hashable, Sendable, Codable {
  public static let schema = "chartroom.manifest/1"

  public struct Source: Hashable, Sendable, Codable {
    /// Path below the station's folder.
    public var name: EscapedText
    public var bytes: Int
    public var sha256: ContentDigest
    /// nil where the chain of frames breaks, loops or cannot be counted.
    @Nullable public var frames: Int?
    public init(name: EscapedText, bytes: Int, sha256: ContentDigest, frames: Int?) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
      self.frames = frames
    }
  }

  public struct Counts: Hashable, Sendable, Codable {
    public var pages: Int
    public var filed: Int
    public var separator: Int
    public var blank: Int
    public var exception: Int
    public var duplicate: Int
    public init(of pages: [Page]) {
      func count(_ disposition: Disposition) -> Int { pages.count { $0.disposition == disposition } }
      self.pages = pages.count
      filed = count(.filed)
      separator = count(.separator)
      blank = count(.blank)
      exception = count(.exception)
      duplicate = count(.duplicate)
    }
  }

  public struct Document: Hashable, Sendable, Codable {
    public var id: DocumentID
    public var status: DocumentDecision.Status
    @Nullable public var authority: String?
    @Nullable public var mrn: String?
    @Nullable public var encounter: String?
    @Nullable public var type: String?
    @Nullable public var loinc: String?
    @Nullable public var serviceDate: String?
    public var pages: [Int]
    public var blanks: [Int]
    /// Path of the OCFL object relative to `<archive>/root`.
    public var object: String
    public var notes: [String]
    /// Most serious first, each once; empty when filed.
    public var reasons: [ExceptionReason]
    public var evidence: [Finding]
    public var candidates: [PatientKey]
    /// The merge link used, where the labels carry an alias.
    @Nullable public var viaAlias: PatientKey?
    public init(
      id: DocumentID, decision: DocumentDecision, pages: [Int], blanks: [Int], object: String, notes: [String]
    ) {
      self.id = id
      status = decision.status
      authority = decision.patient?.authority
      mrn = decision.patient?.mrn
      encounter = decision.encounter
      type = decision.type
      loinc = decision.loinc
      serviceDate = nil
      self.pages = pages
      self.blanks = blanks
      self.object = object
      self.notes = notes
      reasons = Array(Set(decision.findings.map(\.reason))).sorted()
      evidence = decision.findings
      candidates = decision.candidates
      viaAlias = decision.viaAlias
    }
    public var patient: PatientKey? {
      guard let authority, let mrn else { return nil }
      return PatientKey(authority: authority, mrn: mrn)
    }
  }

  public struct Page: Hashable, Sendable, Codable {
    public var page: Int
    public var source: Int
    public var frame: Int
    @Nullable public var sheet: Int?
    public var disposition: Disposition
    @Nullable public var document: DocumentID?
    @Nullable public var patientBy: PatientBy?
    @Nullable public var width: Int?
    @Nullable public var height: Int?
    @Nullable public var dpi: [Double]?
    @Nullable public var rotation: Int?
    @Nullable public var mirrored: Bool?
    @Nullable public var sha256: ContentDigest?
    @Nullable public var ink: Double?
    public var labels: [Label]
    public var unreadable: [Quad]
    public var notes: [String]
    public init(
      page: Int, source: Int, frame: Int, sheet: Int?, disposition: Disposition, document: DocumentID?,
      patientBy: PatientBy?,
      width: Int?, height: Int?, dpi: [Double]?, rotation: Int?, mirrored: Bool?, sha256: ContentDigest?, ink: Double?,
      labels: [Label], unreadable: [Quad], notes: [String]
    ) {
      self.page = page
      self.source = source
      self.frame = frame
      self.sheet = sheet
      self.disposition = disposition
      self.document = document
      self.patientBy = patientBy
      self.width = width
      self.height = height
      self.dpi = dpi
      self.rotation = rotation
      self.mirrored = mirrored
      self.sha256 = sha256
      self.ink = ink
      self.labels = labels
      self.unreadable = unreadable
      self.notes = notes
    }
  }

  public struct AuditAnchor: Hashable, Sendable, Codable {
    public var sequence: Int
    public var head: ContentDigest
    public init(sequence: Int = 0, head: ContentDigest = .zero) {
      self.sequence = sequence
      self.head = head
    }
  }

  public struct DecidedBy: Hashable, Sendable, Codable {
    public var chartroom: String
    public var reader: String
    public var configuration: ContentDigest
    public var patients: String
    public init(chartroom: String, reader: String, configuration: ContentDigest, patients: String) {
      self.chartroom = chartroom
      self.reader = reader
      self.configuration = configuration
      self.patients = patients
    }
  }

  public var schema: String
  public var batch: BatchID
  public var sequence: Int
  public var previous: ContentDigest
  public var receivedAt: Timestamp
  public var finishedAt: Timestamp
  public var station: EscapedText
  @Nullable public var duplicateOf: BatchID?
  public var header: BatchHeader
  public var sources: [Source]
  /// The sidecar's digest and name, where there was one; its bytes are in the set-aside object.
  @Nullable public var sidecar: Source?
  public var counts: Counts
  public var documents: [Document]
  public var pages: [Page]
  public var audit: AuditAnchor
  public var decidedBy: DecidedBy

  public init(
    batch: BatchID, receivedAt: Timestamp, finishedAt: Timestamp, station: EscapedText, duplicateOf: BatchID?,
    header: BatchHeader,
    sources: [Source], sidecar: Source?, documents: [Document], pages: [Page], decidedBy: DecidedBy
  ) {
    schema = Manifest.schema
    self.batch = batch
    sequence = 0
    previous = .zero
    self.receivedAt = receivedAt
    self.finishedAt = finishedAt
    self.station = station
    self.duplicateOf = duplicateOf
    self.header = header
    self.sources = sources
    self.sidecar = sidecar
    counts = Counts(of: pages)
    self.documents = documents
    self.pages = pages
    audit = AuditAnchor()
    self.decidedBy = decidedBy
  }
}
