import ArgumentParser
import Journaling
import Model
import Pipeline
import System

/// The patient index.
struct PatientsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patients", abstract: "Loads the patient index.", subcommands: [PatientsImportVerb.self])
}

struct PatientsImportVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Loads patients or encounters from CSV files.",
    discussion: """
      The header tells which: mrn,authority,family,given,middle,birth_date,sex,merged_into (and, if you like, \
      merged_into_authority,confidentiality,temporary), or visit,account,authority,mrn,class,admit,discharge. \
      Unless --keep-going is given, one bad line in any of the files means that nothing is taken. Documents that wait \
      for the patient index are decided again afterwards.
      """)

  @OptionGroup var options: SiteOptions

  @Flag(name: .long, help: "Take the good lines of a file that has bad ones.")
  var keepGoing = false

  @Argument(help: "CSV files; UTF-8, commas.")
  var files: [String]

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.patientsImport) { action in try await load(into: action.site) }
      })
  }

  private func load(into site: Site) async throws -> Int32 {
    let loading = try PatientLoading(site.configuration)
    let read = files.map { ReadFile(typed: $0, loading: loading) }
    for file in read { try tellRejects(of: file) }
    let isClean = read.allSatisfy { $0.isClean }
    guard isClean || keepGoing else {
      throw DeskRefusal("Nothing was taken. Correct the lines, or take the good ones with --keep-going.")
    }
    for file in read { try await load(file, loading, site) }
    try await decideAgain(site)
    return read.allSatisfy { $0.parsed != nil } ? ExitStatus.done : ExitStatus.failed
  }

  private func tellRejects(of file: ReadFile) throws {
    for reject in file.rejects {
      if options.json {
        try Output.json(RejectLine(file: file.name, line: reject.line, reason: reject.reason))
      } else {
        Output.error("\(file.name)\(reject.line > 0 ? ", line \(reject.line)" : ""): \(reject.reason)")
      }
    }
  }

  private func load(_ file: ReadFile, _ loading: PatientLoading, _ site: Site) async throws {
    guard let parsed = file.parsed else { return }
    let revision = try await loading.load(parsed, bytes: file.bytes, into: site)
    let taken = parsed.patients.count + parsed.encounters.count
    if options.json {
      return try Output.json(
        ImportLine(
          file: file.name, kind: parsed.kind, taken: taken, rejected: file.rejects.count, revision: revision.revision,
          patients: revision.patients, aliases: revision.aliases, encounters: revision.encounters))
    }
    Output.line(
      "\(file.name): \(Wording.count(taken, "row")) taken, \(file.rejects.count) left out. "
        + "Patient data is now revision \(revision.revision): \(Wording.count(revision.patients, "patient")), "
        + "\(revision.aliases) merged numbers, \(Wording.count(revision.encounters, "encounter")).")
  }

  /// What waited for the patient index may be resolved now (RULES *Whose it is*).
  private func decideAgain(_ site: Site) async throws {
    let outcome = try await Redecision(site: site).run()
    if options.json { return try Output.json(ResolvedLine(resolved: outcome.filed, exceptions: outcome.exceptions)) }
    if outcome.filed > 0 {
      let verb = outcome.filed == 1 ? "is" : "are"
      Output.line("\(Wording.count(outcome.filed, "document")) that waited for the patient index \(verb) filed now.")
    }
    if outcome.exceptions > 0 {
      let verb = outcome.exceptions == 1 ? "waits" : "wait"
      Output.line(
        "\(Wording.count(outcome.exceptions, "document")) that waited for the patient index \(verb) for a person now.")
    }
  }
}

/// A file as it was read, whether or not anything of it may be taken.
private struct ReadFile {
  /// As typed, for messages.
  let name: EscapedText
  var bytes: [UInt8] = []
  var parsed: PatientCSV?
  var rejects: [PatientCSV.Reject] = []

  init(typed: String, loading: PatientLoading) {
    name = EscapedText(typed)
    do {
      bytes = try Files.read(absolutePath(typed), limit: PatientLoading.fileBytesMax)
      let parsed = try loading.parse(bytes)
      self.parsed = parsed
      rejects = parsed.rejects
    } catch { rejects = [.init(line: 0, reason: "the file cannot be read: \(error)")] }
  }

  var isClean: Bool { rejects.isEmpty }
}

private struct RejectLine: Encodable {
  var file: EscapedText
  var line: Int
  var reason: String
}

private struct ImportLine: Encodable {
  var file: EscapedText
  var kind: PatientCSV.Kind
  var taken: Int
  var rejected: Int
  var revision: String
  var patients: Int
  var aliases: Int
  var encounters: Int
}

private struct ResolvedLine: Encodable {
  var resolved: Int
  /// They waited for the index and wait for a person now.
  var exceptions: Int
}
