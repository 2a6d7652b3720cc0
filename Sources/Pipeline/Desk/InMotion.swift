import Archiving
import Formats
import Journaling
import Manifesting
import Model
import System

/// What is only in motion while `verify` looks: objects that a batch or a correction writes at this moment, and what stands in
/// staging under somebody's lock. None of it is a finding; the next verification judges it.
struct InMotion {
  private let site: Site
  /// Objects below the archive that unfinished batches will have named, or that records after the judged ones name.
  private var objects: [String] = []

  /// To be asked after the archive was read: whatever was written meanwhile has its plan or its record by now.
  /// - Parameter end: the last record that is judged.
  init(_ site: Site, after end: Int) async throws {
    self.site = site
    for claim in try await site.journal.unfinished() {
      guard let plan = try await site.journal.plan(of: claim.batch) else { continue }
      add(plan.manifest.documents.map(\.id) + [setAsideID(of: claim.batch)])
    }
    var late: [DocumentID] = []
    try await site.journal.forEachRecord(after: end) { record in
      guard let content = try? ChainContent(record) else { return }
      late += content.documents.map(\.id)
      if case .manifest(let manifest) = content { late.append(setAsideID(of: manifest.batch)) }
    }
    add(late)
  }

  private mutating func add(_ ids: [DocumentID]) { objects += ids.map { "root/\(ocflObjectPath(of: $0))" } }

  func contains(_ finding: ArchiveFinding) async -> Bool {
    if finding.kind == .leftover { return await isPassing(finding.where, below: site.archive.path) }
    return objects.contains { finding.where == $0 || finding.where.hasPrefix($0 + "/") }
  }

  func contains(_ finding: ChainFinding) async -> Bool {
    guard finding.kind == .leftover else { return false }
    return await isPassing(finding.where, below: site.manifests.folder)
  }

  /// Something that its writer is about to take away: it is locked, or gone within a second.
  private func isPassing(_ place: String, below folder: FilePath) async -> Bool {
    let path = FilePath(bytes: folder.bytes + [UInt8(ascii: "/")] + EscapedText(escaped: place).bytes)
    for _ in 0..<10 {
      guard let found = try? Files.stat(path) else { return true }
      if found.kind == .folder {
        // An object has come into a tuple folder that was empty, or its writer holds it.
        let isTuple = (try? Files.list(path).isEmpty) ?? true
        if !isTuple, path.parent.lastName != Array("staging".utf8) { return true }
        guard (try? FileLock.take(path)) != nil else { return true }
      }
      try? await Task.sleep(for: .milliseconds(100))
    }
    return false
  }
}
