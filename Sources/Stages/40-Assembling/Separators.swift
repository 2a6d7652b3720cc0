import Model

// RULES *What divides*: "A sheet is a separator when it carries SEPARATOR, or a patch code 2, 3 or T with almost no ink
// outside patch and labels; any other page with a patch code starts a document and is kept in it."
//
// Decided where RULES are silent:
// - Either side may be the one that divides: a separator that was fed face down still is one.
// - Patch codes 1, 4 and 6 never make a separator: a page with one starts a document and is kept, inked or not.
// - The other side of a separator is suspect not only with a patient label, but with any label of our grammar or a
//   label-like region that cannot be read: a document was printed on it.

extension BatchPage {
  /// Labels of our grammar that may be used: sound, and not only `related`.
  var soundLabels: [Label] { labels.filter { $0.isSound && $0.entry != nil } }
  var isHeader: Bool { soundLabels.contains { $0.meaning == .header } }
  var hasSeparatorLabel: Bool { soundLabels.contains { $0.meaning == .separator } }
  var hasPatch: Bool { labels.contains { $0.symbology.isPatch } }

  /// A patch code 2, 3 or T with almost no ink beside it.
  func isPatchSheet(_ rules: SiteRules) -> Bool {
    guard let facts = reading.facts, labels.contains(where: { $0.symbology.isSeparatorPatch }) else { return false }
    return facts.inkOutsideLabels <= rules.separatorInkMax
  }

  /// This side makes its sheet a separator or a header.
  func divides(_ rules: SiteRules) -> Bool { isHeader || hasSeparatorLabel || isPatchSheet(rules) }

  /// A header whose own label nothing read looks like this: almost no ink outside its labels and the regions that nothing read
  /// (whose ink is at most their area), and nothing that says it is a separator or a numbered page.
  func mayBeHeader(_ rules: SiteRules) -> Bool {
    guard let facts = reading.facts, !facts.unreadable.isEmpty, !isHeader, !hasSeparatorLabel,
      !soundLabels.contains(where: { $0.meaning == .page })
    else { return false }
    let regions = facts.unreadable.reduce(0) { $0 + ($1.right - $1.left) * ($1.bottom - $1.top) }
    let share = Double(regions) / Double(max(1, facts.width * facts.height))
    return facts.inkOutsideLabels - share <= rules.separatorInkMax
  }

  /// A label-like region that cannot be read, on a page without a readable patient label: it may be anyone's.
  var hasDoubtfulRegion: Bool {
    guard let facts = reading.facts, !facts.unreadable.isEmpty else { return false }
    return !soundLabels.contains { $0.meaning == .patient && $0.origin == .page }
  }
}

extension Sheet {
  /// The role of a sheet one side of which divides: RULES, "the back of a separator goes with it, unless it carries a patient
  /// label or is not blank behind a front that has only a patch: then the sheet is an exception".
  static func separatorRole(of pages: [BatchPage], rules: SiteRules) -> Role {
    let faces = pages.filter { $0.divides(rules) }
    let others = pages.filter { !$0.divides(rules) }
    let onlyPatch = faces.allSatisfy { face in !face.labels.contains { $0.entry != nil } }
    let isSuspect = others.contains { other in
      other.labels.contains { $0.entry != nil } || other.hasDoubtfulRegion || (onlyPatch && !other.isBlank)
    }
    if isSuspect { return .suspect }
    return faces.contains(where: \.isHeader) ? .header : .separator
  }

  /// What a cover or header sheet hands on: the labels of our grammar on it, those that failed their check included, since
  /// they hold what they would have named.
  var inherited: Inherited {
    let labels = pages.flatMap(\.labels).filter { $0.entry != nil }
    return Inherited(pages: pages.map(\.page), labels: labels, signs: signs, unreadable: doubtfulPage)
  }

  /// The first page with a region that cannot be read and no readable patient label.
  var doubtfulPage: Int? { pages.first(where: \.hasDoubtfulRegion)?.page }
}

/// The labels that hold for a document without standing on its own pages.
struct Inherited {
  var pages: [Int] = []
  var labels: [Label] = []
  var signs = Signs()
  /// Page of a label-like region that could not be read: it may have been one more label.
  var unreadable: Int?

  /// Nil where nothing is handed on: a bare separator.
  var forDraft: InheritedLabels {
    let telling = labels.contains { [.patient, .encounter, .type, .header].contains($0.meaning) }
    return telling ? InheritedLabels(pages: pages, labels: labels) : InheritedLabels()
  }
}
