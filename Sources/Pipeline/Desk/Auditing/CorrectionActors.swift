import Journaling
import Model

extension DeskJournal {
  /// The persons who made a correction: the operator named and the login that acted, which only the audit trail knows. Of a record that
  /// went with a lost journal the login is not known any more.
  func actors(of correction: Correction) async throws -> [String] {
    guard correction.operator != Correction.system else { return [] }
    // A correction is anchored to the record of its own action.
    let anchor = correction.audit.sequence
    guard let stored = try await audit(after: anchor - 1, limit: 1).first, stored.sequence == anchor,
      let event = try? AuditDesk.decode(stored).event, event.subject.correction == correction.correction,
      event.login != correction.operator
    else { return [correction.operator] }
    return [correction.operator, event.login]
  }
}
