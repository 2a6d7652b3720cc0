import ArgumentParser
import Archiving
import Journaling
import Model
import Pipeline
import System

/// The queue that a person works through.
struct ExceptionsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exceptions", abstract: "Shows the documents that wait for a person, and decides them.",
    subcommands: [
      ExceptionsListVerb.self, ExceptionsShowVerb.self, ExceptionsAssignVerb.self, ExceptionsTypeVerb.self,
      ExceptionsDuplicatesVerb.self, ExceptionsSplitVerb.self, ExceptionsJoinVerb.self, ExceptionsRequeueVerb.self,
      ExceptionsRejectVerb.self,
    ])
}

struct ExceptionsListVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists exceptions by batch, oldest first.",
    discussion: "Documents that only wait for the next patient import are listed too, marked as waiting.")

  @OptionGroup var options: SiteOptions

  @Option(name: .long, help: "Only those with this reason, e.g. unknown-mrn.")
  var reason: String?

  @Option(name: .long, help: "Only those of this station.")
  var station: String?

  @Option(
    name: .long, help: ArgumentHelp("Only those received so long ago, in hours or days: 36h, 3d.", valueName: "age"))
  var olderThan: AgeText?

  func run() async throws {
    try finish(
      await reporting {
        let wanted = try wantedReason()
        return try await SiteFiles(options).act(.exceptionsList) { action in
          let (name, discretion) = (station.map { EscapedText($0) }, Discretion(action))
          let queue = try await ExceptionQueue(of: action.site).filtered(
            reason: wanted, station: name, hours: olderThan?.hours
          ).visible(by: discretion)
          let remark = try await StationNames.remark(on: name, at: action.site, seenBy: discretion)
          let alike = queue.documents.compactMap(\.document.looksLike)
          let successors = try await Successors(of: Set(alike), at: action.site, seenBy: discretion)
          let count = queue.documents.count
          action.note { $0.detail = "\(count) documents" }
          try await action.seen()
          if let remark { Output.error(remark) }
          try show(queue, successors)
          return ExitStatus.done
        }
      })
  }

  private func show(_ queue: ExceptionQueue, _ successors: Successors) throws {
    guard options.json else { return ExceptionsText(queue, successors).print() }
    for state in queue.documents { try Output.json(ExceptionLine(state, now: queue.now)) }
  }

  private func wantedReason() throws -> ExceptionReason? {
    guard let reason else { return nil }
    guard let known = ExceptionReason(rawValue: reason) else {
      let all = ExceptionReason.allCases.map(\.rawValue).joined(separator: ", ")
      throw VerbError.usage("There is no reason '\(EscapedText(reason))'. The reasons are: \(all).")
    }
    return known
  }
}

struct ExceptionsShowVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract:
      "Shows one document: what was seen, the labels, whom they could mean, its neighbours, where the pages lie.",
    discussion: """
      --pictures draws each page as it is stored, with what the reader sees on it, as FOLDER/page-0001.png and so on, those of \
      a document that it may be another scan of as FOLDER/earlier-0001.png; nothing is ever replaced. Of a page that cannot be drawn it \
      says why.
      """)

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption

  @Option(name: .long, help: ArgumentHelp("Draw the pages into this folder, as PNG.", valueName: "folder"))
  var pictures: String?

  @Argument(
    help: "The document's id, with or without urn:uuid:, or its first characters, at least 4, where they are unique.")
  var id: String

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(
          .exceptionsShow, glass: glass, about: AuditSubject(document: DocumentID.typed(id))
        ) { action in try await show(action) }
      })
  }

  private func show(_ action: DeskAction) async throws -> Int32 {
    let state = try await DocumentFinder(action).find(id)
    action.note {
      $0.document = state.document.id
      $0.batch = state.batch
      $0.patient = state.document.patient
    }
    let discretion = Discretion(action)
    try await discretion.open(state, for: action)
    let detail = try await ExceptionDetail(state, at: action.site, seenBy: discretion)
    let folders = try pictures.map { folder in
      [try PagePictures(folder: folder, of: detail)]
        + (try detail.resembled.map { try PagePictures(folder: folder, of: $0, named: "earlier-") })
    }
    // Who looked is on record before anything is shown.
    try await action.seen()
    var drawn: [DocumentID: DrawnPages] = [:]
    for folder in folders ?? [] { drawn[folder.document] = try await folder.draw(action.site) }
    let now = action.site.clock.now()
    if options.json {
      try Output.json(ExceptionObject(detail, now: now, pictures: drawn))
    } else {
      ExceptionText(detail, now: now, pictures: drawn).print()
    }
    return ExitStatus.done
  }
}
