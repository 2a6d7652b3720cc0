import Archiving
import Claiming
import Formats
import Journaling
import Manifesting
import Model
import System

/// What one batch came to, for the progress line and the exit code.
public struct BatchOutcome: Hashable, Sendable {
  public var batch: BatchID
  public var pages = 0
  public var filed = 0
  /// Documents that wait for a person.
  public var exceptions = 0
  public var waitingForIndex = 0
  public var duplicatePages = 0
  public init(batch: BatchID) { self.batch = batch }
}

/// Carries one claimed batch through the order of committing (DESIGN §4), from wherever it stands to its end.
///
/// The holder of the batch's kernel lock calls it (I4). Every step may be repeated: what is durable is found and kept (I5).
struct BatchRunner: Sendable {
  let site: Site
  let examiner: Examiner
  let decider: Decider
  let claimer: Claimer

  /// The whole flow of a batch:
  ///
  ///     claimed ─► examine + decide ─► planned ─► store ─► archived ─► record ─► recorded ─► attest ─► attested ─► retire ─► finished
  func run(_ claim: Claim, in folder: ClaimFolder) async throws -> BatchOutcome {
    var claim = claim
    if claim.state == .claimed { try await plan(&claim, folder) }
    guard let plan = try await site.journal.plan(of: claim.batch) else { throw PipelineError.planMissing(claim.batch) }
    if claim.state == .planned { try await archive(plan, &claim, folder) }
    if claim.state == .archived { try await record(plan, &claim) }
    if claim.state == .recorded { try await attest(&claim) }
    if claim.state == .attested { try await retire(plan, &claim, folder) }
    return outcome(of: plan)
  }

  func isRetired(_ claim: Claim) throws -> Bool {
    if claim.origin == .backfill { return true }
    return try retirement.isRetired(claim.batch, receivedAt: claim.receivedAt)
  }

  enum OriginalsLock {
    case held(FileLock)
    case busy
    case absent
  }

  /// The lease of a batch whose folder has left claimed storage: a lock stays with the folder when it is moved (I4).
  func lockOriginals(of claim: Claim) throws -> OriginalsLock {
    do {
      let path = retirement.path(of: claim.batch, receivedAt: claim.receivedAt)
      return try FileLock.take(path).map { .held($0) } ?? .busy
    } catch {
      if error.isAbsent { return .absent }
      throw error
    }
  }

  var retirement: Retirement { Retirement(claimer: claimer, originals: site.paths.originals) }

  // MARK: Steps

  /// I5: the plan is durable before it is carried out. Another process may take the same bytes between our look and our
  /// commit; then we look again and find them taken.
  private func plan(_ claim: inout Claim, _ folder: ClaimFolder) async throws {
    var examination = try await examine(claim, folder, maySkip: true)
    for _ in 0..<10 {
      let decision = try await decider.decide(claim, examination)
      if !decision.isWhollyDuplicate, examination.sources.contains(where: \.isSkipped) {
        // It repeats others no longer: what they took was given up or rejected meanwhile.
        examination = try await examine(claim, folder, maySkip: false)
        continue
      }
      if try await site.journal.commit(decision.plan, claiming: decision.claiming, generation: claim.generation) {
        claim.state = .planned
        return
      }
    }
    throw PipelineError.sourcesContended(claim.batch)
  }

  private func examine(_ claim: Claim, _ folder: ClaimFolder, maySkip: Bool) async throws -> Examination {
    let sidecar = try claim.sidecar.map {
      try GivenSidecar(reading: folder.path.appending(ClaimSlot.sidecar.name), name: $0.name)
    }
    var sources: [Examination.Source] = []
    for (index, item) in claim.sources.enumerated() {
      let examined = try await examiner.examine(folder.open(.source(index)), name: item.name) {
        guard maySkip else { return false }
        return try await decider.isDuplicate(SourceKey(sha256: $0, sidecar: sidecar?.sha256))
      }
      sources.append(examined)
    }
    // Beside new files a repeated one divides like any: its pages stand in no document, and its separators still separate.
    if sources.contains(where: { !$0.isSkipped }) {
      for (index, source) in sources.enumerated() where source.isSkipped {
        sources[index] = try await examiner.examine(folder.open(.source(index)), name: source.name) { _ in false }
      }
    }
    return Examination(sources: sources, sidecar: sidecar)
  }

  /// I1: durable in the archive before any chart may show it.
  private func archive(_ plan: BatchPlan, _ claim: inout Claim, _ folder: ClaimFolder) async throws {
    try await keepConfiguration(at: plan.manifest.finishedAt)
    let sidecar = try claim.sidecar.map { _ in
      try Files.read(folder.path.appending(ClaimSlot.sidecar.name), limit: GivenSidecar.readMax)
    }
    _ = try site.archive.store(plan: plan, sidecar: sidecar) { index in try FileSource(folder.open(.source(index))) }
    try await advance(&claim, to: .archived)
  }

  /// Each configuration in force is kept in the archive. The first batches of several processes may want to at once; one
  /// of them does, the others wait for it.
  private func keepConfiguration(at moment: Timestamp) async throws {
    for attempt in 1... {
      if try site.archive.contains(RecordKind.configuration.id(of: site.configurationDigest)) { return }
      do {
        _ = try site.archive.storeRecord(.configuration, bytes: site.configurationBytes, at: moment)
        return
      } catch ArchiveError.busy where attempt < 100 {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  private func record(_ plan: BatchPlan, _ claim: inout Claim) async throws {
    let manifest = plan.manifest
    _ = try await site.journal.record(claim.batch, generation: claim.generation) { sequence, previous, audit in
      let record = try finish(manifest, sequence: sequence, previous: previous, audit: audit)
      return (record.bytes, record.sha256)
    }
    claim.state = .recorded
  }

  /// Any process may write a missing manifest file from the journal; so we write all that are missing, ours among them.
  private func attest(_ claim: inout Claim) async throws {
    try await Attestation(site: site).writeMissing()
    try await advance(&claim, to: .attested)
  }

  /// I2: only now, with the manifest durable, does the source leave claimed storage. What `backfill` copied is not the
  /// original, so the copy just goes.
  private func retire(_ plan: BatchPlan, _ claim: inout Claim, _ folder: ClaimFolder) async throws {
    if claim.origin == .backfill {
      try Files.removeTree(folder.path)
      return try await advance(&claim, to: .finished)
    }
    var expected = plan.manifest.sources.enumerated().map {
      ExpectedFile(slot: .source($0.offset), bytes: $0.element.bytes, sha256: $0.element.sha256)
    }
    if let sidecar = plan.manifest.sidecar {
      expected.append(ExpectedFile(slot: .sidecar, bytes: sidecar.bytes, sha256: sidecar.sha256))
    }
    let handedOver = try await handedOver(claim)
    expected.removeAll { handedOver.contains($0.slot) }
    while true {
      switch try retirement.retire(folder, receivedAt: claim.receivedAt, expected: expected) {
      case .retired: return try await advance(&claim, to: .finished)
      case .inUse: throw PipelineError.grownAfterClaim(claim.batch)
      case .missing(let slots):
        throw PipelineError.claimedFileMissing(claim.batch, slots.map { "\($0)" }.joined(separator: ", "))
      case .changed(let files):
        for file in files { try await handOver(file.slot, of: folder, claim) }
        expected.removeAll { wanted in files.contains { $0.slot == wanted.slot } }
      }
    }
  }

  // MARK: Writers that go on after the claim

  /// The batch that a source of this one goes on as. Derived, so that a repeat after a crash finds it (I5).
  private func grown(_ batch: BatchID, _ slot: ClaimSlot) -> BatchID {
    BatchID(uuidV5("grown:\(batch):\(String(decoding: slot.name, as: UTF8.self))\n").uuid)!
  }

  private func handedOver(_ claim: Claim) async throws -> Set<ClaimSlot> {
    var slots: Set<ClaimSlot> = []
    let all = claim.sources.indices.map { ClaimSlot.source($0) } + [.sidecar]
    for slot in all where try await site.journal.claim(grown(claim.batch, slot)) != nil {
      if case .held(let new) = try claimer.hold(grown(claim.batch, slot)), try new.identity(of: .source(0)) == nil {
        continue
      }
      slots.insert(slot)
    }
    return slots
  }

  /// The whole file as it now is becomes a new batch that names the first; the next look at unfinished batches takes it up.
  private func handOver(_ slot: ClaimSlot, of folder: ClaimFolder, _ claim: Claim) async throws {
    let batch = grown(claim.batch, slot)
    let new = try claimer.prepare(batch)
    let item = claim.items.enumerated().first { entry in
      slot == .sidecar ? entry.element.role == .sidecar : ClaimSlot.source(entry.offset) == slot
    }
    guard let item = item?.element else { throw PipelineError.claimedFileMissing(claim.batch, "\(slot)") }
    let next = Claim(
      batch: batch, origin: .drop, station: claim.station, folder: claim.folder, receivedAt: site.clock.now(),
      items: [ClaimItem(.source, name: item.name, try folder.open(slot).identity())], grownFrom: claim.batch)
    _ = try await site.journal.insert(next)
    guard try claimer.handOver(slot, of: folder, to: new, as: .source(0)) else {
      throw PipelineError.claimedFileMissing(claim.batch, "\(slot)")
    }
    try await site.journal.advance(batch, to: .claimed, generation: next.generation)
  }

  private func advance(_ claim: inout Claim, to state: BatchState) async throws {
    try await site.journal.advance(claim.batch, to: state, generation: claim.generation)
    claim.state = state
  }

  private func outcome(of plan: BatchPlan) -> BatchOutcome {
    var outcome = BatchOutcome(batch: plan.manifest.batch)
    outcome.pages = plan.manifest.counts.pages
    outcome.duplicatePages = plan.manifest.counts.duplicate
    for document in plan.manifest.documents {
      if document.status == .filed {
        outcome.filed += 1
      } else if plan.waitingUntil[document.id.description] != nil {
        outcome.waitingForIndex += 1
      } else {
        outcome.exceptions += 1
      }
    }
    return outcome
  }
}
