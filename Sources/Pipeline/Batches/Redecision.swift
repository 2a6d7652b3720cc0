import Archiving
import Formats
import Indexing
import Journaling
import Manifesting
import Model
import System

/// Decides the documents in waiting-for-index again after an import of patients (RULES *Whose it is*).
///
/// What is resolved gets a new OCFL version and a `chartroom.correction/1` with operator `system`; nothing archived is
/// rewritten. No pixel is read again: the plan keeps each document's pages, labels and draft.
public struct Redecision: Sendable {
  let site: Site
  public init(site: Site) { self.site = site }

  /// - Returns: how many documents were filed.
  public func afterImport() async throws -> Int {
    let revision = try await site.journal.revision()
    var resolved = 0
    for waiting in try await site.journal.waitingForIndex(at: site.clock.now()) {
      guard let plan = try await site.journal.plan(of: waiting.batch), let after = try await decide(waiting, plan)
      else { continue }
      try await file(waiting, as: after, revision: revision)
      resolved += 1
    }
    try await Attestation(site: site).writeMissing()
    return resolved
  }

  /// The document's new state, or nil where it still is an exception.
  private func decide(_ waiting: DocumentState, _ plan: BatchPlan) async throws -> Manifest.Document? {
    guard let draft = plan.drafts[waiting.document.id.description] else { return nil }
    let pages = plan.manifest.pages.map(BatchPage.init)
    let labels = pages.flatMap(\.labels)
    let candidates = try await site.journal.candidates(
      numbers: Array(Set(labels.compactMap(\.patientNumber))).sorted(),
      visits: Array(Set(labels.compactMap(\.encounterNumber))).sorted())
    var sheets: [Int: Int] = [:]
    for page in plan.manifest.pages { sheets[page.page] = page.sheet }
    let decision = Indexing.decide(
      draft: draft, pages: pages, sheets: sheets, station: plan.rules, sidecar: plan.sidecar,
      rules: site.configuration.rules, candidates: candidates)
    guard decision.status == .filed else { return nil }
    return Manifest.Document(
      id: waiting.document.id, decision: decision, pages: waiting.document.pages, blanks: waiting.document.blanks,
      object: waiting.document.object, notes: Array(Set(draft.notes + decision.notes)).sorted())
  }

  /// Same document, same revision: same correction, so that a repeat after a crash finds its own version and adopts it (I5).
  private func file(_ waiting: DocumentState, as after: Manifest.Document, revision: PatientRevision) async throws {
    let note = DocumentRecord.CorrectionNote(
      correction: BatchID(uuidV5("correction:\(after.id):patients:\(revision.revision)\n").uuid)!, operator: "system",
      reason: "patient index revision \(revision.revision)", correctedAt: revision.importedAt ?? site.clock.now())
    let version = try site.archive.addVersion(to: after.id, document: after, correction: note)
    let correction = Correction(
      correction: note.correction, correctedAt: note.correctedAt, batch: waiting.batch, operator: note.operator,
      reason: note.reason, documents: [.init(before: waiting.document, after: after, version: version)])
    _ = try await site.journal.record(correction) { sequence, previous, audit in
      let record = try finish(correction, sequence: sequence, previous: previous, audit: audit)
      return (record.bytes, record.sha256)
    }
  }
}

extension BatchPage {
  /// A page as the plan's manifest tells it: all that Indexing looks at.
  init(_ page: Manifest.Page) {
    let reading: PageReading
    if let width = page.width, let height = page.height, let digest = page.sha256 {
      reading = .page(
        PageFacts(
          width: width, height: height, dpi: page.dpi, orientation: 1, sha256: digest, ink: page.ink ?? 0,
          inkOutsideLabels: 0,
          blankness: page.disposition == .blank ? .blank : .inked, labels: [], unreadable: page.unreadable,
          notes: page.notes))
    } else {
      reading = .hole(Hole(reason: .undecodable, detail: "", sha256: page.sha256, copyable: page.sha256 != nil))
    }
    self.init(
      page: page.page, source: page.source, frame: page.frame, reading: reading, labels: page.labels,
      isDuplicate: page.disposition == .duplicate)
  }
}
