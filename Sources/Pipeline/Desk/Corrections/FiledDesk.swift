import Archiving
import Formats
import Journaling
import Model

/// Puts right what was filed. Each call is a correction: the old state stays readable in the archive, and undoing is another.
public struct FiledDesk: Sendable {
  private let action: DeskAction
  private var site: Site { action.site }
  private var finder: DocumentFinder { DocumentFinder(action) }
  public init(_ action: DeskAction) { self.action = action }

  /// To another patient's chart.
  public func move(_ typed: String, mrn: String, second: String, reason: String) async throws -> DeskOutcome {
    let state = try await opened(finder.filed(typed))
    let patient = try await PatientChoice(mrn, second: second, of: state.document.id, for: action)
    guard patient.patient != state.document.patient else {
      throw DeskRefusal("\(state.document.id) is in that chart already.")
    }
    // What proposed it, or anything else, for another chart is settled by it.
    var after = try await RefilingDesk.settled(state.document, at: site) ?? state.document
    after.file(in: patient)
    // A visit is one patient's.
    after.encounter = nil
    after.notes.removeAll { $0 == ExceptionReason.unknownEncounter.rawValue }
    return try await change(
      state, to: after, patientBy: after.patientByPerson, reason,
      try await ExceptionDesk.warnings(patient, seenBy: Discretion(action)))
  }

  /// Another type, encounter or date of service.
  public func retype(_ typed: String, choice: DocumentChoice, reason: String) async throws -> DeskOutcome {
    let state = try await opened(finder.filed(typed))
    var after = state.document
    try await choice.apply(to: &after, of: after.patient, at: site)
    return try await change(state, to: after, reason)
  }

  /// The same pages in another order, or some of them as blanks.
  /// - Parameter choice: pages and blanks.
  public func reorder(_ typed: String, choice: DocumentChoice, reason: String) async throws -> DeskOutcome {
    let state = try await opened(finder.filed(typed))
    var after = state.document
    try await choice.apply(to: &after, of: after.patient, at: site)
    let blanked = try BlankedPages(from: state.document, to: after, of: site)
    return try await change(
      state, to: after, reason, try blanked.warnings(isTold: choice.blankAnyway), detail: blanked.detail)
  }

  /// Out of the chart: it was filed in error. Its bytes are kept.
  public func withdraw(_ typed: String, reason: String) async throws -> DeskOutcome {
    let state = try await opened(finder.filed(typed))
    var after = state.document
    after.status = .withdrawn
    return try await change(state, to: after, reason)
  }

  private func change(
    _ state: DocumentState, to after: Manifest.Document, patientBy: [Int: PatientBy] = [:], _ reason: String,
    _ warnings: [String] = [], detail: String? = nil
  ) async throws -> DeskOutcome {
    guard after != state.document else { throw DeskRefusal("\(state.document.id) is so already.") }
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.change(state, to: after, patientBy: patientBy)
    return DeskOutcome(correction: try await draft.carryOut(detail: detail), documents: [after], warnings: warnings)
  }

  /// Opens what is filed, for any verb that starts from it.
  func opened(_ state: DocumentState) async throws -> DocumentState {
    action.note {
      $0.document = state.document.id
      $0.batch = state.batch
      $0.patient = state.document.patient
    }
    try await Discretion(action).open(state, for: action)
    return state
  }
}
