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
      Where confidentiality or temporary is missing or empty, it stays as it is; every changed level is told. \
      HL7 v2: ADT messages, one after another or in batches. FHIR R4: a Bundle of Patient and Encounter in JSON. \
      All files are taken together: unless --keep-going is given, one bad line in any of them means that nothing is taken. \
      What is older than what is known of its patient or visit is told and ignored: older than the newest message, and than \
      the import of a CSV row. A file that changes nothing makes no new revision; a CSV says as of when all of it is known. \
      Of a patient above your own level nothing is told or counted, and the level stays: raising one is always allowed. What \
      would link such a patient's number with another, change a visit of theirs or give them one, is refused. \
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
        return try await place.act(.patientsImport) { action in try await load(action) }
      })
  }

  private func load(_ action: DeskAction) async throws -> Int32 {
    let site = action.site
    let loading = try PatientLoading(site.configuration)
    let report = PatientImportReport(json: options.json, isDryRun: dryRun, of: action)
    let opened = files.map { OpenedFile(typed: $0, format, loading) }
    for file in opened { try file.problem.map { try report.reject(.init(line: 0, reason: $0), of: file.name) } }
    let isReadable = opened.allSatisfy { $0.file != nil }
    guard isReadable || keepGoing || dryRun else { throw report.nothingTaken(of: OpenedFile.names(opened), refused: 0) }
    let readable = opened.compactMap { opened in opened.file.map { (opened.name, $0) } }
    let mode: PatientImportMode = dryRun ? .dryRun : keepGoing ? .goodPart : .whole
    let redecision = Redecision(site: site)
    let question = try await dryRun ? redecision.question() : nil
    let outcomes: [PatientImportOutcome]
    do {
      outcomes = try await loading.load(readable.map(\.1), mode: mode, in: action, asking: question)
    } catch let error where error is PatientImportError || error is PatientCSVError {
      throw DeskRefusal("Nothing was taken of \(OpenedFile.names(opened)): \(error)")
    }
    let detail = ImportDetail(isDryRun: dryRun, keepGoing: keepGoing, outcomes: outcomes)
    action.note { $0.detail = detail.sentence(of: opened) }
    for ((name, file), outcome) in zip(readable, outcomes) { try report.tell(outcome, of: name, file) }
    let isClean = isReadable && outcomes.allSatisfy(\.isClean)
    if let known = outcomes.last?.known {
      try report.tell(await redecision.foresee(known, seenBy: Discretion(action)))
    }
    let refused = outcomes.reduce(0) { $0 + $1.refused }
    if dryRun { return report.endOfDryRun(isClean: isClean || keepGoing && isReadable, refused: refused) }
    guard isClean || keepGoing else { throw report.nothingTaken(of: OpenedFile.names(opened), refused: refused) }
    try await settle(action, report)
    report.end(refused: refused)
    return isReadable && outcomes.allSatisfy(\.isInForce) ? ExitStatus.done : ExitStatus.failed
  }

  /// What waited for the patient index may be resolved now (RULES *Whose it is*); what was filed through a merge that was
  /// taken back must be looked at.
  private func settle(_ action: DeskAction, _ report: PatientImportReport) async throws {
    let resolved = try await Redecision(site: action.site).run(seenBy: Discretion(action))
    let review = try await RefilingReview(site: action.site).run(seenBy: Discretion(action))
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

  /// Its name and the start of its digest, which says which bytes they were.
  var identity: String {
    guard let file else { return "\(name) (unreadable)" }
    return "\(name) (sha256 \(file.sha256.description.prefix(12)))"
  }

  static func names(_ files: [OpenedFile]) -> String { listed(files.map(\.identity)) }

  /// Files that a record of the audit trail names; the archive has all of them.
  private static let namedMax = 20

  static func listed(_ words: [String]) -> String {
    words.prefix(namedMax).joined(separator: ", ")
      + (words.count > namedMax ? " and \(words.count - namedMax) more" : "")
  }
}

/// What the audit trail keeps of an import: which bytes, how they were asked for, and what came of it.
private struct ImportDetail {
  let isDryRun: Bool
  let keepGoing: Bool
  /// Of the files that could be read, in their order.
  let outcomes: [PatientImportOutcome]

  func sentence(of files: [OpenedFile]) -> String {
    var left = outcomes[...]
    let taken = files.map { file in
      guard file.file != nil, let outcome = left.popFirst() else { return file.identity }
      let kept = outcome.kept.count + outcome.keptBeyond
      return "\(file.identity): \(outcome.counts.taken) taken, \(outcome.rejects.count) not taken"
        + (kept > 0 ? ", \(kept) kept at a level that would have fallen" : "")
    }
    var words = [OpenedFile.listed(taken)]
    if isDryRun { words.append("dry run") }
    if keepGoing { words.append("--keep-going") }
    if let revision = outcomes.compactMap(\.revision).last, !isDryRun { words.append("revision \(revision.revision)") }
    return words.joined(separator: "; ")
  }
}
