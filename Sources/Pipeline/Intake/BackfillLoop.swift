import Claiming
import Formats
import Journaling
import Model
import System

/// Takes a tree that is only read: each file (or folder) is copied into claimed storage and carried on like any batch.
///
/// What is filed already is skipped by its content, so that a backfill can be stopped and started again.
struct BackfillLoop {
  let intake: Intake
  let station: EscapedText

  private var site: Site { intake.site }

  func run(_ roots: [FilePath], in group: inout BatchTasks) async throws {
    let rules = ClaimingRules(site.configuration.claiming)
    let limits = StructureLimits(
      bytesMax: site.configuration.decoding.fileBytesMax, framesMax: site.configuration.decoding.framesMax)
    for root in roots {
      let walk = BackfillWalk(
        root: root, station: site.configuration.station(named: station), rules: rules, limits: limits,
        trouble: { [intake] in await intake.note($0) })
      do {
        let unmarked = try await walk.run { unit in
          guard !intake.mustFinish, await intake.mayTake() else { return false }
          do { try await take(unit, in: &group) } catch { await intake.note(error) }
          return true
        }
        if unmarked > 0 { await intake.note(PipelineError.unmarked(unmarked)) }
      } catch { await intake.note(error) }
    }
  }

  private func take(_ unit: BackfillUnit, in group: inout BatchTasks) async throws {
    let sources = try unit.sources.map { try look(at: $0, in: unit) }
    let sidecar = try unit.sidecar.map { try look(at: $0, in: unit) }
    if try await isFiled(sources, sidecar) {
      intake.progress.update { $0.skipped += sources.count }
      return
    }
    let folder = try intake.claimer.prepare(BatchID(randomUUID())!)
    var items = sources.map { ClaimItem(.source, name: EscapedText(bytes: $0.name), $0.identity) }
    if let sidecar { items.append(ClaimItem(.sidecar, name: EscapedText(bytes: sidecar.name), sidecar.identity)) }
    let claim = Claim(
      batch: folder.batch, origin: .backfill, station: station, folder: EscapedText(bytes: unit.root.bytes),
      receivedAt: site.clock.now(), items: items, findings: unit.finding.map { [$0] } ?? [])
    // Another backfill may have it in hand.
    guard try await intake.insert(claim, folder) else { return }
    var slots = sources.enumerated().map { (ClaimSlot.source($0.offset), $0.element) }
    if let sidecar { slots.append((.sidecar, sidecar)) }
    try await copy(slots, of: unit, claim, folder, in: &group)
  }

  /// A file of the tree as it was looked at. Opened for each step and closed again, so that a folder of 100,000 files needs
  /// no more descriptors than one.
  private struct Seen {
    var name: [UInt8]
    var identity: FileIdentity
    var sha256: ContentDigest
  }

  private func look(at name: [UInt8], in unit: BackfillUnit) throws -> Seen {
    let file = try Descriptor.openRegular(path(name, in: unit))
    return Seen(name: name, identity: try file.identity(), sha256: try sha256(of: FileSource(file)))
  }

  private func copy(
    _ slots: [(ClaimSlot, Seen)], of unit: BackfillUnit, _ claim: Claim, _ folder: ClaimFolder,
    in group: inout BatchTasks
  ) async throws {
    for (slot, seen) in slots {
      let file = try Descriptor.openRegular(path(seen.name, in: unit))
      guard try file.identity().isUnchanged(since: seen.identity),
        try Files.copyAndCompare(file, to: folder.folder, slot.name, group: folder.group)
      else {
        // Somebody writes into the tree at this moment; the next backfill takes what it then is.
        try await site.journal.withdraw(claim.batch, generation: claim.generation)
        return try Files.removeTree(folder.path)
      }
    }
    try folder.group.syncFolder(folder.folder)
    var claim = claim
    try await site.journal.advance(claim.batch, to: .claimed, generation: claim.generation)
    claim.state = .claimed
    await intake.start(claim, folder, in: &group)
  }

  /// Whether every source was taken before, with the same sidecar, and still stands.
  private func isFiled(_ sources: [Seen], _ sidecar: Seen?) async throws -> Bool {
    let sources = sources.map { SourceKey(sha256: $0.sha256, sidecar: sidecar?.sha256) }
    let earlier = try await site.journal.earlierUses(of: sources)
    return sources.allSatisfy { source in earlier[source]?.isDuplicate(of: source) ?? false }
  }

  private func path(_ name: [UInt8], in unit: BackfillUnit) -> FilePath {
    name.split(separator: UInt8(ascii: "/")).reduce(unit.root) { $0.appending(Array($1)) }
  }
}

extension ClaimItem {
  init(_ role: Role, name: EscapedText, _ identity: FileIdentity) {
    self.init(
      role: role, name: name, device: identity.device, inode: identity.inode, size: Int64(identity.size),
      modifiedNanoseconds: identity.modified)
  }
}

extension ClaimingRules {
  init(_ configuration: Configuration.Claiming) {
    self.init(
      settleSeconds: configuration.settleSeconds, folderQuietSeconds: configuration.folderQuietSeconds,
      incompleteMinutes: configuration.incompleteMinutes, ignore: configuration.ignore.map { NamePattern($0) })
  }
}
