import Archiving
import Formats
import Journaling
import Model
import System

/// A correction while it is put together: which documents change, which are made of others' pages.
struct CorrectionDraft {
  private let site: Site
  private let action: DeskAction
  private let reason: String
  /// Of the document that it is about.
  private let batch: BatchID
  private var changes: [Correction.Change] = []
  private var work: [PendingCorrection.Work] = []
  private var others: [Manifest.Document] = []
  private var isByRules = false

  /// - Parameter reason: the operator's words.
  init(_ action: DeskAction, batch: BatchID, reason: String) {
    site = action.site
    self.action = action
    self.batch = batch
    self.reason = reason
  }

  /// A document says something else and keeps its pages. What waits is nobody's: of its pages nothing says whose they are.
  /// - Parameter byRules: today's rules say so, not a person.
  mutating func change(
    _ state: DocumentState, to after: Manifest.Document, patientBy: [Int: PatientBy] = [:], byRules: Bool = false
  ) {
    if byRules { isByRules = true }
    changes.append(
      .init(
        before: state.document, after: after, version: "v0", batch: state.batch == batch ? nil : state.batch))
    work.append(
      after.status == .exception
        ? .init(document: after.id, unnamed: after.pages + after.blanks)
        : .init(document: after.id, patientBy: patientBy))
  }

  /// A document's pages go to others.
  mutating func end(_ state: DocumentState, note: String) {
    var after = state.document
    after.status = .regrouped
    if !after.notes.contains(note) { after.notes.append(note) }
    change(state, to: after)
  }

  /// A new document out of others' pages, in this correction's batch.
  /// - Parameter document: its id and object are those of its pages.
  mutating func make(
    _ document: Manifest.Document, from state: DocumentState, picks: [PendingCorrection.Pick],
    sources: [ContentDigest], patientBy: [Int: PatientBy] = [:]
  ) {
    // The same pages as before, of which only what is said of them changes: a page alone that is replaced, and its rescan.
    if let own = changes.firstIndex(where: { $0.before.id == document.id }) {
      changes[own].after = document
      work.removeAll { $0.document == document.id }
      work.append(.init(document: document.id, patientBy: patientBy))
      return
    }
    let arrived = picks.sorted { $0.entry.page < $1.entry.page }.map(\.entry)
    changes.append(
      .init(
        before: state.document, after: document, version: "v0", pages: arrived,
        sources: Array(Set(sources)).sorted()))
    work.append(.init(document: document.id, picks: picks, patientBy: patientBy))
  }

  /// One change as an earlier correction had it, the other way round.
  /// - Parameter pages: as they were, with what said whose each is; nil: as they are.
  mutating func restore(
    _ document: Manifest.Document, from before: Manifest.Document, batch owner: BatchID, sources: [ContentDigest],
    pages: [Manifest.Page]? = nil
  ) {
    changes.append(
      .init(
        before: before, after: document, version: "v0", batch: owner == batch ? nil : owner, sources: sources))
    let named = (pages ?? []).compactMap { page in page.patientBy.map { (page.page, $0) } }
    let unnamed = pages?.filter { $0.patientBy == nil }.map(\.page)
    work.append(
      .init(
        document: document.id, patientBy: Dictionary(named) { first, _ in first },
        unnamed: unnamed?.isEmpty == false ? unnamed : nil))
  }

  /// It holds only while these are as they are (``PageOwners``).
  mutating func rely(on others: [Manifest.Document]) { self.others += others }

  /// Begins it and carries it out.
  /// - Returns: the correction's id.
  func carryOut(detail: String? = nil) async throws -> BatchID {
    let now = site.clock.now()
    let id = BatchID(try randomUUID())!
    let reason = reason
    action.note {
      $0.correction = id
      $0.reason = reason
      if let detail { $0.detail = detail }
    }
    if isByRules { try await site.keepConfiguration(at: now) }
    let correction = Correction(
      correction: id, correctedAt: now, batch: batch, operator: action.who.name, reason: reason,
      configuration: isByRules ? site.configurationDigest : nil, documents: changes)
    let pending = PendingCorrection(correction: correction, work: work, event: action.event(at: now))
    return try await Corrector(site: site).correct(pending, beside: others, in: action)
  }
}
