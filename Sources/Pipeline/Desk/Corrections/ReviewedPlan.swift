import Formats
import Journaling
import Model

/// Changes to many documents that somebody looks at before they are made: shown first, made when the same plan is asked for
/// by its digest.
public struct ReviewedPlan: Sendable {
  public struct Step: Sendable {
    public var state: DocumentState
    public var after: Manifest.Document
    /// By page: what says whose it is, where the rules decided; nil: a person does, where the patient changes.
    var patientBy: [Int: PatientBy]?
    /// What it relies on (``PageOwners``).
    var others: [Manifest.Document]
    init(
      state: DocumentState, after: Manifest.Document, patientBy: [Int: PatientBy]? = nil,
      others: [Manifest.Document] = []
    ) {
      self.state = state
      self.after = after
      self.patientBy = patientBy
      self.others = others
    }
  }
  /// By document.
  public let steps: [Step]
  /// SHA-256 over what the plan changes and into what: any difference is another plan.
  public let digest: ContentDigest

  init(_ steps: [Step]) {
    self.steps = steps.sorted { $0.state.document.id < $1.state.document.id }
    var hasher = SHA256Hasher()
    for step in self.steps {
      // What we encode ourselves is always JSON.
      for document in [step.state.document, step.after] { hasher.update((try? canonicalJSON(document)) ?? []) }
    }
    digest = hasher.finalize()
  }

  /// Documents in one correction: their leases are held at the same time.
  private static let documentsMax = 200

  /// Makes the changes.
  /// - Parameter reviewed: the digest, or at least its first 12 digits, of the plan that somebody looked at.
  /// - Returns: the corrections that record them.
  /// - Throws: ``DeskRefusal`` where the plan is no longer that one.
  public func apply(_ reviewed: String, reason: String, in action: DeskAction) async throws -> [BatchID] {
    guard !steps.isEmpty else {
      throw DeskRefusal("The plan no longer fits what is there: nothing would change now.")
    }
    guard reviewed.utf8.count >= 12, digest.description.hasPrefix(reviewed) else {
      throw DeskRefusal(
        "The plan no longer fits what is there: it is \(digest.description.prefix(12)) now. Look at it again.")
    }
    var corrections: [BatchID] = []
    for start in stride(from: 0, to: steps.count, by: Self.documentsMax) {
      let part = steps[start..<min(start + Self.documentsMax, steps.count)]
      var draft = CorrectionDraft(action, batch: part[start].state.batch, reason: reason)
      for step in part {
        draft.rely(on: step.others)
        draft.change(
          step.state, to: step.after,
          patientBy: step.patientBy
            ?? (step.after.patient == step.state.document.patient ? [:] : step.after.patientByPerson),
          byRules: step.patientBy != nil)
      }
      corrections.append(
        try await draft.carryOut(detail: "\(part.count) documents, plan \(digest.description.prefix(12))"))
    }
    return corrections
  }
}
