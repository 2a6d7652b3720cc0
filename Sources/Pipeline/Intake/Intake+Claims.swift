import Claiming
import Formats
import Journaling
import Model
import System

/// Claims: from "may be taken" to "is ours", and back after a crash (DESIGN §4.1).
extension Intake {
  /// The claim's row is committed before a file moves; all files of the batch are taken or none.
  /// - Returns: false: another process has a claim on it, and will carry it on, or whoever comes after that one's end.
  func claim(_ ready: ReadyBatch, from drop: FilePath, in group: inout BatchTasks) async throws -> Bool {
    let folder = try claimer.prepare(BatchID(randomUUID())!)
    let claim = Claim(ready, batch: folder.batch, drop: drop, receivedAt: site.clock.now())
    guard try await insert(claim, folder) else { return false }
    if let taken = try await take(ready, claim, folder, from: drop) { await start(taken.0, taken.1, in: &group) }
    return true
  }

  /// - Returns: false: another process is taking it. The folder is gone then, and also where the journal refused.
  func insert(_ claim: Claim, _ folder: ClaimFolder) async throws -> Bool {
    do {
      if try await site.journal.insert(claim) { return true }
    } catch {
      _ = try? claimer.discard(folder)
      throw error
    }
    _ = try claimer.discard(folder)
    return false
  }

  /// - Returns: the batch in state `claimed` with its folder; nil: nothing was taken.
  private func take(
    _ ready: ReadyBatch, _ claim: Claim, _ folder: ClaimFolder, from drop: FilePath
  ) async throws -> (Claim, ClaimFolder)? {
    switch try claimer.take(ready, into: folder, from: drop) {
    case .taken: return (try await advance(claim), folder)
    case .released:
      try await site.journal.withdraw(claim.batch, generation: claim.generation)
      _ = try claimer.discard(folder)
      return nil
    case .kept(let slots, _): return try await narrow(ready, to: slots, claim, folder)
    }
  }

  private func advance(_ claim: Claim) async throws -> Claim {
    var claim = claim
    try await site.journal.advance(claim.batch, to: .claimed, generation: claim.generation)
    claim.state = .claimed
    return claim
  }

  /// Some files could not go back because their names are taken again: they become the batch.
  private func narrow(
    _ ready: ReadyBatch, to slots: [ClaimSlot], _ claim: Claim, _ folder: ClaimFolder
  ) async throws -> (Claim, ClaimFolder)? {
    let kept = ready.slots.filter { slots.contains($0.slot) }
    var rest = claim
    let new = try claimer.prepare(BatchID(randomUUID())!)
    rest.batch = new.batch
    rest.items = kept.map { ClaimItem(.source, name: $0.item.name, $0.item.identity) }
    try await site.journal.withdraw(claim.batch, generation: claim.generation)
    guard try await site.journal.insert(rest) else { return nil }
    for (index, old) in kept.enumerated() {
      _ = try claimer.handOver(old.slot, of: folder, to: new, as: .source(index))
    }
    _ = try claimer.discard(folder)
    return (try await advance(rest), new)
  }

  // MARK: After a crash

  /// Finishes or takes back a claim that a crash left between its row and its files.
  /// - Returns: nil: there is nothing to carry on.
  func settle(_ claim: Claim, _ folder: ClaimFolder) async throws -> (Claim, ClaimFolder)? {
    if let first = claim.grownFrom { return try await settleGrown(claim, folder, of: first) }
    guard claim.origin == .drop, let (ready, drop) = ReadyBatch.of(claim, drops: site.paths.drop) else {
      // A backfill's copies: its tree still has everything.
      try await site.journal.withdraw(claim.batch, generation: claim.generation)
      try Files.removeTree(folder.path)
      return nil
    }
    let places = try claimer.places(of: ready, in: folder, drop: drop)
    let files = places.filter { if case .marker = $0.slot { false } else { true } }
    if files.allSatisfy({ $0.place == .nowhere }) {
      // Told once; its name is free for what comes next. Nothing is gone that another process took between our look and our row.
      if try await !site.journal.isTakenElsewhere(claim.batch) {
        await note(PipelineError.goneBeforeTaken(claim.batch))
      }
      try await site.journal.withdraw(claim.batch, generation: claim.generation)
      _ = try claimer.discard(folder)
      return nil
    }
    return try await take(ready, claim, folder, from: drop)
  }

  /// Folders in claimed storage that no row knows: empty ones are debris; files in them are claimed anew, because no page is
  /// ever lost, whatever became of the journal.
  func adoptUnknownFolders(in group: inout BatchTasks) async throws {
    for batch in try claimer.list().batches where try await site.journal.claim(batch) == nil {
      guard case .held(let folder) = try claimer.hold(batch) else { continue }
      // The row may have come and gone while we looked.
      guard try await site.journal.claim(batch) == nil, try !claimer.discard(folder) else { continue }
      let slots = try folder.contents().slots.filter { if case .source = $0 { true } else { $0 == .sidecar } }
      guard !slots.isEmpty else { continue }
      let items = try slots.map { slot in
        ClaimItem(
          slot == .sidecar ? .sidecar : .source, name: EscapedText(bytes: slot.name), try folder.open(slot).identity())
      }
      let claim = Claim(
        batch: batch, origin: .drop, station: EscapedText("default"),
        folder: EscapedText(bytes: site.paths.claimed.bytes),
        receivedAt: site.clock.now(), items: items)
      guard try await site.journal.insert(claim) else { continue }
      await start(try await advance(claim), folder, in: &group)
    }
  }

  // MARK: Grown files

  private func settleGrown(_ claim: Claim, _ folder: ClaimFolder, of first: BatchID) async throws -> (
    Claim, ClaimFolder
  )? {
    if try folder.identity(of: .source(0)) != nil { return (try await advance(claim), folder) }
    // The first batch hands it over when it retires; nothing has happened yet, but for a copy of its sidecar.
    try await site.journal.withdraw(claim.batch, generation: claim.generation)
    if try folder.identity(of: .sidecar) != nil { try folder.folder.remove(ClaimSlot.sidecar.name) }
    _ = try claimer.discard(folder)
    return nil
  }
}

extension Claim {
  init(_ ready: ReadyBatch, batch: BatchID, drop: FilePath, receivedAt: Timestamp) {
    let items = ready.slots.map { slot, item in
      let role: ClaimItem.Role =
        switch slot {
        case .source: .source
        case .sidecar: .sidecar
        case .marker: .marker
        }
      return ClaimItem(role, name: item.name, item.identity)
    }
    let folder = ready.place.folder.map { drop.appending($0.bytes) } ?? drop
    self.init(
      batch: batch, origin: .drop, station: ready.station, folder: EscapedText(bytes: folder.bytes),
      receivedAt: receivedAt,
      items: items, findings: ready.problem?.finding.map { [$0] } ?? [])
  }
}

extension ReadyBatch {
  /// The batch that a claim's row stands for, with its drop folder; nil where that folder is no longer configured.
  static func of(_ claim: Claim, drops: [FilePath]) -> (ReadyBatch, FilePath)? {
    let folder = FilePath(bytes: claim.folder.bytes)
    let place: StationPlace
    let drop: FilePath
    if drops.contains(folder) {
      (place, drop) = (StationPlace(), folder)
    } else if drops.contains(folder.parent) {
      (place, drop) = (StationPlace(folder: EscapedText(bytes: folder.lastName)), folder.parent)
    } else {
      return nil
    }
    // The kernel may number a filesystem anew at each mount (loop devices, network shares): after a restart the device is
    // that of the folder, and inode, size and time tell whether it is the file.
    let device = (try? Files.stat(folder))??.device
    func items(_ role: ClaimItem.Role) -> [ReadyItem] {
      claim.items.filter { $0.role == role }.map {
        ReadyItem(
          name: $0.name,
          identity: FileIdentity(
            device: device ?? $0.device, inode: $0.inode, size: Int($0.size), modified: $0.modifiedNanoseconds))
      }
    }
    let sources = items(.source)
    let inner = sources.first.flatMap {
      $0.name.bytes.firstIndex(of: UInt8(ascii: "/")).map { [bytes = $0.name.bytes] at in Array(bytes[..<at]) }
    }
    let batch = ReadyBatch(
      place: place, kind: inner != nil ? .folder : sources.count > 1 ? .joined : .file,
      folder: inner.map { EscapedText(bytes: $0) }, items: sources, sidecar: items(.sidecar).first,
      markers: items(.marker),
      problem: nil, arrivedAt: 0)
    return (batch, drop)
  }
}
