/// What one line, message or resource says of the patient index. Facts of one ``PatientEvent`` hold together: all of
/// them are taken, or none.
public enum PatientFact: Hashable, Sendable {
  /// A snapshot's whole row: replaces what was known, but for what it leaves `unsaid`; with `mergedInto` its number is an
  /// alias (CSV).
  case row(Patient, unsaid: Set<Column> = [])
  /// A snapshot's whole visit.
  case visit(Encounter)
  /// What a message says of a person; what it leaves out stays as it is.
  case person(PatientUpdate)
  /// What a message says of a visit.
  case stay(EncounterUpdate)
  /// The first number belongs to the second from now on.
  case link(PatientKey, into: PatientKey, PatientLink.Kind)
  /// Takes back whatever links these two, in either direction.
  case unlink(PatientKey, PatientKey)
  /// A visit that was another patient's.
  case moveVisit(String, from: PatientKey, to: PatientKey)
  /// Every visit of an account that was another patient's.
  case moveAccount(String, from: PatientKey, to: PatientKey)

  /// What a row need not say: where it does not, what was known stays, and a new patient is `normal` and not temporary.
  public enum Column: Hashable, Sendable { case confidentiality, temporary }
}

/// One line of a snapshot, one message of a feed or one resource of a bundle.
public struct PatientEvent: Hashable, Sendable {
  /// Where it starts in its file, from 1.
  public var line: Int
  /// When it happened, as its sender says; nil: it does not say, and counts as of its import.
  public var at: Timestamp?
  /// What it is, for people: `A40 MSG0007`, `Patient/12`; empty for a line of a CSV.
  public var name: String
  public var facts: [PatientFact]
  public init(line: Int, at: Timestamp? = nil, name: String = "", facts: [PatientFact]) {
    self.line = line
    self.at = at
    self.name = name
    self.facts = facts
  }
}

/// Something that was not taken, and why.
public struct PatientReject: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// It is wrong, or nobody can tell what it means: it holds the whole import, unless the good part is wanted.
    case refused
    /// It is in order and changes nothing: older than what is known, known already, or about something that the index
    /// does not keep.
    case ignored
  }
  public var kind: Kind
  /// Where it starts, from 1; 0 for the file as a whole.
  public var line: Int
  /// A sentence for a person. It never holds a name; it may hold a number.
  public var reason: String
  public init(line: Int, reason: String, kind: Kind = .refused) {
    self.kind = kind
    self.line = line
    self.reason = reason
  }
}

/// Part of a patient: nil is "not said", an empty text is "known to be empty".
public struct PatientUpdate: Hashable, Sendable {
  /// All numbers that the message gives the person; the first is the one that it is kept under.
  public var keys: [PatientKey]
  public var family: String?
  public var given: String?
  public var middle: String?
  /// `YYYY-MM-DD`.
  public var birthDate: String?
  /// `YYYY` or `YYYY-MM`, with ``birthDate`` empty: no more is said, so that a known day in it stays.
  public var birthDatePart: String?
  /// `F`, `M`, `O` or `U`.
  public var sex: String?
  /// The level, said outright: also a lower one.
  public var confidentiality: String?
  /// The level is to be this at least; a higher one stays (HL7 PD1-12).
  public var confidentialityMin: String?
  public var isTemporary: Bool?
  /// The message is about something else (a merge), and its time says nothing about the person: where newer data is
  /// known it is passed over.
  public var isIncidental: Bool
  /// The message says outright that the number is a patient of its own: a merge of it counts as undone.
  public var isOwn: Bool
  public init(keys: [PatientKey], isIncidental: Bool = false, isOwn: Bool = false) {
    self.keys = keys
    self.isIncidental = isIncidental
    self.isOwn = isOwn
  }
  /// Whether it says anything but numbers.
  public var hasIdentity: Bool {
    [family, given, middle, birthDate, sex, confidentiality, confidentialityMin].contains { $0 != nil }
      || isTemporary != nil
  }
}

/// Part of a visit: nil is "not said".
public struct EncounterUpdate: Hashable, Sendable {
  public var visit: String
  public var patient: PatientKey
  public var account: String?
  public var patientClass: String?
  /// `YYYY-MM-DD` or a date and time.
  public var admit: String?
  public var discharge: String?
  public init(visit: String, patient: PatientKey) {
    self.visit = visit
    self.patient = patient
  }
}

/// A dated link between two numbers. It is never deleted: one that was taken back says so.
public struct PatientLink: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    /// Two records of one patient became one (A18, A34, A40; `merged_into`; `replaced-by`).
    case merge
    /// What was filed under the first number belongs to the second's patient (A43).
    case move
    /// The number was changed (A47).
    case change
    /// Another identifier of the patient, e.g. a GSRN.
    case identifier
    /// Two numbers of one person whose records stay apart (A24; several authorities): names nobody, files nothing.
    case link
  }
  public var kind: Kind
  public var from: PatientKey
  public var into: PatientKey
  /// When it happened, or where that is not known was imported.
  public var since: Timestamp
  /// What said so: `A40 MSG0007`; empty for a CSV.
  public var source: String
  @Nullable public var undoneAt: Timestamp?
  public var undoneBy: String
  public init(
    kind: Kind, from: PatientKey, into: PatientKey, since: Timestamp, source: String, undoneAt: Timestamp? = nil,
    undoneBy: String = ""
  ) {
    self.kind = kind
    self.from = from
    self.into = into
    self.since = since
    self.source = source
    self.undoneAt = undoneAt
    self.undoneBy = undoneBy
  }
}
