import Journaling
import Model
import Pipeline
import System

/// `init` and `rebuild` make what every other verb opens: they judge and record their operator by themselves.
extension SiteFiles {
  func event(_ verb: DeskVerb, _ outcome: AuditEvent.Outcome = .done, detail: String? = nil) -> AuditEvent {
    let who = who
    return AuditEvent(
      at: SystemClock().now(), operator: who.name, login: who.login, verb: verb.rawValue, outcome: outcome,
      subject: AuditSubject(detail: detail))
  }

  /// - Parameter journal: nil: there may be none yet.
  /// - Throws: `DeskRefusal`.
  func refuseOthers(_ verb: DeskVerb, recordingIn journal: (any Journal & DeskJournal)?) async throws {
    guard let refusal = who.refusal(of: verb) else { return }
    // A journal without identity is nobody's yet, and its trail begins with whoever makes it.
    if let journal, try await journal.identity() != nil {
      try await journal.append(event(verb, .refused, detail: refusal))
    }
    throw DeskRefusal(refusal)
  }
}
