import Formats
import Journaling
import Model

/// Decides documents that look like another scan of paper that is there already: one of them, or all of a batch at once, for a stack
/// that went through the scanner twice is one decision.
public struct DuplicateDesk: Sendable {
  public enum Verdict: String, Sendable {
    /// The same paper: it belongs in no chart a second time.
    case reject
    /// Paper of its own: decided by the rules, and never held for this again.
    case file
  }
  private let action: DeskAction
  private var site: Site { action.site }
  public init(_ action: DeskAction) { self.action = action }

  /// What a verdict would do. ``ReviewedPlan/apply(_:reason:in:)`` does it, once somebody has looked at it.
  /// - Parameter typed: batches, all of whose possible duplicates are meant, or single exceptions.
  /// - Throws: ``DeskRefusal`` where one is no possible duplicate.
  public func plan(_ typed: [String], _ verdict: Verdict) async throws -> ReviewedPlan {
    var steps: [ReviewedPlan.Step] = []
    for text in typed {
      for state in try await states(text) where !steps.contains(where: { $0.state.document.id == state.document.id }) {
        steps.append(try await step(ExceptionDesk(action).opened(state), verdict))
      }
    }
    return ReviewedPlan(steps)
  }

  private func states(_ text: String) async throws -> [DocumentState] {
    guard let batch = BatchID.typed(text), try await site.journal.record(of: batch)?.kind == .manifest else {
      let state = try await DocumentFinder(action).exception(text)
      guard state.document.reasons.contains(.possibleDuplicate) else {
        throw DeskRefusal("\(state.document.id) is not held as a possible duplicate: decide it by itself.")
      }
      return [state]
    }
    let held = try await site.journal.documents(of: batch).filter {
      $0.document.status == .exception && $0.document.reasons.contains(.possibleDuplicate)
    }
    let found = try await Discretion(action).visible(held)
    if found.isEmpty { throw DeskRefusal("No document of batch \(batch) waits as a possible duplicate.") }
    return found
  }

  private func step(_ state: DocumentState, _ verdict: Verdict) async throws -> ReviewedPlan.Step {
    switch verdict {
    case .reject:
      var after = state.document
      after.status = .rejected
      return .init(state: state, after: after)
    case .file:
      var own = state
      own.document.notes.append(RescanSearch.cleared)
      let (after, patientBy) = try await Rejudgement(site: site).judge(own)
      try await Discretion(action).open(state, or: after, for: action)
      let others = after.status == .filed ? try await PageOwners(site: site).refuseOthers(of: state.document.id) : []
      return .init(state: state, after: after, patientBy: patientBy, others: others)
    }
  }
}
