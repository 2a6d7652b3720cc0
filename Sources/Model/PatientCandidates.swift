/// What the patient index answers about one number under one authority, merges already chased.
public struct KnownPatient: Hashable, Sendable, Codable {
  /// The key that was asked for.
  public var asked: PatientKey
  /// The surviving patient after all merges; nil when the merges do not lead to exactly one (`ambiguous-mrn`).
  @Nullable public var survivor: PatientKey?
  /// The survivor's identity, for comparison with what labels and sidecars say; empty where unknown.
  public var family: String
  public var birthDate: String
  public var sex: String
  public init(asked: PatientKey, survivor: PatientKey?, family: String = "", birthDate: String = "", sex: String = "") {
    self.asked = asked
    self.survivor = survivor
    self.family = family
    self.birthDate = birthDate
    self.sex = sex
  }
}

/// All that Assembling and Indexing may know of the patient index, handed in as a value: the answers for the numbers
/// that stand on one batch's labels, at one revision.
public struct PatientCandidates: Hashable, Sendable, Codable {
  /// Revision of the patient index that answered.
  public var revision: String
  /// By number without authority: every authority that knows it. Missing or empty: nobody does.
  public var byNumber: [String: [KnownPatient]]
  /// By visit number: the encounter's patient, merges chased. More than one entry: different authorities' encounters.
  public var byVisit: [String: [KnownPatient]]
  public init(revision: String = "0", byNumber: [String: [KnownPatient]] = [:], byVisit: [String: [KnownPatient]] = [:])
  {
    self.revision = revision
    self.byNumber = byNumber
    self.byVisit = byVisit
  }
}
