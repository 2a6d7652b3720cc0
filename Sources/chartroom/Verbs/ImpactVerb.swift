import ArgumentParser
import Journaling
import Model
import Pipeline

/// What a mistake touched, and putting it right in one go.
struct ImpactVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impact",
    abstract: "Lists every page, document and chart that a bad label, operator, station, reader, rule or time touched.",
    discussion: """
      All that is given must hold. With --refile the documents are decided again by today's rules (a bad label left out), \
      with --withdraw they leave their charts: shown first, done with --apply and the plan's digest.
      """)

  @OptionGroup var options: SiteOptions

  @Option(name: .long, help: "Text of a label, as printed.")
  var label: String?

  @Option(name: .long, help: ArgumentHelp("Who scanned (header sheet, sidecar) or corrected.", valueName: "name"))
  var by: String?

  @Option(name: .long, help: "The station.")
  var station: String?

  @Option(name: .long, help: "Reader's name and version, as manifests have it.")
  var reader: String?

  @Option(name: .long, help: "Digest of the configuration that decided, or its first digits.")
  var rules: String?

  @Option(
    name: .long, help: "What said whose a page is: label, sheet, page-1, cover, header, sidecar, encounter, person.")
  var patientBy: String?

  @Option(name: .long, help: "Decided at this moment (UTC) or later: 2026-11-22 or 2026-11-22T14:00:00Z.")
  var from: MomentText?

  @Option(name: .long, help: "Decided before this moment (UTC).")
  var until: MomentText?

  @Flag(name: .long, help: "Decide the documents again by today's rules.")
  var refile = false

  @Flag(name: .long, help: "Take the documents out of their charts.")
  var withdraw = false

  @Option(name: .long, help: ArgumentHelp("Do what the plan with this digest says.", valueName: "digest"))
  var apply: String?

  @Option(name: .long, help: "Why, in your words; needed with --apply.")
  var reason: String?

  func validate() throws {
    if refile, withdraw { throw ValidationError("Give --refile or --withdraw, not both.") }
    guard apply != nil else { return }
    guard refile || withdraw else { throw ValidationError("--apply needs --refile or --withdraw.") }
    guard let reason, Wording.isPlain(reason, bytesMax: ReasonOption.bytesMax) else {
      throw ValidationError("--apply needs a --reason of 1 to \(ReasonOption.bytesMax) bytes in one line.")
    }
  }

  func run() async throws {
    try finish(
      await reporting {
        let question = try question()
        return try await SiteFiles(options).act(.impact) { action in
          let impact = try await Impact(question, at: action.site)
          let touched = try await impact.visible(by: Discretion(action))
          guard refile || withdraw else { return try await show(touched, action) }
          let (plan, stay) = refile ? try await impact.refiling(touched) : (impact.withdrawal(touched), 0)
          let corrections = try await plan.applied(apply, reason: reason ?? "", in: action)
          try DeskText.tell(plan, corrections: corrections, json: options.json)
          if stay > 0 {
            Output.error(
              "\(Wording.count(stay, "document")) that a person filed would stay as \(stay == 1 ? "it is" : "they are"): "
                + "ask with --by for what that person did, or correct each by itself.")
          }
          return ExitStatus.done
        }
      })
  }

  private func question() throws -> ImpactQuestion {
    var question = ImpactQuestion()
    question.label = label
    question.operator = by
    question.station = station.map { EscapedText($0) }
    question.reader = reader
    question.configuration = rules
    question.from = from?.moment
    question.until = until?.moment
    if let patientBy {
      guard let rule = PatientBy(rawValue: patientBy) else {
        throw VerbError.usage("--patient-by takes label, sheet, page-1, cover, header, sidecar, encounter or person.")
      }
      question.rule = rule
    }
    guard !question.isEmpty else {
      throw VerbError.usage(
        "Ask for something: --label, --by, --station, --reader, --rules, --patient-by, --from, --until.")
    }
    return question
  }

  private func show(_ touched: [Impact.Touched], _ action: DeskAction) async throws -> Int32 {
    let count = touched.count
    action.note { $0.detail = "\(count) documents" }
    try await action.seen()
    let charts = touched.reduce(into: Set<PatientKey>()) { $0.formUnion($1.charts) }
    let pages = touched.reduce(0) { $0 + $1.pages.count }
    for document in touched {
      if options.json {
        try Output.json(TouchedLine(document))
      } else {
        Output.line("\(document.state.document.id)")
        Output.line(
          "  page\(document.pages.count == 1 ? "" : "s") \(Wording.pages(document.pages)) of batch \(document.state.batch), "
            + "\(document.state.station): \(DeskText.standing(document.state.document))")
      }
    }
    if options.json {
      try Output.json(ImpactSummary(pages: pages, documents: touched.count, charts: charts.sorted()))
    } else {
      Output.line(
        "\(Wording.count(pages, "page")) in \(Wording.count(touched.count, "document")) of "
          + "\(Wording.count(charts.count, "chart")).")
    }
    return ExitStatus.done
  }
}

private struct TouchedLine: Encodable {
  var id: DocumentID
  var status: DocumentDecision.Status
  @Nullable var patient: PatientKey?
  @Nullable var type: String?
  /// Pages that the question fits.
  var pages: [Int]
  var batch: BatchID
  var station: EscapedText
  var receivedAt: Timestamp
  init(_ touched: Impact.Touched) {
    id = touched.state.document.id
    status = touched.state.document.status
    patient = touched.state.document.patient
    type = touched.state.document.type
    pages = touched.pages
    batch = touched.state.batch
    station = touched.state.station
    receivedAt = touched.state.receivedAt
  }
}

private struct ImpactSummary: Encodable {
  var summary = true
  var pages: Int
  var documents: Int
  var charts: [PatientKey]
}
