import Archiving
import Formats
import Glibc
import Journaling
import Manifesting
import Model
import Pipeline
import SQLiteStores
import Synchronization
import System

/// The composition root: the one place that names concrete stores.
struct SiteFiles {
  /// pipeline.json is small; more is something else.
  private static let configurationBytesMax = 4 << 20

  let configuration: Configuration
  let configurationBytes: [UInt8]
  let paths: SitePaths
  /// `--operator`.
  private let asked: String?

  /// Reads and checks the configuration. Touches nothing else.
  init(_ options: SiteOptions) throws {
    let path = absolutePath(options.config)
    asked = options.operator
    do {
      configurationBytes = try Files.read(path, limit: Self.configurationBytesMax)
    } catch { throw VerbError.site("The configuration \(path) cannot be read: \(error)") }
    configuration = try loadConfiguration(bytes: configurationBytes)
    try refuseBadGrammar(in: configuration)
    try demandOpenFiles(for: configuration.limits)
    paths = try SitePaths(configuration, base: path.parent)
  }

  /// Does one verb on the site: the only way in for all of them but `init` and `rebuild`, which make what is opened here.
  /// - Throws: what is wrong with the site (exit 78), `DeskRefusal`, and what `body` throws.
  func act<Value>(
    _ verb: DeskVerb, glass: GlassOption? = nil, about subject: AuditSubject = AuditSubject(),
    _ body: (DeskAction) async throws -> Value
  ) async throws -> Value {
    let site = try await open(forVerify: verb == .verify)
    return try await Desk(site: site, who: who).act(
      verb, glass: glass?.breakGlass, about: subject, onUnrecorded: Output.error, body)
  }

  /// Whom a verb is asked about, for the record of its refusal. Of `-` nothing: then nothing is read either.
  func subject(ofPatient typed: String) -> AuditSubject {
    guard typed != "-" else { return AuditSubject() }
    let (authority, number) = ChartDesk.parts(of: typed)
    return AuditSubject(patient: PatientKey(authority: authority ?? configuration.facility.authority, mrn: number))
  }

  /// Who is at the keyboard, and for whom.
  var who: DeskOperator { DeskOperator(login: loginUser(), asked: asked, configuration: configuration) }

  /// Refuses where anything is missing or differs (exit 78). Verbs call `act`, so that none is unrecorded; tests this.
  /// - Parameter isVerifying: damage of the archive's fixed files and an import that the journal lost are findings, and no refusal.
  func open(forVerify isVerifying: Bool = false) async throws -> Site {
    try Site.checkFolders(paths, othersMayRead: configuration.facility.othersMayRead)
    guard try Files.exists(paths.journal) else { throw SiteError.missingJournal(paths.journal.description) }
    let journal = try openJournal(create: false)
    guard let identity = try await journal.identity() else {
      throw SiteError.emptyJournal(archive: paths.archive.description)
    }
    try await SiteMounts(paths, journal: journal).check()
    let archive: Archive
    do { archive = try Archive.open(at: paths.archive, expecting: identity.archive) } catch {
      guard isVerifying, let damaged = try await damagedArchive(of: identity, journal) else {
        throw SiteError.archive(error.description)
      }
      archive = damaged
    }
    let age = JournalAge(journal: journal, manifests: try ManifestStore(paths.manifests), archive: archive)
    try await age.check()
    if !isVerifying { try await age.checkImports() }
    return try site(journal: journal, identity: identity, archive: archive)
  }

  /// The journal, closed with the verb.
  func openJournal(create: Bool) throws -> SQLiteJournal {
    let journal = try SQLiteJournal(path: text(paths.journal), create: create)
    OpenStores.ofVerb?.add { try journal.close() }
    return journal
  }

  /// The archive although it does not say that it is ours: it has a document of the journal's, or there is none to ask for. Of
  /// another archive, where a wrong disk is mounted, everything would be missing.
  private func damagedArchive(of identity: SiteIdentity, _ journal: SQLiteJournal) async throws -> Archive? {
    guard let archive = Archive.openDamaged(at: paths.archive, uuid: identity.archive) else { return nil }
    let documents = try await journal.documents(after: nil, limit: 20)
    let isOurs = try documents.isEmpty || documents.contains { try archive.contains($0.document.id) }
    return isOurs ? archive : nil
  }

  /// A site from its parts.
  func site(journal: SQLiteJournal, identity: SiteIdentity, archive: Archive) throws -> Site {
    let index = try SQLiteChartIndex(path: text(paths.index), create: true)
    OpenStores.ofVerb?.add { try index.close() }
    return Site(
      configuration: configuration, configurationBytes: configurationBytes, paths: paths, identity: identity,
      journal: journal, index: index, archive: archive,
      manifests: try ManifestStore(paths.manifests), clock: SystemClock())
  }

  /// SQLite wants text; a configuration's paths are text already.
  func text(_ path: FilePath) -> String { String(decoding: path.bytes, as: UTF8.self) }
}

/// A path as typed, made absolute against the current folder.
func absolutePath(_ typed: String) -> FilePath {
  guard !typed.hasPrefix("/"), let current = getcwd(nil, 0) else { return resolvedPath(typed, against: FilePath("/")) }
  defer { free(current) }
  return resolvedPath(typed, against: FilePath(String(cString: current)))
}

/// A refusal with its exit code.
enum VerbError: Error, CustomStringConvertible {
  case site(String)
  case failed(String)
  case usage(String)
  case busy(String)

  var description: String {
    switch self {
    case .site(let what), .failed(let what), .usage(let what), .busy(let what): what
    }
  }
}

/// The exit code and the sentence for any error that a verb let out (DESIGN §6).
func exitStatus(for error: any Error) -> Int32 {
  switch error {
  case let error as VerbError:
    switch error {
    case .site: ExitStatus.site
    case .failed: ExitStatus.failed
    case .usage: ExitStatus.usage
    case .busy: ExitStatus.busy
    }
  case is ConfigurationError, is SiteError, is TooFewOpenFiles: ExitStatus.site
  case let error as JournalError:
    switch error {
    case .busy: ExitStatus.busy
    case .newerSchema, .damaged, .malformed: ExitStatus.site
    case .disk, .leaseLost: ExitStatus.failed
    }
  case ArchiveError.busy, DeskError.indexContended, CorrectionConflict.inHand: ExitStatus.busy
  case let error as ArchiveError: error.isSiteError ? ExitStatus.site : ExitStatus.failed
  case ManifestError.missingFolder: ExitStatus.site
  default: ExitStatus.failed
  }
}

/// Runs a verb's body; turns what it throws into one line on stderr and the exit code.
func reporting(_ body: () async throws -> Int32) async -> Int32 {
  let stores = OpenStores()
  defer { stores.closeAll() }
  do { return try await OpenStores.$ofVerb.withValue(stores) { try await body() } } catch {
    Output.error("\(error)")
    return exitStatus(for: error)
  }
}

/// The databases of a verb, closed before the process ends: it may end before the last task has let go of them, and their
/// logs would then lie there until the next verb.
final class OpenStores: Sendable {
  /// Of the verb that this task carries out.
  @TaskLocal static var ofVerb: OpenStores?

  private let stores = Mutex<[@Sendable () throws -> Void]>([])

  func add(_ close: @escaping @Sendable () throws -> Void) { stores.withLock { $0.append(close) } }

  /// What cannot be closed, because something still reads, is closed by the process's end.
  func closeAll() {
    let all = stores.withLock { stores in
      defer { stores = [] }
      return stores
    }
    for close in all { try? close() }
  }
}
