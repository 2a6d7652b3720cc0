import Formats
import Model
import System

/// What a retired batch's files are now, held against its manifest.
public struct RetiredFiles: Sendable {
  /// No longer what the manifest says.
  public var changed: [ChangedFile] = []
  /// Somebody has them open for writing, or wrote to them while they were read: to be looked at again later.
  public var inUse: [ClaimSlot] = []
  /// Names that stand for no file of the manifest and no done-marker, escaped.
  public var strays: [EscapedText] = []
  /// What was read, as it was before.
  public var seen: [ClaimSlot: FileIdentity] = [:]
  public init() {}
}

extension Retirement {
  /// Takes the lease on a batch's folder among the originals (I4).
  public func hold(_ batch: BatchID, receivedAt: Timestamp) throws(SystemError) -> ClaimHold {
    let place = path(of: batch, receivedAt: receivedAt)
    do {
      guard let lock = try FileLock.take(place) else { return .busy }
      return .held(try ClaimFolder(batch: batch, path: place, lock: lock, group: SyncGroup(on: place)))
    } catch {
      if error.isAbsent { return .absent }
      throw error
    }
  }

  /// Holds what is left of a retired batch's files against its manifest. Reads every byte; what was handed over is not missed.
  /// - Parameter folder: the batch's, among the originals or in claimed storage; need not be held.
  /// - Throws: ``SystemError``, or ``SourceError`` where a file cannot be read.
  public func files(in folder: Folder, expected: [ExpectedFile]) throws -> RetiredFiles {
    var files = RetiredFiles()
    for file in expected where try folder.identity(of: file.slot.name) != nil {
      try look(at: file, in: folder, &files)
    }
    let known = Set(expected.map(\.slot))
    for name in try folder.list().map(\.name) where !name.starts(with: "incoming-".utf8) {
      if let slot = ClaimSlot(name: name) {
        if case .marker = slot { continue }
        if known.contains(slot) { continue }
      }
      files.strays.append(EscapedText(bytes: name))
    }
    return files
  }

  private func look(at file: ExpectedFile, in folder: Folder, _ files: inout RetiredFiles) throws {
    let descriptor = try folder.openFile(file.slot.name)
    let before = try descriptor.identity()
    // Asked first: who has it open no longer can add nothing while it is read. What is held is not read again and again.
    if writers(of: descriptor) == .writing { return files.inUse.append(file.slot) }
    do {
      if let change = try compare(file, descriptor) { files.changed.append(change) }
    } catch SourceError.outOfRange {
      // Cut while it was read.
      return files.inUse.append(file.slot)
    }
    if try !descriptor.identity().isUnchanged(since: before) { files.inUse.append(file.slot) }
    files.seen[file.slot] = before
  }

  /// Whether what was read is still as it was then: asked right before it goes.
  public func areStill(_ files: RetiredFiles, in folder: Folder) throws(SystemError) -> Bool {
    for (slot, before) in files.seen {
      guard let now = try folder.identity(of: slot.name), now.isUnchanged(since: before) else { return false }
    }
    return true
  }
}
