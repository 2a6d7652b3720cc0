/// What an action was about.
public struct AuditSubject: Hashable, Sendable, Codable {
  @Nullable public var patient: PatientKey?
  @Nullable public var document: DocumentID?
  @Nullable public var batch: BatchID?
  /// The correction that the action made.
  @Nullable public var correction: BatchID?
  /// The operator's own words.
  @Nullable public var reason: String?
  /// What came of it, as a sentence.
  @Nullable public var detail: String?
  /// A patient or document was opened whose level the operator may not see.
  public var brokeGlass: Bool
  public init(
    patient: PatientKey? = nil, document: DocumentID? = nil, batch: BatchID? = nil, correction: BatchID? = nil,
    reason: String? = nil, detail: String? = nil, brokeGlass: Bool = false
  ) {
    self.patient = patient
    self.document = document
    self.batch = batch
    self.correction = correction
    self.reason = reason
    self.detail = detail
    self.brokeGlass = brokeGlass
  }
}

/// An action before it has its place in the trail: who, when, what, about whom, how it ended, why.
public struct AuditEvent: Hashable, Sendable, Codable {
  public enum Outcome: String, Hashable, Sendable, Codable {
    /// Something long has begun; another record says how it ended.
    case begun
    case done
    /// Not allowed, or not possible as asked: nothing was changed.
    case refused
    /// The program could not; it may be tried again.
    case failed
  }
  public var at: Timestamp
  /// Who acted.
  public var `operator`: String
  /// Whose login it was: another than ``operator`` only where the one acted for the other.
  public var login: String
  /// As typed: `exceptions assign`; or ``decideAgain``.
  public var verb: String
  public var outcome: Outcome
  public var subject: AuditSubject
  public init(
    at: Timestamp, operator: String, login: String, verb: String, outcome: Outcome, subject: AuditSubject
  ) {
    self.at = at
    self.operator = `operator`
    self.login = login
    self.verb = verb
    self.outcome = outcome
    self.subject = subject
  }
}

extension AuditEvent {
  /// What no verb is: documents that waited for the patient index, decided again by the program itself.
  public static let decideAgain = "decide again"

  /// What became of a document, when nobody but the rules decided.
  public init(of change: Correction.Change, in correction: Correction) {
    let reasons = change.after.reasons.map(\.rawValue).joined(separator: ", ")
    self.init(
      at: correction.correctedAt, operator: correction.operator, login: correction.operator, verb: Self.decideAgain,
      outcome: .done,
      subject: AuditSubject(
        patient: change.after.patient ?? change.before.patient, document: change.after.id,
        batch: correction.batch(of: change), correction: correction.correction, reason: correction.reason,
        detail: reasons.isEmpty ? "\(change.after.status.rawValue)" : "\(change.after.status.rawValue): \(reasons)"))
  }
}

/// One record of the audit trail (`chartroom.audit/1`). Its hash is the SHA-256 of its canonical JSON.
///
/// Valid if and only if `previous` is the hash of the record with `sequence` − 1 (64 zeros for the first of a trail). The
/// trail of a journal that was rebuilt begins after the last record that a manifest or correction is anchored to.
public struct AuditRecord: Hashable, Sendable, Codable {
  public static let schema = "chartroom.audit/1"
  public var schema: String
  /// From 1.
  public var sequence: Int
  public var previous: ContentDigest
  public var event: AuditEvent
  public init(sequence: Int, previous: ContentDigest, event: AuditEvent) {
    schema = AuditRecord.schema
    self.sequence = sequence
    self.previous = previous
    self.event = event
  }
}
