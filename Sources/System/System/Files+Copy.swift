import Glibc

extension Files {
  /// Bytes moved at once: large against a system call, small against a page.
  private static let pieceBytes = 1 << 20

  /// Copies a file to a new name, syncs the copy, and compares it with what the source then holds: the step before a
  /// source on another filesystem may go.
  /// - Parameters:
  ///   - source: open for reading.
  ///   - name: of a new file in `folder`; whatever stands there is a leftover of an earlier try and is removed.
  /// - Returns: false where the source changed while it was copied; the copy is gone then.
  public static func copyAndCompare(
    _ source: Descriptor, to folder: Folder, _ name: [UInt8], group: SyncGroup
  ) throws(SystemError) -> Bool {
    let before = try source.identity()
    try folder.remove(name)
    let copy = try folder.createFile(name)
    do {
      try copyBytes(source, copy, before.size)
      try copy.setModified(before.modified)
      try group.syncFile(copy)
      let after = try source.identity()
      if after.isUnchanged(since: before), try isEqual(source, copy) { return true }
    } catch {
      _ = try? folder.remove(name)
      throw error
    }
    try folder.remove(name)
    return false
  }

  /// Whether two files hold the same bytes.
  public static func isEqual(_ a: Descriptor, _ b: Descriptor) throws(SystemError) -> Bool {
    let size = try a.identity().size
    guard try b.identity().size == size else { return false }
    var offset = 0
    while offset < size {
      let count = min(pieceBytes, size - offset)
      guard try a.read(at: offset, count: count) == b.read(at: offset, count: count) else { return false }
      offset += count
    }
    return true
  }

  private static func copyBytes(_ source: Descriptor, _ copy: Descriptor, _ size: Int) throws(SystemError) {
    var offset = 0
    while offset < size {
      let piece = try source.read(at: offset, count: min(pieceBytes, size - offset))
      if piece.isEmpty { return }  // it shrank: the comparison says so
      try copy.write(piece, at: offset)
      offset += piece.count
    }
  }
}
