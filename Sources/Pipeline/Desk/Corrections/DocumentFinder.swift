import Journaling
import Model

/// Finds the document that an id, or the start of one, means.
public struct DocumentFinder: Sendable {
  private let site: Site
  public init(of site: Site) { self.site = site }

  /// - Parameter typed: with or without `urn:uuid:`; of an exception its first characters are enough, where they are unique.
  /// - Throws: ``DeskRefusal`` where no document, or more than one, is meant.
  public func find(_ typed: String) async throws -> DocumentState {
    let text = typed.hasPrefix("urn:uuid:") ? typed : "urn:uuid:" + typed
    if let id = DocumentID(text), let state = try await site.journal.anyDocument(id) { return state }
    switch try await ExceptionQueue(of: site).find(typed, in: site) {
    case .one(let state): return state
    case .none:
      throw DeskRefusal("No document '\(EscapedText(typed))' is known. See `chartroom exceptions list`.")
    case .several(let count):
      throw DeskRefusal("'\(EscapedText(typed))' fits \(count) exceptions; give more of the id.")
    }
  }

  /// - Throws: ``DeskRefusal`` also where it is decided already.
  public func exception(_ typed: String) async throws -> DocumentState {
    let state = try await find(typed)
    guard state.document.status == .exception else {
      throw DeskRefusal("\(state.document.id) \(Self.word(state.document.status)): it no longer waits for a decision.")
    }
    return state
  }

  /// - Throws: ``DeskRefusal`` where it is in no chart.
  public func filed(_ typed: String) async throws -> DocumentState {
    let state = try await find(typed)
    guard state.document.status == .filed else {
      let hint = state.document.status == .exception ? " See `chartroom exceptions`." : ""
      throw DeskRefusal("\(state.document.id) \(Self.word(state.document.status)): it is in no chart.\(hint)")
    }
    return state
  }

  static func word(_ status: DocumentDecision.Status) -> String {
    switch status {
    case .filed: "is filed"
    case .exception: "waits for a decision"
    case .rejected: "was rejected"
    case .withdrawn: "was withdrawn"
    case .regrouped: "was regrouped"
    }
  }
}
