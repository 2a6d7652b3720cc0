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

/// All that the index knows under one number.
public struct PatientDetail: Hashable, Sendable, Codable {
  public var patient: Patient
  /// After all merges; nil where they lead to no one patient for certain.
  @Nullable public var survivor: PatientKey?
  /// Links from this number and to it, those taken back too; oldest first.
  public var links: [PatientLink]
  /// By visit number.
  public var encounters: [Encounter]
  public init(patient: Patient, survivor: PatientKey?, links: [PatientLink], encounters: [Encounter]) {
    self.patient = patient
    self.survivor = survivor
    self.links = links
    self.encounters = encounters
  }
}

/// Which patients to list.
public struct PatientFilter: Hashable, Sendable {
  /// Start of the family name, letter by letter; nil: all.
  public var family: String?
  public var temporaryOnly = false
  /// Numbers that were merged into others.
  public var mergedOnly = false
  public init() {}
}

/// Whose numbers are whose. Kept in the journal's database; never created by a scan.
public protocol PatientIndex: Sendable {
  /// Answers for the numbers (without authority) and visits that stand on a batch's labels. Merges are chased to the survivor;
  /// a number merged into more than one patient, or in a circle, has `survivor` nil.
  func candidates(numbers: [String], visits: [String]) async throws -> PatientCandidates
  /// Takes files in one transaction, one revision each for what changes anything; a snapshot does whenever something of it is taken,
  /// for it says as of when that is known. A row with `mergedInto` adds a merge link; other rows replace what was
  /// known. Links that would close a circle are refused; events older than what is known are ignored: than the newest message,
  /// and than the import of a row.
  /// - Parameter whenGood: called inside the transaction before it is committed, with the moment of each file's import, which
  ///   never comes before an earlier one's (nil: nothing of that file comes into force): makes the files' bytes durable. Not called where
  ///   nothing is taken.
  /// - Returns: for each file what it did, or what it would do where nothing was taken.
  /// - Throws: ``PatientImportError``, `JournalError`, and what a feed or `whenGood` throws; nothing is taken then.
  func load(
    _ files: [PatientImport], mode: PatientImportMode, whenGood: @escaping @Sendable ([Timestamp?]) throws -> Void
  )
    async throws -> [PatientImportOutcome]
  func revision() async throws -> PatientRevision
  /// The same, without the persons above a level.
  func revision(upTo level: Confidentiality) async throws -> PatientRevision
  /// The level of a person: the highest of the number, of those that it was merged into, and of all that were merged into any of
  /// these. What was taken back does not count.
  func level(of patient: PatientKey) async throws -> Confidentiality
  /// All numbers of all persons above a level.
  func numbers(above level: Confidentiality) async throws -> [PatientKey]
  /// Numbers that were merged into this patient, directly or by way of others, and not taken back; in bytewise order.
  func aliases(of patient: PatientKey) async throws -> [PatientKey]
  /// Every patient with this number, of one authority or of all; aliases included.
  func patients(number: String, authority: String?) async throws -> [Patient]
  /// Everything about a number, of one authority or of all.
  func details(number: String, authority: String?) async throws -> [PatientDetail]
  /// In bytewise order of (number, authority), after the given one.
  func list(_ filter: PatientFilter, after: PatientKey?, limit: Int) async throws -> [Patient]
  /// Numbers that this one was ever merged into, by way of others too, links that were taken back included.
  func successors(of patient: PatientKey) async throws -> [PatientKey]

  // MARK: After an un-merge
  /// Reviews whose documents have not been looked for yet, oldest first.
  func openReviews() async throws -> [PatientReview]
  /// The documents that a review concerns; it is not open any more. The same again changes nothing.
  func finish(_ review: PatientReview, proposing proposals: [RefilingProposal]) async throws
  /// Proposals whose document still is where it was and was not confirmed there since, oldest first.
  func proposals(limit: Int) async throws -> [RefilingProposal]
  /// Those of one document.
  func proposals(of document: DocumentID) async throws -> [RefilingProposal]
}

extension PatientIndex {
  /// Takes what is good of one file.
  /// - Returns: the new revision.
  public func load(_ file: PatientImport) async throws -> PatientRevision {
    let outcomes = try await load([file], mode: .goodPart) { _ in }
    guard let revision = outcomes.first?.revision else { return try await revision() }
    return revision
  }
}
