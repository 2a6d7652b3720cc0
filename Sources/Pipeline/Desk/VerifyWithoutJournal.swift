import Archiving
import Journaling
import Manifesting
import Model

/// What `verify` still can do where the journal cannot be read: the manifests by themselves, every byte of the archive, and its
/// objects against the manifests. What is filed at the same moment is judged too: nothing tells what is only in motion.
public struct VerifyWithoutJournal {
  private let paths: SitePaths
  private let report: (VerifyFinding) throws -> Void
  private let progress: (String) -> Void

  public init(
    paths: SitePaths, report: @escaping (VerifyFinding) throws -> Void, progress: @escaping (String) -> Void
  ) {
    self.paths = paths
    self.report = report
    self.progress = progress
  }

  /// - Throws: what `report` throws, `ManifestError` and `SystemError` where a folder cannot be read at all.
  public func run() throws {
    let manifests = try ManifestStore(paths.manifests)
    progress("reading the manifests")
    let (records, findings) = try manifests.readAll()
    for finding in findings + verifyChain(records, journal: nil) {
      try report(VerifyFinding(finding, manifests: manifests.folder.description))
    }
    let tally = try gathered(from: records, in: manifests)
    let archive: Archive
    do { archive = try Archive.open(at: paths.archive, expecting: nil) } catch {
      return try report(VerifyFinding(error, archive: paths.archive.description))
    }
    _ = try archive.verify(expected: tally.expected) { finding in
      try report(VerifyFinding(finding, archive: archive.path.description))
    } progress: { summary in
      progress("reading the archive: \(summary.objects) objects, \(summary.bytes >> 20) MiB")
    }
    for finding in try tally.configurationFindings(in: archive) { try report(finding) }
  }

  private func gathered(from records: [Manifesting.ChainRecord], in manifests: ManifestStore) throws -> ChainTally {
    var tally = ChainTally()
    for record in records {
      // What cannot be read has its finding.
      guard let content = try? manifests.read(record) else { continue }
      switch content {
      case .manifest(let manifest): try tally.add(.manifest(manifest), sequence: record.sequence)
      case .correction(let correction): try tally.add(.correction(correction), sequence: record.sequence)
      }
    }
    return tally
  }
}
