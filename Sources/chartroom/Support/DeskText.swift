import Journaling
import Model
import Pipeline

/// How the desk's verbs say what came of a decision.
enum DeskText {
  static func tell(_ outcome: DeskOutcome, json: Bool) throws {
    for warning in outcome.warnings where !json { Output.error("warning: \(warning)") }
    if json {
      for document in outcome.documents {
        try Output.json(OutcomeLine(document, correction: outcome.correction, warnings: outcome.warnings))
      }
      return
    }
    for document in outcome.documents { Output.line(sentence(document)) }
    Output.line("Recorded as correction \(outcome.correction); `chartroom correct undo` takes it back.")
  }

  static func sentence(_ document: Manifest.Document) -> String {
    let pages = "page\(document.pages.count == 1 ? "" : "s") \(Wording.pages(document.pages))"
    let blanks = document.blanks.isEmpty ? "" : ", blank \(Wording.pages(document.blanks))"
    return "\(document.id), \(pages)\(blanks): \(standing(document))"
  }

  /// Where a document stands: `filed, GENHOSP:12345674, LAB`.
  static func standing(_ document: Manifest.Document) -> String {
    let patient = document.patient.map { EscapedText($0.description).description }
    let facts = [
      patient, document.type, document.encounter.map { "encounter \(EscapedText($0))" }, document.serviceDate,
    ]
    switch document.status {
    case .filed: return (["filed"] + facts.compactMap(\.self)).joined(separator: ", ")
    case .exception: return "waits for a person: " + document.reasons.map(\.rawValue).joined(separator: ", ")
    case .rejected, .withdrawn, .regrouped: return document.status.rawValue
    }
  }

  /// A plan that waits to be reviewed, or was applied.
  static func tell(_ plan: ReviewedPlan, corrections: [BatchID]?, json: Bool) throws {
    for step in plan.steps {
      if json {
        try Output.json(PlanLine(step))
      } else {
        Output.line("\(step.after.id)")
        Output.line("  now: \(standing(step.state.document))")
        Output.line("  \(corrections == nil ? "would be" : "is now"): \(standing(step.after))")
      }
    }
    if json { return try Output.json(PlanSummary(plan, corrections: corrections)) }
    guard let corrections else {
      guard !plan.steps.isEmpty else { return Output.line("Nothing would change.") }
      let digest = plan.digest.description.prefix(12)
      return Output.line(
        "\(Wording.count(plan.steps.count, "document")) would change. Nothing was; --apply \(digest) does this and nothing else."
      )
    }
    Output.line(
      "\(Wording.count(plan.steps.count, "document")) changed. Recorded as "
        + corrections.map { "correction \($0)" }.joined(separator: ", ") + ".")
  }
}

/// One document after a decision.
struct OutcomeLine: Encodable {
  private enum Keys: String, CodingKey { case correction, warnings }
  private let document: Manifest.Document
  private let correction: BatchID
  private let warnings: [String]

  init(_ document: Manifest.Document, correction: BatchID, warnings: [String]) {
    self.document = document
    self.correction = correction
    self.warnings = warnings
  }

  func encode(to encoder: any Encoder) throws {
    try document.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(correction, forKey: .correction)
    try container.encode(warnings, forKey: .warnings)
  }
}

private struct PlanLine: Encodable {
  var id: DocumentID
  var before: Manifest.Document
  var after: Manifest.Document
  init(_ step: ReviewedPlan.Step) {
    id = step.after.id
    before = step.state.document
    after = step.after
  }
}

private struct PlanSummary: Encodable {
  var summary = true
  var documents: Int
  var digest: ContentDigest
  var applied: Bool
  var corrections: [BatchID]
  init(_ plan: ReviewedPlan, corrections: [BatchID]?) {
    documents = plan.steps.count
    digest = plan.digest
    applied = corrections != nil
    self.corrections = corrections ?? []
  }
}
