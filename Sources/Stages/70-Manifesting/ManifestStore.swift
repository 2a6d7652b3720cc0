import Formats
import FoundationEssentials
import Glibc
import Model
import System

/// The folder of manifests and corrections: one JSON file a record, `YYYY/MM/DD/<id>.json` (day in UTC), written once
/// and never changed.
///
/// Any process may write a missing file from the journal's bytes: two that do so at once write the same.
public struct ManifestStore: Sendable {
  public let folder: FilePath

  /// A record's size; 65,535 pages with their labels stay below. Bytes.
  static let recordBytesMax = 256 << 20
  /// Beside the years and never one of them.
  static let stagingName = ".staging"

  /// - Throws: ``ManifestError/missingFolder(path:)`` (exit 78).
  public init(_ folder: FilePath) throws(ManifestError) {
    self.folder = folder
    try systemErrors {
      guard try Files.stat(folder)?.kind == .folder else { throw ManifestError.missingFolder(path: folder.description) }
    }
  }

  /// Where a record lies, relative to ``folder``.
  public static func path(of id: BatchID, day: Timestamp) -> String { "\(day.dayPath)/\(id).json" }

  private var staging: FilePath { folder.appending(Self.stagingName) }

  /// What ``write(_:id:day:)`` found.
  public enum Written: Hashable, Sendable { case new, adopted }

  /// Writes a record's exact bytes, durable in its place when it returns. May be repeated.
  /// - Parameters:
  ///   - id: of the batch or correction.
  ///   - day: when the batch was received, or the correction made.
  /// - Throws: ``ManifestError/different(path:)`` where a record of that name says something else.
  @discardableResult
  public func write(_ bytes: [UInt8], id: BatchID, day: Timestamp) throws(ManifestError) -> Written {
    try systemErrors {
      let place = folder.appending(Self.path(of: id, day: day))
      let group = try SyncGroup(on: folder)
      let written = try writeOnce(bytes, to: place, id: id, day: day, group: group)
      // Also what was there: the crash that we repeat may have come before its sync.
      var parent = place.parent
      while parent != folder {
        try group.syncFolder(parent)
        parent = parent.parent
      }
      try group.syncFolder(folder)
      return written
    }
  }

  private func writeOnce(
    _ bytes: [UInt8], to place: FilePath, id: BatchID, day: Timestamp, group: SyncGroup
  ) throws -> Written {
    if try isThere(bytes, at: place) { return try adopt(place, group) }
    // Somebody who tidies up may take a staged file away before it is locked; then it is made anew.
    for _ in 0..<5 {
      if let written = try stageAndRename(bytes, to: place, id: id, day: day, group: group) { return written }
    }
    throw SystemError(errno: EBUSY, call: "flock", path: staging)
  }

  /// - Returns: nil: what was staged is gone.
  private func stageAndRename(
    _ bytes: [UInt8], to place: FilePath, id: BatchID, day: Timestamp, group: SyncGroup
  ) throws -> Written? {
    let staged = try staging.appending("\(id)-\(randomUUID())")
    _ = try Files.makeFolders([Self.stagingName], below: folder)
    var sink = try FileSink(creating: staged)
    do {
      guard let lock = try FileLock.take(staged) else { return nil }
      defer { withExtendedLifetime(lock) {} }
      try sink.write(bytes)
      try sink.close()
      try sink.readBack(bytes)
      try group.syncFile(sink.descriptor)
      _ = try Files.makeFolders(day.dayPath.split(separator: "/").map(String.init), below: folder)
      try Files.rename(staged, to: place)
      return .new
    } catch {
      let isGone = try? Files.stat(staged) == nil
      _ = try? Files.remove(staged)
      if isGone == true, let error = error as? SystemError, error.isAbsent { return nil }
      guard let error = error as? SystemError, error.errno == EEXIST, try isThere(bytes, at: place) else { throw error }
      return try adopt(place, group)
    }
  }

  private func isThere(_ bytes: [UInt8], at place: FilePath) throws -> Bool {
    guard try Files.exists(place) else { return false }
    guard try Files.read(place, limit: Self.recordBytesMax) == bytes else {
      throw ManifestError.different(path: place.description)
    }
    return true
  }

  private func adopt(_ place: FilePath, _ group: SyncGroup) throws -> Written {
    try group.syncFile(Descriptor.openRegular(place))
    return .adopted
  }

  /// Removes what a crash left half written. What another process writes at this moment it holds a lock on.
  public func removeStaleStaging() throws(ManifestError) {
    try systemErrors {
      guard try Files.stat(staging) != nil else { return }
      for entry in try Files.list(staging) {
        let path = staging.appending(entry.name)
        do {
          guard let lock = try FileLock.take(path) else { continue }
          try Files.remove(path)
          withExtendedLifetime(lock) {}
        } catch let error as SystemError where error.isAbsent {}  // its writer took it away
      }
    }
  }
}

/// Lets only ``ManifestError`` out.
func systemErrors<Value>(_ body: () throws -> Value) throws(ManifestError) -> Value {
  do { return try body() } catch let error as ManifestError { throw error } catch let error as SystemError {
    throw .system(error)
  } catch { throw .inconsistentInput("\(error)") }
}
