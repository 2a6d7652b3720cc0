import Journaling
import Model

/// Settles what an un-merge or a moved visit put in doubt (``RefilingReview``): a person looked, and the document stays. One that has to
/// go is moved, which settles it too.
public struct RefilingDesk: Sendable {
  private let action: DeskAction
  private var site: Site { action.site }
  public init(_ action: DeskAction) { self.action = action }

  /// - Throws: ``DeskRefusal`` where the document is in no doubt.
  public func confirm(_ typed: String, reason: String) async throws -> DeskOutcome {
    let state = try await FiledDesk(action).opened(DocumentFinder(action).filed(typed))
    guard let after = try await Self.settled(state.document, at: site) else {
      throw DeskRefusal("\(state.document.id) is in no doubt. See `chartroom patients proposals`.")
    }
    var draft = CorrectionDraft(action, batch: state.batch, reason: reason)
    draft.change(state, to: after)
    return DeskOutcome(correction: try await draft.carryOut(), documents: [after], warnings: [])
  }

  /// The document with a person's word on what it was proposed for; nil: nobody asked.
  static func settled(_ document: Manifest.Document, at site: Site) async throws -> Manifest.Document? {
    let moments = try await site.journal.proposals(of: document.id).map(\.review.at)
    guard let newest = moments.max() else { return nil }
    var settled = document
    // Another system's clock may be ahead of ours.
    settled.confirm(at: max(site.clock.now(), newest))
    return settled
  }
}
