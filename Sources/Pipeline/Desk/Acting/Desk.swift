import Journaling
import Model
import Synchronization

/// The one way to work on a site: who it is, whether they may, and a record of it, whatever comes of it.
///
/// The command line opens a site nowhere else, so that no verb can forget any of it; the console will come this way too.
public struct Desk: Sendable {
  private let site: Site
  public let who: DeskOperator
  public init(site: Site, who: DeskOperator) {
    self.site = site
    self.who = who
  }

  /// Does one verb.
  /// - Parameters:
  ///   - glass: the reason of `--break-glass`.
  ///   - subject: what it was asked about, as typed: a verb that is refused looks at nothing, and whom it was to show is on record.
  ///   - onUnrecorded: told why a verb that shows nobody's data could not be recorded; every other one then fails.
  ///   - body: does it. What it shows it shows after ``DeskAction/seen()``.
  /// - Throws: ``DeskRefusal``, and whatever `body` throws: recorded as refused or failed.
  public func act<Value>(
    _ verb: DeskVerb, glass: String? = nil, about subject: AuditSubject = AuditSubject(),
    onUnrecorded: (String) -> Void = { _ in },
    _ body: (DeskAction) async throws -> Value
  ) async throws -> Value {
    let action = DeskAction(site: site, who: who, verb: verb, glass: glass)
    if let refusal = who.refusal(of: verb) {
      action.note { $0 = subject }
      try await action.record(.refused, detail: refusal)
      throw DeskRefusal(refusal)
    }
    if !verb.onlyLooks { await Corrector(site: site).finishPending() }
    if verb.isLong { try await attempt(verb, onUnrecorded) { try await action.record(.begun) } }
    let value: Value
    do { value = try await body(action) } catch {
      let outcome: AuditEvent.Outcome = error is DeskRefusal || error is CorrectionConflict ? .refused : .failed
      // What went wrong matters more than that it could not be recorded.
      try? await action.record(outcome, detail: "\(error)")
      throw error
    }
    if !action.isRecorded { try await attempt(verb, onUnrecorded) { try await action.record(.done) } }
    if action.brokeGlass { try await report(action) }
    return value
  }

  /// Whoever looks at `status` hears of it; who it was and whom it was about the audit trail says.
  private func report(_ action: DeskAction) async throws {
    let what = "The glass was broken with '\(action.verb.rawValue)': see `chartroom audit list --broke-glass`."
    try await site.journal.note(TroubleNote(at: site.clock.now(), what: what))
  }

  private func attempt(
    _ verb: DeskVerb, _ onUnrecorded: (String) -> Void, _ body: () async throws -> Void
  ) async throws {
    do { try await body() } catch {
      guard verb.isHarmless else { throw error }
      onUnrecorded("This could not be recorded in the audit trail: \(error)")
    }
  }
}

/// One verb being done: the site, who does it, and what the audit trail will say of it.
public final class DeskAction: Sendable {
  public let site: Site
  public let who: DeskOperator
  public let verb: DeskVerb
  /// Why the glass is broken; nil: it is not.
  public let glass: String?
  private let state = Mutex(State())

  private struct State {
    var subject = AuditSubject()
    var isRecorded = false
    /// What the broken glass opened.
    var opened: String?
  }

  init(site: Site, who: DeskOperator, verb: DeskVerb, glass: String?) {
    self.site = site
    self.who = who
    self.verb = verb
    self.glass = glass
  }

  var brokeGlass: Bool { state.withLock { $0.subject.brokeGlass } }
  var isRecorded: Bool { state.withLock { $0.isRecorded } }

  /// Breaks the glass for one thing; the same again changes nothing.
  /// - Returns: false: it was broken for another.
  func breakGlass(on thing: String) -> Bool {
    state.withLock { state in
      guard state.opened == nil || state.opened == thing else { return false }
      state.opened = thing
      state.subject.brokeGlass = true
      return true
    }
  }

  /// Says what it is about. As the reason the verb's own words are enough: those of `--break-glass` come before them.
  public func note(_ change: (inout AuditSubject) -> Void) { state.withLock { change(&$0.subject) } }

  /// Records that it was done: before a person sees anything.
  public func seen() async throws { try await record(.done) }

  /// The record of what is done in the same transaction as the change itself.
  func event(at now: Timestamp) -> AuditEvent { event(.done, detail: nil, at: now) }

  /// The change was recorded with its event.
  func markRecorded() { state.withLock { $0.isRecorded = true } }

  func record(_ outcome: AuditEvent.Outcome, detail: String? = nil) async throws {
    try await site.journal.append(event(outcome, detail: detail, at: site.clock.now()))
    if outcome != .begun { markRecorded() }
  }

  private func event(_ outcome: AuditEvent.Outcome, detail: String?, at now: Timestamp) -> AuditEvent {
    var subject = state.withLock { $0.subject }
    if let detail { subject.detail = detail }
    let words = [glass, subject.reason].compactMap(\.self)
    subject.reason = words.isEmpty ? nil : words.joined(separator: "; ")
    return AuditEvent(
      at: now, operator: who.name, login: who.login, verb: verb.rawValue, outcome: outcome, subject: subject)
  }
}
