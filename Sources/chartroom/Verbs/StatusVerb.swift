import ArgumentParser
import Journaling
import Model
import Pipeline

/// How the site stands, or one batch.
struct StatusVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows what is waiting, in hand, filed and in exception, by station; room; the last errors.",
    discussion: "With a batch id: how far that batch has come and what became of its documents.")

  @OptionGroup var options: SiteOptions

  @Argument(help: "A batch id, as `exceptions list` and the manifests name it.")
  var batch: String?

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.status) { action in try await show(action) }
      })
  }

  private func show(_ action: DeskAction) async throws -> Int32 {
    let site = action.site
    guard let batch else {
      let status = try await SiteStatus(of: site, seenBy: Discretion(action))
      if options.json { try Output.json(StatusObject(status, site)) } else { StatusText(status, site).print() }
      return ExitStatus.done
    }
    guard let id = BatchID.typed(batch) else {
      throw VerbError.usage("'\(EscapedText(batch))' is no batch id: 36 characters, hex digits and dashes.")
    }
    action.note { $0.batch = id }
    guard let status = try await BatchStatus(id, of: site, seenBy: Discretion(action)) else {
      throw VerbError.failed("The journal knows no batch \(id).")
    }
    if options.json { try Output.json(BatchObject(status)) } else { BatchText(status).print() }
    return ExitStatus.done
  }
}
