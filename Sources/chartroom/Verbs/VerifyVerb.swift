import ArgumentParser
import Archiving
import Model
import Pipeline

/// Reads everything back.
struct VerifyVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads archive, manifests, journal and charts back and names everything that is not as it must be.",
    discussion:
      "Writes nothing but manifest files that a crash left unwritten. Exit code 1: at least one error was found.")

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(
      await reporting {
        let files = try SiteFiles(options)
        let work = LongWork(isSilent: options.json)
        let tally = Tally()
        let tell = { (finding: VerifyFinding) in
          tally.add(finding)
          work.clear()
          if options.json { try Output.json(finding) } else { Self.show(finding) }
        }
        do {
          try await files.act(.verify) { action in
            try await SiteVerify(site: action.site, report: tell) { work.show($0) }.run()
            action.note { $0.detail = tally.sentence }
          }
        } catch let error as SiteError {
          // A damaged identity keeps every verb from the site; this one also says so as a finding.
          if case .archive(let what) = error {
            try tell(
              VerifyFinding(.error, what, where: Self.place(of: files), remedy: "restore it from a copy of the archive")
            )
          }
          throw error
        }
        work.clear()
        if !options.json { Output.line(tally.sentence) }
        return tally.errors > 0 ? ExitStatus.failed : ExitStatus.done
      })
  }

  /// The file that keeps the archive from being opened; the archive itself where none does.
  private static func place(of files: SiteFiles) -> String {
    do { _ = try Archive.open(at: files.paths.archive, expecting: nil) } catch {
      if case .malformed(let path, _) = error { return path }
      if case .missing(let path) = error { return path }
    }
    return files.paths.archive.appending("archive.json").description
  }

  private final class Tally {
    var errors = 0
    var warnings = 0

    func add(_ finding: VerifyFinding) { if finding.severity == .error { errors += 1 } else { warnings += 1 } }

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
