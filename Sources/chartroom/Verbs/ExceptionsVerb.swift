import ArgumentParser
import Archiving
import Journaling
import Model
import Pipeline

/// The queue that a person works through.
struct ExceptionsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exceptions", abstract: "Shows the documents that wait for a person.",
    subcommands: [ExceptionsListVerb.self, ExceptionsShowVerb.self])
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

  func run() async throws {
    try finish(
      await reporting {
        let wanted = try wantedReason()
        let site = try await SiteFiles(options).open()
        let queue = try await ExceptionQueue(of: site).filtered(
          reason: wanted, station: station.map { EscapedText($0) })
        if options.json {
          for state in queue.documents { try Output.json(ExceptionLine(state, now: queue.now)) }
        } else {
          ExceptionsText(queue).print()
        }
        return ExitStatus.done
      })
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
    abstract: "Shows one exception: what was seen, the labels, whom they could mean, where the pages lie.")

  @OptionGroup var options: SiteOptions

  @Argument(
    help: "The document's id, with or without urn:uuid:; its first characters are enough where they are unique.")
  var id: String

  func run() async throws {
    try finish(
      await reporting {
        let site = try await SiteFiles(options).open()
        let queue = try await ExceptionQueue(of: site)
        switch try await queue.find(id, in: site) {
        case .one(let state):
          let detail = try ExceptionDetail(state, of: site)
          if options.json {
            try Output.json(ExceptionObject(detail, now: queue.now))
          } else {
            ExceptionText(detail, now: queue.now).print()
          }
          return ExitStatus.done
        case .none:
          throw VerbError.failed("No document '\(EscapedText(id))' is known. See `chartroom exceptions list`.")
        case .several(let count):
          throw VerbError.usage("'\(EscapedText(id))' fits \(count) exceptions; give more of the id.")
        }
      })
  }
}
