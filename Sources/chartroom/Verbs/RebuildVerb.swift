import ArgumentParser
import Archiving
import Journaling
import Manifesting
import Model
import Pipeline
import SQLiteStores
import System

/// The journal and the index anew, from archive and manifests alone (I7).
struct RebuildVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Makes the index anew, and a lost, empty or older journal too, from archive and manifests.",
    discussion: """
      With a sound journal only the index is made, and manifest files that are missing are written again. What \
      cannot be had back from archive and manifests is said. May be stopped and started again.
      """)

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(await reporting { try await rebuild() })
  }

  private func rebuild() async throws -> Int32 {
    let files = try SiteFiles(options)
    try Site.checkFolders(files.paths, othersMayRead: files.configuration.facility.othersMayRead)
    let archive: Archive
    do { archive = try Archive.open(at: files.paths.archive, expecting: nil) } catch {
      throw VerbError.site("\(error)")
    }
    let work = LongWork(isSilent: options.json)
    let journal = try openJournal(files)
    let event = files.event(.rebuild)
    try await files.refuseOthers(.rebuild, recordingIn: journal)
    var rebuild = SiteRebuild(
      journal: journal,
      index: try SQLiteChartIndex(path: files.text(files.paths.index), create: true), archive: archive,
      manifests: try ManifestStore(files.paths.manifests), loading: try PatientLoading(files.configuration),
      claimed: files.paths.claimed, clock: SystemClock(), event: event
    ) { what, count in work.show("\(what): \(count)") }
    do {
      let report = try await rebuild.run()
      work.clear()
      if options.json { try Output.json(RebuildLine(report)) } else { tell(report) }
      return ExitStatus.done
    } catch let error as RebuildError {
      work.clear()
      if case .otherArchive = error { throw VerbError.site("\(error)") }
      throw VerbError.failed("\(error)")
    }
  }

  private func openJournal(_ files: SiteFiles) throws -> SQLiteJournal {
    do { return try SQLiteJournal(path: files.text(files.paths.journal), create: true) } catch JournalError.damaged(
      let what)
    {
      throw VerbError.site("\(what). Put the journal aside (with its -wal and -shm) and run `chartroom rebuild` again.")
    }
  }

  private func tell(_ report: RebuildReport) {
    if report.journalIsNew || report.recordsRestored > 0 {
      Output.line(
        "\(report.journalIsNew ? "The journal was made anew" : "The journal was behind the manifests"): "
          + "\(Wording.count(report.recordsRestored, "record")) of the chain restored, "
          + "\(Wording.count(report.importsLoaded, "patient file")) loaded again.")
      if report.importLinesLeftOut > 0 {
        Output.line("\(Wording.count(report.importLinesLeftOut, "line")) of them were left out, as at their import.")
      }
      tellLosses(report)
    } else {
      Output.line("The journal is sound and stays as it is: \(Wording.count(report.records, "record")).")
      if report.importsLoaded > 0 { Output.line("\(Wording.count(report.importsLoaded, "patient file")) loaded.") }
    }
    if report.filesWritten > 0 {
      Output.line("\(Wording.count(report.filesWritten, "missing manifest file")) written again from the journal.")
    }
    if report.headsSettled > 0 {
      Output.line(
        "\(Wording.count(report.headsSettled, "correction")) that the lost journal had begun and not recorded "
          + "\(report.headsSettled == 1 ? "does" : "do") not hold.")
    }
    Output.line("The index was made anew from \(Wording.count(report.recordsIndexed, "record")).")
    for batch in report.claimedWithoutRow {
      Output.line("In claimed storage without a row of the journal: \(batch). The next `run` or `watch` takes it up.")
    }
    Output.line("Run `chartroom verify` to read everything back.")
  }

  private func tellLosses(_ report: RebuildReport) {
    Output.line("Not to be had back: troubles noted by earlier runs, since when incomplete files wait in drop folders,")
    Output.line("plans, without which nothing is decided again at a patient import, and the audit trail's records.")
    if report.journalIsNew {
      Output.line("The key of the hashes for foreign labels is new: the same label has another hash from now on.")
    }
    if report.unknownOnce > 0 {
      Output.line(
        "\(Wording.count(report.unknownOnce, "document")) with an unknown number may have waited "
          + "for the patient index: they are ordinary exceptions now.")
    }
  }
}

private struct RebuildLine: Encodable {
  var journalIsNew: Bool
  var recordsRestored: Int
  var records: Int
  var filesWritten: Int
  var importsLoaded: Int
  var importLinesLeftOut: Int
  var recordsIndexed: Int
  var claimedWithoutRow: [EscapedText]
  var unknownOnce: Int
  var headsSettled: Int
  init(_ report: RebuildReport) {
    journalIsNew = report.journalIsNew
    recordsRestored = report.recordsRestored
    records = report.records
    filesWritten = report.filesWritten
    importsLoaded = report.importsLoaded
    importLinesLeftOut = report.importLinesLeftOut
    recordsIndexed = report.recordsIndexed
    claimedWithoutRow = report.claimedWithoutRow
    unknownOnce = report.unknownOnce
    headsSettled = report.headsSettled
  }
}
