import ArgumentParser
import Model
import Pipeline

/// An exception by its id.
struct ExceptionArgument: ParsableArguments {
  @Argument(help: "The exception's id, or its first characters, at least 4, where they are unique.")
  var id: String
}

/// Whose it is, with what proves it.
struct PatientOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The patient: MRN or AUTHORITY:MRN.", valueName: "patient"))
  var mrn: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Birth date (YYYY-MM-DD) or family name, as you read it on the page; it must agree with the index.",
      valueName: "value"))
  var second: String
}

/// Pages that a person calls blank.
struct BlankOptions: ParsableArguments {
  @Option(name: .long, help: "Pages to keep as blanks inside the document; one with a label on it is refused.")
  var blank: PageList?

  @Flag(name: .long, help: "Keep them as blanks also where one carries a label or could not be decoded.")
  var blankAnyway = false

  var pages: [Int] { blank?.pages ?? [] }
}

/// What it is.
struct DocumentOptions: ParsableArguments {
  @Option(name: .long, help: "The document type's code.")
  var type: String?

  @Option(name: .long, help: "The encounter's visit number, without the label's prefix.")
  var encounter: String?

  @Option(name: .long, help: "Date of service, YYYY-MM-DD.")
  var serviceDate: String?

  @Option(name: .long, help: "The pages in their right order, e.g. 2,1,3-5.")
  var pages: PageList?

  @OptionGroup var blanks: BlankOptions

  var choice: DocumentChoice {
    DocumentChoice(
      type: type, encounter: encounter, serviceDate: serviceDate, pages: pages?.pages, blanks: blanks.pages,
      blankAnyway: blanks.blankAnyway)
  }
}

struct ExceptionsAssignVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assign",
    abstract: "Files one exception in a patient's chart.",
    discussion: """
      No candidate is preselected: name the patient, and prove it with a second identifier that you read on the page. \
      Patients of the same family name and birth date (twins, newborns) are shown as a warning, and those whom the \
      document may be about and whom your second identifier fits too.
      """)

  @OptionGroup var common: CorrectionOptions
  @OptionGroup var patient: PatientOptions
  @OptionGroup var document: DocumentOptions
  @OptionGroup var exception: ExceptionArgument

  func run() async throws {
    try await common.correct(.exceptionsAssign, about: exception.id) { action in
      try await ExceptionDesk(action).assign(
        exception.id, mrn: patient.mrn, second: patient.second, choice: document.choice, reason: common.why.reason)
    }
  }
}

struct ExceptionsTypeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "type",
    abstract: "Sets the type of one or many exceptions that wait for it, in one reviewed action.",
    discussion: """
      Without --apply it only shows what would become of them. Whose they are the labels say, by the rules: a patient is \
      only ever named for one document at a time.
      """)

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption

  @Option(name: .long, help: "The document type's code.")
  var type: String

  @Option(name: .long, help: ArgumentHelp("Do what the plan with this digest says.", valueName: "digest"))
  var apply: String?

  @OptionGroup var why: ReasonOption

  @Argument(help: "The exceptions' ids.")
  var ids: [String]

  func run() async throws {
    try finish(
      await reporting {
        let (plan, corrections) = try await SiteFiles(options).act(.exceptionsType, glass: glass) { action in
          let plan = try await ExceptionDesk(action).typePlan(ids, type: type)
          return (plan, try await plan.applied(apply, reason: why.reason, in: action))
        }
        try DeskText.tell(plan, corrections: corrections, json: options.json)
        return ExitStatus.done
      })
  }
}

struct ExceptionsDuplicatesVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "Decides possible duplicates, those of a whole batch or single ones, in one reviewed action.",
    discussion: """
      --reject: it is the same paper, and its bytes are kept. --file: it is paper of its own, which the rules decide, and it \
      is never held for this again. Without --apply it only shows what would become of them.
      """)

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption

  @Flag(help: "What they are.")
  var verdict: VerdictFlag

  @Option(name: .long, help: ArgumentHelp("Do what the plan with this digest says.", valueName: "digest"))
  var apply: String?

  @OptionGroup var why: ReasonOption

  @Argument(help: ArgumentHelp("Batches, or ids of single exceptions.", valueName: "batch-or-id"))
  var ids: [String]

  func run() async throws {
    try finish(
      await reporting {
        let (plan, corrections) = try await SiteFiles(options).act(.exceptionsDuplicates, glass: glass) { action in
          let plan = try await DuplicateDesk(action).plan(ids, verdict == .reject ? .reject : .file)
          return (plan, try await plan.applied(apply, reason: why.reason, in: action))
        }
        try DeskText.tell(plan, corrections: corrections, json: options.json)
        return ExitStatus.done
      })
  }
}

/// What possible duplicates are.
enum VerdictFlag: String, EnumerableFlag {
  case reject, file

  static func help(for value: VerdictFlag) -> ArgumentHelp? {
    switch value {
    case .reject: "The same paper: they belong in no chart a second time."
    case .file: "Paper of their own: the rules decide them."
    }
  }
}

extension ReviewedPlan {
  /// - Parameter digest: nil: nobody has looked at the plan yet, so it is only recorded that somebody does now.
  /// - Returns: nil where nothing was applied.
  func applied(_ digest: String?, reason: String, in action: DeskAction) async throws -> [BatchID]? {
    if !reason.isEmpty { action.note { $0.reason = reason } }
    if let digest { return try await apply(digest, reason: reason, in: action) }
    let (count, short) = (steps.count, self.digest.description.prefix(12))
    action.note { $0.detail = "looked at plan \(short): \(count) documents" }
    try await action.seen()
    return nil
  }
}

struct ExceptionsSplitVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Splits an exception into several; each then waits by itself, for assign or requeue.")

  @OptionGroup var common: CorrectionOptions

  @Option(name: .long, help: "Every page once: 1,2/3-5.")
  var parts: PartList

  @OptionGroup var exception: ExceptionArgument

  func run() async throws {
    try await common.correct(.exceptionsSplit, about: exception.id) { action in
      try await RegroupDesk(action).split(exception.id, parts: parts.parts, filed: false, reason: common.why.reason)
    }
  }
}

struct ExceptionsJoinVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Joins exceptions into one, in the order given; it then waits for assign or requeue.")

  @OptionGroup var common: CorrectionOptions

  @Argument(help: "The exceptions' ids, two at least.")
  var ids: [String]

  func run() async throws {
    try await common.correct(.exceptionsJoin, about: ids.first) { action in
      try await RegroupDesk(action).join(ids, filed: false, reason: common.why.reason)
    }
  }
}

struct ExceptionsRequeueVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requeue", abstract: "Decides an exception again, by today's rules and patient data.")

  @OptionGroup var options: SiteOptions
  @OptionGroup var glass: GlassOption
  @OptionGroup var why: ReasonOption
  @OptionGroup var exception: ExceptionArgument

  func run() async throws {
    try finish(
      await reporting {
        let subject = AuditSubject(document: DocumentID.typed(exception.id), reason: why.reason)
        let outcome = try await SiteFiles(options).act(.exceptionsRequeue, glass: glass, about: subject) { action in
          action.note { $0.reason = why.reason }
          return try await ExceptionDesk(action).requeue(exception.id, reason: why.reason)
        }
        guard let outcome else {
          if !options.json { Output.line("Today's rules say the same: it waits as before.") }
          return ExitStatus.done
        }
        try DeskText.tell(outcome, json: options.json)
        return ExitStatus.done
      })
  }
}

struct ExceptionsRejectVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject", abstract: "Says that an exception belongs in no chart; its bytes are kept.")

  @OptionGroup var common: CorrectionOptions
  @OptionGroup var exception: ExceptionArgument

  func run() async throws {
    try await common.correct(.exceptionsReject, about: exception.id) { action in
      try await ExceptionDesk(action).reject(exception.id, reason: common.why.reason)
    }
  }
}
