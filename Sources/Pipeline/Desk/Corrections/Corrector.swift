import Archiving
import Formats
import Journaling
import Manifesting
import Model
import System

/// Carries corrections out.
///
///     looked at ─► leases ─► begun (journal) ─► archived (versions) ─► recorded (journal) ─► attested (file)
///
/// **I4** The leases on all of its documents are held from before it is begun until it is recorded. **I5** What was begun is
/// finished, by whoever comes next if its process died; nothing is decided anew. **I1** The archive comes before the record.
public struct Corrector: Sendable {
  private let site: Site
  public init(site: Site) { self.site = site }

  /// - Parameter others: documents that it relies on as they are.
  /// - Throws: ``CorrectionConflict`` where somebody else was first: nothing was changed.
  @discardableResult
  func correct(
    _ pending: PendingCorrection, beside others: [Manifest.Document], in action: DeskAction
  ) async throws -> BatchID {
    let leases = try await patientLeases(on: pending.documents)
    defer { withExtendedLifetime(leases) {} }
    try await site.journal.begin(pending, beside: others)
    // From here on it will happen, and its record with it.
    action.markRecorded()
    try await carryOut(pending)
    try await Attestation(site: site).writeMissing()
    return pending.correction.correction
  }

  /// Finishes what processes that died have begun. What cannot be finished stays begun and is named by `verify`.
  public func finishPending() async {
    guard let begun = try? await site.journal.pending(), !begun.isEmpty else { return }
    for pending in begun {
      do {
        guard let leases = try leases(on: pending.documents) else { continue }
        defer { withExtendedLifetime(leases) {} }
        // Only now: whoever held them may have finished it.
        let open = try await site.journal.pending().map(\.correction.correction)
        if open.contains(pending.correction.correction) { try await carryOut(pending) }
      } catch {
        let what = "Correction \(pending.correction.correction) was begun and cannot be finished: \(error)"
        try? await site.journal.note(TroubleNote(at: site.clock.now(), what: what))
      }
    }
    try? await Attestation(site: site).writeMissing()
  }

  private func carryOut(_ pending: PendingCorrection) async throws {
    var pending = pending
    let correction = pending.correction
    let note = DocumentRecord.CorrectionNote(
      correction: correction.correction, operator: correction.operator, reason: correction.reason,
      correctedAt: correction.correctedAt)
    for work in pending.work {
      guard let after = correction.documents.first(where: { $0.after.id == work.document })?.after else { continue }
      let version = try await patiently { try archive(work, after, note) }
      for index in correction.documents.indices where correction.documents[index].after.id == work.document {
        pending.correction.documents[index].version = version
      }
    }
    let done = pending
    _ = try await site.journal.record(done) { sequence, previous, audit in
      let record = try finish(done.correction, sequence: sequence, previous: previous, audit: audit)
      return (record.bytes, record.sha256)
    }
  }

  private func archive(
    _ work: PendingCorrection.Work, _ after: Manifest.Document, _ note: DocumentRecord.CorrectionNote
  ) throws -> String {
    if work.picks.isEmpty {
      return try site.archive.addVersion(
        to: after.id, document: after, correction: note, patientBy: work.patientBy, unnamed: work.unnamed ?? [])
    }
    let picks = work.picks.map { PagePick(document: $0.document, page: $0.page, entry: $0.entry) }
    return try site.archive.regroup(picks, into: after, correction: note, patientBy: work.patientBy)
  }

  // MARK: Leases

  /// Always in the same order, so that two processes never wait for each other.
  /// - Returns: nil: another holds one of them. Documents that have no object yet need none.
  private func leases(on ids: [DocumentID]) throws -> [FileLock]? {
    var leases: [FileLock] = []
    for id in ids.sorted() where try site.archive.contains(id) {
      guard let lease = try site.archive.lease(on: id) else { return nil }
      leases.append(lease)
    }
    return leases
  }

  /// Held for milliseconds by whoever corrects a document.
  private func patientLeases(on ids: [DocumentID]) async throws -> [FileLock] {
    for _ in 0..<Self.leaseTriesMax {
      if let leases = try leases(on: ids) { return leases }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw CorrectionConflict.inHand(ids[0])
  }

  /// 10 s.
  private static let leaseTriesMax = 200
}
