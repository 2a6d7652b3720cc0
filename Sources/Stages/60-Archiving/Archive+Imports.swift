import Glibc
import Model
import System

/// Which patient import is in force, told beside the records themselves.
///
/// An import's file is durable in the archive before the journal commits its rows, so that the file alone does not say whether
/// the import was ever in force. After the commit an empty file is made in `<archive>/imports/`, whose name is the import's
/// moment in microseconds: a journal that lacks that import has lost it, and finding out costs one listing. Older ones are
/// removed. An archive of an older release has no such folder until its next import.
extension Archive {
  /// Made by ``create(at:uuid:limits:)``; in archives of older releases by the first import.
  public var imports: FilePath { path.appending(ArchiveLayout.importsName) }

  /// Whether imports in force are told here.
  public var tellsImports: Bool { (try? Files.stat(imports)?.kind == .folder) ?? false }

  /// Moment of the newest import that was in force; nil: none is told.
  public func importInForce() throws -> Timestamp? {
    guard try Files.stat(imports)?.kind == .folder else { return nil }
    return try Files.list(imports).compactMap { Self.moment(of: $0) }.max()
  }

  /// Tells that an import is in force, once it is committed; durable when it returns. May be repeated.
  public func tellImport(at moment: Timestamp) throws {
    let changed = try Files.makeFolders([ArchiveLayout.importsName], below: path)
    let group = try SyncGroup(on: path)
    for folder in changed { try group.syncFolder(folder) }
    do { try Files.write(imports.appending("\(moment.microseconds)"), []) } catch {
      // Another try, or another process, told it.
      if error.errno != EEXIST { throw error }
    }
    try group.syncFolder(imports)
    // What comes back after a power cut is older than what stays.
    try forgetImports { $0 < moment }
  }

  /// For a rebuild: the import that the journal has now is the newest, whatever was told before.
  /// - Parameter moment: nil: it has none.
  public func retellImport(at moment: Timestamp?) throws {
    if let moment { try tellImport(at: moment) }
    guard try Files.stat(imports) != nil else { return }
    try forgetImports { $0 != moment }
    try SyncGroup.syncFolder(imports)
  }

  private func forgetImports(_ isOver: (Timestamp) -> Bool) throws {
    for entry in try Files.list(imports) {
      if let moment = Self.moment(of: entry), isOver(moment) { try Files.remove(imports.appending(entry.name)) }
    }
  }

  /// Moment of the newest import file, in force or not; nil: there is none. Reads every inventory; those that cannot be read
  /// are for ``verify(expected:report:progress:)`` to name.
  public func newestImport() throws -> Timestamp? {
    let names = Set(RecordKind.imports.map(\.fileName))
    var newest: Timestamp?
    try forEachObject { _, _, object in
      guard let id = DocumentID(objectName: object.name), let inventory = try? headInventory(of: id),
        inventory.headState.count == 1, let files = inventory.headState.values.first, files.count == 1,
        names.contains(files[0])
      else { return }
      let moments = inventory.versions.values.map(\.created)
      newest = (moments + [newest].compactMap(\.self)).max()
    }
    return newest
  }

  /// Names in the folder of imports that are none of ours.
  func strangeImports() throws -> [String] {
    guard try Files.stat(imports)?.kind == .folder else { return [] }
    return try Files.list(imports).filter { Self.moment(of: $0) == nil }.map {
      "\(ArchiveLayout.importsName)/\(EscapedText(bytes: $0.name))"
    }
  }

  /// nil: the name is none of ours.
  private static func moment(of entry: DirectoryEntry) -> Timestamp? {
    let name = String(decoding: entry.name, as: UTF8.self)
    guard entry.kind != .folder, let microseconds = Int64(name), String(microseconds) == name else { return nil }
    return Timestamp(microseconds: microseconds)
  }
}
