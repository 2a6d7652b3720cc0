import ArgumentParser
import Archiving
import Journaling
import Model
import Pipeline
import SQLiteStores
import System

/// Makes a new site; the only verb that creates folders.
struct InitVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Creates the folders, archive, journal and index of a new site, once.",
    discussion: """
      Harmless when all is there, and may be repeated after a crash. Every folder gets mode 700, drop folders too: \
      give the scanners' account the right to write there yourself (chgrp and chmod 2770). An existing drop folder \
      stays as it is. On which mounts the folders lie is kept; where one is gone this verb refuses like every other one, unless \
      --accept-mounts says that it is meant.
      """)

  @OptionGroup var options: SiteOptions

  @Flag(name: .long, help: "Take the folders where they lie now, though a filesystem that one was on is not mounted.")
  var acceptMounts = false

  func run() async throws {
    try finish(
      await reporting {
        do { return try await found() } catch let error as FoundingError { throw VerbError.site("\(error)") }
      })
  }

  private func found() async throws -> Int32 {
    let files = try SiteFiles(options)
    // A site that is there already hears of the refusal.
    let known = try? files.openJournal(create: false)
    try await files.refuseOthers(.initialize, recordingIn: known)
    var founding = SiteFounding(paths: files.paths, configuration: files.configuration)
    let archiveState = try founding.archiveState()
    let before = try await knownIdentity(files)
    try founding.check(archiveState, identity: before)
    if before != nil, !acceptMounts { try await SiteMounts(files.paths, journal: try openJournal(files)).check() }
    try founding.makeFolders(isUsed: try await isUsed(files, before))
    let archive = try founding.makeArchive(archiveState)
    try await makeDatabases(files, archive, before, &founding)
    try tell(founding.steps)
    return ExitStatus.done
  }

  /// The identity in the journal; nil: there is none, or it is empty. Nothing is created by asking.
  private func knownIdentity(_ files: SiteFiles) async throws -> SiteIdentity? {
    guard let found = try Files.stat(files.paths.journal), found.size > 0 else { return nil }
    return try await openJournal(files).identity()
  }

  private func openJournal(_ files: SiteFiles) throws -> SQLiteJournal { try files.openJournal(create: true) }

  private func isUsed(_ files: SiteFiles, _ identity: SiteIdentity?) async throws -> Bool {
    guard identity != nil else { return false }
    return try await !openJournal(files).batches(limit: 1).isEmpty
  }

  private func makeDatabases(
    _ files: SiteFiles, _ archive: Archive, _ before: SiteIdentity?, _ founding: inout SiteFounding
  ) async throws {
    let journal = try openJournal(files)
    if before == nil {
      // The identity comes last: without it no other verb works on the site.
      try await journal.establish(
        SiteIdentity(archive: archive.uuid, createdAt: SystemClock().now(), foreignKey: newForeignKey()))
    }
    founding.noteJournal(isNew: before == nil)
    let hadIndex = try Files.exists(files.paths.index)
    let index = try SQLiteChartIndex(path: files.text(files.paths.index), create: true)
    OpenStores.ofVerb?.add { try index.close() }
    founding.noteIndex(isNew: !hadIndex)
    try SyncGroup.syncFolder(files.paths.journal.parent)
    if before == nil || acceptMounts {
      for place in try await SiteMounts(files.paths, journal: journal).accept() { founding.noteAccepted(place) }
    }
    try await journal.append(files.event(.initialize))
  }

  private func tell(_ steps: [FoundingStep]) throws {
    for step in steps {
      if options.json {
        try Output.json(step)
      } else {
        let outcome =
          switch step.outcome {
          case .created: "created"
          case .closed: "closed to others"
          case .accepted: "accepted where it lies now"
          case .alreadyThere: "already there"
          }
        Output.line("\(step.what): \(step.path) (\(outcome))")
      }
    }
    if !options.json, steps.contains(where: { $0.what == "drop folder" && $0.outcome == .created }) {
      Output.line("Next: give the scanners' account the right to write into the drop folder, and load patients with")
      Output.line("`chartroom patients import FILE`.")
    }
  }
}
