import Formats
import Model
import System

/// What a verification went through.
public struct VerifySummary: Hashable, Sendable {
  public var objects = 0
  public var files = 0
  /// Of the content files.
  public var bytes = 0
  public var errors = 0
  public var warnings = 0
}

private let restore = "restore it from a copy of the archive"

extension Archive {
  /// Reads back every byte of the archive and reports what is not as it was written: one flipped bit anywhere is found
  /// and its file named. Writes nothing; a batch that is filed meanwhile may give findings that the next run no longer
  /// gives.
  /// - Parameters:
  ///   - expected: what manifests and corrections say must be there; nil: only the archive by itself is judged.
  ///   - report: gets each finding as it is found; may throw to stop.
  ///   - progress: called after each object.
  /// - Throws: what `report` throws, or `SystemError` where a folder of the root cannot be listed at all.
  public func verify(
    expected: ExpectedArchive?, report: (ArchiveFinding) throws -> Void,
    progress: (VerifySummary) throws -> Void = { _ in }
  ) throws -> VerifySummary {
    var summary = VerifySummary()
    func note(_ finding: ArchiveFinding) throws {
      if finding.severity == .error { summary.errors += 1 } else { summary.warnings += 1 }
      try report(finding)
    }
    for finding in try fixedFileFindings() + stagingFindings() + strayFindings() { try note(finding) }
    var missing = expected?.objects ?? [:]
    try forEachTuple { tuple, objects in
      if objects.isEmpty {
        let remedy = "`chartroom run` removes it, or remove it with rmdir"
        try note(
          .init(
            .leftover, "an empty folder, which OCFL does not allow", where: tuple, remedy: remedy, severity: .warning))
      }
      for object in objects {
        var check = ObjectVerifier(archive: self, tuple: tuple, name: object.name)
        check.run(object, expected: expected)
        if let id = check.id { missing[id] = nil }
        for finding in check.findings { try note(finding) }
        summary.objects += 1
        summary.files += check.files
        summary.bytes += check.bytes
        try progress(summary)
      }
    }
    for id in missing.keys.sorted() {
      try note(
        .init(
          .missing, "\(id) is named by a manifest and is not there", where: "root/" + ocflObjectPath(of: id),
          remedy: restore))
    }
    return summary
  }

  private func fixedFileFindings() throws -> [ArchiveFinding] {
    var fixed = [(ArchiveLayout.identityName, try identityBytes())]
    for file in ArchiveLayout.rootFiles { fixed.append(("root/" + file.path.joined(separator: "/"), file.bytes)) }
    return fixed.compactMap { path, bytes in
      do {
        guard try Files.exists(self.path.appending(path)) else {
          return .init(.missing, "a fixed file of the archive is missing", where: path, remedy: restore)
        }
        if try Files.read(self.path.appending(path), limit: 4096) == bytes { return nil }
        return .init(.altered, "it must be: \(EscapedText(bytes: bytes))", where: path, remedy: restore)
      } catch { return .init(.unreadable, "\(error)", where: path, remedy: restore) }
    }
  }

  private func stagingFindings() throws -> [ArchiveFinding] {
    try Files.list(staging).map {
      let path = "staging/\(EscapedText(bytes: $0.name))"
      return .init(
        .leftover, "something that is being written or was left by a crash", where: path,
        remedy: "`chartroom run` finishes or removes it", severity: .warning)
    }
  }

  /// Names that have no place: beside the root, in it, in `extensions`.
  private func strayFindings() throws -> [ArchiveFinding] {
    let own = [
      ArchiveLayout.identityName, ArchiveLayout.stagingName, ArchiveLayout.importsName, ArchiveLayout.rootName,
    ]
    var strays = try others(in: "", own) + strangeImports()
    let names = Set(ArchiveLayout.rootFiles.map { $0.path[0] })
    strays += try others(in: "root", Array(names))
    strays += try others(in: "root/extensions", [ArchiveLayout.extensionName])
    strays += try others(in: "root/extensions/" + ArchiveLayout.extensionName, ["config.json"])
    return strays.map {
      .init(
        .strayFile, "only Chartroom writes here, and it did not write this", where: $0,
        remedy: "look at it and move it elsewhere")
    }
  }

  private func others(in folder: String, _ names: [String]) throws -> [String] {
    let place = path.appending(folder)
    guard try Files.stat(place)?.kind == .folder else { return [] }
    return try Files.list(place).filter { entry in
      !names.contains { Array($0.utf8) == entry.name } && !(folder == "root" && entry.isTuple)
    }.map { (folder.isEmpty ? "" : folder + "/") + EscapedText(bytes: $0.name).description }
  }

  /// Second-level tuple folders with the names in them; first-level entries that are no tuple come as objects, so that
  /// they are judged too.
  private func forEachTuple(_ body: (_ path: String, _ objects: [DirectoryEntry]) throws -> Void) throws {
    for first in try Files.list(root) where first.isTuple {
      let outer = "root/" + String(decoding: first.name, as: UTF8.self)
      let seconds = try Files.list(path.appending(outer))
      let strays = seconds.filter { !$0.isTuple }
      if seconds.isEmpty || !strays.isEmpty { try body(outer, strays) }
      for second in seconds where second.isTuple {
        let inner = outer + "/" + String(decoding: second.name, as: UTF8.self)
        try body(inner, try Files.list(path.appending(inner)))
      }
    }
  }
}
