import ArgumentParser
import Archiving
import Journaling
import Model
import Pipeline
import System

/// Reads everything back.
struct VerifyVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads archive, manifests, journal and charts back and names everything that is not as it must be.",
    discussion:
      """
      Writes nothing but manifest files that a crash left unwritten. Where the journal cannot be read, archive and manifests \
      are held against each other without it. Exit code 1: at least one error was found.
      """)

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(
      await reporting {
        let files = try SiteFiles(options)
        let work = LongWork(isSilent: options.json)
        let tally = Tally()
        let tell = { (finding: VerifyFinding) in
          guard tally.add(finding) else { return }
          work.clear()
          if options.json { try Output.json(finding) } else { Self.show(finding) }
        }
        do {
          try await files.act(.verify) { action in
            try await SiteVerify(site: action.site, report: tell) { work.show($0) }.run()
            action.note { $0.detail = tally.sentence }
          }
        } catch let error as SiteError {
          // Another archive, or none, keeps every verb from the site; this one also says so as a finding.
          if case .archive = error { try tell(Self.finding(of: files)) }
          throw error
        } catch let error as JournalError where error.isDamage && Self.isFilled(files.paths.journal) {
          if let refusal = files.who.refusal(of: .verify) { throw DeskRefusal(refusal) }
          try tell(Self.finding(error, at: files.paths.journal))
          Output.error("The journal cannot be read: this goes on without it, and without a record in the audit trail.")
          try VerifyWithoutJournal(paths: files.paths, report: tell) { work.show($0) }.run()
        }
        work.clear()
        if !options.json { Output.line(tally.sentence) }
        return tally.errors > 0 ? ExitStatus.failed : ExitStatus.done
      })
  }

  /// Why the archive is not the one that it must be.
  private static func finding(of files: SiteFiles) -> VerifyFinding {
    do { _ = try Archive.open(at: files.paths.archive, expecting: nil) } catch {
      return VerifyFinding(error, archive: files.paths.archive.description)
    }
    return VerifyFinding(
      .error, "it is another archive than the one that the journal belongs to",
      where: files.paths.archive.appending("archive.json").description,
      remedy: "mount the right one, or restore the file from a copy of the archive")
  }

  private static func finding(_ error: JournalError, at journal: FilePath) -> VerifyFinding {
    var what = "\(error)"
    if case .malformed(_, let detail) = error { what = "it cannot be read whole: \(detail)" }
    return VerifyFinding(.error, what, where: journal.description, remedy: JournalError.remedy)
  }

  /// An empty journal is refused like a missing one.
  private static func isFilled(_ journal: FilePath) -> Bool { (try? Files.stat(journal)).map { $0.size > 0 } ?? false }

  private final class Tally {
    var errors = 0
    var warnings = 0
    /// What was told before the journal turned out to be damaged is not told again.
    private var told: Set<VerifyFinding> = []
    private static let toldMax = 100_000

    /// - Returns: false: it was told before.
    func add(_ finding: VerifyFinding) -> Bool {
      if told.contains(finding) { return false }
      if told.count < Self.toldMax { told.insert(finding) }
      if finding.severity == .error { errors += 1 } else { warnings += 1 }
      return true
    }

    var sentence: String {
      if errors + warnings == 0 { return "Everything was read back and is sound." }
      return "\(Wording.count(errors, "error")), \(Wording.count(warnings, "warning"))."
    }
  }

  private static func show(_ finding: VerifyFinding) {
    Output.line("\(finding.severity.rawValue.uppercased()): \(finding.where): \(finding.what)")
    Output.line("  To do: \(finding.remedy)")
  }
}
