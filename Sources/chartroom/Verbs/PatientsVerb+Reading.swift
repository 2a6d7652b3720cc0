import ArgumentParser
import Journaling
import Model
import Pipeline

struct PatientsShowVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows what the patient index knows under a number: identity, merges, visits.")

  @OptionGroup var options: SiteOptions

  @Argument(help: "MRN or AUTHORITY:MRN; - reads it from standard input.")
  var patient: String

  func run() async throws {
    try finish(
      await reporting {
        let site = try await SiteFiles(options).open()
        let (authority, number) = ChartDesk.parts(of: patient == "-" ? readLine() ?? "" : patient)
        let found = try await site.journal.details(number: number, authority: authority)
        guard !found.isEmpty else {
          Output.error("No patient \(EscapedText(number)) is in the patient index.")
          return ExitStatus.failed
        }
        for detail in found {
          let aliases = try await site.journal.aliases(of: detail.patient.key)
          if options.json {
            try Output.json(PatientLine(detail, aliases))
          } else {
            PatientText(detail, aliases).print()
          }
        }
        return ExitStatus.done
      })
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
      await reporting {
        let site = try await SiteFiles(options).open()
        var filter = PatientFilter()
        filter.family = family
        filter.temporaryOnly = temporary
        filter.mergedOnly = merged
        var last: PatientKey?
        var left = limit > 0 ? limit : Int.max
        var table = Table(["NUMBER", "NAME", "BORN", "SEX", "NOTES"])
        while left > 0 {
          let page = try await site.journal.list(filter, after: last, limit: min(left, Self.pageCount))
          for patient in page {
            if options.json { try Output.json(patient) } else { table.add(PatientText.row(patient)) }
          }
          left -= page.count
          last = page.last?.key
          if page.count < Self.pageCount { break }
        }
        if !options.json, !table.isEmpty { table.print() }
        return ExitStatus.done
      })
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
        let site = try await SiteFiles(options).open()
        let proposals = try await site.journal.proposals(limit: Self.proposalsMax)
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
      })
  }
}
