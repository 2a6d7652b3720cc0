import ArgumentParser

/// The cron job's verb.
struct RunVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Files what lies in the drop folders now, then ends.",
    discussion: """
      Finishes unfinished batches, waits for the files found at its start to settle, files them, ends. Later files are the
      next run's. Exit code 3: done, and exceptions wait for a person.
      """)

  @OptionGroup var options: SiteOptions

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.run) { action in
          try await IntakeSession(site: action.site, options: options).run(.run)
        }
      })
  }
}
