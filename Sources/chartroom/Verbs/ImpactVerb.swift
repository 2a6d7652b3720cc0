import ArgumentParser
import Model
import Pipeline

/// What a mistake touched, and putting it right in one go.
struct ImpactVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impact",
    abstract: "Lists every page, document and chart that a bad label, operator, station, reader, rule or time touched.",
    discussion: """
      All that is given must hold. --by, --rules, --from and --until ask who decided, by which rules and when: at intake, or in a \
      correction since, whatever else is asked. Whatever became of a document it is listed, with the charts that it left; so are \
      pages that were set aside, and the documents that a cover or header sheet with a bad label opened. With --refile the \
      documents are decided again by today's rules (bad labels left out), with --withdraw they leave their charts: shown first, \
      done with --apply and the plan's digest. What was withdrawn, rejected or regrouped since stays as it is.
      """)

  @OptionGroup var options: SiteOptions

  @Option(name: .long, help: "Text of a label, as printed.")
  var label: String?

  @Option(name: .long, help: ArgumentHelp("Entry of the label grammar that took the label.", valueName: "name"))
  var entry: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Who scanned (header sheet, sidecar) or corrected: the operator named, or the login that acted.",
      valueName: "name"))
  var by: String?

  @Option(name: .long, help: "The station.")
  var station: String?

  @Option(name: .long, help: "Reader's name and version, as manifests have it.")
  var reader: String?

  @Option(name: .long, help: "Digest of the configuration that decided, or decided again, or its first digits.")
  var rules: String?

  @Option(
    name: .long, help: "What said whose a page is: label, sheet, page-1, cover, header, sidecar, encounter, person.")
  var patientBy: String?

  @Option(name: .long, help: "Taken in or corrected at this moment (UTC) or later: 2026-11-22 or 2026-11-22T14:00:00Z.")
  var from: MomentText?

  @Option(name: .long, help: "Taken in or corrected before this moment (UTC).")
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
    let given: [(name: String, value: String?)] = [
      ("label", label), ("entry", entry), ("by", by), ("station", station), ("reader", reader), ("rules", rules),
      ("patient-by", patientBy), ("apply", apply), ("reason", reason),
    ]
    // That of a script's unset variable would fit everything, or nothing.
    for option in given where option.value?.allSatisfy(\.isWhitespace) ?? false {
      throw ValidationError("--\(option.name) needs a value that is not empty.")
    }
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
          let shown = try await impact.shown(to: Discretion(action))
          if refile || withdraw {
            try await putRight(impact, shown, action)
          } else {
            try await show(shown, action)
          }
          return ExitStatus.done
        }
      })
  }

  private func putRight(_ impact: Impact, _ shown: Impact.Shown, _ action: DeskAction) async throws {
    let refiling = refile ? try await impact.refiling(shown, seenBy: Discretion(action)) : nil
    let plan = refiling?.plan ?? impact.withdrawal(shown)
    let corrections = try await plan.applied(apply, reason: reason ?? "", in: action)
    for remark in shown.remarks { Output.error(remark) }
    try DeskText.tell(plan, corrections: corrections, json: options.json)
    if let refiling { tellWhatStays(refiling) }
    let waiting = shown.documents.count { $0.state.document.status == .exception }
    if withdraw, waiting > 0 {
      Output.error(
        "\(Wording.count(waiting, "document")) that wait\(waiting == 1 ? "s" : "") for a person "
          + "\(waiting == 1 ? "is" : "are") in no chart: see `chartroom exceptions`.")
    }
    let gone = shown.documents.count { !$0.isCurrent }
    if gone > 0 {
      Output.error(
        "\(Wording.count(gone, "document")) withdrawn, rejected or regrouped since \(gone == 1 ? "is" : "are") no part of this: "
          + "`chartroom impact` lists \(gone == 1 ? "it" : "them").")
    }
  }

  private func tellWhatStays(_ refiling: Impact.Refiling) {
    let (byPerson, unchanged, hidden) = (refiling.byPerson, refiling.unchanged, refiling.hidden)
    if byPerson > 0 {
      Output.error(
        "\(Wording.count(byPerson, "document")) that a person filed would stay as \(byPerson == 1 ? "it is" : "they are"): "
          + "ask with --by for what that person did, or correct each by itself.")
    }
    if unchanged > 0 {
      Output.error(
        "\(Wording.count(unchanged, "document")) \(unchanged == 1 ? "stays as it is" : "stay as they are"): today's rules say the same"
          + (label ?? entry == nil ? "." : " without the label."))
    }
    if hidden > 0 {
      Output.error(
        "\(Wording.count(hidden, "document")) would come to where you may see nothing, and stay\(hidden == 1 ? "s" : "") as "
          + "before: somebody with the right has to do it.")
    }
  }

  private func question() throws -> ImpactQuestion {
    var question = ImpactQuestion()
    if label != nil || entry != nil { question.labels = BadLabels(text: label, entry: entry) }
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
        "Ask for something: --label, --entry, --by, --station, --reader, --rules, --patient-by, --from, --until.")
    }
    return question
  }

  private func show(_ shown: Impact.Shown, _ action: DeskAction) async throws {
    action.note { $0.detail = "\(shown.documents.count) documents" }
    try await action.seen()
    for remark in shown.remarks { Output.error(remark) }
    if options.json { try ImpactText(shown).printJSON() } else { ImpactText(shown).print() }
  }
}
