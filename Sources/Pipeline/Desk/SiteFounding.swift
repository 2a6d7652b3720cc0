import Archiving
import Formats
import Journaling
import Model
import System

/// One thing that `init` did or found.
public struct FoundingStep: Hashable, Sendable, Codable {
  public enum Outcome: String, Hashable, Sendable, Codable {
    case created
    case closed
    /// It lies on another mount than it did, and that is meant.
    case accepted
    case alreadyThere = "already-there"
  }
  public var outcome: Outcome
  /// `drop folder`, `archive`, …
  public var what: String
  public var path: String
}

/// Why `init` refuses: exit code 78. What it had made by then stays and harms nothing.
public enum FoundingError: Error, Hashable, Sendable, CustomStringConvertible {
  case archiveWithoutJournal(archive: String)
  case journalWithoutArchive(journal: String, uuid: String, archive: String)
  case differentArchive(journal: String, archive: String)
  case archiveFolderNotEmpty(path: String, found: String)
  case missingPart(what: String, path: String)
  case noFolder(path: String)

  public var description: String {
    switch self {
    case .archiveWithoutJournal(let archive):
      "There is an archive with records at \(archive) and no journal. `init` makes new sites only: "
        + "run `chartroom rebuild`."
    case .journalWithoutArchive(let journal, let uuid, let archive):
      "The journal \(journal) belongs to archive \(uuid), and there is none at \(archive). "
        + "Is a mount gone? Mount it or correct archiving.archive."
    case .differentArchive(let journal, let archive):
      "The journal belongs to archive \(journal), and the one that lies here is \(archive). Mount the right one."
    case .archiveFolderNotEmpty(let path, let found):
      "\(path) is to be a new archive and already holds '\(found)'. Choose an empty folder in archiving.archive."
    case .missingPart(let what, let path):
      "This site has filed batches, and its \(what) folder \(path) is missing. Is a mount gone? "
        + "It is never made by the way."
    case .noFolder(let path): "\(path) is there and is no folder. Move it away or change the configuration."
    }
  }
}

/// Makes a new site's folders, archive and identity, once (DESIGN §6 `init`). May be repeated after a crash at any
/// point.
public struct SiteFounding {
  private let paths: SitePaths
  private let stations: [String]
  /// Mode bits of folders of ours that are taken away where they are found.
  private let refused: UInt32
  /// Every folder of ours is for our own user alone: patient data.
  private static let mode: UInt32 = 0o700

  public private(set) var steps: [FoundingStep] = []

  /// - Parameter configuration: its stations get their sub-folders.
  public init(paths: SitePaths, configuration: Configuration) {
    self.paths = paths
    refused = configuration.facility.othersMayRead ? 0o022 : 0o077
    stations = configuration.stations.keys.filter { $0 != "default" && isPlainName(Array($0.utf8)) }.sorted()
  }

  // MARK: What is there

  /// What the archive's place holds before anything is made.
  public enum ArchiveState: Hashable, Sendable {
    case none
    /// Made and never used.
    case empty(uuid: String)
    case used(uuid: String)
  }

  public func archiveState() throws -> ArchiveState {
    guard try Files.exists(paths.archive) else { return .none }
    let names = try Files.list(paths.archive).map { String(decoding: $0.name, as: UTF8.self) }
    guard names.contains("archive.json") else {
      if let stranger = names.first(where: { !["staging", "root", "lost+found"].contains($0) }) {
        throw FoundingError.archiveFolderNotEmpty(
          path: paths.archive.description, found: EscapedText(stranger).description)
      }
      return .none
    }
    let archive = try Archive.open(at: paths.archive, expecting: nil)
    let isUsed = try Files.list(paths.archive.appending("root")).contains { $0.kind == .folder && $0.name.count == 2 }
    let hasManifests = try Files.exists(paths.manifests) && Files.list(paths.manifests).contains { $0.kind == .folder }
    return isUsed || hasManifests ? .used(uuid: archive.uuid) : .empty(uuid: archive.uuid)
  }

  /// - Parameter identity: the journal's; nil: it is missing or empty.
  /// - Throws: ``FoundingError`` where one half of a site is there without the other.
  public func check(_ archive: ArchiveState, identity: SiteIdentity?) throws(FoundingError) {
    switch (archive, identity) {
    case (.none, nil), (.empty, nil): return
    case (.used, nil): throw .archiveWithoutJournal(archive: paths.archive.description)
    case (.none, let identity?):
      throw .journalWithoutArchive(
        journal: paths.journal.description, uuid: identity.archive, archive: paths.archive.description)
    case (.empty(let uuid), let identity?), (.used(let uuid), let identity?):
      if uuid != identity.archive { throw .differentArchive(journal: identity.archive, archive: uuid) }
    }
  }

  // MARK: Making

  /// The folders, durable when it returns.
  /// - Parameter isUsed: batches were filed here: then a missing folder of ours is a mount that is gone, and is
  /// refused.
  public mutating func makeFolders(isUsed: Bool) throws {
    let ours = [
      ("claimed", paths.claimed), ("originals", paths.originals), ("archive", paths.archive),
      ("manifests", paths.manifests),
    ]
    if isUsed {
      for (what, path) in ours where try !Files.exists(path) {
        throw FoundingError.missingPart(what: what, path: path.description)
      }
    }
    for (what, path) in ours { try make(what, path, isClosed: true) }
    for path in [paths.journal.parent, paths.index.parent] where try !Files.exists(path) {
      try make("database folder", path, isClosed: true)
    }
    for drop in paths.drop {
      try make("drop folder", drop, isClosed: false)
      for station in stations { try make("station", drop.appending(Array(station.utf8)), isClosed: false) }
    }
  }

  /// The archive with its identity.
  public mutating func makeArchive(_ state: ArchiveState) throws -> Archive {
    switch state {
    case .empty(let uuid), .used(let uuid):
      note(.alreadyThere, "archive \(uuid)", paths.archive)
      return try Archive.open(at: paths.archive, expecting: uuid)
    case .none:
      let archive = try Archive.create(at: paths.archive, uuid: randomUUID())
      note(.created, "archive \(archive.uuid)", paths.archive)
      return archive
    }
  }

  public mutating func noteJournal(isNew: Bool) { note(isNew ? .created : .alreadyThere, "journal", paths.journal) }
  public mutating func noteIndex(isNew: Bool) { note(isNew ? .created : .alreadyThere, "index", paths.index) }

  public mutating func noteAccepted(_ place: FolderPlace) {
    note(.accepted, "on the filesystem at \(place.mount)", FilePath(bytes: place.folder.bytes))
  }

  /// - Parameter isClosed: an existing folder is closed to others too; drop folders stay as their owner made them.
  private mutating func make(_ what: String, _ path: FilePath, isClosed: Bool) throws {
    if let found = try Files.stat(path) {
      guard found.kind == .folder else { throw FoundingError.noFolder(path: path.description) }
      guard isClosed, found.mode & refused != 0 else { return note(.alreadyThere, what, path) }
      try Files.setMode(path, found.mode & ~refused)
      return note(.closed, what, path)
    }
    var missing = [path]
    while try !Files.exists(missing[0].parent) { missing.insert(missing[0].parent, at: 0) }
    let group = try SyncGroup(on: missing[0].parent)
    for folder in missing { try Files.makeFolder(folder, mode: Self.mode) }
    for folder in missing { try group.syncFolder(folder.parent) }
    note(.created, what, path)
  }

  private mutating func note(_ outcome: FoundingStep.Outcome, _ what: String, _ path: FilePath) {
    steps.append(FoundingStep(outcome: outcome, what: what, path: path.description))
  }
}
