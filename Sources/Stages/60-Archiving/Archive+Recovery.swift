import Formats
import Model
import System

extension Archive {
  /// Removes what a crash left in staging, repairs objects that it caught in mid-version, and removes tuple folders
  /// that it left empty. For the start of every process.
  ///
  /// What another process writes at this moment is left alone: it holds a lock on it.
  /// - Parameter inHand: batches and corrections that will be carried out again: their leftovers stay until then.
  /// - Returns: names of the leftovers that were removed.
  public func removeStaleStaging(except inHand: Set<BatchID> = []) throws -> [String] {
    let kept = Set(inHand.map(\.description))
    var removed: [String] = []
    for entry in try Files.list(staging) {
      let name = EscapedText(bytes: entry.name).description
      if kept.contains(name) { continue }
      do {
        if try clearStaging(staging.appending(entry.name)) { removed.append(name) }
      } catch let error as SystemError {
        // Its writer ended meanwhile and took it away.
        if !error.isAbsent { throw error }
      }
    }
    return removed
  }

  /// - Returns: false where another process holds it; true where there is nothing (any more).
  func clearStaging(_ folder: FilePath) throws -> Bool {
    guard let found = try Files.stat(folder) else { return true }
    guard found.kind == .folder else {
      try Files.remove(folder)
      return true
    }
    guard let lock = try FileLock.take(folder) else { return false }
    defer { withExtendedLifetime(lock) {} }
    for entry in try Files.list(folder) {
      guard let id = DocumentID("urn:uuid:" + String(decoding: entry.name, as: UTF8.self)) else { continue }
      if try Files.exists(objectFolder(id)) { try repair(id) } else { try removeEmptyTuples(of: id) }
    }
    try Files.removeTree(folder)
    return true
  }

  /// Folders between the root and an object may not be empty (OCFL E073).
  private func removeEmptyTuples(of id: DocumentID) throws {
    let tuple = objectFolder(id).parent
    for folder in [tuple, tuple.parent] {
      guard try Files.exists(folder), try Files.list(folder).isEmpty else { return }
      // Another process may fill it at this moment: then it is no longer empty, and stays.
      _ = try? Files.removeFolder(folder)
    }
  }

  /// Completes an object that a crash caught between the renames of a new version (standards: the newest version folder
  /// was renamed as a whole and synced before, so its pair is complete and is copied up). Anything else that is wrong
  /// is damage and is left for `verify`.
  func repair(_ id: DocumentID) throws {
    let folder = objectFolder(id)
    let newest = try newestVersion(in: folder)
    let version = folder.appending("v\(newest)")
    let inventory = try readRecord(version.appending(ArchiveLayout.inventoryName))
    let sidecar = ArchiveLayout.sidecar(of: sha512Hex(inventory))
    let rootInventory = folder.appending(ArchiveLayout.inventoryName)
    let rootSidecar = folder.appending(ArchiveLayout.sidecarName)
    let isCurrent = try readRecord(rootInventory) == inventory && readRecord(rootSidecar) == sidecar
    if isCurrent { return }
    guard newest > 1, try readRecord(version.appending(ArchiveLayout.sidecarName)) == sidecar else {
      throw ArchiveError.damaged(path: folder.description, detail: "its inventories do not agree")
    }
    let before = try readRecord(folder.appending("v\(newest - 1)").appending(ArchiveLayout.inventoryName))
    let known = [before, inventory]
    guard try known.contains(readRecord(rootInventory)),
      try known.map({ ArchiveLayout.sidecar(of: sha512Hex($0)) }).contains(readRecord(rootSidecar))
    else { throw ArchiveError.damaged(path: folder.description, detail: "its inventories do not agree") }
    try lift(inventory, into: folder, name: "repair-\(id.uuid)-\(randomUUID())")
  }

  /// Renames an inventory and its sidecar over those of the object root, which alone may lie there (OCFL E001).
  private func lift(_ inventory: [UInt8], into folder: FilePath, name: String) throws {
    let session = try StagingSession(name, of: self)
    try session.folder.writeInventory(inventory)
    try session.sync()
    try session.liftInventory(from: session.folder, into: folder)
    try session.sync()
    try session.end()
  }

  func newestVersion(in folder: FilePath) throws -> Int {
    let versions = try Files.list(folder).compactMap {
      Inventory.number(ofVersion: String(decoding: $0.name, as: UTF8.self))
    }
    guard let newest = versions.max() else {
      throw ArchiveError.damaged(path: folder.description, detail: "it has no version")
    }
    return newest
  }

  func readRecord(_ path: FilePath) throws -> [UInt8] { try Files.read(path, limit: ArchiveLayout.recordBytesMax) }
}

extension StagingSession {
  /// The inventory first, then its sidecar: ``Archive/repair(_:)`` knows the state between.
  func liftInventory(from staged: FilePath, into folder: FilePath) throws {
    for name in [ArchiveLayout.inventoryName, ArchiveLayout.sidecarName] {
      try Files.renameReplacing(staged.appending(name), to: folder.appending(name))
    }
  }
}
