import Formats
import Model
import System

/// What the archive holds of one batch, read back byte by byte.
public struct ArchivedBatch: Sendable {
  /// Pages (from 1) whose coded image lies in a sound object, by its digest computed anew.
  public internal(set) var pages: Set<Int> = []
  /// Sources (from 0) that lie whole in a sound object.
  public internal(set) var sources: Set<Int> = []
  public internal(set) var hasSidecar = false
  /// Errors in the batch's objects; what such an object holds is not counted above.
  public internal(set) var findings: [ArchiveFinding] = []
}

extension Archive {
  /// Reads the objects of a batch back: every byte against the inventories, every page's digest against `manifest`.
  /// - Throws: `SystemError` where the archive cannot be looked at.
  public func readBack(_ manifest: Manifest) throws -> ArchivedBatch {
    var batch = ArchivedBatch()
    for document in manifest.documents where try isSound(document.id, &batch) {
      let record = try self.document(document.id)
      guard record.batch == manifest.batch else { continue }
      add(record.pages, record.sources, of: manifest, to: &batch)
    }
    let setAside = setAsideID(of: manifest.batch)
    guard try isSound(setAside, &batch), let record = try self.setAside(of: manifest.batch) else { return batch }
    add(record.pages, record.sources, of: manifest, to: &batch)
    if let sidecar = record.sidecar { batch.hasSidecar = sidecar.source.sha256 == manifest.sidecar?.sha256 }
    return batch
  }

  /// False also where the object is not there.
  private func isSound(_ id: DocumentID, _ batch: inout ArchivedBatch) throws -> Bool {
    guard try contains(id) else { return false }
    let folder = objectFolder(id)
    let tuple = "root/" + objectPath(for: id).split(separator: "/").dropLast().joined(separator: "/")
    var check = ObjectVerifier(archive: self, tuple: tuple, name: folder.lastName)
    check.run(DirectoryEntry(name: folder.lastName, kind: .folder), expected: nil)
    let errors = check.findings.filter { $0.severity == .error }
    batch.findings += errors
    return errors.isEmpty
  }

  /// What a record of a sound object tells, as far as it is the manifest's.
  private func add(
    _ pages: [StoredPage], _ sources: [RecordedSource], of manifest: Manifest, to batch: inout ArchivedBatch
  ) {
    for stored in pages {
      guard manifest.pages.indices.contains(stored.entry.page - 1) else { continue }
      let page = manifest.pages[stored.entry.page - 1]
      let isSame = (page.source, page.frame) == (stored.entry.source, stored.entry.frame)
      if isSame, page.sha256 != nil, page.sha256 == stored.entry.sha256 { batch.pages.insert(page.page) }
    }
    for recorded in sources where recorded.file != nil && manifest.sources.indices.contains(recorded.index) {
      if manifest.sources[recorded.index].sha256 == recorded.source.sha256 { batch.sources.insert(recorded.index) }
    }
  }
}
