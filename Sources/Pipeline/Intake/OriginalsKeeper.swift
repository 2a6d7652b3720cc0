import Archiving
import Claiming
import Journaling
import Model
import System

/// Deletes originals whose time is over.
///
/// **I2** No original is deleted before every coded page of it, whatever its disposition, its sidecar, and the whole source where
/// it could not be divided, are sound in the archive: read back here, byte by byte, right before. What is not stays, and is told. And
/// what is deleted is what the manifest says: a file that was written to after it was retired goes on as a batch of its own first.
struct OriginalsKeeper: Sendable {
  let site: Site
  let retirement: Retirement
  let late: LatePages

  /// May be repeated, and by several processes: whoever holds the lock on a batch's folder deletes it. The journal hears of it last.
  /// - Parameters:
  ///   - mustStop: asked before each batch.
  ///   - report: gets for a batch what keeps its originals; nil: nothing does, or does any more.
  ///   - tell: gets the batches that go on.
  func deleteDue(
    mustStop: () -> Bool, report: (BatchID, (any Error)?) async -> Void, tell: (LatePages.Late) async -> Void
  ) async throws {
    let age = Double(site.configuration.claiming.originalsDays) * 86_400
    for claim in try await site.journal.originalsDue(before: site.clock.now().adding(seconds: -age)) {
      if mustStop() { return }
      do {
        try await delete(claim, tell)
        await report(claim.batch, nil)
      } catch { await report(claim.batch, error) }
    }
  }

  private func delete(_ claim: Claim, _ tell: (LatePages.Late) async -> Void) async throws {
    // Retired as a copy, and its own files are still watched.
    if try Files.exists(site.paths.claimed.appending(claim.batch.description)) { return }
    switch try retirement.hold(claim.batch, receivedAt: claim.receivedAt) {
    case .busy: return
    // A backfill has no originals of ours; neither has a batch whose deletion was cut short.
    case .absent: break
    case .held(let folder): guard try await remove(folder, of: claim, tell) else { return }
    }
    try await site.journal.markOriginalsDeleted(claim.batch)
  }

  /// - Returns: false: somebody writes to a file of it.
  private func remove(
    _ folder: ClaimFolder, of claim: Claim, _ tell: (LatePages.Late) async -> Void
  ) async throws -> Bool {
    let files = try await late.takeChanged(of: claim, in: folder, tell: tell)
    if let problem = try await problem(of: claim.batch) {
      throw PipelineError.originalsKept(claim.batch, because: problem)
    }
    if !files.strays.isEmpty {
      let names = files.strays.map(\.description).joined(separator: ", ")
      throw PipelineError.originalsUnknown(claim.batch, names)
    }
    guard files.inUse.isEmpty, try retirement.areStill(files, in: folder.folder) else { return false }
    try Files.removeTree(folder.path)
    try folder.group.syncFolder(folder.path.parent)
    return true
  }

  /// Why the archive cannot stand in for the batch's files, as a sentence; nil: it can.
  func problem(of batch: BatchID) async throws -> String? {
    guard let own = try await readBack(batch) else { return "the journal has no manifest of it" }
    if let finding = own.archived.findings.first { return "\(finding.where): \(finding.what)" }
    var others: [KeptBatch]?
    func held(_ isHeld: (KeptBatch) -> Bool) async throws -> Bool {
      if isHeld(own) { return true }
      if others == nil { others = try await batchesBefore(own) }
      return others!.contains(where: isHeld)
    }
    for (index, source) in own.manifest.sources.enumerated() where !own.holds(index) {
      if try await held({ $0.holds(source) }) { continue }
      // A file that grew: page by page, its own and those that came before.
      let lost = try await own.manifest.pages.filter { $0.source == index }.asyncFirst { page in
        if own.archived.pages.contains(page.page) { return false }
        guard let digest = page.sha256, page.disposition == .duplicate else { return true }
        return try await !held { $0.digests.contains(digest) }
      }
      if let lost { return "page \(lost.page) is not sound in the archive" }
      if source.frames == nil { return "source \(index), which cannot be divided, is not whole in the archive" }
    }
    if let sidecar = own.manifest.sidecar {
      let isHeld = try await held { $0.archived.hasSidecar && $0.manifest.sidecar?.sha256 == sidecar.sha256 }
      if !isHeld { return "its sidecar is not sound in the archive" }
    }
    return nil
  }

  private func readBack(_ batch: BatchID) async throws -> KeptBatch? {
    guard let record = try await site.journal.record(of: batch), case .manifest(let manifest) = try ChainContent(record)
    else { return nil }
    return KeptBatch(manifest: manifest, archived: try site.archive.readBack(manifest))
  }

  /// Batches that this one's duplicate pages rely on: RULES *Twice* add no object for them.
  private func batchesBefore(_ batch: KeptBatch) async throws -> [KeptBatch] {
    var kept: [KeptBatch] = []
    var seen: Set<BatchID> = [batch.manifest.batch]
    var open = [batch]
    while let next = open.popLast() {
      let keys = next.manifest.sources.map { SourceKey(sha256: $0.sha256, sidecar: next.manifest.sidecar?.sha256) }
      let earlier = try await site.journal.earlierUses(of: keys).values.map(\.batch)
      for id in Set(earlier + [next.manifest.duplicateOf].compactMap { $0 }).sorted() where seen.insert(id).inserted {
        guard let found = try await readBack(id) else { continue }
        kept.append(found)
        open.append(found)
      }
    }
    return kept
  }
}

/// A batch's account and what of it was read back.
struct KeptBatch {
  let manifest: Manifest
  let archived: ArchivedBatch
  /// Of its pages in sound objects.
  let digests: Set<ContentDigest>

  init(manifest: Manifest, archived: ArchivedBatch) {
    self.manifest = manifest
    self.archived = archived
    digests = Set(archived.pages.compactMap { manifest.pages[$0 - 1].sha256 })
  }

  /// Whether a source is there: whole, or each of its pages where it can be divided.
  func holds(_ source: Int) -> Bool {
    if archived.sources.contains(source) { return true }
    guard manifest.sources[source].frames != nil else { return false }
    return manifest.pages.allSatisfy { $0.source != source || archived.pages.contains($0.page) }
  }

  func holds(_ source: Manifest.Source) -> Bool {
    manifest.sources.indices.contains { manifest.sources[$0].sha256 == source.sha256 && holds($0) }
  }
}

extension Sequence {
  fileprivate func asyncFirst(where isWanted: (Element) async throws -> Bool) async rethrows -> Element? {
    for element in self where try await isWanted(element) { return element }
    return nil
  }
}
