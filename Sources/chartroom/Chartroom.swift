import ArgumentParser
import Glibc
import Pipeline
import System

/// `chartroom VERB …`: one file a verb in `Verbs/`; options may stand anywhere after the verb.
@main
struct Chartroom: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chartroom",
    abstract: "Files scanned hospital records: drop folder in, charts out, every page accounted for.",
    version: chartroomVersion,
    subcommands: [
      InitVerb.self, RunVerb.self, WatchVerb.self, BackfillVerb.self, StatusVerb.self, ExceptionsVerb.self,
      ChartVerb.self,
      PatientsVerb.self, LabelsVerb.self, VerifyVerb.self, RebuildVerb.self, ConfigVerb.self, WorkerVerb.self,
    ])

  static func main() async {
    setPrivateUmask()
    // A reader that went away (`chartroom chart … | head`) is no reason to die between two steps of committing.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot(nil)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch { exit(withError: error) }
  }
}

/// Ends the program with a verb's code; 0 needs no words.
func finish(_ status: Int32) throws {
  if status != 0 { throw ExitCode(status) }
}

/// The worker process's entry; started by Pipeline only.
struct WorkerVerb: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  func run() throws { try finish(runWorker()) }
}
