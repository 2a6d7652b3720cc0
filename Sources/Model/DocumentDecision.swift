/// Indexing's verdict on one draft.
public struct DocumentDecision: Hashable, Sendable, Codable {
  public enum Status: String, Codable, Hashable, Sendable {
    case filed, exception
    // Only after a correction:
    /// A person refused an exception; its bytes are kept.
    case rejected
    /// It was filed in error; its bytes are kept.
    case withdrawn
    /// Its pages stand in other documents now.
    case regrouped

    /// Whether its pages count today: it is in a chart or waits.
    public var isCurrent: Bool { self == .filed || self == .exception }
  }
  public var status: Status
  /// The surviving patient; set only when filed.
  @Nullable public var patient: PatientKey?
  /// The number as printed where a merge led to ``patient`` (the merge link used).
  @Nullable public var viaAlias: PatientKey?
  /// Number as printed, without prefix.
  @Nullable public var encounter: String?
  /// Our type code.
  @Nullable public var type: String?
  @Nullable public var loinc: String?
  /// Most serious first; empty when filed.
  public var findings: [Finding]
  /// Whom the labels could mean, for the person who decides.
  public var candidates: [PatientKey]
  /// Its only reasons are `unknown-mrn` or `unknown-encounter` with a good check digit: the next import may resolve it.
  public var waitingForIndex: Bool
  /// What said whose each page is, by page (from 1); blanks included.
  public var patientBy: [Int: PatientBy]
  public var notes: [String]
  public init(
    status: Status, patient: PatientKey? = nil, viaAlias: PatientKey? = nil, encounter: String? = nil,
    type: String? = nil,
    loinc: String? = nil, findings: [Finding] = [], candidates: [PatientKey] = [], waitingForIndex: Bool = false,
    patientBy: [Int: PatientBy] = [:], notes: [String] = []
  ) {
    self.status = status
    self.patient = patient
    self.viaAlias = viaAlias
    self.encounter = encounter
    self.type = type
    self.loinc = loinc
    self.findings = findings
    self.candidates = candidates
    self.waitingForIndex = waitingForIndex
    self.patientBy = patientBy
    self.notes = notes
  }
}
