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
  var findings: [GrammarFinding] = []
  var names: Set<String> = []
  for (place, entry) in grammar.entries.enumerated() {
    func report(_ severity: GrammarFinding.Severity, _ message: String) {
      findings.append(GrammarFinding(severity: severity, entry: place, message: "entry '\(entry.name)': \(message)"))
    }
    if !names.insert(entry.name).inserted { report(.error, "two entries have this name; give each its own") }
    if entry.symbologies.isEmpty { report(.error, "it names no symbology, so nothing can fit it; list some") }
    if entry.symbologies.contains(where: \.isPatch) {
      report(.error, "patch codes carry no text; take them out of its symbologies")
    }
    do { _ = try GrammarPattern(entry.pattern) } catch {
      report(.error, "its pattern \(entry.pattern) is no regular expression: \(error)")
    }
    for message in fieldProblems(entry) + checkProblems(entry) + patientProblems(entry) { report(.error, message) }
  }
  return findings + overlaps(grammar)
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

/// A patient must never be named by a text that could be anything else, or that a worn symbol could turn into another.
private func patientProblems(_ entry: LabelEntry) -> [String] {
  guard entry.meaning == .patient else { return [] }
  var problems: [String] = []
  let unchecked = entry.symbologies.filter { !$0.hasOwnChecksum && !$0.isPatch }
  if entry.checks.isEmpty, !unchecked.isEmpty {
    let names = unchecked.map(\.rawValue).joined(separator: ", ")
    problems.append(
      "\(names) has no checksum of its own and cannot carry a patient without a check digit: add one or leave it out")
  }
  if literalPrefix(of: entry.pattern).isEmpty {
    problems.append(
      "it has no prefix, so any number of its length would be a patient: let its pattern begin with fixed characters")
  }
  return problems
}

/// The fixed characters that a pattern begins with, as far as that can be seen without matching.
func literalPrefix(of pattern: String) -> String {
  var prefix = ""
  var scalars = Substring(pattern).unicodeScalars
  if scalars.first == "^" { scalars.removeFirst() }
  while var scalar = scalars.popFirst() {
    if scalar == "\\" {
      guard let escaped = scalars.popFirst(), !escaped.properties.isAlphabetic, escaped.properties.numericType == nil
      else { break }
      scalar = escaped
    } else if "()[]{}.*+?|^$".unicodeScalars.contains(scalar) {
      // A quantifier makes the character before it optional or repeated, an alternative makes all of them so.
      if "*?{".unicodeScalars.contains(scalar), !prefix.isEmpty { prefix.removeLast() }
      break
    }
    prefix.unicodeScalars.append(scalar)
  }
  return hasOuterAlternative(pattern) ? "" : prefix
}

private func hasOuterAlternative(_ pattern: String) -> Bool {
  var depth = 0
  var isEscaped = false
  for scalar in pattern.unicodeScalars {
    if isEscaped {
      isEscaped = false
      continue
    }
    switch scalar {
    case "\\": isEscaped = true
    case "(", "[": depth += 1
    case ")", "]": depth -= 1
    case "|" where depth == 0: return true
    default: break
    }
  }
  return false
}

/// Entries of different meaning that one text could fit, seen by their prefixes; the first one in the list would win.
private func overlaps(_ grammar: LabelGrammar) -> [GrammarFinding] {
  var findings: [GrammarFinding] = []
  for (place, later) in grammar.entries.enumerated() {
    for earlier in grammar.entries[..<place] {
      guard !Set(earlier.symbologies).isDisjoint(with: later.symbologies), earlier.meaning != later.meaning else {
        continue
      }
      guard (earlier.gs1 ?? false) == (later.gs1 ?? false) else { continue }
      let first = literalPrefix(of: earlier.pattern)
      let second = literalPrefix(of: later.pattern)
      guard first.hasPrefix(second) || second.hasPrefix(first) else { continue }
      findings.append(
        GrammarFinding(
          severity: .warning, entry: place,
          message:
            "entry '\(later.name)': a text may fit '\(earlier.name)' too, which comes first and wins: give them prefixes that differ"
        ))
    }
  }
  return findings
}
