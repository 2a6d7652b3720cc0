/// The key of a patient: always the pair of assigning authority and number.
public struct PatientKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
  public var authority: String
  public var mrn: String
  public init(authority: String, mrn: String) {
    self.authority = authority
    self.mrn = mrn
  }
  public var description: String { "\(authority):\(mrn)" }
  public static func < (a: PatientKey, b: PatientKey) -> Bool { (a.authority, a.mrn) < (b.authority, b.mrn) }
}

/// One row of the patient index.
public struct Patient: Hashable, Sendable, Codable {
  public var key: PatientKey
  public var family: String
  public var given: String
  public var middle: String
  /// `YYYY-MM-DD`, or empty where unknown.
  public var birthDate: String
  /// `F`, `M`, `O`, `U`, or empty.
  public var sex: String
  /// The patient that this number was merged into: this row is then an alias.
  @Nullable public var mergedInto: PatientKey?
  /// `normal`, `restricted` or `very restricted`.
  public var confidentiality: String
  public var isTemporary: Bool

  public init(
    key: PatientKey, family: String = "", given: String = "", middle: String = "", birthDate: String = "",
    sex: String = "",
    mergedInto: PatientKey? = nil, confidentiality: String = "normal", isTemporary: Bool = false
  ) {
    self.key = key
    self.family = family
    self.given = given
    self.middle = middle
    self.birthDate = birthDate
    self.sex = sex
    self.mergedInto = mergedInto
    self.confidentiality = confidentiality
    self.isTemporary = isTemporary
  }
}

/// One visit or stay.
public struct Encounter: Hashable, Sendable, Codable {
  /// Visit number, without the label's prefix.
  public var visit: String
  public var account: String
  public var patient: PatientKey
  public var patientClass: String
  /// As imported, `YYYY-MM-DD` or a date and time; empty where unknown.
  public var admit: String
  public var discharge: String
  public init(
    visit: String, account: String = "", patient: PatientKey, patientClass: String = "", admit: String = "",
    discharge: String = ""
  ) {
    self.visit = visit
    self.account = account
    self.patient = patient
    self.patientClass = patientClass
    self.admit = admit
    self.discharge = discharge
  }
}
