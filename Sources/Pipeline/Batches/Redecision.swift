import Archiving
import Formats
import Indexing
import Journaling
import Manifesting
import Model
import System

/// Decides the documents in waiting-for-index again by the newest patient data (RULES *Whose it is*).
///
/// What changes by it gets a new OCFL version and a `chartroom.correction/1` with operator `system`; nothing archived is
/// rewritten. No pixel is read again: the plan keeps each document's pages, labels and draft. An import does so for all;
/// every intake does so again, because an import may have been killed half-way.
///
/// **I4** Only the holder of the current lease may correct a document: the kernel's lock on its object. Several may be at
/// it at once; each finds what the other did.
public struct Redecision: Sendable {
  /// Documents that no longer wait for the index.
  public struct Outcome: Hashable, Sendable {
    public var filed = 0
    /// A person must say now: newer data gave other reasons.
    public var exceptions = 0
    public init() {}
  }

  let site: Site
  public init(site: Site) { self.site = site }

  /// Every document that waits.
  /// - Parameter discretion: what is counted; nil: all.
  /// - Throws: the first error, after all others were tried.
  public func run(seenBy discretion: Discretion? = nil) async throws -> Outcome {
    try await run(site.journal.waitingForIndex(at: site.clock.now()).map(\.document.id), seenBy: discretion)
  }

  /// The documents of one batch.
  func run(_ manifest: Manifest) async throws -> Outcome {
    try await run(manifest.documents.map(\.id), seenBy: nil)
  }

  /// A document that waits, and what other patient data would make of it.
  public struct Foresight: Hashable, Sendable {
    public var before: Manifest.Document
    public var after: Manifest.Document
  }

  /// What must be known of the patient index to say what would become of all that waits.
  public func question() async throws -> PatientQuestion {
    var (numbers, visits): (Set<String>, Set<String>) = ([], [])
    for state in try await site.journal.waitingForIndex(at: site.clock.now()) {
      for label in try await site.journal.plan(of: state.batch)?.manifest.pages.flatMap(\.labels) ?? [] {
        if let number = label.patientNumber { numbers.insert(number) }
        if let visit = label.encounterNumber { visits.insert(visit) }
      }
    }
    return PatientQuestion(numbers: numbers.sorted(), visits: visits.sorted())
  }

  /// The waiting documents that would be decided otherwise by this patient data, as far as the operator may see them, and whomever the
  /// labels of their batches would name; nothing is changed.
  public func foresee(_ candidates: PatientCandidates, seenBy discretion: Discretion) async throws -> [Foresight] {
    var found: [Foresight] = []
    for state in try await site.journal.waitingForIndex(at: site.clock.now()) {
      guard let plan = try await site.journal.plan(of: state.batch),
        let draft = plan.drafts[state.document.id.description]
      else { continue }
      let persons = candidates.persons(on: plan.manifest.pages.flatMap(\.labels))
      guard try await discretion.visible(persons) == persons else { continue }
      let seen = Seen(plan, candidates, try await site.journal.revision())
      let after = try await decide(state.document, draft, by: seen).document
      if after != state.document, try await discretion.maySee(state, as: after) {
        found.append(Foresight(before: state.document, after: after))
      }
    }
    return found
  }

  private func run(_ ids: [DocumentID], seenBy discretion: Discretion?) async throws -> Outcome {
    var outcome = Outcome()
    var failure: (any Error)?
    var seen: Seen?
    for id in ids {
      do {
        let status = try await decideAgain(id, &seen)
        guard status == .filed || status == .exception else { continue }
        if let discretion, let state = try await site.journal.document(id), try await !discretion.maySee(state) {
          continue
        }
        if status == .filed { outcome.filed += 1 } else { outcome.exceptions += 1 }
      } catch JournalError.leaseLost {
        // Somebody else moved it meanwhile: what they decided holds.
        continue
      } catch {
        if isDiskLevel(error) { throw error }
        failure = failure ?? error
      }
    }
    try await Attestation(site: site).writeMissing()
    if let failure { throw failure }
    return outcome
  }

  /// - Returns: what the document is now, if it no longer waits.
  private func decideAgain(_ id: DocumentID, _ seen: inout Seen?) async throws -> DocumentDecision.Status? {
    guard let lease = try await lease(on: id) else { return nil }
    defer { withExtendedLifetime(lease) {} }
    // Only now: another may have decided it while we waited for the lease.
    guard let before = try await site.journal.document(id), before.isWaiting(at: site.clock.now()),
      try await !site.journal.isPending(id),
      let now = try await look(before.batch, seen), let draft = now.plan.drafts[id.description]
    else { return nil }
    seen = now
    let (after, patientBy) = try await decide(before.document, draft, by: now)
    guard after != before.document else { return nil }
    try await record(before, as: after, patientBy, revision: now.revision)
    return try await site.journal.document(id).flatMap { $0.isWaiting(at: site.clock.now()) ? nil : $0.document.status }
  }

  /// Held for milliseconds by whoever corrects the document.
  private func lease(on id: DocumentID) async throws -> FileLock? {
    for _ in 0..<Self.leaseTriesMax {
      if let lease = try site.archive.lease(on: id) { return lease }
      try await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }

  /// 10 s; what is held longer is decided by the next intake.
  private static let leaseTriesMax = 200

  /// What the documents of one batch are decided by; kept from document to document, for a batch may have hundreds.
  private struct Seen {
    var plan: BatchPlan
    var pages: [BatchPage]
    var sheets: [Int: Int]
    var candidates: PatientCandidates
    /// That ``candidates`` are of.
    var revision: PatientRevision

    init(_ plan: BatchPlan, _ candidates: PatientCandidates, _ revision: PatientRevision) {
      self.plan = plan
      pages = plan.manifest.pages.map(BatchPage.init)
      sheets = [:]
      for page in plan.manifest.pages { sheets[page.page] = page.sheet }
      self.candidates = candidates
      self.revision = revision
    }
  }

  /// - Returns: nil: the journal has no plan of the batch, because it was rebuilt.
  private func look(_ batch: BatchID, _ before: Seen?) async throws -> Seen? {
    if let before, before.plan.manifest.batch == batch, try await site.journal.revision() == before.revision {
      return before
    }
    guard let plan = try await site.journal.plan(of: batch) else { return nil }
    let (candidates, revision) = try await candidates(for: plan.manifest.pages.flatMap(\.labels))
    return Seen(plan, candidates, revision)
  }

  /// - Returns: the document as it would be, with what says whose each page is; empty unless it is filed.
  private func decide(
    _ document: Manifest.Document, _ draft: DocumentDraft, by seen: Seen
  ) async throws -> (document: Manifest.Document, patientBy: [Int: PatientBy]) {
    let decision = Indexing.decide(
      draft: draft, pages: seen.pages, sheets: seen.sheets, station: seen.plan.rules, sidecar: seen.plan.sidecar,
      rules: site.configuration.rules, candidates: seen.candidates)
    // In the plan's order, so that equal is equal.
    var notes = draft.notes
    for note in decision.notes where !notes.contains(note) { notes.append(note) }
    let after = Manifest.Document(
      id: document.id, decision: decision, pages: document.pages, blanks: document.blanks, object: document.object,
      notes: notes)
    let fingerprint = try await site.journal.fingerprint(of: document.id)
    if let held = try await RescanSearch(site.journal, site.configuration).held(after, fingerprint) {
      return (held, [:])
    }
    return (after, decision.patientBy)
  }

  /// Candidates and the revision that they are of: the correction names it.
  private func candidates(for labels: [Label]) async throws -> (PatientCandidates, PatientRevision) {
    let numbers = Array(Set(labels.compactMap(\.patientNumber))).sorted()
    let visits = Array(Set(labels.compactMap(\.encounterNumber))).sorted()
    while true {
      let revision = try await site.journal.revision()
      let candidates = try await site.journal.candidates(numbers: numbers, visits: visits)
      // Else an import came between the two questions.
      if candidates.revision == revision.revision { return (candidates, revision) }
    }
  }

  /// Same document, same revision: same correction, so that a repeat after a crash finds its own version and adopts it (I5).
  private func record(
    _ before: DocumentState, as after: Manifest.Document, _ patientBy: [Int: PatientBy], revision: PatientRevision
  ) async throws {
    let note = DocumentRecord.CorrectionNote(
      correction: BatchID(uuidV5("correction:\(after.id):patients:\(revision.revision)\n").uuid)!,
      operator: Correction.system,
      reason: "patient index revision \(revision.revision)", correctedAt: revision.importedAt ?? site.clock.now())
    try await site.keepConfiguration(at: note.correctedAt)
    let version = try site.archive.addVersion(to: after.id, document: after, correction: note, patientBy: patientBy)
    let correction = Correction(
      correction: note.correction, correctedAt: note.correctedAt, batch: before.batch, operator: note.operator,
      reason: note.reason, configuration: site.configurationDigest,
      documents: [.init(before: before.document, after: after, version: version)])
    _ = try await site.journal.record(correction) { sequence, previous, audit in
      let record = try finish(correction, sequence: sequence, previous: previous, audit: audit)
      return (record.bytes, record.sha256)
    }
  }
}

extension PatientCandidates {
  /// Everybody whom these answers know by a number or a visit on the labels.
  fileprivate func persons(on labels: [Label]) -> Set<PatientKey> {
    let named = labels.compactMap(\.patientNumber).flatMap { byNumber[$0] ?? [] }
    let visited = labels.compactMap(\.encounterNumber).flatMap { byVisit[$0] ?? [] }
    return Set((named + visited).flatMap { [$0.asked] + [$0.survivor].compactMap(\.self) })
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
