import Model

/// Something about a label grammar that an administrator should know before the first page is read (`config check`).
public struct GrammarFinding: Hashable, Sendable {
  public enum Severity: String, Hashable, Sendable { case error, warning }
  public var severity: Severity
  /// Place of the entry in the grammar, from 0.
  public var entry: Int
  /// What is wrong with which entry, and what to do.
  public var message: String
}

/// Errors and warnings about a grammar; empty for one that can be trusted.
public func checkGrammar(_ grammar: LabelGrammar) -> [GrammarFinding] {
  grammarErrors(grammar) + grammarWarnings(grammar)
}

/// What makes a grammar unfit for use.
public func grammarErrors(_ grammar: LabelGrammar) -> [GrammarFinding] {
  var findings: [GrammarFinding] = []
  var names: Set<String> = []
  for (place, entry) in grammar.entries.enumerated() {
    func report(_ message: String) {
      findings.append(GrammarFinding(severity: .error, entry: place, message: "entry '\(entry.name)': \(message)"))
    }
    if !names.insert(entry.name).inserted { report("two entries have this name; give each its own") }
    if entry.symbologies.isEmpty { report("it names no symbology, so nothing can fit it; list some") }
    if entry.symbologies.contains(where: \.isPatch) {
      report("patch codes carry no text; take them out of its symbologies")
    }
    for message in fieldProblems(entry) + checkProblems(entry) + placeProblems(entry) { report(message) }
    do { _ = try GrammarPattern(entry.pattern) } catch {
      report("its pattern \(entry.pattern) is no regular expression: \(error)")
      continue
    }
    for message in patientProblems(entry) { report(message) }
  }
  return findings
}

private func fieldProblems(_ entry: LabelEntry) -> [String] {
  let present = Set(GrammarPattern.groupNames(in: entry.pattern))
  func missing(_ names: [String]) -> [String] {
    names.filter { !present.contains($0) }.map {
      "its pattern has no group named '\($0)': write (?<\($0)>…) around that part"
    }
  }
  switch entry.meaning {
  case .patient: return present.contains("gsrn") ? [] : missing(["mrn"])
  case .encounter: return missing(["encounter"])
  case .type: return missing(["type"])
  case .page: return missing(["page", "of"])
  case .header: return missing(["header"])
  case .separator: return []
  }
}

private func checkProblems(_ entry: LabelEntry) -> [String] {
  let present = Set(GrammarPattern.groupNames(in: entry.pattern))
  return entry.checks.compactMap(\.field).filter { !present.contains($0) }
    .map { "a check is over the field '\($0)', which its pattern does not have" }
}

private func placeProblems(_ entry: LabelEntry) -> [String] {
  var problems: [String] = []
  if let zone = entry.zone, !zone.isArea {
    problems.append("its zone is no part of the page: left must be less than right, and top less than bottom")
  }
  if entry.meaning == .type, !entry.forms.isEmpty {
    problems.append("a type label says which form a page is, so it cannot depend on the form: take forms out")
  }
  return problems
}

// MARK: Patients

/// A patient must never be named by a text that could be anything else, or that a worn symbol could turn into another.
private func patientProblems(_ entry: LabelEntry) -> [String] {
  guard entry.meaning == .patient else { return [] }
  var problems: [String] = []
  let unchecked = entry.symbologies.filter { !$0.hasOwnChecksum && !$0.isPatch }
  if !unchecked.isEmpty, !hasCheckedNumber(entry) {
    let names = unchecked.map(\.rawValue).joined(separator: ", ")
    problems.append(
      "\(names) has no checksum of its own and cannot carry a patient without a check digit over the number or the text: "
        + "add one or leave it out")
  }
  if entry.zone == nil, entry.forms.isEmpty, let problem = prefixProblem(entry) { problems.append(problem) }
  return problems
}

/// Whether a check scheme covers the number that names the patient.
private func hasCheckedNumber(_ entry: LabelEntry) -> Bool {
  entry.checks.contains { $0.field == nil || $0.field == "mrn" || $0.field == "gsrn" }
}

/// Fixed characters at the start must say that a text is a patient's; digits alone say so only behind a GS1 announcement.
private func prefixProblem(_ entry: LabelEntry) -> String? {
  let advice = "let its pattern begin with fixed characters, or name the zone or the forms where such a label stands"
  let beginnings: [String]
  do { beginnings = try GrammarExpression(entry.pattern).beginnings } catch {
    return
      "whether it has a prefix cannot be told, because its pattern uses \(error): \(advice), and write it without that"
  }
  if beginnings.contains("") { return "it has no prefix, so any number of its length would be a patient: \(advice)" }
  let isNumber = beginnings.contains { $0.utf8.allSatisfy { (48...57).contains($0) } }
  guard isNumber, entry.gs1 != true else { return nil }
  return
    "its prefix is digits, so it could be a bare number: \(advice), or set gs1 where it is an application identifier"
}

// MARK: Overlaps

/// What does no harm by itself, but is probably not what was meant: texts that two entries fit.
///
/// Decided exactly, by the product of the two patterns' automata, for patterns that ``GrammarExpression`` knows and that
/// are not huge; where that cannot be, a warning says so.
public func grammarWarnings(_ grammar: LabelGrammar) -> [GrammarFinding] {
  var findings: [GrammarFinding] = []
  var automata: [GrammarAutomaton?] = []
  for (place, entry) in grammar.entries.enumerated() {
    func warn(_ message: String) {
      findings.append(GrammarFinding(severity: .warning, entry: place, message: "entry '\(entry.name)': \(message)"))
    }
    let automaton = automaton(of: entry, warn)
    for (earlier, other) in zip(grammar.entries, automata) where couldMeet(earlier, entry) {
      guard let automaton, let other else { continue }
      switch other.commonText(with: automaton) {
      case .none: break
      case .text(let text):
        warn(
          "a text such as \"\(EscapedText(text))\" fits '\(earlier.name)' too, which comes first and wins: "
            + "give them prefixes that differ")
      case .undecided:
        warn("whether a text could fit '\(earlier.name)' too cannot be told: their patterns are too large")
      }
    }
    automata.append(automaton)
  }
  return findings
}

private func automaton(of entry: LabelEntry, _ warn: (String) -> Void) -> GrammarAutomaton? {
  // A pattern that does not compile is an error already.
  guard (try? GrammarPattern(entry.pattern)) != nil else { return nil }
  do {
    guard let automaton = try GrammarAutomaton(GrammarExpression(entry.pattern)) else {
      warn("its pattern is too large: whether other entries fit the same texts cannot be told")
      return nil
    }
    if automaton.isEmpty { warn("no text fits its pattern") }
    return automaton
  } catch {
    warn("its pattern uses \(error): whether other entries fit the same texts cannot be told")
    return nil
  }
}

/// Whether one barcode could be held against both. An entry that asks for GS1 data takes part of what one that does not
/// ask takes, so that makes no difference.
private func couldMeet(_ a: LabelEntry, _ b: LabelEntry) -> Bool {
  guard !Set(a.symbologies).isDisjoint(with: b.symbologies) else { return false }
  guard let first = a.zone, let second = b.zone else { return true }
  return first.overlaps(second)
}
