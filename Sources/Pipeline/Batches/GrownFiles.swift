import Claiming
import Formats
import Journaling
import Model
import System

/// Writers that go on after the claim: their files go on as batches of their own.
struct GrownFiles: Sendable {
  let site: Site
  let claimer: Claimer

  /// The batch that a file of this one goes on as. Derived, so that a repeat after a crash finds it (I5).
  func batch(after batch: BatchID, _ slot: ClaimSlot) -> BatchID {
    BatchID(uuidV5("grown:\(batch):\(String(decoding: slot.name, as: UTF8.self))\n").uuid)!
  }

  func handedOver(_ claim: Claim) async throws -> Set<ClaimSlot> {
    var slots: Set<ClaimSlot> = []
    let all = claim.sources.indices.map { ClaimSlot.source($0) } + [.sidecar]
    for slot in all {
      let next = batch(after: claim.batch, slot)
      guard try await site.journal.claim(next) != nil else { continue }
      if case .held(let new) = try claimer.hold(next), try new.identity(of: .source(0)) == nil { continue }
      slots.insert(slot)
    }
    return slots
  }

  /// The whole file as it now is becomes a new batch that names the first; the next look at unfinished batches takes it up.
  ///
  /// A sidecar speaks for the grown file too: a copy of it goes along, after the row and before the file, by which
  /// ``Intake/settle(_:_:)`` knows that all is there.
  /// - Parameter folder: of the first batch, held: in claimed storage, or among the originals.
  func handOver(_ slot: ClaimSlot, of folder: ClaimFolder, _ claim: Claim) async throws {
    let batch = batch(after: claim.batch, slot)
    let new = try claimer.prepare(batch)
    guard let item = item(slot, of: claim) else { throw PipelineError.claimedFileMissing(claim.batch, "\(slot)") }
    var next = Claim(
      batch: batch, origin: .drop, station: claim.station, folder: claim.folder, receivedAt: site.clock.now(),
      items: [ClaimItem(.source, name: item.name, try folder.open(slot).identity())], grownFrom: claim.batch)
    let sidecar = slot == .sidecar ? nil : claim.sidecar
    // A sidecar of several files counts pages over all of them.
    let isCarried = try claim.sources.count == 1 && folder.identity(of: .sidecar) != nil
    if let sidecar {
      if isCarried { next.items.append(sidecar) } else { next.findings.append(sidecarOfOthers(sidecar, of: claim)) }
    }
    if try await !site.journal.insert(next), try await site.journal.claim(batch) == nil {
      // Another claim takes a file of that name at this moment.
      throw PipelineError.grownAfterClaim(claim.batch)
    }
    if sidecar != nil, isCarried { try copySidecar(of: folder, to: new) }
    guard try claimer.handOver(slot, of: folder, to: new, as: .source(0)) else {
      throw PipelineError.claimedFileMissing(claim.batch, "\(slot)")
    }
    try await site.journal.advance(batch, to: .claimed, generation: next.generation)
  }

  private func item(_ slot: ClaimSlot, of claim: Claim) -> ClaimItem? {
    if slot == .sidecar { return claim.sidecar }
    return claim.sources.enumerated().first { ClaimSlot.source($0.offset) == slot }?.element
  }

  private func sidecarOfOthers(_ sidecar: ClaimItem, of claim: Claim) -> Finding {
    Finding(
      .badSidecar,
      "The file was changed after batch \(claim.batch) had taken it, and that batch's sidecar \(sidecar.name) does not speak "
        + "for it alone. Look at both and decide by hand.")
  }

  private func copySidecar(of folder: ClaimFolder, to new: ClaimFolder) throws {
    let name = ClaimSlot.sidecar.name
    guard try Files.copyAndCompare(folder.open(.sidecar), to: new.folder, name, group: new.group) else {
      throw PipelineError.grownAfterClaim(new.batch)
    }
  }
}
