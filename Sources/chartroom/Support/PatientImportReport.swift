import Journaling
import Model
import Pipeline

/// What an import says: rejected lines to standard error, or with `--json` everything as one object a line.
struct PatientImportReport {
  let json: Bool
  let isDryRun: Bool

  func reject(_ reject: PatientReject, of file: EscapedText) throws {
    if json {
      return try Output.json(RejectLine(file: file, line: reject.line, reason: reject.reason, kind: reject.kind))
    }
    let place = reject.line > 0 ? ", line \(reject.line)" : ""
    Output.error("\(file)\(place): \(reject.kind == .ignored ? "ignored: " : "")\(reject.reason)")
  }

  func tell(_ outcome: PatientImportOutcome, of name: EscapedText, _ file: PatientFile) throws {
    for reject in outcome.rejects { try self.reject(reject, of: name) }
    if isDryRun { try tell(outcome.changes, beyond: outcome.changesBeyond, of: name) }
    guard isDryRun || outcome.revision != nil else { return }
    try tell(outcome.levels, beyond: outcome.levelsBeyond, of: name)
    if json { return try Output.json(ImportLine(name, file, outcome, isDryRun: isDryRun)) }
    Output.line("\(name): \(sentence(outcome, file))")
    if isDryRun { Output.line("  " + Self.summary(outcome.counts)) }
  }

  private func sentence(_ outcome: PatientImportOutcome, _ file: PatientFile) -> String {
    let noun = ["csv": "row", "hl7": "message", "fhir": "entry"][file.format.rawValue] ?? "row"
    let taken = outcome.counts.taken
    let things = noun == "entry" ? "\(taken) \(taken == 1 ? "entry" : "entries")" : Wording.count(taken, noun)
    let counted = "\(things) \(isDryRun ? "would be taken" : "taken"), \(outcome.rejects.count) left out."
    guard let revision = outcome.revision else { return counted }
    return counted
      + " Patient data is now revision \(revision.revision): \(Wording.count(revision.patients, "patient")), "
      + "\(revision.aliases) merged numbers, \(Wording.count(revision.encounters, "encounter"))."
  }

  private func tell(_ changes: [PatientImportOutcome.Change], beyond: Int, of name: EscapedText) throws {
    for change in changes {
      if json {
        try Output.json(ChangeLine(file: name, line: change.line, change: change.what))
      } else {
        Output.line("\(name), line \(change.line): \(change.what)")
      }
    }
    if beyond > 0, !json { Output.line("\(name): and \(beyond) more such changes") }
  }

  /// Documents that wait for the index and would not any more, or otherwise.
  func tell(_ foreseen: [Redecision.Foresight]) throws {
    for document in foreseen {
      let after = document.after
      if json {
        try Output.json(ForeseenLine(document: after.id, status: after.status, reasons: after.reasons))
        continue
      }
      let reasons = after.reasons.map(\.rawValue).joined(separator: ", ")
      Output.line(
        "\(after.id), which waits for the patient index, would "
          + (after.status == .filed ? "be filed" : "wait for a person: \(reasons)"))
    }
  }

  private static func summary(_ counts: PatientImportOutcome.Counts) -> String {
    "patients: \(counts.patientsAdded) new, \(counts.patientsChanged) changed; merges: \(counts.merges) new, "
      + "\(counts.mergesUndone) undone; encounters: \(counts.encountersAdded) new, \(counts.encountersChanged) changed"
  }

  /// - Parameter files: which ones, for the audit trail too.
  func nothingTaken(of files: String) -> DeskRefusal {
    DeskRefusal("Nothing was taken of \(files). Correct the lines, or take the good ones with --keep-going.")
  }

  func endOfDryRun(isClean: Bool) -> Int32 {
    if !isClean { Output.error("Without --keep-going nothing of this would be taken.") }
    if !json { Output.line("Nothing was changed: this was a dry run.") }
    return isClean ? ExitStatus.done : ExitStatus.failed
  }

  func settled(_ resolved: Redecision.Outcome, _ review: RefilingReview.Outcome) throws {
    if json {
      return try Output.json(
        ResolvedLine(
          resolved: resolved.filed, exceptions: resolved.exceptions, proposed: review.proposed,
          forPerson: review.forPerson))
    }
    if resolved.filed > 0 {
      let verb = resolved.filed == 1 ? "is" : "are"
      Output.line("\(Wording.count(resolved.filed, "document")) that waited for the patient index \(verb) filed now.")
    }
    if resolved.exceptions > 0 {
      let verb = resolved.exceptions == 1 ? "waits" : "wait"
      Output.line(
        "\(Wording.count(resolved.exceptions, "document")) that waited for the patient index \(verb) for a person now.")
    }
    let found = review.proposed + review.forPerson
    if found > 0 {
      Output.line(
        "\(Wording.count(found, "filed document")) may be in the wrong chart now: see `chartroom patients proposals`.")
    }
  }
}

/// A waiting document that a dry run says would be decided otherwise.
private struct ForeseenLine: Encodable {
  var document: DocumentID
  var status: DocumentDecision.Status
  var reasons: [ExceptionReason]
}

private struct RejectLine: Encodable {
  var file: EscapedText
  var line: Int
  var reason: String
  var kind: PatientReject.Kind
}

private struct ChangeLine: Encodable {
  var file: EscapedText
  var line: Int
  var change: String
}

private struct ImportLine: Encodable {
  var file: EscapedText
  var format: PatientFile.Format
  /// `patients` or `encounters` of a CSV, `hl7`, `fhir`.
  var kind: String
  var dryRun: Bool
  var taken: Int
  /// Lines left out, those that were ignored too.
  var rejected: Int
  var ignored: Int
  var counts: PatientImportOutcome.Counts
  /// Changes to look at that were not told one by one, and changed levels.
  var changesBeyond: Int
  var levelsBeyond: Int
  @Nullable var revision: String?
  @Nullable var patients: Int?
  @Nullable var aliases: Int?
  @Nullable var encounters: Int?

  init(_ name: EscapedText, _ file: PatientFile, _ outcome: PatientImportOutcome, isDryRun: Bool) {
    self.file = name
    format = file.format
    kind = file.kind.rawValue
    dryRun = isDryRun
    taken = outcome.counts.taken
    rejected = outcome.rejects.count
    ignored = outcome.rejects.count { $0.kind == .ignored }
    counts = outcome.counts
    changesBeyond = outcome.changesBeyond
    levelsBeyond = outcome.levelsBeyond
    revision = outcome.revision?.revision
    patients = outcome.revision?.patients
    aliases = outcome.revision?.aliases
    encounters = outcome.revision?.encounters
  }
}

private struct ResolvedLine: Encodable {
  var resolved: Int
  /// They waited for the index and wait for a person now.
  var exceptions: Int
  /// Filed documents that may be in the wrong chart after an un-merge: with a patient to go to, and without.
  var proposed: Int
  var forPerson: Int
}
