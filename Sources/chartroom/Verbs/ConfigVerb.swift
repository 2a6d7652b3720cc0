import ArgumentParser
import Model
import Pipeline
import Reading
import System

/// The configuration: whether it is right, and what each key means. Works without a site.
struct ConfigVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Checks the configuration, or explains its keys.",
    subcommands: [ConfigCheckVerb.self, ConfigExplainVerb.self])
}

/// `config check`: everything that is wrong, not only the first thing.
struct ConfigCheckVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Holds a configuration against the table of keys and its label grammar against itself.",
    discussion: """
      Reads nothing but the file: whether folders exist is for the other verbs to say. Exit code 78: a verb would refuse \
      this configuration. Warnings leave it 0. For each entry of the label grammar it estimates how many damaged reads \
      would go unnoticed: one in 1 / (own check of the symbology × check schemes × format).
      """)

  @OptionGroup var options: SiteOptions

  @Argument(help: "The configuration file, instead of --config.")
  var file: String?

  func run() async throws {
    try finish(await reporting { try check(file ?? options.config) })
  }

  private func check(_ name: String) throws -> Int32 {
    let configuration: Configuration
    do { configuration = try loadConfiguration(bytes: bytes(of: name)) } catch let error as ConfigurationError {
      for problem in error.problems {
        try tell(ConfigurationFinding(severity: .error, path: problem.path, message: problem.message))
      }
      return ExitStatus.site
    }
    let grammar = LabelGrammar(entries: configuration.reading.labels)
    let found = checkGrammar(grammar).map(ConfigurationFinding.init)
    for finding in found { try tell(finding) }
    guard found.allSatisfy({ $0.severity == .warning }) else { return ExitStatus.site }
    try tellEstimates(grammar)
    if !options.json {
      Output.line(
        "\(EscapedText(name)): good" + (found.isEmpty ? "" : ", with \(Wording.count(found.count, "warning"))"))
    }
    return ExitStatus.done
  }

  private func bytes(of name: String) throws -> [UInt8] {
    do { return try Files.read(absolutePath(name), limit: configurationBytesMax) } catch {
      throw VerbError.site("The configuration \(EscapedText(name)) cannot be read: \(error)")
    }
  }

  private func tell(_ finding: ConfigurationFinding) throws {
    if options.json { return try Output.json(finding) }
    Output.error("\(finding.severity.rawValue): \(finding.path): \(finding.message)")
  }

  /// What a damaged read would do, entry by entry.
  private func tellEstimates(_ grammar: LabelGrammar) throws {
    var table = Table(["LABEL", "WEAKEST ON", "OWN CHECK", "SCHEMES", "FORMAT", "UNNOTICED", "ELSEWHERE"])
    for (place, entry) in grammar.entries.enumerated() {
      let estimates = MisreadEstimate.estimates(of: entry)
      if options.json {
        try Output.json(
          ConfigurationFinding(
            severity: .note, path: "$.reading.labels[\(place)]",
            message: EstimateWording.sentence(entry, estimates), misreads: estimates ?? []))
      } else {
        table.add(EstimateWording.cells(entry, estimates))
      }
    }
    guard !options.json, !table.isEmpty else { return }
    Output.line("Damaged reads that would go unnoticed, estimated: 1 / (own check × check schemes × format).")
    table.print()
  }
}

/// One line of `config check`.
private struct ConfigurationFinding: Encodable {
  enum Severity: String, Encodable { case error, warning, note }
  var severity: Severity
  var path: String
  var message: String
  /// Only in a note: the entry's estimates by symbology, the weakest first; empty where they cannot be told.
  var misreads: [MisreadEstimate]?
}

extension ConfigurationFinding {
  fileprivate init(_ finding: GrammarFinding) {
    severity = finding.severity == .error ? .error : .warning
    path = "$.reading.labels[\(finding.entry)]"
    message = finding.message
  }
}

/// Refuses a configuration whose label grammar cannot be trusted, before anything is touched: what `config check` calls
/// an error there, every verb that works on a site calls one too.
func refuseBadGrammar(in configuration: Configuration) throws(ConfigurationError) {
  let problems = grammarErrors(LabelGrammar(entries: configuration.reading.labels)).map(ConfigurationFinding.init)
    .map { ConfigurationProblem(path: $0.path, message: $0.message) }
  if !problems.isEmpty { throw ConfigurationError(problems: problems) }
}

/// `config explain`: every key with its meaning, unit, default, what is allowed, and why.
struct ConfigExplainVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explains a key, a section, or all keys of the configuration.",
    discussion:
      "In keys, * stands for names of the site's own (stations, document types) and [] for the items of a list.")

  @OptionGroup var options: SiteOptions

  @Argument(help: "claiming.settleSeconds, claiming, or settleSeconds; all keys when left out.")
  var key: String?

  func run() async throws {
    try finish(await reporting { try explain() })
  }

  private func explain() throws -> Int32 {
    let keys = key.map(configurationKeys(matching:)) ?? configurationKeys
    guard !keys.isEmpty else {
      let wanted = key ?? ""
      throw VerbError.usage(
        "There is no key \(EscapedText(wanted)); did you mean \(nearestConfigurationKey(to: wanted))?")
    }
    for (place, key) in keys.enumerated() {
      if options.json {
        try Output.json(key)
      } else {
        if place > 0 { Output.line("") }
        for line in lines(of: key) { Output.line(line) }
      }
    }
    return ExitStatus.done
  }

  /// The key, then its facts with their words in one column.
  private func lines(of key: ConfigurationKey) -> [String] {
    var facts = [("means", key.meaning)]
    if let unit = key.unit { facts.append(("unit", unit)) }
    if !key.isSection {
      facts.append(("default", key.defaultText ?? "none: the key is required"))
      facts.append(("allowed", key.allowed))
    }
    facts.append(("because", key.reason))
    return [key.path]
      + facts.flatMap { name, text in
        let label = "  " + name + String(repeating: " ", count: 9 - name.count)
        let lines = wrapped(text, to: 88)
        return [label + lines[0]] + lines.dropFirst().map { String(repeating: " ", count: 11) + $0 }
      }
  }
}

/// Lines of at most so many characters, broken at spaces; a longer word has a line of its own.
private func wrapped(_ text: String, to width: Int) -> [String] {
  text.split(separator: " ").reduce(into: [""]) { lines, word in
    let last = lines[lines.count - 1]
    if last.isEmpty {
      lines[lines.count - 1] = String(word)
    } else if last.count + 1 + word.count <= width {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
}
