import ArgumentParser
import Model
import Pipeline

/// Putting right what was filed.
struct CorrectVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "correct", abstract: "Puts right what was filed; the old state stays readable, and can be had back.",
    subcommands: [
      CorrectMoveVerb.self, CorrectRetypeVerb.self, CorrectSplitVerb.self, CorrectJoinVerb.self,
      CorrectReorderVerb.self, CorrectInsertVerb.self, CorrectReplaceVerb.self, CorrectWithdrawVerb.self,
      CorrectUndoVerb.self,
    ])
}

/// What all corrections have in common.
struct CorrectionOptions: ParsableArguments {
  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption
  @OptionGroup var why: ReasonOption

  /// Does it and says what came of it. Why, and about what, is on record also where it is refused.
  /// - Parameter id: a document's, as typed.
  func correct(
    _ verb: DeskVerb, about id: String?, _ body: (DeskAction) async throws -> DeskOutcome
  ) async throws {
    let subject = AuditSubject(document: id.flatMap(DocumentID.typed), reason: why.reason)
    try finish(
      await reporting {
        let outcome = try await SiteFiles(options).act(verb, glass: glass, about: subject) { action in
          action.note { $0.reason = why.reason }
          return try await body(action)
        }
        try DeskText.tell(outcome, json: options.json)
        return ExitStatus.done
      })
  }
}

/// A filed document by its id.
struct FiledArgument: ParsableArguments {
  @Argument(
    help: "The document's id, as `chart --json` has it, or its first characters, at least 4, where they are unique.")
  var id: String
}

struct CorrectMoveVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Moves a document to another patient's chart.")

  @OptionGroup var common: CorrectionOptions
  @OptionGroup var patient: PatientOptions
  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.correctMove, about: document.id) { action in
      try await FiledDesk(action).move(
        document.id, mrn: patient.mrn, second: patient.second, reason: common.why.reason)
    }
  }
}

struct CorrectRetypeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retype", abstract: "Gives a document another type, encounter or date of service.")

  @OptionGroup var common: CorrectionOptions

  @Option(name: .long, help: "The document type's code.")
  var type: String?

  @Option(name: .long, help: "The encounter's visit number, without the label's prefix.")
  var encounter: String?

  @Option(name: .long, help: "Date of service, YYYY-MM-DD.")
  var serviceDate: String?

  @OptionGroup var document: FiledArgument

  func validate() throws {
    guard type != nil || encounter != nil || serviceDate != nil else {
      throw ValidationError("Give --type, --encounter or --service-date.")
    }
  }

  func run() async throws {
    try await common.correct(.correctRetype, about: document.id) { action in
      try await FiledDesk(action).retype(
        document.id, choice: DocumentChoice(type: type, encounter: encounter, serviceDate: serviceDate),
        reason: common.why.reason)
    }
  }
}

struct CorrectSplitVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", abstract: "Splits a document into several in the same chart; then move or retype each.")

  @OptionGroup var common: CorrectionOptions

  @Option(name: .long, help: "Every page once: 1,2/3-5.")
  var parts: PartList

  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.correctSplit, about: document.id) { action in
      try await RegroupDesk(action).split(document.id, parts: parts.parts, filed: true, reason: common.why.reason)
    }
  }
}

struct CorrectJoinVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Joins documents of one patient and type into one, in the order given.")

  @OptionGroup var common: CorrectionOptions

  @Argument(help: "The documents' ids, two at least.")
  var ids: [String]

  func run() async throws {
    try await common.correct(.correctJoin, about: ids.first) { action in
      try await RegroupDesk(action).join(ids, filed: true, reason: common.why.reason)
    }
  }
}

struct CorrectReorderVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reorder", abstract: "Puts a document's pages in another order, or keeps some as blanks.")

  @OptionGroup var common: CorrectionOptions

  @Option(name: .long, help: "The pages in their right order, e.g. 2,1,3-5.")
  var pages: PageList

  @OptionGroup var blanks: BlankOptions

  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.correctReorder, about: document.id) { action in
      try await FiledDesk(action).reorder(
        document.id,
        choice: DocumentChoice(pages: pages.pages, blanks: blanks.pages, blankAnyway: blanks.blankAnyway),
        reason: common.why.reason)
    }
  }
}

struct CorrectInsertVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "insert", abstract: "Brings late pages into a document: those of another one, filed or in exception.")

  @OptionGroup var common: CorrectionOptions

  @Option(name: .long, help: ArgumentHelp("The document that has the late pages.", valueName: "id"))
  var from: String

  @Option(name: .long, help: "After which page of the document; 0: at its beginning.")
  var after: Int

  @Option(name: .long, help: "The patient's birth date or family name, as you read it on the late pages.")
  var second: String

  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.correctInsert, about: document.id) { action in
      try await RegroupDesk(action).insert(
        document.id, from: from, after: after, second: second, reason: common.why.reason)
    }
  }
}

struct CorrectReplaceVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replace",
    abstract: "Replaces a page by its rescan, the one page of another document; the old page is kept, withdrawn.")

  @OptionGroup var common: CorrectionOptions

  @Option(name: .long, help: "The page to replace.")
  var page: Int

  @Option(name: .long, help: ArgumentHelp("The document with the rescan.", valueName: "id"))
  var by: String

  @Option(name: .long, help: "The patient's birth date or family name, as you read it on the rescan.")
  var second: String

  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.correctReplace, about: document.id) { action in
      try await RegroupDesk(action).replace(
        document.id, page: page, by: by, second: second, reason: common.why.reason)
    }
  }
}

struct CorrectWithdrawVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "withdraw", abstract: "Takes a document out of its chart, as filed in error; its bytes are kept.")

  @OptionGroup var common: CorrectionOptions
  @OptionGroup var document: FiledArgument

  func run() async throws {
    try await common.correct(.correctWithdraw, about: document.id) { action in
      try await FiledDesk(action).withdraw(document.id, reason: common.why.reason)
    }
  }
}

struct CorrectUndoVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo", abstract: "Takes a correction back, which is another correction.",
    discussion: "Decisions on exceptions are corrections too. Newer ones of the same documents are undone first.")

  @OptionGroup var common: CorrectionOptions

  @Argument(help: "The correction's id, or a document's: its newest correction.")
  var id: String

  func run() async throws {
    // A number alone may be a correction's.
    try await common.correct(.correctUndo, about: id.lowercased().hasPrefix("urn:") ? id : nil) { action in
      try await UndoDesk(action).undo(id, reason: common.why.reason)
    }
  }
}
