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
      what is corrected counts as an error of its kind.
      """)

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.qcList) { action in
          let desk = QualityDesk(of: action.site)
          try await desk.catchUp()
          let waiting = try await desk.waiting(seenBy: Discretion(action))
          let count = waiting.count
          action.note { $0.detail = "\(count) documents" }
          try await action.seen()
          for (sample, state) in waiting {
            if options.json {
              try Output.json(SampleLine(sample, state))
            } else {
              Output.line("\(state.document.id)")
              Output.line(
                "  page\(state.document.pages.count == 1 ? "" : "s") \(Wording.pages(state.document.pages)) of \(state.source), \(state.station): "
                  + DeskText.standing(state.document))
            }
          }
          if !options.json { Output.line("\(Wording.count(count, "document")) for a second look.") }
          return ExitStatus.done
        }
      })
  }
}

struct QCConfirmVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Says that a drawn document is right: patient, type, pages.",
    discussion: "Refused to whoever filed it: the second look is somebody else's.")

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
    commandName: "report", abstract: "Error rates by kind, month, station, operator and type.")

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
      let kinds = line.kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      table.add([
        line.month, line.station.description, line.operator.isEmpty ? "-" : EscapedText(line.operator).description,
        line.type, "\(line.drawn)", "\(line.confirmed)", "\(line.wrong)", rate, kinds,
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
  }
}
