import Journaling
import Model
import Pipeline

/// What an import says: rejected lines to standard error, or with `--json` everything as one object a line.
struct PatientImportReport {
  let json: Bool
  let isDryRun: Bool
  private let who: EscapedText
  /// Else nothing is told of some patients, and nothing either that would be otherwise because of them.
  private let seesEverything: Bool

  init(json: Bool, isDryRun: Bool, of action: DeskAction) {
    self.json = json
    self.isDryRun = isDryRun
    who = EscapedText(action.who.name)
    seesEverything = Discretion(action).seesEverything
  }

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
    guard isDryRun || outcome.isInForce else { return }
    try tell(outcome.levels, beyond: outcome.levelsBeyond, of: name)
    if !isDryRun { try tellKept(outcome, of: name) }
    if json { return try Output.json(ImportLine(name, file, outcome, isDryRun: isDryRun)) }
    Output.line("\(name): \(sentence(outcome, file))")
    if isDryRun { Output.line("  " + Self.summary(outcome.counts)) }
  }

  private func sentence(_ outcome: PatientImportOutcome, _ file: PatientFile) -> String {
    let noun = ["csv": "row", "hl7": "message", "fhir": "entry"][file.format.rawValue] ?? "row"
    let taken = outcome.counts.taken
    let things = noun == "entry" ? "\(taken) \(taken == 1 ? "entry" : "entries")" : Wording.count(taken, noun)
    var counted = "\(things) \(isDryRun ? "would be taken" : "taken"), \(outcome.rejects.count) left out."
    if let stays = outcome.unchanged, !isDryRun {
      return counted + " Nothing is changed by it: patient data stays revision \(stays.revision)."
    }
    if outcome.saysNothingNew { counted += " It says nothing new\(seesEverything ? "" : " that you may see")." }
    guard let revision = outcome.revision else { return counted }
    return counted
      + " Patient data is now revision \(revision.revision): \(Wording.count(revision.patients, "patient")), "
      + "\(revision.aliases) merged numbers, \(Wording.count(revision.encounters, "encounter"))."
  }

  /// Not of a dry run, which would say whom to look for and leave no record of each.
  private func tellKept(_ outcome: PatientImportOutcome, of name: EscapedText) throws {
    for kept in outcome.kept {
      let what = "\(EscapedText(kept.patient.description)): kept at its level, which \(who) may not lower"
      if json {
        try Output.json(ChangeLine(file: name, line: kept.line, change: what))
      } else {
        Output.error("\(name), line \(kept.line): \(what)")
      }
    }
    if outcome.keptBeyond > 0, !json { Output.error("\(name): and \(outcome.keptBeyond) more such patients") }
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
  func nothingTaken(of files: String, refused: Int) -> DeskRefusal {
    let lines = refused > 0 ? ": \(Self.wrong(refused))" : ""
    return DeskRefusal(
      "Nothing was taken of \(files)\(lines). Correct the lines, or take the good ones with --keep-going.")
  }

  private static func wrong(_ refused: Int) -> String { "\(Wording.count(refused, "line")) refused" }

  /// Which lines they are was told before, one by one: of many files that is far above.
  func end(refused: Int) {
    if refused > 0 { Output.error("\(Self.wrong(refused)); each is told above.") }
  }

  func endOfDryRun(isClean: Bool, refused: Int) -> Int32 {
    if !isClean { Output.error("Without --keep-going nothing of this would be taken.") }
    end(refused: refused)
    if !seesEverything, !json { Output.line("No level above what \(who) may see would fall.") }
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
  /// It is in order and changes nothing: the patient data stays what it was. Always false of a dry run.
  var unchanged: Bool
  /// Patients whose level stays, though the file would lower it. Always 0 of a dry run.
  var levelsKept: Int

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
    unchanged = outcome.unchanged != nil && !isDryRun
    levelsKept = isDryRun ? 0 : outcome.kept.count + outcome.keptBeyond
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
