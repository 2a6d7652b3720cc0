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
    let files = try unit.sources.map { try Descriptor.openRegular(path($0, in: unit)) }
    let sidecar = try unit.sidecar.map { try Descriptor.openRegular(path($0, in: unit)) }
    if try await isFiled(files, sidecar) {
      intake.progress.update { $0.skipped += files.count }
      return
    }
    let folder = try intake.claimer.prepare(BatchID(randomUUID())!)
    var items: [ClaimItem] = []
    for (name, file) in zip(unit.sources, files) { items.append(try ClaimItem(.source, name, file)) }
    if let name = unit.sidecar, let sidecar { items.append(try ClaimItem(.sidecar, name, sidecar)) }
    let claim = Claim(
      batch: folder.batch, origin: .backfill, station: station, folder: EscapedText(bytes: unit.root.bytes),
      receivedAt: site.clock.now(), items: items, findings: unit.finding.map { [$0] } ?? [])
    // Another backfill may have it in hand.
    guard try await intake.insert(claim, folder) else { return }
    try await copy(files, sidecar, of: claim, folder, in: &group)
  }

  private func copy(
    _ files: [Descriptor], _ sidecar: Descriptor?, of claim: Claim, _ folder: ClaimFolder, in group: inout BatchTasks
  ) async throws {
    var slots = files.enumerated().map { (ClaimSlot.source($0.offset), $0.element) }
    if let sidecar { slots.append((.sidecar, sidecar)) }
    for (slot, file) in slots {
      guard try Files.copyAndCompare(file, to: folder.folder, slot.name, group: folder.group) else {
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
  private func isFiled(_ files: [Descriptor], _ sidecar: Descriptor?) async throws -> Bool {
    let sidecarDigest = try sidecar.map { try sha256(of: FileSource($0)) }
    let sources = try files.map { SourceKey(sha256: try sha256(of: FileSource($0)), sidecar: sidecarDigest) }
    let earlier = try await site.journal.earlierUses(of: sources)
    return sources.allSatisfy { source in earlier[source]?.isDuplicate(of: source) ?? false }
  }

  private func path(_ name: [UInt8], in unit: BackfillUnit) -> FilePath {
    name.split(separator: UInt8(ascii: "/")).reduce(unit.root) { $0.appending(Array($1)) }
  }
}

extension ClaimItem {
  init(_ role: Role, _ name: [UInt8], _ file: Descriptor) throws {
    self.init(role, name: EscapedText(bytes: name), try file.identity())
  }

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
