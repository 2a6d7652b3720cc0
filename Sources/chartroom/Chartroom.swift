import ArgumentParser
import Dispatch
import Glibc
import Pipeline
import System

/// The program's first lines, before Swift's runtime opens anything.
@main
enum Entry {
  static func main() {
    if let limit = OpenFileLimit.shortage(of: OpenFileLimit.ofRuntime) {
      Output.error("\(TooFewOpenFiles(limit: limit, needed: OpenFileLimit.ofRuntime))")
      Glibc.exit(ExitStatus.site)
    }
    // Not the main thread's own priority, which libdispatch turns into a nice value below 0; workers would inherit it.
    Task(priority: .medium) { @MainActor in
      await Chartroom.main()
      Glibc.exit(ExitStatus.done)
    }
    dispatchMain()
  }
}

/// `chartroom VERB …`: one file a verb in `Verbs/`; options may stand anywhere after the verb.
struct Chartroom: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chartroom",
    abstract: "Files scanned hospital records: drop folder in, charts out, every page accounted for.",
    version: chartroomVersion,
    subcommands: [
      InitVerb.self, RunVerb.self, WatchVerb.self, BackfillVerb.self, StatusVerb.self, ExceptionsVerb.self,
      CorrectVerb.self, ImpactVerb.self, QCVerb.self, ChartVerb.self, AuditVerb.self,
      PatientsVerb.self, LabelsVerb.self, VerifyVerb.self, RebuildVerb.self, ConfigVerb.self, WorkerVerb.self,
    ])

  static func main() async {
    setPrivateUmask()
    // A reader that went away (`chartroom chart … | head`) is no reason to die between two steps of committing.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot(optionsBehindVerbs(Array(CommandLine.arguments.dropFirst())))
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch { end(with: error) }
  }

  /// What the parser itself says: help and versions to standard output, what it did not understand to standard error, with the
  /// typed words in it made harmless.
  private static func end(with error: any Error) -> Never {
    let code = exitCode(for: error)
    let text = printable(fullMessage(for: error))
    if !text.isEmpty { Output.raw(text + "\n", to: code == .success ? STDOUT_FILENO : STDERR_FILENO) }
    Glibc.exit(code.rawValue)
  }
}

/// Options may stand anywhere after the verb (DESIGN §6), also between it and its second word: `exceptions --json list`. The
/// parser knows them only behind both, so they are moved there.
func optionsBehindVerbs(_ arguments: [String]) -> [String] {
  guard let verb = arguments.first, twoWordVerbs.contains(verb) else { return arguments }
  var rest = arguments.dropFirst()
  var moved: [String] = []
  while let option = rest.first {
    if option == "--json" || option.hasPrefix("--config=") || option.hasPrefix("--operator=") {
      moved.append(rest.removeFirst())
    } else if option == "--config" || option == "--operator", rest.count > 1 {
      moved += [rest.removeFirst(), rest.removeFirst()]
    } else {
      break
    }
  }
  guard !moved.isEmpty, let second = rest.first, !second.hasPrefix("-") else { return arguments }
  return [verb, second] + moved + rest.dropFirst()
}

/// Verbs of which a second word says what to do.
private let twoWordVerbs: Set<String> = Set(
  Chartroom.configuration.subcommands.filter { !$0.configuration.subcommands.isEmpty }.compactMap { verb in
    verb.configuration.commandName
  })

/// Ends the program with a verb's code; 0 needs no words.
func finish(_ status: Int32) throws {
  if status != 0 { throw ExitCode(status) }
}

/// The worker process's entry; started by Pipeline only.
struct WorkerVerb: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  func run() throws { try finish(runWorker()) }
}
