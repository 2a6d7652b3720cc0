import Model

/// Whether what is asked for ever was: that something mistyped touched nothing is no answer.
struct ImpactOccurrences: Sendable {
  private let question: ImpactQuestion
  private var readers: Set<String> = []
  private var configurations: Set<String> = []
  private var hasOperator = false
  private var hasLabels = false
  private var hasEntry = false

  init(of question: ImpactQuestion) { self.question = question }

  mutating func add(_ content: ChainContent) {
    switch content {
    case .manifest(let manifest):
      readers.insert(manifest.decidedBy.reader)
      configurations.insert(manifest.decidedBy.configuration.description)
      if manifest.header.operator == question.operator { hasOperator = true }
      if let bad = question.labels { look(for: bad, on: manifest.pages) }
    case .correction(let correction):
      if correction.operator == question.operator { hasOperator = true }
    }
  }

  private mutating func look(for bad: BadLabels, on pages: [Manifest.Page]) {
    let ofEntry = BadLabels(entry: bad.entry)
    for label in pages.lazy.flatMap(\.labels) {
      if !hasLabels, bad.contains(label) { hasLabels = true }
      if !hasEntry, ofEntry.contains(label) { hasEntry = true }
      if hasLabels, hasEntry { return }
    }
  }

  /// - Parameter isEmpty: the operator sees nothing that was touched.
  func remarks(isEmpty: Bool, at site: Site, seenBy discretion: Discretion) async throws -> [String] {
    var remarks: [String?] = [
      try await StationNames.remark(on: question.station, at: site, seenBy: discretion), ofReader, ofRules, ofOperator,
    ]
    if let bad = question.labels {
      let entries = site.configuration.reading.labels.map(\.name)
      if let entry = bad.entry, !hasEntry, !entries.contains(entry) {
        remarks.append(
          "No entry of the label grammar is called '\(EscapedText(entry))'. The entries are: "
            + entries.joined(separator: ", ") + ".")
      } else if isUnknown(bad, isEmpty, discretion) {
        remarks.append(Self.sentence(bad))
      }
    }
    return remarks.compactMap(\.self)
  }

  /// Who may not see everything learns from it no more than from what is shown.
  private func isUnknown(_ bad: BadLabels, _ isEmpty: Bool, _ discretion: Discretion) -> Bool {
    if discretion.seesEverything { return !hasLabels }
    var labelsOnly = ImpactQuestion()
    labelsOnly.labels = bad
    return isEmpty && question == labelsOnly
  }

  private static func sentence(_ bad: BadLabels) -> String {
    let label = bad.text.map { "the label '\(EscapedText($0))'" } ?? "a label"
    let entry = bad.entry.map { " of the entry '\(EscapedText($0))'" } ?? ""
    return "No page that you may see carries \(label)\(entry)."
  }

  private var ofReader: String? {
    guard let reader = question.reader, !readers.contains(reader) else { return nil }
    let all = readers.sorted().joined(separator: "; ")
    return "No page was ever read by '\(EscapedText(reader))'." + (all.isEmpty ? "" : " The readers were: \(all).")
  }

  private var ofRules: String? {
    guard let rules = question.configuration, !configurations.contains(where: { $0.hasPrefix(rules) }) else {
      return nil
    }
    let all = configurations.map { String($0.prefix(12)) }.sorted().joined(separator: ", ")
    return "Nothing was ever decided by the rules '\(EscapedText(rules))'."
      + (all.isEmpty ? "" : " The rules were: \(all).")
  }

  private var ofOperator: String? {
    guard let name = question.operator, !hasOperator else { return nil }
    return "Nobody called '\(EscapedText(name))' ever scanned or corrected anything."
  }
}
