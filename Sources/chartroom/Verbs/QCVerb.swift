import ArgumentParser
import Journaling
import Model
import Pipeline

/// A second look at a random sample of what was filed.
struct QCVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qc", abstract: "Quality control: a second look at a random sample of what was filed.",
    subcommands: [QCListVerb.self, QCConfirmVerb.self, QCReportVerb.self])
}

struct QCListVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the documents that were drawn and wait for a second look, oldest first.",
    discussion: """
      Look at each (`exceptions show` draws its pages), then confirm it with `qc confirm`, or put it right with `correct`: \
      what is corrected counts as an error of its kind, also after it was confirmed. What was marked wrong and put back as it \
      was waits here again.
      """)

  @OptionGroup var options: SiteOptions

  @Flag(name: .long, help: "The documents instead that were confirmed and corrected afterwards.")
  var foundLater = false

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.qcList) { action in
          let desk = QualityDesk(of: action.site)
          try await desk.catchUp()
          let later = try await desk.foundLater(seenBy: Discretion(action))
          let waiting = try await foundLater ? [] : desk.waiting(seenBy: Discretion(action))
          let count = foundLater ? later.count : waiting.count
          action.note { $0.detail = "\(count) documents" }
          try await action.seen()
          if foundLater { try show(later) } else { try show(waiting, later: later.count) }
          return ExitStatus.done
        }
      })
  }

  private func show(_ waiting: [(sample: QualitySample, state: DocumentState)], later: Int) throws {
    for (sample, state) in waiting {
      if options.json {
        try Output.json(SampleLine(sample, state))
        continue
      }
      Output.line("\(state.document.id)")
      Output.line(
        "  page\(state.document.pages.count == 1 ? "" : "s") \(Wording.pages(state.document.pages)) of \(state.source), \(state.station): "
          + DeskText.standing(state.document))
      if let verdict = sample.overturned { Output.line("  \(Self.sentence(verdict)), and put back since: look again") }
    }
    if options.json { return }
    Output.line("\(Wording.count(waiting.count, "document")) for a second look.")
    if later > 0 {
      Output.line(
        "\(Wording.count(later, "confirmed document")) \(later == 1 ? "was" : "were") corrected since: "
          + "see `chartroom qc list --found-later`.")
    }
  }

  private func show(_ later: [QualitySample]) throws {
    for sample in later {
      if options.json {
        try Output.json(VerdictLine(sample))
        continue
      }
      Output.line("\(sample.document)")
      if let verdict = sample.overturned {
        let now = QualitySample.Overturned(
          verdict: sample.verdict, kind: sample.kind, decidedAt: sample.decidedAt, decidedBy: sample.decidedBy)
        Output.line("  \(Self.sentence(verdict)); \(Self.sentence(now))")
      }
    }
    if !options.json {
      Output.line("\(Wording.count(later.count, "confirmed document")) corrected since.")
    }
  }

  /// `confirmed by anna 2026-11-22 14:00:00 UTC`; of a wrong one its kind too.
  private static func sentence(_ verdict: QualitySample.Overturned) -> String {
    let kind = verdict.kind.map { " (\($0))" } ?? ""
    return "\(verdict.verdict.rawValue)\(kind) by \(name(verdict.decidedBy)) \(moment(verdict.decidedAt))"
  }

  private static func name(_ name: String?) -> String { name.map { EscapedText($0).description } ?? "-" }
  private static func moment(_ moment: Timestamp?) -> String { moment.map(Wording.moment) ?? "-" }
}

struct QCConfirmVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Says that a drawn document is right: patient, type, pages.",
    discussion: """
      Refused to whoever filed it, the operator named and the login that acted: the second look is somebody else's. So is one \
      through a login that may look itself and filed it.
      """)

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption

  @Argument(help: "The document's id.")
  var id: String

  func run() async throws {
    try finish(
      await reporting {
        let sample = try await SiteFiles(options).act(.qcConfirm, glass: glass) { action in
          let desk = QualityDesk(of: action.site)
          try await desk.catchUp()
          return try await desk.confirm(id, in: action)
        }
        if options.json { try Output.json(sample) } else { Output.line("\(sample.document) is right.") }
        return ExitStatus.done
      })
  }
}

struct QCReportVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Error rates by kind, month, station, operator and type.",
    discussion: """
      WRONG counts what was corrected, also after it was confirmed (`confirmed before`); it is CONFIRMED no longer. What was \
      corrected and put back as it was (`put back`) counts as neither and waits for a second look again.
      """)

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(
      await reporting {
        let report = try await SiteFiles(options).act(.qcReport) { action in
          try await QualityDesk(of: action.site).catchUp()
          return try await QualityReport(of: action.site, seenBy: Discretion(action))
        }
        if options.json {
          for line in report.lines { try Output.json(line) }
        } else {
          show(report)
        }
        return ExitStatus.done
      })
  }

  private func show(_ report: QualityReport) {
    guard !report.lines.isEmpty else { return Output.line("Nothing was drawn yet.") }
    var table = Table(
      ["MONTH", "STATION", "OPERATOR", "TYPE", "DRAWN", "CONFIRMED", "WRONG", "RATE", "KINDS"],
      rightAligned: [4, 5, 6, 7])
    for line in report.lines {
      let decided = line.confirmed + line.wrong
      let rate = decided > 0 ? "\((line.wrong * 1000 / decided + 5) / 10) %" : "-"
      var remarks = line.kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      if line.foundLater > 0 { remarks.append("confirmed before: \(line.foundLater)") }
      if line.reopened > 0 { remarks.append("put back: \(line.reopened)") }
      table.add([
        line.month, line.station.description, line.operator.isEmpty ? "-" : EscapedText(line.operator).description,
        line.type, "\(line.drawn)", "\(line.confirmed)", "\(line.wrong)", rate,
        remarks.joined(separator: ", "),
      ])
    }
    table.print()
  }
}

private struct SampleLine: Encodable {
  var id: DocumentID
  @Nullable var patient: PatientKey?
  @Nullable var type: String?
  var pages: [Int]
  var station: EscapedText
  var `operator`: String
  var batch: BatchID
  var drawnAt: Timestamp
  var rate: Double
  /// It was marked wrong and put back since; null: nobody has looked at it yet.
  @Nullable var overturned: QualitySample.Overturned?
  init(_ sample: QualitySample, _ state: DocumentState) {
    id = state.document.id
    patient = state.document.patient
    type = state.document.type
    pages = state.document.pages
    station = state.station
    self.operator = sample.stratum.operator
    batch = state.batch
    drawnAt = sample.drawnAt
    rate = sample.rate
    overturned = sample.overturned
  }
}

/// A verdict that did not hold: without what the document says, for it may be in another chart now.
private struct VerdictLine: Encodable {
  var id: DocumentID
  var station: EscapedText
  var `operator`: String
  var type: String
  var batch: BatchID
  var drawnAt: Timestamp
  var verdict: QualitySample.Verdict
  @Nullable var kind: String?
  @Nullable var decidedAt: Timestamp?
  @Nullable var decidedBy: String?
  @Nullable var overturned: QualitySample.Overturned?
  init(_ sample: QualitySample) {
    id = sample.document
    station = sample.stratum.station
    self.operator = sample.stratum.operator
    type = sample.stratum.type
    batch = sample.batch
    drawnAt = sample.drawnAt
    verdict = sample.verdict
    kind = sample.kind
    decidedAt = sample.decidedAt
    decidedBy = sample.decidedBy
    overturned = sample.overturned
  }
}
