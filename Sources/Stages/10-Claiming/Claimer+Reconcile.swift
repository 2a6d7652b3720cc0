import Model
import System

/// Where a claimed file is, after a crash.
public enum ItemPlace: String, Hashable, Sendable, Codable {
  /// Still in the drop folder, unchanged: take it.
  case drop
  case claimed
  /// Copied from another filesystem, its source not yet removed: take it again.
  case both
  /// In neither; or the name stands for something else now.
  case nowhere
}

extension Claimer {
  /// Tells for every file of a claim's row where it is.
  public func places(
    of batch: ReadyBatch, in claim: ClaimFolder, drop: FilePath
  ) throws(SystemError) -> [(slot: ClaimSlot, place: ItemPlace)] {
    var places: [(ClaimSlot, ItemPlace)] = []
    for (slot, item) in batch.slots {
      let isClaimed = try claim.identity(of: slot) != nil
      let isDropped = try isStill(item, batch.place, drop)
      let place: ItemPlace = isClaimed ? (isDropped ? .both : .claimed) : (isDropped ? .drop : .nowhere)
      places.append((slot, place))
    }
    return places
  }

  private func isStill(_ item: ReadyItem, _ place: StationPlace, _ drop: FilePath) throws(SystemError) -> Bool {
    let parts = DropFile.split(item.name.bytes)
    do {
      let there = try openFolder(drop, place, parts.folder).identity(of: parts.name)
      return there?.isUnchanged(since: item.identity) ?? false
    } catch {
      if error.isAbsent { return false }
      throw error
    }
  }

  /// Hands a claimed file over to another claim, where it has grown since its batch was decided: the whole file as it now is
  /// becomes a new batch. May be repeated.
  /// - Parameter old: in claimed storage, or among the originals (``Retirement/hold(_:receivedAt:)``).
  /// - Returns: false: it is in neither claim.
  public func handOver(
    _ slot: ClaimSlot, of old: ClaimFolder, to new: ClaimFolder, as newSlot: ClaimSlot
  ) throws(SystemError) -> Bool {
    if try old.identity(of: slot) != nil {
      do { try old.folder.rename(slot.name, to: new.folder, newSlot.name) } catch {
        guard error.isCrossing else { throw error }
        try copyOver(slot, of: old, to: new, as: newSlot)
      }
    } else if try new.identity(of: newSlot) == nil {
      return false
    }
    try new.sync()
    try old.sync()
    return true
  }

  /// From originals on another filesystem: copied, synced and compared before the old name goes.
  private func copyOver(
    _ slot: ClaimSlot, of old: ClaimFolder, to new: ClaimFolder, as newSlot: ClaimSlot
  ) throws(SystemError) {
    let file = try old.open(slot)
    if try new.identity(of: newSlot) != nil {
      guard try Files.isEqual(file, new.open(newSlot)) else {
        throw SystemError(errno: SystemError.existing, call: "rename", path: new.path.appending(newSlot.name))
      }
    } else {
      guard try Files.copyAndCompare(file, to: new.folder, newSlot.incoming, group: new.group) else {
        throw SystemError(errno: SystemError.stale, call: "copy", path: old.path.appending(slot.name))
      }
      try new.folder.rename(newSlot.incoming, to: new.folder, newSlot.name)
    }
    try new.sync()
    try old.folder.remove(slot.name)
  }
}
