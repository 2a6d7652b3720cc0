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

  /// - Parameter actors: who corrected, where that is asked.
  mutating func add(_ content: ChainContent, by actors: Set<String>) {
    switch content {
    case .manifest(let manifest):
      readers.insert(manifest.decidedBy.reader)
      configurations.insert(manifest.decidedBy.configuration.description)
      if manifest.header.operator == question.operator { hasOperator = true }
      if let bad = question.labels { look(for: bad, on: manifest.pages) }
    case .correction(let correction):
      if let configuration = correction.configuration { configurations.insert(configuration.description) }
      if let name = question.operator, correction.operator == name || actors.contains(name) { hasOperator = true }
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

  /// Who may not see everything learns from it no more than from what is shown, and no names of readers or rules.
  /// - Parameter isEmpty: the operator sees nothing that was touched.
  func remarks(isEmpty: Bool, at site: Site, seenBy discretion: Discretion) async throws -> [String] {
    let seesAll = discretion.seesEverything
    func isUnknown(_ wasFound: Bool, _ part: (inout ImpactQuestion) -> Void) -> Bool {
      seesAll ? !wasFound : isEmpty && asksOnly(part)
    }
    var remarks = [try await StationNames.remark(on: question.station, at: site, seenBy: discretion)].compactMap(\.self)
    if let reader = question.reader, isUnknown(readers.contains(reader), { $0.reader = reader }) {
      remarks.append(
        "No page that you may see was read by '\(EscapedText(reader))'."
          + (seesAll ? Self.list("readers", readers.sorted(), "; ") : ""))
    }
    if let rules = question.configuration {
      let wereThere = configurations.contains { $0.hasPrefix(rules) }
      if isUnknown(wereThere, { $0.configuration = rules }) {
        let all = configurations.map { String($0.prefix(12)) }.sorted()
        remarks.append(
          "No record that you may see names the rules '\(EscapedText(rules))'."
            + (seesAll ? Self.list("rules", all, ", ") : ""))
      }
    }
    if let name = question.operator, isUnknown(hasOperator, { $0.operator = name }) {
      remarks.append("No record that you may see says that '\(EscapedText(name))' scanned or corrected anything.")
    }
    if let bad = question.labels {
      let entries = site.configuration.reading.labels.map(\.name)
      if let entry = bad.entry, !entries.contains(entry), (seesAll ? !hasEntry : isEmpty) {
        remarks.append(
          "No entry of the label grammar is called '\(EscapedText(entry))'."
            + " The entries are: \(entries.joined(separator: ", ")).")
      } else if isUnknown(hasLabels, { $0.labels = bad }) {
        remarks.append(Self.sentence(bad))
      }
    }
    return remarks
  }

  private func asksOnly(_ part: (inout ImpactQuestion) -> Void) -> Bool {
    var only = ImpactQuestion()
    part(&only)
    return only == question
  }

  private static func list(_ what: String, _ names: [String], _ separator: String) -> String {
    names.isEmpty ? "" : " The \(what) were: \(names.joined(separator: separator))."
  }

  private static func sentence(_ bad: BadLabels) -> String {
    let label = bad.text.map { "the label '\(EscapedText($0))'" } ?? "a label"
    let entry = bad.entry.map { " of the entry '\(EscapedText($0))'" } ?? ""
    return "No page that you may see carries \(label)\(entry)."
  }
}
