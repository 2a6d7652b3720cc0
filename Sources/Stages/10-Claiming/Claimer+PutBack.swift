import Model
import System

extension Claimer {
  /// Puts what was taken of a batch back under its names, in reverse order of taking; never replaces anything.
  /// - Returns: what could not go back, because its name or folder is no longer there for it.
  public func putBack(_ batch: ReadyBatch, _ claim: ClaimFolder, _ drop: FilePath) throws(SystemError) -> [ClaimSlot] {
    var kept: [ClaimSlot] = []
    var folders: Set<FilePath> = []
    for (slot, item) in batch.slots.reversed() {
      guard try claim.identity(of: slot) != nil else { continue }
      let parts = DropFile.split(item.name.bytes)
      do {
        let folder = try openFolder(drop, batch.place, parts.folder)
        try moveBack(slot, parts.name, to: folder, claim)
        folders.insert(folder.path)
      } catch {
        guard error.isExisting || error.isAbsent else { throw error }
        kept.append(slot)
      }
    }
    for folder in folders { try claim.group.syncFolder(folder) }
    try claim.sync()
    return kept.sorted()
  }

  private func moveBack(_ slot: ClaimSlot, _ name: [UInt8], to folder: Folder, _ claim: ClaimFolder) throws(SystemError)
  {
    do { try claim.folder.rename(slot.name, to: folder, name) } catch {
      guard error.isCrossing else { throw error }
      // The only time that something of ours stands in a drop folder: under a name that every scan ignores.
      let passing = Array(".chartroom-\(claim.batch)-".utf8) + slot.name
      guard try Files.copyAndCompare(claim.open(slot), to: folder, passing, group: claim.group) else {
        throw SystemError(errno: SystemError.existing, call: "copy", path: folder.path)
      }
      do { try folder.rename(passing, to: folder, name) } catch {
        try folder.remove(passing)
        throw error
      }
      try claim.group.syncFolder(folder)
      try claim.folder.remove(slot.name)
    }
  }
}
