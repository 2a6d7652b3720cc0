import ArgumentParser
import Glibc
import Journaling
import Model
import Pipeline
import System

/// The patient index.
struct PatientsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patients", abstract: "Loads the patient index and looks things up in it.",
    subcommands: [
      PatientsImportVerb.self, PatientsShowVerb.self, PatientsListVerb.self, PatientsProposalsVerb.self,
      PatientsConfirmVerb.self,
    ])
}

extension PatientFile.Format: ExpressibleByArgument {}

struct PatientsImportVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Loads patients, encounters and merges from CSV, HL7 v2 ADT or FHIR R4 files.",
    discussion: """
      CSV: the header tells which file it is: mrn,authority,family,given,middle,birth_date,sex,merged_into (and, if you like, \
      merged_into_authority,confidentiality,temporary), or visit,account,authority,mrn,class,admit,discharge. \
      HL7 v2: ADT messages, one after another or in batches. FHIR R4: a Bundle of Patient and Encounter in JSON. \
      All files are taken together: unless --keep-going is given, one bad line in any of them means that nothing is taken. \
      Documents that wait for the patient index are decided again afterwards, and after an un-merge the documents filed \
      through it are listed by `patients proposals`.
      """)

  @OptionGroup var options: SiteOptions

  @Flag(name: .long, help: "Take the good lines of a file that has bad ones.")
  var keepGoing = false

  @Flag(name: .long, help: "Say what would change, and change nothing.")
  var dryRun = false

  @Option(name: .long, help: "csv, hl7 or fhir; without it each file's content tells.")
  var format: PatientFile.Format?

  @Argument(help: "Files; read in this order.")
  var files: [String]

  func run() async throws {
    try finish(
      await reporting {
        let place = try SiteFiles(options)
        // Rows that are being sorted lie beside the journal, never in a folder of the system's. SQLite asks once, at its start.
        setenv("SQLITE_TMPDIR", place.text(place.paths.journal.parent), 1)
        return try await place.act(.patientsImport) { action in try await load(into: action.site) }
      })
  }

  private func load(into site: Site) async throws -> Int32 {
    let loading = try PatientLoading(site.configuration)
    let report = PatientImportReport(json: options.json, isDryRun: dryRun)
    let opened = files.map { OpenedFile(typed: $0, format, loading) }
    for file in opened { try file.problem.map { try report.reject(.init(line: 0, reason: $0), of: file.name) } }
    let isReadable = opened.allSatisfy { $0.file != nil }
    guard isReadable || keepGoing || dryRun else { throw report.nothingTaken }
    let readable = opened.compactMap { opened in opened.file.map { (opened.name, $0) } }
    let mode: PatientImportMode = dryRun ? .dryRun : keepGoing ? .goodPart : .whole
    let redecision = Redecision(site: site)
    let outcomes = try await loading.load(
      readable.map(\.1), mode: mode, into: site, asking: dryRun ? redecision.question() : nil)
    for ((name, file), outcome) in zip(readable, outcomes) { try report.tell(outcome, of: name, file) }
    let isClean = isReadable && outcomes.allSatisfy(\.isClean)
    if let known = outcomes.last?.known { try report.tell(await redecision.foresee(known)) }
    if dryRun { return report.endOfDryRun(isClean: isClean || keepGoing && isReadable) }
    guard isClean || keepGoing else { throw report.nothingTaken }
    try await settle(site, report)
    return isReadable && outcomes.allSatisfy { $0.revision != nil } ? ExitStatus.done : ExitStatus.failed
  }

  /// What waited for the patient index may be resolved now (RULES *Whose it is*); what was filed through a merge that was
  /// taken back must be looked at.
  private func settle(_ site: Site, _ report: PatientImportReport) async throws {
    let resolved = try await Redecision(site: site).run()
    let review = try await RefilingReview(site: site).run()
    try report.settled(resolved, review)
  }
}

/// A file as it was opened, whether or not anything of it may be taken.
private struct OpenedFile {
  /// As typed, for messages.
  let name: EscapedText
  var file: PatientFile?
  var problem: String?

  init(typed: String, _ format: PatientFile.Format?, _ loading: PatientLoading) {
    name = EscapedText(typed)
    do { file = try loading.open(absolutePath(typed), format: format) } catch {
      problem = "the file cannot be read: \(error)"
    }
  }
}
