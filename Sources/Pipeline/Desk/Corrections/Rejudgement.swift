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
  ///   - planned: documents as the same plan will leave them: of two scans of one paper it files one.
  /// - Returns: the document as the rules have it now, with what says whose each page is; empty unless it is filed.
  /// - Throws: ``DeskRefusal`` where what was seen is not known any more; `JournalError`, `ArchiveError`.
  func judge(
    _ state: DocumentState, type: String? = nil, without bad: BadLabels? = nil, beside planned: [Manifest.Document] = []
  ) async throws -> (document: Manifest.Document, patientBy: [Int: PatientBy]) {
    let record = try site.archive.document(state.document.id)
    var pages = record.pages.map(\.entry).sorted { $0.page < $1.page }.map(BatchPage.init)
    var sheets: [Int: Int] = [:]
    for page in record.pages.map(\.entry) { sheets[page.page] = page.sheet }
    let plan = try await site.journal.plan(of: state.batch)
    let seen = try await seen(of: state, record.pages.map(\.entry), plan)
    var drafts = [seen.draft] + [seen.witness].compactMap(\.self)
    for index in drafts.indices { drafts[index].leaveOut(types: type != nil, bad) }
    var station = site.configuration.station(named: state.station)
    if let duplex = seen.sidecar?.duplex { station.duplex = duplex }
    if let type {
      station.typeDefault = type
      for index in pages.indices { pages[index].labels.removeAll { $0.meaning == .type } }
    }
    if let bad { for index in pages.indices { pages[index].labels.removeAll(where: bad.contains) } }
    let labels = pages.flatMap(\.labels) + drafts.flatMap { $0.cover.labels + $0.header.labels }
    let candidates = try await site.journal.candidates(
      numbers: Array(Set(labels.compactMap(\.patientNumber))).sorted(),
      visits: Array(Set(labels.compactMap(\.encounterNumber))).sorted())
    let decisions = drafts.map { draft in
      Indexing.decide(
        draft: draft, pages: pages, sheets: sheets, station: station, sidecar: seen.sidecar,
        rules: site.configuration.rules, candidates: candidates)
    }
    // A witness names nobody, and may speak against whom the pages name (I6).
    var decision = decisions[0]
    if decision.status == .filed, let doubted = decisions.first(where: { $0.status != .filed }) { decision = doubted }
    var notes = state.document.notes
    for note in seen.draft.notes + decision.notes where !notes.contains(note) { notes.append(note) }
    var after = Manifest.Document(
      id: state.document.id, decision: decision, pages: state.document.pages, blanks: state.document.blanks,
      object: state.document.object, notes: notes)
    after.serviceDate = state.document.serviceDate
    // What stands in a chart was looked at when it came there.
    if state.document.status == .exception,
      let held = try await RescanSearch(site.journal, site.configuration).held(
        after, record.fingerprint, beside: planned)
    {
      return (held, [:])
    }
    return (after, decision.patientBy)
  }

  /// What Assembling made of it, or a person who put it together anew.
  private func seen(
    of state: DocumentState, _ pages: [Manifest.Page], _ plan: BatchPlan?
  ) async throws -> DraftRecovery.Recovered {
    if let plan {
      if let draft = plan.drafts[state.document.id.description] { return .init(draft: draft, sidecar: plan.sidecar) }
      let draft = DocumentDraft(putTogether: state.document, of: pages)
      return .init(draft: draft, witness: draft.witness(among: Array(plan.drafts.values)), sidecar: plan.sidecar)
    }
    if let recovered = try await DraftRecovery(site: site).recover(state, pages) { return recovered }
    throw DeskRefusal(
      "Today's rules divide the batch of \(state.document.id) otherwise than the one that came: assign it by hand.")
  }
}

extension DocumentDraft {
  /// - Parameters:
  ///   - types: a person said what it is.
  ///   - bad: labels that lie.
  fileprivate mutating func leaveOut(types: Bool, _ bad: BadLabels?) {
    func isOut(_ label: Label) -> Bool { types && label.meaning == .type || bad?.contains(label) == true }
    cover.labels.removeAll(where: isOut)
    header.labels.removeAll(where: isOut)
    if types { findings.removeAll { $0.reason.isAboutType } }
  }
}
