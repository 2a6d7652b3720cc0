import Journaling
import Model

/// Forgets what documents are known by (``FingerprintJournal``) once nothing can be compared with them any more: longer than any type's
/// `duplicateDays` before the oldest document that still waits, or now. The archive keeps it, and a rebuild takes it in again.
struct FingerprintKeeper: Sendable {
  let site: Site

  /// Kept for a day at least: batches are decided side by side.
  private static let daysMin = 1.0
  /// In one transaction.
  private static let documentsAtOnce = 1000

  func dropOld(mustStop: () -> Bool) async throws {
    let configuration = site.configuration
    let days =
      configuration.documentTypes.values.compactMap(\.duplicateDays) + [
        configuration.indexing.duplicateDays, Self.daysMin,
      ]
    let oldest = try await site.journal.exceptions(includingWaiting: true, limit: 1).first?.receivedAt
    let moment = min(oldest ?? site.clock.now(), site.clock.now()).adding(seconds: -days.max()! * 86_400)
    while !mustStop() {
      let dropped = try await site.journal.dropFingerprints(receivedBefore: moment, limit: Self.documentsAtOnce)
      if dropped < Self.documentsAtOnce { return }
    }
  }
}
