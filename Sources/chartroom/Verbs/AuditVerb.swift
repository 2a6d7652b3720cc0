import ArgumentParser
import Formats
import Journaling
import Model
import Pipeline

/// Who did what, and the proof of it.
struct AuditVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "The audit trail: who did and saw what, when and why.",
    subcommands: [AuditListVerb.self, AuditExportVerb.self, AuditVerifyVerb.self])
}

/// Which records are wanted.
struct AuditOptions: ParsableArguments {
  @Option(name: .long, help: "At this moment (UTC) or later: 2026-11-22 or 2026-11-22T14:00:00Z.")
  var from: MomentText?

  @Option(name: .long, help: "Before this moment (UTC).")
  var until: MomentText?

  @Option(name: .long, help: ArgumentHelp("Who acted, or was logged in.", valueName: "name"))
  var by: String?

  @Option(name: .long, help: "The verb, e.g. 'exceptions assign'.")
  var verb: String?

  @Option(name: .long, help: "About this patient: MRN or AUTHORITY:MRN.")
  var patient: String?

  @Option(name: .long, help: "About this document.")
  var document: String?

  @Option(name: .long, help: "begun, done, refused or failed.")
  var outcome: String?

  @Flag(name: .long, help: "Only where the glass was broken.")
  var brokeGlass = false

  func question(in action: DeskAction) async throws -> AuditQuestion {
    var question = AuditQuestion()
    question.from = from?.moment
    question.until = until?.moment
    question.operator = by
    question.brokeGlassOnly = brokeGlass
    if let verb {
      guard DeskVerb(rawValue: verb) != nil else {
        let all = DeskVerb.allCases.map(\.rawValue).joined(separator: ", ")
        throw VerbError.usage("There is no verb '\(EscapedText(verb))'. The verbs are: \(all).")
      }
      question.verb = verb
    }
    if let outcome {
      guard let known = AuditEvent.Outcome(rawValue: outcome) else {
        throw VerbError.usage("--outcome takes begun, done, refused or failed.")
      }
      question.outcome = known
    }
    question.patient = patient.map { text in
      let parts = ChartDesk.parts(of: text)
      return PatientKey(authority: parts.authority ?? action.site.configuration.facility.authority, mrn: parts.number)
    }
    if let document {
      // A whole id also of one that is regrouped, or that the auditor may not open.
      if let id = DocumentID.typed(document) {
        question.document = id
      } else {
        question.document = try await DocumentFinder(action).find(document).document.id
      }
    }
    return question
  }
}

struct AuditListVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the records of the audit trail, oldest first.")

  @OptionGroup var options: SiteOptions
  @OptionGroup var wanted: AuditOptions

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.auditList) { action in
          let question = try await wanted.question(in: action)
          let desk = AuditDesk(site: action.site)
          try await action.seen()
          try await desk.forEach(question) { exported in
            if options.json {
              try Output.json(AuditLine(exported))
            } else {
              Output.line(Self.sentence(exported.record))
            }
          }
          return ExitStatus.done
        }
      })
  }

  private static func sentence(_ record: AuditRecord) -> String {
    let event = record.event
    let subject = event.subject
    let who =
      event.operator == event.login
      ? "\(EscapedText(event.operator))" : "\(EscapedText(event.operator)) (login \(EscapedText(event.login)))"
    var parts = ["\(record.sequence)  \(Wording.moment(event.at))  \(who)  \(event.verb): \(event.outcome.rawValue)"]
    if subject.brokeGlass { parts.append("GLASS BROKEN") }
    if let patient = subject.patient { parts.append("patient \(EscapedText(patient.description))") }
    if let document = subject.document { parts.append("\(document)") }
    if let batch = subject.batch, subject.document == nil { parts.append("batch \(batch)") }
    if let correction = subject.correction { parts.append("correction \(correction)") }
    if let reason = subject.reason { parts.append("because: \(EscapedText(reason))") }
    if let detail = subject.detail { parts.append("\(EscapedText(detail))") }
    return parts.joined(separator: "; ")
  }
}

struct AuditExportVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the records as JSON lines or as FHIR R4 AuditEvents, one a line.",
    discussion: "Each line carries its record's hash, so that it can be held against the trail later.")

  @OptionGroup var options: SiteOptions
  @OptionGroup var wanted: AuditOptions

  @Flag(name: .long, help: "One JSON object a record (chartroom.audit/1 with its hash); the default.")
  var jsonLines = false

  @Flag(name: .long, help: "One FHIR R4 AuditEvent a record.")
  var fhir = false

  func validate() throws {
    if jsonLines, fhir { throw ValidationError("Give --json-lines or --fhir, not both.") }
  }

  func run() async throws {
    try finish(
      await reporting {
        try await SiteFiles(options).act(.auditExport) { action in
          let site = action.site
          let question = try await wanted.question(in: action)
          try await action.seen()
          try await AuditDesk(site: site).forEach(question) { exported in
            if fhir {
              try Output.json(FHIRAuditEvent(exported, facility: site.configuration.facility.name))
            } else {
              try Output.json(AuditLine(exported))
            }
          }
          return ExitStatus.done
        }
      })
  }
}

struct AuditVerifyVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Proves that no record of the audit trail was removed, changed or put elsewhere.",
    discussion: """
      By the records' hashes, by the anchors that every manifest and correction holds, and by the sums that the journal keeps of its \
      rows. Whoever knows how these are made can take away what lies after the last anchor: that is proven by a head that you noted \
      elsewhere, the line that this verb ends with. Exit code 1: something is wrong.
      """)

  @OptionGroup var options: SiteOptions

  @Option(name: .long, help: ArgumentHelp("A head that you noted: SEQUENCE:HASH.", valueName: "head"))
  var head: String?

  func run() async throws {
    try finish(
      await reporting {
        let noted = try notedHead()
        return try await SiteFiles(options).act(.auditVerify) { action in
          let desk = AuditDesk(site: action.site)
          let end = try await action.site.journal.auditHead()
          var (errors, gaps) = (0, 0)
          try await desk.verify(noted: noted) { finding in
            if finding.severity == .error { errors += 1 } else { gaps += 1 }
            if options.json {
              try Output.json(finding)
            } else {
              Output.line("\(finding.severity.rawValue.uppercased()): \(finding.where): \(finding.what)")
              Output.line("  To do: \(finding.remedy)")
            }
          }
          let found = errors
          action.note { $0.detail = found == 0 ? "sound up to \(end.sequence)" : "\(found) errors" }
          if options.json {
            try Output.json(HeadLine(head: "\(end.sequence):\(end.head)", errors: errors))
          } else {
            let good = gaps == 0 ? "The audit trail is whole." : "What is left of the audit trail is whole."
            Output.line(errors == 0 ? good : "\(Wording.count(errors, "error")).")
            Output.line("Its head is \(end.sequence):\(end.head)")
          }
          return errors == 0 ? ExitStatus.done : ExitStatus.failed
        }
      })
  }

  private func notedHead() throws -> AuditHead? {
    guard let head else { return nil }
    let parts = head.split(separator: ":")
    guard parts.count == 2, let sequence = Int(parts[0]), sequence > 0, let hash = ContentDigest(String(parts[1]))
    else {
      throw VerbError.usage("--head takes SEQUENCE:HASH, as `audit verify` prints it.")
    }
    return AuditHead(sequence: sequence, head: hash)
  }
}

/// A record with its hash.
private struct AuditLine: Encodable {
  private enum Keys: String, CodingKey { case hash }
  private let exported: ExportedAuditRecord
  init(_ exported: ExportedAuditRecord) { self.exported = exported }

  func encode(to encoder: any Encoder) throws {
    try exported.record.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(exported.hash, forKey: .hash)
  }
}

private struct HeadLine: Encodable {
  var summary = true
  var head: String
  var errors: Int
}
