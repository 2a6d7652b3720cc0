import Formats
import Model
import System

/// What a manifest says of a claimed file.
public struct ExpectedFile: Hashable, Sendable, Codable {
  public var slot: ClaimSlot
  public var bytes: Int
  public var sha256: ContentDigest
  public init(slot: ClaimSlot, bytes: Int, sha256: ContentDigest) {
    self.slot = slot
    self.bytes = bytes
    self.sha256 = sha256
  }
}

/// A claimed file that no longer is what its manifest says.
public struct ChangedFile: Hashable, Sendable, Codable {
  public var slot: ClaimSlot
  public var bytes: Int
  public var sha256: ContentDigest
  /// Whether it still begins with the bytes of the manifest: it grew. Otherwise it was rewritten or cut.
  public var hasGrown: Bool
}

public enum RetireOutcome: Hashable, Sendable {
  /// The claim is among the originals, durable; also where an earlier try had moved it. As a copy, its files may still lie in claimed
  /// storage too.
  case retired
  /// Somebody writes to these: try again later.
  case inUse([ClaimSlot])
  /// Each is to become a batch of its own (``Claimer/handOver(_:of:to:as:)``); then retire again without them.
  case changed([ChangedFile])
  /// Not in the claim and not among the originals: an administrator must look.
  case missing([ClaimSlot])
}

/// Moves a finished claim to the originals: `<originals>/YYYY/MM/DD/<batch id>/` (day of receipt, UTC), with the claim's fixed
/// names.
///
/// **I2** No dropped file is retired before its batch's manifest is durable: the caller sees to that; here nothing leaves claimed
/// storage whose size or SHA-256 is not the manifest's.
public struct Retirement: Sendable {
  public let claimer: Claimer
  public let originals: FilePath

  public init(claimer: Claimer, originals: FilePath) {
    self.claimer = claimer
    self.originals = originals
  }

  /// Where a batch's originals are.
  public func path(of batch: BatchID, receivedAt: Timestamp) -> FilePath {
    originals.appending(receivedAt.dayPath).appending(batch.description)
  }

  /// Whether a batch is among the originals, and no longer in claimed storage.
  public func isRetired(_ batch: BatchID, receivedAt: Timestamp) throws(SystemError) -> Bool {
    if try Files.exists(claimer.folder(of: batch)) { return false }
    return try Files.exists(path(of: batch, receivedAt: receivedAt))
  }

  /// Checks and moves. May be repeated. Reads every byte of the batch.
  ///
  /// With originals on another filesystem the copy retires. Where nobody can tell whether a writer still holds a file, the claim's
  /// folder stays in claimed storage all the same: what he adds comes into these files and into no copy. Who is sure that
  /// nobody writes any more calls again with `isQuiet`.
  /// - Parameters:
  ///   - expected: sources and sidecar as the manifest has them, without those handed over; markers are not asked.
  ///   - isQuiet: nothing changed for so long that nobody will write any more.
  /// - Throws: ``SystemError``, or ``SourceError`` where a file cannot be read.
  public func retire(
    _ claim: ClaimFolder, receivedAt: Timestamp, expected: [ExpectedFile], isQuiet: Bool = false
  ) throws -> RetireOutcome {
    let target = path(of: claim.batch, receivedAt: receivedAt)
    if try Files.exists(target) { return try finishCopy(claim, target, expected, isQuiet) }
    var look = Look()
    for file in expected { try self.look(at: file, claim, &look) }
    if !look.missing.isEmpty { return .missing(look.missing) }
    if !look.inUse.isEmpty { return .inUse(look.inUse) }
    if !look.changed.isEmpty { return .changed(look.changed) }
    try makeDay(receivedAt, claim.group)
    for seen in look.seen where seen.identity.mode & 0o077 != 0 && seen.identity.links == 1 {
      claim.folder.close(seen.file.slot.name)
    }
    guard try moves(claim, to: target) else {
      try copy(claim, to: target)
      return try finishCopy(claim, target, expected, isQuiet)
    }
    let late = try look.seen.filter { try !isStill($0.file, $0.identity, in: target) }.map(\.file.slot)
    // What changed while it moved goes back to where changes are looked for.
    if !late.isEmpty { try Files.rename(target, to: claim.path) }
    try claim.group.syncFolder(target.parent)
    try claim.group.syncFolder(claimer.claimed)
    return late.isEmpty ? .retired : .inUse(late)
  }

  private struct Look {
    var seen: [(file: ExpectedFile, identity: FileIdentity)] = []
    var changed: [ChangedFile] = []
    var inUse: [ClaimSlot] = []
    var missing: [ClaimSlot] = []
  }

  private func look(at file: ExpectedFile, _ claim: ClaimFolder, _ look: inout Look) throws {
    guard try claim.identity(of: file.slot) != nil else { return look.missing.append(file.slot) }
    let descriptor = try claim.open(file.slot)
    if writers(of: descriptor) == .writing { look.inUse.append(file.slot) }
    look.seen.append((file, try descriptor.identity()))
    if let change = try compare(file, descriptor) { look.changed.append(change) }
  }

  /// - Returns: false: the originals are on another filesystem.
  private func moves(_ claim: ClaimFolder, to target: FilePath) throws(SystemError) -> Bool {
    do { try Files.rename(claim.path, to: target) } catch {
      if error.isCrossing { return false }
      throw error
    }
    return true
  }

  func compare(_ file: ExpectedFile, _ descriptor: Descriptor) throws -> ChangedFile? {
    let source = try FileSource(descriptor)
    let digest = try sha256(of: source)
    if source.count == file.bytes, digest == file.sha256 { return nil }
    let start = source.count > file.bytes ? try sha256(of: SourcePrefix(source, count: file.bytes)) : nil
    return ChangedFile(slot: file.slot, bytes: source.count, sha256: digest, hasGrown: start == file.sha256)
  }

  private func isStill(_ file: ExpectedFile, _ identity: FileIdentity, in target: FilePath) throws -> Bool {
    try Files.stat(target.appending(file.slot.name))?.isUnchanged(since: identity) ?? false
  }

  private func makeDay(_ day: Timestamp, _ group: SyncGroup) throws {
    let names = day.dayPath.split(separator: "/").map(String.init)
    _ = try Files.makeFolders(names, below: originals)
    // Also those that were there: the crash that we repeat may have come before their sync.
    var folder = originals
    for name in names {
      try group.syncFolder(folder)
      folder = folder.appending(name)
    }
  }

  /// To another filesystem: copied and compared under a passing name, then renamed. Nothing is removed here yet.
  private func copy(_ claim: ClaimFolder, to target: FilePath) throws {
    let passing = target.parent.appending(".incoming-\(claim.batch)")
    try Files.removeTree(passing)
    try Files.makeFolder(passing)
    let folder = try Folder.open(passing)
    for name in try claim.folder.list().map(\.name) {
      guard try Files.copyAndCompare(claim.folder.openFile(name), to: folder, name, group: claim.group) else {
        throw SystemError(errno: SystemError.stale, call: "copy", path: claim.path.appending(name))
      }
    }
    try claim.group.syncFolder(folder)
    try Files.rename(passing, to: target)
    try claim.group.syncFolder(target.parent)
  }

  /// Removes a claim whose copy stands among the originals, once every file is seen to be the same there.
  private func finishCopy(
    _ claim: ClaimFolder, _ target: FilePath, _ expected: [ExpectedFile], _ isQuiet: Bool
  ) throws -> RetireOutcome {
    let folder = try Folder.open(target)
    let missing = try expected.filter { try folder.identity(of: $0.slot.name)?.size != $0.bytes }.map(\.slot)
    if !missing.isEmpty { return .missing(missing) }
    var isKept = false
    let names = try claim.folder.list().map(\.name)
    for name in names {
      let file = try claim.folder.openFile(name)
      // Asked before the bytes are compared: who has it open no longer can add nothing any more.
      let writing = writers(of: file)
      if try folder.identity(of: name) == nil || !Files.isEqual(file, folder.openFile(name)) {
        guard let known = expected.first(where: { $0.slot.name == name }), let change = try compare(known, file) else {
          throw SystemError(errno: SystemError.existing, call: "rename", path: target.appending(name))
        }
        return .changed([change])
      }
      switch writing {
      case .none: continue
      case .cannotTell: isKept = isKept || !isQuiet
      case .writing: if let slot = ClaimSlot(name: name) { return .inUse([slot]) }
      }
    }
    if isKept { return .retired }
    for name in names { try claim.folder.remove(name) }
    try Files.removeFolder(claim.path)
    try claim.group.syncFolder(claimer.claimed)
    return .retired
  }
}
