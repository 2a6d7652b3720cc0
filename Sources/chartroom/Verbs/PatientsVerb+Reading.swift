import ArgumentParser
import Journaling
import Model
import Pipeline

struct PatientsShowVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows what the patient index knows under a number: identity, merges, visits.")

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption

  @Argument(help: "MRN or AUTHORITY:MRN; - reads it from standard input.")
  var patient: String

  func run() async throws {
    try finish(
      await reporting {
        let files = try SiteFiles(options)
        return try await files.act(.patientsShow, glass: glass, about: files.subject(ofPatient: patient)) { action in
          try await show(action)
        }
      })
  }

  private func show(_ action: DeskAction) async throws -> Int32 {
    let journal = action.site.journal
    let (authority, number) = ChartDesk.parts(of: patient == "-" ? readLine() ?? "" : patient)
    let found = try await journal.details(number: number, authority: authority)
    guard !found.isEmpty else {
      let key = PatientKey(authority: authority ?? action.site.configuration.facility.authority, mrn: number)
      action.note {
        $0.patient = key
        $0.detail = "No such patient is known."
      }
      try await action.seen()
      Output.error("No patient \(EscapedText(number)) is in the patient index.")
      return ExitStatus.failed
    }
    let discretion = Discretion(action)
    for detail in found {
      action.note { $0.patient = detail.patient.key }
      try await discretion.open(detail.patient.key, for: action)
    }
    // Who looked is on record before anything is shown: once for each patient, for several houses may have the number.
    for detail in found {
      action.note { $0.patient = detail.patient.key }
      try await action.seen()
    }
    for var detail in found {
      let key = detail.patient.key
      detail.links = try await discretion.visible(detail.links, of: key)
      let aliases = try await journal.aliases(of: key)
      for alias in aliases { detail.encounters += try await visits(under: alias, of: key, journal) }
      detail.encounters.sort { ($0.visit, $0.patient) < ($1.visit, $1.patient) }
      if options.json {
        try Output.json(PatientLine(detail, aliases))
      } else {
        PatientText(detail, aliases).print()
      }
    }
    return ExitStatus.done
  }

  /// Of a number that was merged into the patient for certain.
  private func visits(under alias: PatientKey, of patient: PatientKey, _ index: any PatientIndex) async throws
    -> [Encounter]
  {
    try await index.details(number: alias.mrn, authority: alias.authority).filter { $0.survivor == patient }
      .flatMap(\.encounters)
  }
}

struct PatientsListVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the patient index, by number.")

  @OptionGroup var options: SiteOptions

  @Option(name: .long, help: "Only family names that start so, letter by letter.")
  var family: String?

  @Flag(name: .long, help: "Only temporary patients, whose identity is not known yet.")
  var temporary = false

  @Flag(name: .long, help: "Only numbers that were merged into others.")
  var merged = false

  @Option(name: .long, help: "How many at most; 0: all.")
  var limit = 100

  private static let pageCount = 1000

  func run() async throws {
    try finish(
      await reporting { try await SiteFiles(options).act(.patientsList) { action in try await list(action) } })
  }

  private func list(_ action: DeskAction) async throws -> Int32 {
    var filter = PatientFilter()
    filter.family = family
    filter.temporaryOnly = temporary
    filter.mergedOnly = merged
    let discretion = Discretion(action)
    var last: PatientKey?
    var left = limit > 0 ? limit : Int.max
    var table = Table(["NUMBER", "NAME", "BORN", "SEX", "NOTES"])
    let asked = [
      family.map { "family name '\(EscapedText($0))…'" }, temporary ? "temporary" : nil, merged ? "merged" : nil,
    ]
    .compactMap(\.self)
    if !asked.isEmpty { action.note { $0.detail = asked.joined(separator: ", ") } }
    try await action.seen()
    while left > 0 {
      let page = try await action.site.journal.list(filter, after: last, limit: min(left, Self.pageCount))
      let visible = try await discretion.visible(page)
      for patient in visible {
        if options.json { try Output.json(patient) } else { table.add(PatientText.row(patient)) }
      }
      left -= visible.count
      last = page.last?.key
      if page.count < Self.pageCount { break }
    }
    if !options.json, !table.isEmpty { table.print() }
    return ExitStatus.done
  }
}

struct PatientsProposalsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proposals",
    abstract: "Lists filed documents that an un-merge or a moved visit put in doubt, and where each may have to go.",
    discussion: """
      A document whose own labels all carry the restored number is proposed to that patient; of every other a person must look at \
      the pages. Nothing moves by itself. A document that is moved, or confirmed, is not listed any more.
      """)

  @OptionGroup var options: SiteOptions

  /// A queue that long is worked through from its start.
  private static let proposalsMax = 100_000

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.patientsProposals) { action in try await list(action) }
      })
  }

  private func list(_ action: DeskAction) async throws -> Int32 {
    // A killed import did not look, and neither did a rebuild: without it nothing would seem to be in doubt.
    _ = try await RefilingReview(site: action.site).run()
    let proposals = try await Discretion(action).visible(
      try await action.site.journal.proposals(limit: Self.proposalsMax))
    try await action.seen()
    if options.json {
      for proposal in proposals { try Output.json(proposal) }
      return ExitStatus.done
    }
    var table = Table(["DOCUMENT", "IS UNDER", "MAY BELONG TO", "SINCE", "WHY"])
    for proposal in proposals {
      table.add([
        String(proposal.document.description.dropFirst("urn:uuid:".count)), proposal.filedUnder.description,
        proposal.target?.description ?? "(look at it)", Wording.moment(proposal.review.at), proposal.reason,
      ])
    }
    if table.isEmpty { Output.line("No filed document is in doubt.") } else { table.print() }
    return ExitStatus.done
  }
}

struct PatientsConfirmVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Says that a document which an un-merge put in doubt is where it belongs.",
    discussion: "You looked at its pages. One that is elsewhere is moved instead: `correct move`.")

  @OptionGroup var common: CorrectionOptions
  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.patientsConfirm, about: document.id) { action in
      try await RefilingDesk(action).confirm(document.id, reason: common.why.reason)
    }
  }
}
