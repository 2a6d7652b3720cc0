import Archiving
import Journaling
import Model

/// Finds the document that an id, or the start of one, means, and says of one that is decided what became of it. What the operator may not
/// see is found by its whole id alone, and nothing is told of it.
public struct DocumentFinder: Sendable {
  private let action: DeskAction
  private var site: Site { action.site }
  private var discretion: Discretion { Discretion(action) }
  public init(_ action: DeskAction) { self.action = action }

  /// - Parameter typed: in letters of either case, with or without `urn:uuid:`; its first ``charactersMin`` characters or more are enough
  ///   where they are unique, among the exceptions or else among all documents that the operator may see.
  /// - Throws: ``DeskRefusal`` where no document, or more than one, is meant, and where its pages stand in others now.
  public func find(_ typed: String) async throws -> DocumentState {
    if let id = DocumentID.typed(typed), let state = try await site.journal.anyDocument(id) { return state }
    let text = DocumentID.start(typed: typed)
    guard text.count >= DocumentID.start(typed: "").count + Self.charactersMin else {
      throw DeskRefusal(
        "'\(EscapedText(typed))' is too short for an id: give its first \(Self.charactersMin) characters at least.")
    }
    switch try await ExceptionQueue(of: site).find(startingWith: text, seenBy: discretion) {
    case .one(let state): return state
    case .none: break
    case .several(let count):
      throw DeskRefusal("'\(EscapedText(typed))' fits \(count) exceptions; give more of the id.")
    }
    if let state = try await visible(startingWith: text, typed) { return state }
    try await refuseRegrouped(startingWith: text, typed)
    throw DeskRefusal("No document '\(EscapedText(typed))' is known. See `chartroom exceptions list`.")
  }

  /// - Throws: ``DeskRefusal`` also where it is decided already.
  public func exception(_ typed: String) async throws -> DocumentState {
    let state = try await find(typed)
    guard state.document.status == .exception else {
      try await refuseHidden(state)
      throw DeskRefusal(
        "\(state.document.id) \(Self.word(state.document.status)): it no longer waits for a decision."
          + (try await decision(on: state)))
    }
    return state
  }

  /// - Throws: ``DeskRefusal`` where it is in no chart.
  public func filed(_ typed: String) async throws -> DocumentState {
    let state = try await find(typed)
    guard state.document.status == .filed else {
      try await refuseHidden(state)
      let isWaiting = state.document.status == .exception
      let hint = try await isWaiting ? " See `chartroom exceptions`." : decision(on: state)
      throw DeskRefusal("\(state.document.id) \(Self.word(state.document.status)): it is in no chart.\(hint)")
    }
    return state
  }

  /// Before what became of it is told; the record of the refusal names it.
  func refuseHidden(_ state: DocumentState) async throws {
    note(state.document, of: state.batch)
    guard try await !discretion.maySee(state) else { return }
    try await discretion.open(state, for: action)
  }

  private func note(_ document: Manifest.Document, of batch: BatchID) {
    action.note {
      $0.document = document.id
      $0.batch = batch
      $0.patient = document.patient
    }
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

  /// Of an id: a key that was hit by mistake means no document.
  private static let charactersMin = 4
  private static let documentsAtOnce = 100

  // MARK: What is decided

  /// Decided documents too; nil: the operator may see none that begins so.
  private func visible(startingWith text: String, _ typed: String) async throws -> DocumentState? {
    var found: DocumentState?
    var last: DocumentID?
    while true {
      let states = try await site.journal.documents(startingWith: text, after: last, limit: Self.documentsAtOnce)
      for state in try await discretion.visible(states) {
        if found != nil { throw Self.several(typed) }
        found = state
      }
      guard let end = states.last else { return found }
      last = end.document.id
    }
  }

  private func refuseRegrouped(startingWith text: String, _ typed: String) async throws {
    var found: RegroupedDocument?
    for ended in try await RegroupedDocument.all(startingWith: text, at: site) {
      guard let state = try await ended.state(at: site), try await discretion.maySee(state) else { continue }
      if found != nil { throw Self.several(typed) }
      found = ended
    }
    guard let found else { return }
    note(found.document, of: found.batch)
    let heirs = try await found.visibleHeirs(by: discretion, at: site).map(\.description).joined(separator: ", ")
    throw DeskRefusal(
      "\(found.document.id) was regrouped by \(EscapedText(found.operator)), \(found.regroupedAt.forPeople): its pages "
        + (heirs.isEmpty ? "stand elsewhere now." : "went to \(heirs)."))
  }

  private static func several(_ typed: String) -> DeskRefusal {
    DeskRefusal("'\(EscapedText(typed))' fits several documents; give more of the id.")
  }

  /// Who made the document what it is, and when, as one more sentence; empty where the operator may not see the document.
  private func decision(on state: DocumentState) async throws -> String {
    guard try await discretion.maySee(state) else { return "" }
    let id = state.document.id
    let newest = try site.archive.document(id)
    var note = newest.correction
    while let last = note {
      guard let record = try await site.journal.record(of: last.correction),
        case .correction(let correction) = try ChainContent(record),
        let change = correction.documents.first(where: { $0.after.id == id })
      else { return "" }
      if change.before.id != id || change.before.status != change.after.status {
        let name = last.operator == Correction.system ? "the rules" : EscapedText(last.operator).description
        return " Decided by \(name), \(last.correctedAt.forPeople)."
      }
      note = try site.archive.document(id, before: change.version)?.correction
    }
    return " Decided by the rules, \(newest.finishedAt.forPeople)."
  }
}
