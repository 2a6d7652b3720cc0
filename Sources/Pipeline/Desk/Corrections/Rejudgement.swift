import Archiving
import Indexing
import Journaling
import Model

/// Decides one document again by today's rules and patient data, from what was seen when it was taken: no pixel is read
/// again.
struct Rejudgement {
  let site: Site

  /// - Parameters:
  ///   - type: what a person says that it is; its type labels then count no more.
  ///   - bad: text of a label that is known to lie: it counts as if it were not there.
  /// - Returns: the document as the rules have it now.
  /// - Throws: ``DeskRefusal`` where what was seen is not known any more; `JournalError`, `ArchiveError`.
  func decide(_ state: DocumentState, type: String? = nil, without bad: String? = nil) async throws -> Manifest.Document
  {
    let record = try site.archive.document(state.document.id)
    var pages = record.pages.map(\.entry).sorted { $0.page < $1.page }.map(BatchPage.init)
    var sheets: [Int: Int] = [:]
    for page in record.pages.map(\.entry) { sheets[page.page] = page.sheet }
    let plan = try await site.journal.plan(of: state.batch)
    var draft = try draft(of: state, plan)
    var station = site.configuration.station(named: state.station)
    if let duplex = plan?.sidecar?.duplex { station.duplex = duplex }
    if let type {
      station.typeDefault = type
      for index in pages.indices { pages[index].labels.removeAll { $0.meaning == .type } }
      draft.cover.labels.removeAll { $0.meaning == .type }
      draft.header.labels.removeAll { $0.meaning == .type }
      draft.findings.removeAll { $0.reason.isAboutType }
    }
    if let bad {
      for index in pages.indices { pages[index].labels.removeAll { $0.isPrinted(bad) } }
      draft.cover.labels.removeAll { $0.isPrinted(bad) }
      draft.header.labels.removeAll { $0.isPrinted(bad) }
    }
    let labels = pages.flatMap(\.labels) + draft.cover.labels + draft.header.labels
    let candidates = try await site.journal.candidates(
      numbers: Array(Set(labels.compactMap(\.patientNumber))).sorted(),
      visits: Array(Set(labels.compactMap(\.encounterNumber))).sorted())
    let decision = Indexing.decide(
      draft: draft, pages: pages, sheets: sheets, station: station, sidecar: plan?.sidecar,
      rules: site.configuration.rules, candidates: candidates)
    var notes = state.document.notes
    for note in draft.notes + decision.notes where !notes.contains(note) { notes.append(note) }
    var after = Manifest.Document(
      id: state.document.id, decision: decision, pages: state.document.pages, blanks: state.document.blanks,
      object: state.document.object, notes: notes)
    after.serviceDate = state.document.serviceDate
    return after
  }

  /// What Assembling made of it. A document that a person put together anew has the pages that it has, and no doubts about
  /// its limits any more.
  private func draft(of state: DocumentState, _ plan: BatchPlan?) throws -> DocumentDraft {
    guard let plan else {
      throw DeskRefusal(
        "What was seen on the pages of \(state.document.id) went with a journal that was rebuilt: assign it by hand.")
    }
    if let draft = plan.drafts[state.document.id.description] { return draft }
    return DocumentDraft(pages: state.document.pages, blanks: state.document.blanks)
  }
}

extension Label {
  /// Whether it says just this, as printed.
  func isPrinted(_ text: String) -> Bool { self.text?.description == text }
}
