import Model

/// Which patient data we have and how old it is.
public struct PatientRevision: Hashable, Sendable, Codable {
  /// Rises with every accepted import: a decimal number; `0` before the first.
  public var revision: String
  @Nullable public var importedAt: Timestamp?
  public var patients: Int
  public var aliases: Int
  public var encounters: Int
  public init(revision: String, importedAt: Timestamp?, patients: Int, aliases: Int, encounters: Int) {
    self.revision = revision
    self.importedAt = importedAt
    self.patients = patients
    self.aliases = aliases
    self.encounters = encounters
  }
}

/// One accepted import, whole.
public struct PatientImport: Hashable, Sendable, Codable {
  public var patients: [Patient]
  public var encounters: [Encounter]
  /// Digest of the file, which is kept in the archive.
  public var file: ContentDigest
  public var importedAt: Timestamp
  public init(patients: [Patient], encounters: [Encounter], file: ContentDigest, importedAt: Timestamp) {
    self.patients = patients
    self.encounters = encounters
    self.file = file
    self.importedAt = importedAt
  }
}

/// Whose numbers are whose. Kept in the journal's database; never created by a scan.
public protocol PatientIndex: Sendable {
  /// Answers for the numbers (without authority) and visits that stand on a batch's labels. Merges are chased to the survivor;
  /// a number merged into more than one patient, or in a circle, has `survivor` nil.
  func candidates(numbers: [String], visits: [String]) async throws -> PatientCandidates
  /// Upserts all rows in one transaction. A row with `mergedInto` adds a merge link; other rows replace what was known.
  /// - Returns: the new revision.
  func load(_ rows: PatientImport) async throws -> PatientRevision
  func revision() async throws -> PatientRevision
  /// Numbers that were merged into this patient, directly or by way of others, and not taken back; in bytewise order.
  func aliases(of patient: PatientKey) async throws -> [PatientKey]
  /// Every patient with this number, of one authority or of all; aliases included.
  func patients(number: String, authority: String?) async throws -> [Patient]
}
