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
  public var station: EscapedText
  public var pages = 0
  public var filed = 0
  /// Documents that wait for a person.
  public var exceptions = 0
  public var waitingForIndex = 0
  public var duplicatePages = 0
  /// A file of it was changed after its claim: a batch of its own waits in claimed storage.
  public var goesOn = false
  public init(batch: BatchID, station: EscapedText) {
    self.batch = batch
    self.station = station
  }
}

/// Carries one claimed batch through the order of committing (DESIGN §4), from wherever it stands to its end.
///
/// The holder of the batch's kernel lock calls it (I4). Every step may be repeated: what is durable is found and kept (I5).
/// ``CommitPath`` says what each step writes, in which order, and why each sync stands where it does.
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
    for _ in 0..<Self.takesMax where claim.state < .archived {
      if claim.state == .claimed { try await plan(&claim, folder) }
      if claim.state == .planned { try await archive(&claim, folder) }
    }
    guard claim.state >= .archived else { throw PipelineError.grownAfterClaim(claim.batch) }
    let plan = try await committedPlan(of: claim.batch)
    if claim.state == .archived { try await record(plan, &claim) }
    if claim.state == .recorded { try await attest(&claim) }
    let goesOn = try await claim.state == .attested ? retire(plan, &claim, folder) : false
    try await decideAgain(plan)
    return try await outcome(of: plan, goesOn: goesOn)
  }

  /// How often a file that is changed while it is archived is taken anew before it is left for later.
  private static let takesMax = 3

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

  private var grown: GrownFiles { GrownFiles(site: site, claimer: claimer) }

  var retirement: Retirement { Retirement(claimer: claimer, originals: site.paths.originals) }

  // MARK: Steps

  /// Each look that was in vain is another batch's commit, of the same bytes or of a document like one of ours: when many batches of few
  /// patients are decided at once, many are.
  private static let looksMax = 200

  /// I5: the plan is durable before it is carried out. Another process may take the same bytes between our look and our
  /// commit; then we look again and find them taken.
  private func plan(_ claim: inout Claim, _ folder: ClaimFolder) async throws {
    var examination = try await examine(claim, folder, maySkip: true)
    for _ in 0..<Self.looksMax {
      let decision = try await decider.decide(claim, examination)
      if !decision.isWhollyDuplicate, examination.sources.contains(where: \.isSkipped) {
        // It repeats others no longer: what they took was given up or rejected meanwhile.
        examination = try await examine(claim, folder, maySkip: false)
        continue
      }
      if try await site.journal.commit(
        decision.plan, claiming: decision.claiming, compared: decision.compared, generation: claim.generation)
      {
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
      let before = sources.reduce(0) { $0 + $1.readings.count }
      let examined = try await examiner.examine(folder.open(.source(index)), name: item.name, after: before) {
        guard maySkip else { return false }
        return try await decider.isDuplicate(SourceKey(sha256: $0, sidecar: sidecar?.sha256))
      }
      sources.append(examined)
    }
    // Beside new files a repeated one divides like any: its pages stand in no document, and its separators still separate.
    if sources.contains(where: { !$0.isSkipped }) {
      for (index, source) in sources.enumerated() where source.isSkipped {
        let before = sources[..<index].reduce(0) { $0 + $1.readings.count }
        sources[index] = try await examiner.examine(
          folder.open(.source(index)), name: source.name, after: before
        ) { _ in false }
      }
    }
    return Examination(sources: sources, sidecar: sidecar)
  }

  private func committedPlan(of batch: BatchID) async throws -> BatchPlan {
    guard let plan = try await site.journal.plan(of: batch) else { throw PipelineError.planMissing(batch) }
    return plan
  }

  /// I1: durable in the archive before any chart may show it.
  ///
  /// A file that only became longer is archived as the plan saw it; retiring finds what came after. One that was changed
  /// otherwise is examined anew, as long as nothing of the plan is in the archive (I5).
  private func archive(_ claim: inout Claim, _ folder: ClaimFolder) async throws {
    let plan = try await committedPlan(of: claim.batch)
    try await site.keepConfiguration(at: plan.manifest.finishedAt)
    do {
      let sidecar = try claim.sidecar.map { _ in try readSidecar(in: folder) }
      _ = try site.archive.store(plan: plan, sidecar: sidecar) { index in try source(index, of: plan, folder) }
    } catch {
      guard try isChanged(plan, folder) else { throw error }
      guard try !site.archive.holdsAny(of: plan),
        try await site.journal.dropPlan(of: claim.batch, generation: claim.generation)
      else { throw PipelineError.changedWhileArchived(claim.batch) }
      claim.state = .claimed
      return
    }
    try await advance(&claim, to: .archived)
  }

  private func readSidecar(in folder: ClaimFolder) throws -> [UInt8] {
    try Files.read(folder.path.appending(ClaimSlot.sidecar.name), limit: GivenSidecar.readMax)
  }

  /// A source as far as the plan saw it.
  private func source(_ index: Int, of plan: BatchPlan, _ folder: ClaimFolder) throws -> any ByteSource {
    SourcePrefix(try FileSource(folder.open(.source(index))), count: plan.manifest.sources[index].bytes)
  }

  /// Whether a file no longer begins with the bytes that the plan was made from. Reads them all.
  private func isChanged(_ plan: BatchPlan, _ folder: ClaimFolder) throws -> Bool {
    for (index, entry) in plan.manifest.sources.enumerated()
    where try sha256(of: source(index, of: plan, folder)) != entry.sha256 { return true }
    guard let sidecar = plan.manifest.sidecar else { return false }
    return try sha256(readSidecar(in: folder)) != sidecar.sha256
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
  /// - Returns: whether a file goes on as a batch of its own.
  private func retire(_ plan: BatchPlan, _ claim: inout Claim, _ folder: ClaimFolder) async throws -> Bool {
    if claim.origin == .backfill {
      try Files.removeTree(folder.path)
      try await advance(&claim, to: .finished)
      return false
    }
    var expected = plan.manifest.expectedFiles
    var handedOver = try await grown.handedOver(claim)
    expected.removeAll { handedOver.contains($0.slot) }
    while true {
      switch try retirement.retire(folder, receivedAt: claim.receivedAt, expected: expected) {
      case .retired:
        try await advance(&claim, to: .finished)
        return !handedOver.isEmpty
      case .inUse: throw PipelineError.grownAfterClaim(claim.batch)
      case .missing(let slots):
        throw PipelineError.claimedFileMissing(claim.batch, slots.map { "\($0)" }.joined(separator: ", "))
      case .changed(let files):
        for file in files {
          try await grown.handOver(file.slot, of: folder, claim)
          handedOver.insert(file.slot)
        }
        expected.removeAll { wanted in files.contains { $0.slot == wanted.slot } }
      }
    }
  }

  private func advance(_ claim: inout Claim, to state: BatchState) async throws {
    try await site.journal.advance(claim.batch, to: state, generation: claim.generation)
    claim.state = state
  }

  /// An import that came between plan and record did not see these documents: what waits is decided again by it.
  private func decideAgain(_ plan: BatchPlan) async throws {
    guard !plan.waitingUntil.isEmpty,
      try await site.journal.revision().revision != plan.manifest.decidedBy.patients
    else { return }
    _ = try await Redecision(site: site).run(plan.manifest)
  }

  /// What the batch came to, as its documents are now.
  private func outcome(of plan: BatchPlan, goesOn: Bool) async throws -> BatchOutcome {
    let now = site.clock.now()
    var outcome = BatchOutcome(batch: plan.manifest.batch, station: plan.manifest.station)
    outcome.goesOn = goesOn
    outcome.pages = plan.manifest.counts.pages
    outcome.duplicatePages = plan.manifest.counts.duplicate
    for document in plan.manifest.documents {
      guard let state = try await site.journal.document(document.id) else { continue }
      if state.document.status == .filed {
        outcome.filed += 1
      } else if state.isWaiting(at: now) {
        outcome.waitingForIndex += 1
      } else {
        outcome.exceptions += 1
      }
    }
    return outcome
  }
}

extension Manifest {
  /// What must lie in the claim's folder, and later among the originals.
  var expectedFiles: [ExpectedFile] {
    let files = sources.enumerated().map {
      ExpectedFile(slot: .source($0.offset), bytes: $0.element.bytes, sha256: $0.element.sha256)
    }
    guard let sidecar else { return files }
    return files + [ExpectedFile(slot: .sidecar, bytes: sidecar.bytes, sha256: sidecar.sha256)]
  }
}
