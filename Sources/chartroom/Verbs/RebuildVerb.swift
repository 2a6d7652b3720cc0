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
      cannot be had back from archive and manifests is said. May be stopped and started again. The audit trail is in the journal alone: \
      where the old one was put aside, --audit-from carries over what of its trail is proven, also into a journal that was made anew before.
      """)

  @OptionGroup var options: SiteOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A journal that was put aside, damaged or not, with its -wal and -shm beside it: its audit trail is carried over as far as "
        + "it is whole and fits the manifests.", valueName: "file"))
  var auditFrom: String?

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
    let lost = try lostJournal(files)
    var lostTrail: (@Sendable (_ after: Int, _ limit: Int) -> [StoredAuditRecord])?
    if let lost { lostTrail = { after, limit in lost.audit(after: after, limit: limit) } }
    let work = LongWork(isSilent: options.json)
    let journal = try openJournal(files)
    let event = files.event(.rebuild)
    try await files.refuseOthers(.rebuild, recordingIn: journal)
    work.show("checking the journal")
    try await refuseDamage(of: journal, files)
    // Missing files would be written into the folder below the mount.
    try await SiteMounts(files.paths, journal: journal).check()
    let index = try SQLiteChartIndex(path: files.text(files.paths.index), create: true)
    OpenStores.ofVerb?.add { try index.close() }
    var rebuild = SiteRebuild(
      journal: journal, index: index, archive: archive,
      manifests: try ManifestStore(files.paths.manifests), loading: try PatientLoading(files.configuration),
      claimed: files.paths.claimed, clock: SystemClock(), event: event,
      lostTrail: lostTrail
    ) { what, count in work.show("\(what): \(count)") }
    do {
      let report = try await rebuild.run()
      work.clear()
      if options.json { try Output.json(RebuildLine(report)) } else { tell(report) }
      return ExitStatus.done
    } catch let error as RebuildError {
      work.clear()
      switch error {
      case .otherArchive: throw VerbError.site("\(error)")
      case .nothingToCarry: throw VerbError.usage("\(error)")
      case .brokenChain: break
      }
      throw VerbError.failed("\(error)")
    }
  }

  private func lostJournal(_ files: SiteFiles) throws -> PutAsideJournal? {
    guard let auditFrom else { return nil }
    let path = absolutePath(auditFrom)
    guard try Files.exists(path) else {
      throw VerbError.usage("\(path) is not there. Give the journal that was put aside, by its name as it is now.")
    }
    guard path.description != files.paths.journal.description else {
      throw VerbError.usage("\(path) is the journal itself. Put it aside first (with its -wal and -shm).")
    }
    do { return try PutAsideJournal(path: files.text(path)) } catch {
      var why = "\(error)"
      if case JournalError.malformed(_, let detail) = error { why = detail }
      throw VerbError.usage(
        "\(path) is no journal whose audit trail can be read: \(why). Give another copy, or run `chartroom rebuild` "
          + "without it.")
    }
  }

  private func openJournal(_ files: SiteFiles) throws -> SQLiteJournal {
    do { return try files.openJournal(create: true) } catch JournalError.damaged(let what) {
      throw VerbError.site("\(what). To do: \(JournalError.remedy).")
    }
  }

  /// A damaged journal is no journal: what it says is not to be believed, and what a rebuild would write into it would be lost
  /// with it. It is put aside by a person, who sees to it that nothing else has it open.
  private func refuseDamage(of journal: SQLiteJournal, _ files: SiteFiles) async throws {
    let findings = try await journal.checkIntegrity()
    guard let first = findings.first else { return }
    let more = findings.count > 1 ? " (and \(findings.count - 1) more)" : ""
    throw VerbError.site("\(files.paths.journal) is damaged: \(first)\(more). To do: \(JournalError.remedy).")
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
      let records = Wording.count(report.records, "record")
      if report.importsLoaded > 0 {
        Output.line(
          "The journal was behind the archive: \(Wording.count(report.importsLoaded, "patient file")) loaded again. "
            + "Of the chain it has all: \(records).")
        if report.importLinesLeftOut > 0 {
          Output.line("\(Wording.count(report.importLinesLeftOut, "line")) of them were left out, as at their import.")
        }
      } else {
        Output.line("The journal is sound and stays as it is: \(records).")
      }
    }
    if report.auditRecordsCarried > 0 {
      Output.line(
        "\(Wording.count(report.auditRecordsCarried, "record")) of the audit trail came over from the old journal.")
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
    Output.line("and plans, without which nothing is decided again at a patient import.")
    if report.auditRecordsLost > 0 {
      Output.line(
        "The audit trail goes on where the newest manifest is anchored to it: "
          + "\(Wording.count(report.auditRecordsLost, "record")) before that went with the journal, as `audit verify` will say. "
          + "From an old journal that can still be read `chartroom rebuild --audit-from OLD` fills the gap."
      )
    }
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
  var auditRecordsCarried: Int
  var auditRecordsLost: Int
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
    auditRecordsCarried = report.auditRecordsCarried
    auditRecordsLost = report.auditRecordsLost
  }
}
