import ArgumentParser
import Model
import Pipeline
import System

/// The paper archive's verb.
struct BackfillVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Files an existing tree of scans; the tree is only read.",
    discussion: """
      Can be stopped and started again: what is filed is skipped. What a batch is, which sidecar goes with it and whether it needs
      a done-marker is as the station says; nothing is waited for. The
      site's own folders are refused. Exit code 3: done, and exceptions wait for a person.
      """)

  @OptionGroup var options: SiteOptions

  @Option(name: .long, help: "Station whose settings apply, and under which the batches stand.")
  var station = "default"

  @Argument(help: "Files or folders.")
  var paths: [String]

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.backfill) { action in
          let roots = try roots(for: action.site)
          return try await IntakeSession(site: action.site, options: options)
            .run(.backfill(roots, station: EscapedText(bytes: Array(station.utf8))))
        }
      })
  }

  private func roots(for site: Site) throws -> [FilePath] {
    let roots = paths.map(absolutePath)
    let own = BackfillRoots(site.paths)
    for root in roots {
      guard try Files.exists(root) else {
        throw VerbError.usage("\(root) is not there. Give files or folders that are; is its share mounted?")
      }
      if let folder = try own.conflict(of: root) {
        throw VerbError.usage(
          "\(root) and the site's own folder \(folder) lie in one another. Give a tree that is not the site's.")
      }
    }
    return roots
  }
}
