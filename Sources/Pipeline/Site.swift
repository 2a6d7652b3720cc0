import Archiving
import Formats
import Journaling
import Manifesting
import Model
import System

/// The folders of a site as absolute paths, resolved against the configuration file's folder.
public struct SitePaths: Hashable, Sendable {
  public var drop: [FilePath]
  public var claimed: FilePath
  public var originals: FilePath
  public var archive: FilePath
  public var manifests: FilePath
  /// Database files.
  public var journal: FilePath
  public var index: FilePath

  /// - Parameter base: the folder of the configuration file, absolute.
  /// - Throws: ``SiteError/unknownStore(_:)``.
  public init(_ configuration: Configuration, base: FilePath) throws(SiteError) {
    func resolve(_ path: String) -> FilePath { resolvedPath(path, against: base) }
    func database(_ address: String) throws(SiteError) -> FilePath {
      guard address.hasPrefix("sqlite:") else { throw .unknownStore(address) }
      return resolve(String(address.dropFirst("sqlite:".count)))
    }
    drop = configuration.claiming.drop.map(resolve)
    claimed = resolve(configuration.claiming.claimed)
    originals = resolve(configuration.claiming.originals)
    archive = resolve(configuration.archiving.archive)
    manifests = resolve(configuration.manifesting.manifests)
    journal = try database(configuration.journal)
    index = try database(configuration.index)
  }

  /// Folders that must be there before any verb works on the site.
  public var required: [FilePath] { drop + [claimed, originals, archive, manifests] }
}

/// A path as a person writes it, made absolute: `.` and `..` are resolved as text, doubled slashes are one.
public func resolvedPath(_ written: String, against base: FilePath) -> FilePath {
  var parts: [[UInt8]] = []
  let isAbsolute = written.hasPrefix("/")
  let whole = (isAbsolute ? [] : base.bytes + [UInt8(ascii: "/")]) + Array(written.utf8)
  for part in whole.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
    if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(Array(part)) }
  }
  return FilePath(bytes: [UInt8(ascii: "/")] + parts.joined(separator: [UInt8(ascii: "/")]))
}

/// Why a site cannot be worked on: exit code 78. Nothing was touched.
public enum SiteError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownStore(String)
  case missingFolder(String)
  case openToOthers(path: String, mode: UInt32, isFolder: Bool)
  case missingJournal(String)
  case emptyJournal(archive: String)
  case journalBehind(manifests: String, journal: Int, found: Int)
  /// The journal lacks a patient import that was in force.
  case importLost(archive: String, at: Timestamp, journal: Timestamp?)
  /// A folder lies on the filesystem above the one that it was on.
  case unmounted(folder: String, mount: String)
  case archive(String)

  public var description: String {
    switch self {
    case .unknownStore(let address):
      "'\(address)' names no store that this release knows; write sqlite:PATH"
    case .missingFolder(let path):
      "\(path) is missing. Is a mount gone? A missing folder is never made by the way; `chartroom init` makes a new site."
    case .openToOthers(let path, let mode, let isFolder):
      "\(path) has mode \(String(mode & 0o777, radix: 8)): others can \(mode & 0o022 == 0 ? "read" : "change") patient data. "
        + "Run `chmod \(isFolder ? "700" : "600")` on it"
        + (mode & 0o022 == 0 ? ", or set facility.othersMayRead if they may." : ".")
    case .missingJournal(let path):
      "The journal \(path) is missing. For a new site run `chartroom init`; after a loss run `chartroom rebuild`."
    case .emptyJournal(let archive):
      "The journal is empty while the archive \(archive) is not. Run `chartroom rebuild`."
    case .journalBehind(let manifests, let journal, let found):
      "The journal ends at record \(journal), and \(manifests) holds record \(found): the journal is an older copy. "
        + "Nothing was touched. Run `chartroom rebuild`."
    case .importLost(let archive, let moment, let journal):
      "The patient import of \(moment) was in force, as \(archive) tells, and the newest one in the journal is "
        + "\(journal.map { "of \($0)" } ?? "none"): the journal is an older copy, or lost its end. Nothing was touched. "
        + "Run `chartroom rebuild`, which takes the file from the archive."
    case .unmounted(let folder, let mount):
      "\(folder) was on the filesystem mounted at \(mount), and nothing is mounted there now. Nothing was touched. Mount it; "
        + "if the folder is to stay where it lies now, run `chartroom init --accept-mounts`."
    case .archive(let what): what
    }
  }
}

/// One opened site: configuration, stores, archive. Made by the composition root, handed to whoever works on it.
public struct Site: Sendable {
  public let configuration: Configuration
  /// Exact bytes of the configuration in force and their digest; kept in the archive with the first thing that it decides.
  public let configurationBytes: [UInt8]
  public let configurationDigest: ContentDigest
  public let paths: SitePaths
  public let identity: SiteIdentity
  public let journal: any Journal & PatientIndex & DeskJournal & QualityJournal & FingerprintJournal
  public let index: any ChartIndex
  public let archive: Archive
  public let manifests: ManifestStore
  public let clock: SystemClock

  public init(
    configuration: Configuration, configurationBytes: [UInt8], paths: SitePaths, identity: SiteIdentity,
    journal: any Journal & PatientIndex & DeskJournal & QualityJournal & FingerprintJournal, index: any ChartIndex,
    archive: Archive,
    manifests: ManifestStore,
    clock: SystemClock
  ) {
    self.configuration = configuration
    self.configurationBytes = configurationBytes
    configurationDigest = sha256(configurationBytes)
    self.paths = paths
    self.identity = identity
    self.journal = journal
    self.index = index
    self.archive = archive
    self.manifests = manifests
    self.clock = clock
  }

  /// Each configuration that decides something is kept in the archive. Several processes may want to at once; one of them does, the
  /// others wait for it.
  func keepConfiguration(at moment: Timestamp) async throws {
    try await patiently {
      if try archive.contains(RecordKind.configuration.id(of: configurationDigest)) { return }
      _ = try archive.storeRecord(.configuration, bytes: configurationBytes, at: moment)
    }
  }

  /// Every required folder is there and is a folder, and what we keep is closed to others.
  /// - Parameter othersMayRead: `facility.othersMayRead`.
  public static func checkFolders(_ paths: SitePaths, othersMayRead: Bool) throws {
    for path in paths.required {
      guard try Files.stat(path)?.kind == .folder else { throw SiteError.missingFolder(path.description) }
    }
    try SitePrivacy(paths, othersMayRead: othersMayRead).check()
  }
}
