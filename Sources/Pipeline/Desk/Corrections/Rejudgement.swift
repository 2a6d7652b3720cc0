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
  ///   - bad: labels that are known to lie: they count as if they were not there.
  /// - Returns: the document as the rules have it now, with what says whose each page is; empty unless it is filed.
  /// - Throws: ``DeskRefusal`` where what was seen is not known any more; `JournalError`, `ArchiveError`.
  func judge(
    _ state: DocumentState, type: String? = nil, without bad: BadLabels? = nil
  ) async throws -> (document: Manifest.Document, patientBy: [Int: PatientBy]) {
    let record = try site.archive.document(state.document.id)
    var pages = record.pages.map(\.entry).sorted { $0.page < $1.page }.map(BatchPage.init)
    var sheets: [Int: Int] = [:]
    for page in record.pages.map(\.entry) { sheets[page.page] = page.sheet }
    let plan = try await site.journal.plan(of: state.batch)
    let seen = try await seen(of: state, plan)
    var draft = seen.draft
    var station = site.configuration.station(named: state.station)
    if let duplex = seen.sidecar?.duplex { station.duplex = duplex }
    if let type {
      station.typeDefault = type
      for index in pages.indices { pages[index].labels.removeAll { $0.meaning == .type } }
      draft.cover.labels.removeAll { $0.meaning == .type }
      draft.header.labels.removeAll { $0.meaning == .type }
      draft.findings.removeAll { $0.reason.isAboutType }
    }
    if let bad {
      for index in pages.indices { pages[index].labels.removeAll(where: bad.contains) }
      draft.cover.labels.removeAll(where: bad.contains)
      draft.header.labels.removeAll(where: bad.contains)
    }
    let labels = pages.flatMap(\.labels) + draft.cover.labels + draft.header.labels
    let candidates = try await site.journal.candidates(
      numbers: Array(Set(labels.compactMap(\.patientNumber))).sorted(),
      visits: Array(Set(labels.compactMap(\.encounterNumber))).sorted())
    let decision = Indexing.decide(
      draft: draft, pages: pages, sheets: sheets, station: station, sidecar: seen.sidecar,
      rules: site.configuration.rules, candidates: candidates)
    var notes = state.document.notes
    for note in draft.notes + decision.notes where !notes.contains(note) { notes.append(note) }
    var after = Manifest.Document(
      id: state.document.id, decision: decision, pages: state.document.pages, blanks: state.document.blanks,
      object: state.document.object, notes: notes)
    after.serviceDate = state.document.serviceDate
    // What stands in a chart was looked at when it came there.
    if state.document.status == .exception,
      let held = try await RescanSearch(site.journal, site.configuration).held(after, record.fingerprint)
    {
      return (held, [:])
    }
    return (after, decision.patientBy)
  }

  /// What Assembling made of it. A document that a person put together anew has the pages that it has, and no doubts about
  /// its limits any more.
  private func seen(of state: DocumentState, _ plan: BatchPlan?) async throws -> DraftRecovery.Recovered {
    if let plan {
      let draft =
        plan.drafts[state.document.id.description]
        ?? DocumentDraft(pages: state.document.pages, blanks: state.document.blanks)
      return .init(draft: draft, sidecar: plan.sidecar)
    }
    if let recovered = try await DraftRecovery(site: site).recover(state) { return recovered }
    throw DeskRefusal(
      "Today's rules divide the batch of \(state.document.id) otherwise than the one that came: assign it by hand.")
  }
}
