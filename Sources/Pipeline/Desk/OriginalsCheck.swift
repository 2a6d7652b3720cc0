import Claiming
import Formats
import Journaling
import Model
import System

/// Holds the originals that are still there against their manifests, for `verify`: what a writer added to one after it was retired is in
/// no archive yet. An original that is gone is no finding: its time was over, it went on as a batch of its own, or somebody
/// removed what the archive has.
struct OriginalsCheck {
  private static let batchesAtOnce = 500
  private static let remedy =
    "`chartroom run` files the whole file as a batch of its own: at once where its manifest is of today, else before the original is "
    + "deleted (claiming.originalsDays). Until then keep the paper"

  let site: Site

  /// - Throws: what `report` throws, and where the journal cannot be read.
  func run(_ report: (VerifyFinding) throws -> Void, progress: (String) -> Void) async throws {
    let retirement = Retirement(
      claimer: Claimer(claimed: site.paths.claimed), originals: site.paths.originals)
    var last: BatchID?
    var count = 0
    repeat {
      let claims = try await site.journal.originalsKept(
        since: Timestamp(microseconds: .min), after: last, limit: Self.batchesAtOnce)
      for claim in claims {
        count += 1
        progress("reading the originals: \(count) batches")
        try await check(claim, retirement, report)
      }
      last = claims.last?.batch
    } while last != nil
  }

  private func check(_ claim: Claim, _ retirement: Retirement, _ report: (VerifyFinding) throws -> Void) async throws {
    let place = retirement.path(of: claim.batch, receivedAt: claim.receivedAt)
    guard try Files.exists(place), let manifest = try await site.journal.manifest(of: claim.batch) else { return }
    let files: RetiredFiles
    do { files = try retirement.files(in: Folder.open(place), expected: manifest.expectedFiles) } catch {
      // Handed over, or deleted, while we looked.
      if (error as? SystemError)?.isAbsent == true { return }
      return try report(
        VerifyFinding(
          .error, "an original cannot be read: \(error)", where: place.description,
          remedy: "look at the disk of the originals; the archive has what the manifest names"))
    }
    for change in files.changed {
      guard let known = manifest.expectedFiles.first(where: { $0.slot == change.slot }) else { continue }
      try report(
        VerifyFinding(
          .error, what(change, known), where: place.appending(change.slot.name).description, remedy: Self.remedy))
    }
    for stray in files.strays {
      try report(
        VerifyFinding(
          .error, "no manifest knows this file", where: "\(place)/\(stray)",
          remedy: "drop a copy of it into the station's folder, then remove it"))
    }
  }

  private func what(_ change: ChangedFile, _ known: ExpectedFile) -> String {
    if change.hasGrown {
      return "it was written to after it had been retired: it has \(change.bytes) bytes, its manifest knows the first "
        + "\(known.bytes), and the rest is not in the archive"
    }
    return "it is not what its manifest says: it was rewritten after it had been retired, or is damaged "
      + "(\(change.bytes) bytes, \(known.bytes) by the manifest)"
  }
}
