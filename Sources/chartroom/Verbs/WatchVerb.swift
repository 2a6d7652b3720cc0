import ArgumentParser

/// The service's verb.
struct WatchVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Files what the scanners drop, until SIGTERM or SIGINT, which finish what is in hand.")

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.watch) { action in
          try await IntakeSession(site: action.site, options: options).run(.watch)
        }
      })
  }
}
