import Archiving
import Formats
import Indexing
import Journaling
import Model

/// What a person's decision came to.
public struct DeskOutcome: Sendable {
  /// The correction that records it.
  public var correction: BatchID
  /// Documents as they are now.
  public var documents: [Manifest.Document]
  /// What the operator should look at again.
  public var warnings: [String]
}

/// Decides exceptions. Each call refuses what is decided already, names the operator and the reason, and is a correction
/// like any other: it can be undone.
public struct ExceptionDesk: Sendable {
  private let action: DeskAction
  private var site: Site { action.site }
  public init(_ action: DeskAction) { self.action = action }

  /// Files an exception in a patient's chart. No candidate is ever preselected.
  public func assign(
    _ typed: String, mrn: String, second: String, choice: DocumentChoice, reason: String
  ) async throws -> DeskOutcome {
    let state = try await opened(DocumentFinder(action).exception(typed))
    let patient = try await PatientChoice(mrn, second: second, of: state.document.id, for: action)
    var after = state.document
    try await choice.apply(to: &after, of: patient.patient, at: site)
    let visit = try await DocumentChoice.dropVisitOfOthers(from: &after, than: patient.patient, at: site)
    try requireType(after)
    let blanked = try BlankedPages(from: state.document, to: after, of: site)
    let doubts = try blanked.warnings(isTold: choice.blankAnyway)
    after.file(in: patient)
    let others = try await PageOwners(site: site).refuseOthers(of: state.document.id)
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.rely(on: others)
    draft.change(state, to: after, patientBy: after.patientByPerson)
    var warnings = try await Self.warnings(patient, seenBy: Discretion(action)) + doubts
    let alike = try await patient.alike(state.document.candidates, at: site)
    warnings += try await Discretion(action).visible(alike.patients).map {
      "\(EscapedText($0.key.description)) (\(EscapedText($0.given))), whom the document may be about too, has the same "
        + "\(alike.what): make sure which of them the page means."
    }
    if let visit {
      warnings.append(
        "Encounter \(EscapedText(visit)), which a label names, is another patient's and was left out: make sure that every page is "
          + "this patient's.")
    }
    return DeskOutcome(
      correction: try await draft.carryOut(detail: blanked.detail), documents: [after], warnings: warnings)
  }

  /// What setting the type of one or many exceptions would do: the type only; whose they are the labels say, by the rules.
  /// ``ReviewedPlan/apply(_:reason:in:)`` does it, once somebody has looked at it.
  public func typePlan(_ typed: [String], type: String) async throws -> ReviewedPlan {
    try DocumentChoice.require(type: type, at: site)
    var states: [DocumentState] = []
    for text in typed {
      let state = try await DocumentFinder(action).exception(text)
      if !states.contains(where: { $0.document.id == state.document.id }) { states.append(state) }
    }
    // The first scan is filed, and the second held.
    states.sort { ($0.receivedAt, $0.document.id) < ($1.receivedAt, $1.document.id) }
    var steps: [ReviewedPlan.Step] = []
    for found in states {
      let state = try await opened(found)
      guard state.document.reasons.contains(where: \.isAboutType) else {
        throw DeskRefusal("\(state.document.id) does not wait for its type: assign it by itself.")
      }
      // Whose it is its labels say, and the pages keep saying so.
      let (after, patientBy) = try await Rejudgement(site: site).judge(
        state, type: type, beside: steps.map(\.after))
      try await Discretion(action).open(state, or: after, for: action)
      let others = after.status == .filed ? try await PageOwners(site: site).refuseOthers(of: state.document.id) : []
      steps.append(.init(state: state, after: after, patientBy: patientBy, others: others))
    }
    return ReviewedPlan(steps)
  }

  /// Decides an exception again, by today's rules and patient data.
  /// - Returns: nil: today's rules say the same.
  public func requeue(_ typed: String, reason: String) async throws -> DeskOutcome? {
    let state = try await opened(DocumentFinder(action).exception(typed))
    let (after, patientBy) = try await Rejudgement(site: site).judge(state)
    try await Discretion(action).open(state, or: after, for: action)
    guard after != state.document else {
      action.note { $0.detail = "Today's rules say the same." }
      return nil
    }
    let others = after.status == .filed ? try await PageOwners(site: site).refuseOthers(of: state.document.id) : []
    action.note { $0.patient = after.patient }
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.rely(on: others)
    draft.change(state, to: after, patientBy: patientBy, byRules: true)
    return DeskOutcome(correction: try await draft.carryOut(), documents: [after], warnings: [])
  }

  /// Says that an exception belongs in no chart. Its bytes are kept.
  public func reject(_ typed: String, reason: String) async throws -> DeskOutcome {
    let state = try await opened(DocumentFinder(action).exception(typed))
    var after = state.document
    after.status = .rejected
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.change(state, to: after)
    return DeskOutcome(correction: try await draft.carryOut(), documents: [after], warnings: [])
  }

  func opened(_ state: DocumentState) async throws -> DocumentState {
    action.note {
      $0.document = state.document.id
      $0.batch = state.batch
    }
    try await Discretion(action).open(state, for: action)
    return state
  }

  private func requireType(_ document: Manifest.Document) throws {
    guard let type = document.type, site.configuration.documentTypes[type] != nil else {
      throw DeskRefusal("\(document.id) has no document type yet: give --type.")
    }
  }

  /// One of whom the operator may not see is warned of all the same, by nothing that says who it is.
  static func warnings(_ patient: PatientChoice, seenBy discretion: Discretion) async throws -> [String] {
    let visible = try await discretion.visible(patient.namesakes)
    let hidden = patient.namesakes.count - visible.count
    let named = visible.map {
      "\(EscapedText($0.key.description)) has the same family name and birth date "
        + "(\(EscapedText($0.given))): make sure which of them the page means."
    }
    guard hidden > 0 else { return named }
    return named + [
      "\(hidden) more with the same family name and birth date \(hidden == 1 ? "is" : "are") of a level that you may not see: "
        + "make sure that the number is the one on the page."
    ]
  }
}

extension Manifest.Document {
  /// As a person files it.
  mutating func file(in patient: PatientChoice) {
    status = .filed
    authority = patient.patient.authority
    mrn = patient.patient.mrn
    viaAlias = patient.viaAlias
    reasons = []
    evidence = []
    candidates = []
  }

  var patientByPerson: [Int: PatientBy] {
    Dictionary(uniqueKeysWithValues: (pages + blanks).map { ($0, PatientBy.person) })
  }
}

extension ExceptionReason {
  var isAboutType: Bool { [.noType, .unknownType, .conflictingType].contains(self) }
}
