import Model
import System

/// What became of one file.
public enum TakeOutcome: Hashable, Sendable {
  /// It is in the claim, durable; also where an earlier try had moved it.
  case taken
  /// Nothing has the name any more: its owner, or another process, took it.
  case gone
  /// Another file, or more or fewer bytes than were judged; left where it was.
  case changed
  /// Open for writing again; left where it was.
  case inUse
}

/// What became of a batch.
public enum ClaimOutcome: Hashable, Sendable {
  case taken
  /// At least one file could not be taken, for this reason; the others were put back.
  case released(TakeOutcome)
  /// As `released`, but these could not go back, because their names are taken again: the caller makes them the batch.
  case kept([ClaimSlot], TakeOutcome)
}

extension Claimer {
  /// Takes a batch whose claim row is committed: all of its files or none. May be repeated after a crash.
  /// - Parameter drop: the drop folder that ``DropScan`` listed.
  /// - Throws: where the drop folder is missing or a disk fails; the claim then stands as it is and is taken again later.
  public func take(_ batch: ReadyBatch, into claim: ClaimFolder, from drop: FilePath) throws(SystemError)
    -> ClaimOutcome
  {
    // Without its drop folder (a share that is not mounted) no file is gone: nothing can be said.
    _ = try Folder.open(drop)
    var failure: TakeOutcome?
    for (slot, item) in batch.slots {
      let outcome = try takeOne(item, slot, batch.place, into: claim, from: drop)
      if outcome == .taken { continue }
      // A marker that its owner took back changes nothing: its file is ours already.
      if case .marker = slot { continue }
      failure = outcome
      break
    }
    try syncBoth(batch, claim, drop)
    guard let failure else {
      try removeEmptied(batch, drop, claim.group)
      return .taken
    }
    let kept = try putBack(batch, claim, drop)
    return kept.isEmpty ? .released(failure) : .kept(kept, failure)
  }

  /// Takes one file; durable only after both folders are synced.
  func takeOne(
    _ item: ReadyItem, _ slot: ClaimSlot, _ place: StationPlace, into claim: ClaimFolder, from drop: FilePath
  ) throws(SystemError) -> TakeOutcome {
    let parts = DropFile.split(item.name.bytes)
    let held = try claim.identity(of: slot)
    let source: Folder
    do { source = try openFolder(drop, place, parts.folder) } catch {
      // The folder is gone, with or without its file.
      if error.isAbsent { return held == nil ? .gone : .taken }
      throw error
    }
    let there = try source.identity(of: parts.name)
    if let held {
      // An earlier try had it. Across filesystems its source may still be there.
      if let there, there.isUnchanged(since: item.identity), !there.isSameFile(as: held) {
        return try removeCopied(parts.name, item, slot, from: source, claim)
      }
      return .taken
    }
    guard let there else { return .gone }
    guard there.isUnchanged(since: item.identity) else { return .changed }
    return try move(parts.name, item, slot, from: source, claim)
  }

  private func move(
    _ name: [UInt8], _ item: ReadyItem, _ slot: ClaimSlot, from source: Folder, _ claim: ClaimFolder
  ) throws(SystemError) -> TakeOutcome {
    if try mustBeCopied(item, slot, claim) {
      do { return try copy(name, item, slot, from: source, claim) } catch {
        if error.isAbsent, try source.identity(of: name) == nil { return .gone }
        throw error
      }
    }
    do {
      let file = try source.openFile(name)
      if writers(of: file) == .writing { return .inUse }
      try makeDurable(file, item, slot, at: source.path.appending(name), claim)
      try source.rename(name, to: claim.folder, slot.name)
    } catch {
      if error.isAbsent { return .gone }
      if error.errno == SystemError.stale { return .changed }
      guard error.isCrossing, error.call == "renameat2" else { throw error }
      return try copy(name, item, slot, from: source, claim)
    }
    guard let taken = try claim.identity(of: slot), taken.isUnchanged(since: item.identity) else {
      // Between the look and the rename another file got the name, or this one grew: it goes back and is judged anew.
      try giveBack(slot, name, to: source, claim)
      return .changed
    }
    return .taken
  }

  /// Few scanners sync what they write; once a file is ours a power cut must not take it. The claim's group is not asked:
  /// these are not its bytes, and where it fails nothing was moved. No second sync of the same pages is believed: from then on the
  /// file must be copied.
  private func makeDurable(
    _ file: Descriptor, _ item: ReadyItem, _ slot: ClaimSlot, at path: FilePath, _ claim: ClaimFolder
  ) throws(SystemError) {
    do { try SyncGroup.syncFile(file, at: path) } catch {
      if error.isUnsupported { return }
      unsynced.insert(item.identity)
      // For the next process; a disk that fails may not take even this.
      _ = try? claim.folder.createFile(slot.incoming)
      throw error
    }
  }

  private func mustBeCopied(_ item: ReadyItem, _ slot: ClaimSlot, _ claim: ClaimFolder) throws(SystemError) -> Bool {
    if unsynced.contains(item.identity) { return true }
    return try claim.folder.identity(of: slot.incoming) != nil
  }

  private func giveBack(_ slot: ClaimSlot, _ name: [UInt8], to source: Folder, _ claim: ClaimFolder) throws(SystemError)
  {
    do { try claim.folder.rename(slot.name, to: source, name) } catch {
      guard error.isExisting || error.isAbsent else { throw error }
      // The name is taken a second time. Nothing may be replaced, so the stranger stays here as a stray.
      try claim.folder.rename(slot.name, to: claim.folder, slot.stray)
    }
  }

  /// Across filesystems, and where a sync of the file failed: copy, sync, compare, only then remove the source. The claim's row is
  /// what keeps others off.
  private func copy(
    _ name: [UInt8], _ item: ReadyItem, _ slot: ClaimSlot, from source: Folder, _ claim: ClaimFolder
  ) throws(SystemError) -> TakeOutcome {
    let file = try source.openFile(name)
    guard try file.identity().isUnchanged(since: item.identity),
      try Files.copyAndCompare(file, to: claim.folder, slot.incoming, group: claim.group)
    else { return .changed }
    try claim.folder.rename(slot.incoming, to: claim.folder, slot.name)
    try claim.sync()
    let outcome = try removeCopied(name, item, slot, from: source, claim)
    if outcome == .taken { unsynced.remove(item.identity) }
    return outcome
  }

  /// Removes a source whose copy is durable, if it still is what was copied.
  private func removeCopied(
    _ name: [UInt8], _ item: ReadyItem, _ slot: ClaimSlot, from source: Folder, _ claim: ClaimFolder
  ) throws(SystemError) -> TakeOutcome {
    let file: Descriptor
    do { file = try source.openFile(name) } catch {
      if error.isAbsent { return .taken }
      throw error
    }
    let isSame = try Files.isEqual(file, claim.open(slot))
    guard isSame, writers(of: file) != .writing, try file.identity().isUnchanged(since: item.identity) else {
      try claim.folder.remove(slot.name)
      return .changed
    }
    try source.remove(name)
    return .taken
  }

  private func syncBoth(_ batch: ReadyBatch, _ claim: ClaimFolder, _ drop: FilePath) throws(SystemError) {
    try claim.sync()
    do { try claim.group.syncFolder(openFolder(drop, batch.place, batch.folder?.bytes)) } catch {
      if !error.isAbsent { throw error }
    }
  }

  /// A batch folder that has become empty goes too; a file that came late keeps it, as a later batch.
  private func removeEmptied(_ batch: ReadyBatch, _ drop: FilePath, _ group: SyncGroup) throws(SystemError) {
    guard let name = batch.folder?.bytes else { return }
    do {
      let station = try openFolder(drop, batch.place, nil)
      if try station.removeFolder(name) { try group.syncFolder(station) }
    } catch { if !error.isAbsent, !error.isNotEmpty { throw error } }
  }
}

extension SystemError {
  static let stale: Int32 = 116  // ESTALE
  /// A share that has no fsync: its server keeps what it was given, or nobody does.
  var isUnsupported: Bool { [22, 95, 9].contains(errno) }  // EINVAL, ENOTSUP, EBADF
  var isNotEmpty: Bool { errno == 39 || isExisting }  // ENOTEMPTY
}
