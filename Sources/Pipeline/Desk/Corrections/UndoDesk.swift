import Archiving
import Journaling
import Model

/// Takes a correction back: another correction, in which every document is again what it was.
public struct UndoDesk: Sendable {
  private let action: DeskAction
  private var site: Site { action.site }
  public init(_ action: DeskAction) { self.action = action }

  /// - Parameter typed: a correction's id; or a document's: its newest correction.
  /// - Throws: ``DeskRefusal`` where a document was changed again since: the newer correction is undone first.
  public func undo(_ typed: String, reason: String) async throws -> DeskOutcome {
    let correction = try await find(typed)
    try await open(correction)
    var draft = CorrectionDraft(action, batch: correction.batch, reason: reason)
    var restored: [Manifest.Document] = []
    for after in correction.afters {
      try await refuseChanged(after)
      let owner = try await batch(of: after, in: correction)
      if let before = correction.befores.first(where: { $0.id == after.id }) {
        draft.restore(
          before, from: after, batch: owner, sources: try sources(of: before),
          pages: try pages(of: after, before: correction))
        if before.status != .regrouped { restored.append(before) }
      } else {
        // What the correction had made of others' pages.
        var ended = after
        ended.status = .regrouped
        if !ended.notes.contains("undone") { ended.notes.append("undone") }
        draft.restore(ended, from: after, batch: owner, sources: try sources(of: after))
      }
    }
    action.note {
      $0.document = restored.first?.id
      $0.batch = correction.batch
      $0.patient = restored.first?.patient
    }
    for document in restored where document.status.isCurrent && !document.reasons.contains(.duplicateConflict) {
      draft.rely(
        on: try await PageOwners(site: site).refuseOthers(of: document.id, except: Set(correction.afters.map(\.id))))
    }
    return DeskOutcome(
      correction: try await draft.carryOut(detail: "undoes correction \(correction.correction)"), documents: restored,
      warnings: [])
  }

  private func find(_ typed: String) async throws -> Correction {
    if let id = BatchID.typed(typed), let record = try await site.journal.record(of: id), record.kind == .correction {
      return try Self.correction(of: record)
    }
    let finder = DocumentFinder(action)
    let state = try await finder.find(typed)
    guard let record = try await site.journal.chain(after: state.sequence - 1, limit: 1).first,
      record.kind == .correction
    else {
      try await finder.refuseHidden(state)
      throw DeskRefusal("\(state.document.id) was never corrected: there is nothing to undo.")
    }
    return try Self.correction(of: record)
  }

  /// Back into a chart that the operator may not see, or out of one, is no way around the level: asked before anything is told. Pages
  /// that were parted or joined are one thing.
  private func open(_ correction: Correction) async throws {
    let wholes = correction.befores.filter { $0.status != .regrouped }
    let isRegrouping = correction.afters.contains { after in !wholes.contains { $0.id == after.id } }
    action.note {
      $0.document = wholes.first?.id
      $0.batch = correction.batch
    }
    for after in correction.afters {
      let state = try await site.journal.anyDocument(after.id)
      let before = correction.befores.first { $0.id == after.id }
      let owner = try await batch(of: after, in: correction)
      var station = state?.station
      if station == nil { station = try await site.journal.claim(owner)?.station }
      let subject = isRegrouping ? wholes.first?.id : after.id
      try await Discretion(action).open(
        [after] + [state?.document, before].compactMap(\.self), from: station ?? EscapedText(""),
        as: subject ?? after.id, for: action)
    }
  }

  private static func correction(of record: Journaling.ChainRecord) throws -> Correction {
    guard case .correction(let correction) = try ChainContent(record) else {
      throw DeskError.unreadableRecord(sequence: record.sequence, detail: "it is no correction")
    }
    return correction
  }

  /// What came after and was itself undone is no change: the document is again what the correction made of it.
  private func refuseChanged(_ after: Manifest.Document) async throws {
    let state = try await site.journal.anyDocument(after.id)
    let isSame = after.status == .regrouped ? state == nil : state?.document == after
    if !isSame {
      throw DeskRefusal("\(after.id) was changed again since. Undo what came after first. Nothing was changed.")
    }
  }

  private func batch(of document: Manifest.Document, in correction: Correction) async throws -> BatchID {
    if let state = try await site.journal.anyDocument(document.id) { return state.batch }
    return correction.documents.first { $0.after.id == document.id }.map(correction.batch) ?? correction.batch
  }

  /// A document's pages as its object had them before the correction: what a person said of them holds no longer.
  private func pages(of document: Manifest.Document, before correction: Correction) throws -> [Manifest.Page]? {
    guard let version = correction.documents.first(where: { $0.after.id == document.id })?.version else { return nil }
    return try site.archive.document(document.id, before: version)?.pages.map(\.entry)
  }

  private func sources(of document: Manifest.Document) throws -> [ContentDigest] {
    let record = try site.archive.document(document.id)
    let used = Set(record.pages.map(\.entry.source))
    return Set(record.sources.filter { used.contains($0.index) }.map(\.source.sha256)).sorted()
  }
}
