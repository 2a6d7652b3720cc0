import Claiming
import Formats
import Journaling
import Model
import Synchronization
import System

/// Finds what a writer adds to a file after its batch was retired. No page may be lost, and for a file of another user nobody can ask
/// whether a writer still holds it (``writers(of:)``): one that pauses longer than `settleSeconds` on a whole page is taken without its
/// next one, which then comes into the file among the originals.
///
/// Such a file goes the way of one that grew before it was retired: as it now is, whole, it becomes a batch of its own that names
/// the first (``GrownFiles``, DESIGN §4.6). It is found
/// - within a day of the manifest by ``look(mustStop:report:tell:)``, which asks for size and time alone: a page that came late is in the
///   archive the same day;
/// - at any time before the original is deleted, by ``takeChanged(of:in:tell:)``, which reads every byte (``OriginalsKeeper``);
/// - by `verify` (``OriginalsCheck``), which only tells.
///
/// May be repeated, and by several processes: whoever holds the lock on the batch's folder does it. The row of the new batch comes
/// before the rename, so a crash between the two leaves the file where it was, to be found again.
final class LatePages: Sendable {
  /// A batch with a file that goes on as another batch.
  struct Late: Hashable, Sendable {
    var batch: BatchID
    var next: BatchID
  }

  /// How long after its manifest a batch is looked at again and again.
  static let lookedAtDays = 1.0
  /// In one question to the journal (I9).
  private static let batchesAtOnce = 500
  /// What looks changed must stand still so long, at most: everything else waits meanwhile.
  private static let settleSecondsMax = 10.0

  private let site: Site
  private let retirement: Retirement
  private let grown: GrownFiles
  /// Files that do not look as they were claimed and hold what their manifest says: read once, and not again as long as they stay so.
  private let sound = Mutex<[FilePath: FileIdentity]>([:])

  init(site: Site, claimer: Claimer) {
    self.site = site
    retirement = Retirement(claimer: claimer, originals: site.paths.originals)
    grown = GrownFiles(site: site, claimer: claimer)
  }

  private var claimer: Claimer { retirement.claimer }
  private var oldest: Timestamp { site.clock.now().adding(seconds: -Self.lookedAtDays * 86_400) }

  // MARK: The look

  /// Files of one retired batch that do not look as they were claimed.
  private struct Suspect {
    var claim: Claim
    var folder: FilePath
    var files: [FilePath: FileIdentity]
    /// In claimed storage, beside a copy among the originals.
    var isLeft: Bool
  }

  /// One look at the batches that were retired lately: one stat(2) a file. What was added must stand still like a file that is
  /// dropped; then it is read.
  /// - Parameters:
  ///   - mustStop: asked before each batch.
  ///   - report: gets for a batch what went wrong with it; nil: nothing did, or does any more.
  ///   - tell: gets the batches that go on.
  func look(
    mustStop: () -> Bool, report: (BatchID, (any Error)?) async -> Void, tell: (Late) async -> Void
  ) async throws {
    var known: [FilePath: FileIdentity] = [:]
    let suspects = try await suspects(&known, mustStop: mustStop)
    if suspects.contains(where: { !$0.files.isEmpty }) {
      try? await Task.sleep(for: .seconds(min(site.configuration.claiming.settleSeconds, Self.settleSecondsMax)))
    }
    for suspect in suspects {
      if mustStop() { break }
      do {
        try await settle(suspect, &known, tell)
        await report(suspect.claim.batch, nil)
      } catch { await report(suspect.claim.batch, error) }
    }
    sound.withLock { [known] in $0 = known }
  }

  private func suspects(
    _ known: inout [FilePath: FileIdentity], mustStop: () -> Bool
  ) async throws -> [Suspect] {
    var suspects: [Suspect] = []
    let since = oldest
    for claim in try await leftClaims() {
      let folder = claimer.claimed.appending(claim.batch.description)
      let files = try changed(claim, in: folder, &known)
      if !files.isEmpty || claim.receivedAt < since {
        suspects.append(Suspect(claim: claim, folder: folder, files: files, isLeft: true))
      }
    }
    var last: BatchID?
    repeat {
      let claims = try await site.journal.originalsKept(since: since, after: last, limit: Self.batchesAtOnce)
      for claim in claims {
        let folder = retirement.path(of: claim.batch, receivedAt: claim.receivedAt)
        let files = try changed(claim, in: folder, &known)
        if !files.isEmpty { suspects.append(Suspect(claim: claim, folder: folder, files: files, isLeft: false)) }
      }
      last = claims.last?.batch
    } while last != nil && !mustStop()
    return suspects
  }

  /// Batches that are retired as copies and whose own files are still in claimed storage (``Retirement/retire(_:receivedAt:expected:isQuiet:)``);
  /// also those that a rebuilt journal holds for finished.
  private func leftClaims() async throws -> [Claim] {
    var claims: [Claim] = []
    for batch in try claimer.list().batches {
      if let claim = try await site.journal.claim(batch), claim.state == .finished { claims.append(claim) }
    }
    return claims
  }

  /// Files that are there and have not the size and time that they were claimed with.
  private func changed(
    _ claim: Claim, in folder: FilePath, _ known: inout [FilePath: FileIdentity]
  ) throws -> [FilePath: FileIdentity] {
    var changed: [FilePath: FileIdentity] = [:]
    for (slot, item) in claim.files {
      let path = folder.appending(slot.name)
      guard let now = try Files.stat(path), !item.looksLike(now) else { continue }
      if let before = sound.withLock({ $0[path] }), now.isUnchanged(since: before) {
        known[path] = before
      } else {
        changed[path] = now
      }
    }
    return changed
  }

  private func settle(
    _ suspect: Suspect, _ known: inout [FilePath: FileIdentity], _ tell: (Late) async -> Void
  ) async throws {
    for (path, before) in suspect.files {
      guard let now = try Files.stat(path), now.isUnchanged(since: before) else { return }
    }
    let claim = suspect.claim
    let hold =
      try suspect.isLeft
      ? claimer.hold(claim.batch) : retirement.hold(claim.batch, receivedAt: claim.receivedAt)
    guard case .held(let folder) = hold, try await site.journal.claim(claim.batch)?.state == .finished else { return }
    let files = try await takeChanged(of: claim, in: folder, tell: tell)
    for (slot, identity) in files.seen where !files.inUse.contains(slot) {
      known[suspect.folder.appending(slot.name)] = identity
    }
    if suspect.isLeft, files.inUse.isEmpty, claim.receivedAt < oldest { try await finish(claim, folder) }
  }

  /// Nobody has written to it for a day: what is left in claimed storage retires too.
  private func finish(_ claim: Claim, _ folder: ClaimFolder) async throws {
    let expected = try await expected(of: claim.batch).filter { try folder.identity(of: $0.slot) != nil }
    if case .missing(let slots) = try retirement.retire(
      folder, receivedAt: claim.receivedAt, expected: expected, isQuiet: true)
    {
      throw PipelineError.claimedFileMissing(claim.batch, slots.map { "\($0)" }.joined(separator: ", "))
    }
  }

  // MARK: What changed

  /// Holds every file of a retired batch against its manifest; each that is something else becomes a batch of its own.
  /// - Parameters:
  ///   - folder: held: among the originals, or in claimed storage.
  ///   - tell: gets the batches that go on.
  /// - Returns: what is left in the folder; a file that changed and could not go on yet is among those in use.
  func takeChanged(
    of claim: Claim, in folder: ClaimFolder, tell: (Late) async -> Void
  ) async throws -> RetiredFiles {
    var files = try await retirement.files(in: folder.folder, expected: expected(of: claim.batch))
    for change in files.changed where !files.inUse.contains(change.slot) {
      let next = grown.batch(after: claim.batch, change.slot)
      if let taken = try await site.journal.claim(next), taken.state > .claiming {
        try await settleCopied(change, of: claim, in: folder, by: taken, &files)
      } else {
        try await grown.handOver(change.slot, of: folder, claim)
        files.seen[change.slot] = nil
        await tell(Late(batch: claim.batch, next: next))
      }
    }
    return files
  }

  /// It was copied to claimed storage on another filesystem, and a crash came before it was removed here: it goes once the batch that
  /// has taken it up is finished with these bytes.
  private func settleCopied(
    _ change: ChangedFile, of claim: Claim, in folder: ClaimFolder, by taken: Claim, _ files: inout RetiredFiles
  ) async throws {
    guard taken.state == .finished else { return files.inUse.append(change.slot) }
    let source = try await site.journal.manifest(of: taken.batch)?.sources.first
    guard source?.sha256 == change.sha256, source?.bytes == change.bytes else {
      throw PipelineError.originalsUnclear(claim.batch, next: taken.batch)
    }
    try folder.folder.remove(change.slot.name)
    try folder.group.syncFolder(folder.folder)
    files.seen[change.slot] = nil
  }

  private func expected(of batch: BatchID) async throws -> [ExpectedFile] {
    guard let manifest = try await site.journal.manifest(of: batch) else {
      throw PipelineError.originalsKept(batch, because: "the journal has no manifest of it")
    }
    return manifest.expectedFiles
  }
}

extension Claim {
  /// Sources and sidecar with their fixed names.
  fileprivate var files: [(slot: ClaimSlot, item: ClaimItem)] {
    sources.enumerated().map { (.source($0.offset), $0.element) } + (sidecar.map { [(.sidecar, $0)] } ?? [])
  }
}

extension ClaimItem {
  /// Whether a file has the size and time that it was claimed with, as far as the row still knows them.
  fileprivate func looksLike(_ now: FileIdentity) -> Bool {
    // A rebuilt journal has no times.
    let isSameTime = (inode == 0 && modifiedNanoseconds == 0) || now.modified == modifiedNanoseconds
    return now.size == Int(size) && isSameTime
  }
}
