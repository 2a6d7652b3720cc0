import ArgumentParser
import Journaling
import Model
import Pipeline

/// What is in a chart.
struct ChartVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chart",
    abstract: "Lists the documents of a patient's chart.",
    discussion: "A number that was merged into another leads to the survivor's chart.")

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption

  @Argument(help: "MRN or AUTHORITY:MRN; '-' reads it from standard input, so that it stands in no process list.")
  var patient: String

  func run() async throws {
    try finish(
      await reporting {
        let files = try SiteFiles(options)
        return try await files.act(.chart, glass: glass, about: files.subject(ofPatient: patient)) { action in
          try await open(action)
        }
      })
  }

  private func open(_ action: DeskAction) async throws -> Int32 {
    let site = action.site
    let desk = ChartDesk(action)
    try await ChartFollower(site: site).catchUp()
    var chart = try await desk.chart(of: typedPatient())
    let (patient, isKnown) = (chart.patient, chart.isKnown)
    action.note {
      $0.patient = patient
      if !isKnown { $0.detail = "No such patient is known." }
    }
    chart.entries = try await Discretion(action).open(chart.patient, with: chart.entries, for: action)
    // Who looked is on record before anything is shown.
    try await action.seen()
    for sentence in chart.remarks { Output.error(sentence) }
    guard chart.isKnown else { return ExitStatus.failed }
    if options.json {
      for entry in chart.entries { try Output.json(ChartLine(entry)) }
    } else {
      show(chart, types: site.configuration.documentTypes)
    }
    return ExitStatus.done
  }

  private func typedPatient() throws -> String {
    guard patient == "-" else { return patient }
    guard let line = readLine() else {
      throw VerbError.usage("Standard input is empty; give it one line: MRN or AUTHORITY:MRN.")
    }
    return line
  }

  private func show(_ chart: Chart, types: [String: DocumentType]) {
    Output.line("\(chart.title): \(Wording.count(chart.entries.count, "document"))")
    guard !chart.entries.isEmpty else { return }
    var table = Table(
      ["RECEIVED", "TYPE", "PAGES", "ENCOUNTER", "STATION", "OBJECT IN THE ARCHIVE", "NOTES"], rightAligned: [2])
    for entry in chart.entries {
      let document = entry.document
      table.add([
        Wording.moment(entry.receivedAt), document.type.map { types[$0]?.name ?? $0 } ?? "-", "\(document.pages.count)",
        document.encounter ?? "-", entry.station.description, document.object, document.notes.joined(separator: ", "),
      ])
    }
    table.print()
  }
}

/// A document's keys as in its manifest, with where it came from (FORMATS *--json output*).
struct ChartLine: Encodable {
  private let entry: ChartEntry
  init(_ entry: ChartEntry) { self.entry = entry }

  private enum Keys: String, CodingKey { case receivedAt, station, batch }

  func encode(to encoder: any Encoder) throws {
    try entry.document.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(entry.receivedAt, forKey: .receivedAt)
    try container.encode(entry.station, forKey: .station)
    try container.encode(entry.batch, forKey: .batch)
  }
}
