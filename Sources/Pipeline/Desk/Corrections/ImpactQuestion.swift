import Model

/// Labels that lie, or may: all that is given holds of each.
public struct BadLabels: Hashable, Sendable {
  /// As printed.
  public var text: String?
  /// Name of the label grammar's entry that took them.
  public var entry: String?
  public init(text: String? = nil, entry: String? = nil) {
    self.text = text
    self.entry = entry
  }

  func contains(_ label: Label) -> Bool {
    (text.map { $0 == label.text?.description } ?? true) && (entry.map { $0 == label.entry } ?? true)
  }
}

/// What a mistake may have touched: all of these must hold of a page. Who, when and by which rules is asked of decisions: of the intake of
/// a page, and of each correction of its document since.
public struct ImpactQuestion: Hashable, Sendable {
  /// One of these stands on the page, or on the cover or header sheet that opened its document.
  public var labels: BadLabels?
  /// Who scanned (header sheet or sidecar) or corrected: the operator named, or the login that acted.
  public var `operator`: String?
  public var station: EscapedText?
  /// Reader's name and version, as manifests have it.
  public var reader: String?
  /// Digest of a configuration that decided, or its first digits.
  public var configuration: String?
  /// What said whose the page is.
  public var rule: PatientBy?
  /// Decided at this moment or later; before the other one.
  public var from: Timestamp?
  public var until: Timestamp?
  public init() {}

  public var isEmpty: Bool { self == ImpactQuestion() }

  func fits(_ manifest: Manifest) -> Bool {
    (station.map { $0 == manifest.station } ?? true) && (reader.map { $0 == manifest.decidedBy.reader } ?? true)
      && areRules(manifest.decidedBy.configuration) && (`operator`.map { $0 == manifest.header.operator } ?? true)
      && isWithin(manifest.finishedAt)
  }

  func fits(_ page: Manifest.Page) -> Bool {
    (labels.map { page.labels.contains(where: $0.contains) } ?? true) && fitsRule(page)
  }

  func fitsRule(_ page: Manifest.Page) -> Bool { rule.map { $0 == page.patientBy } ?? true }

  /// A correction answers what is asked of decisions; what else is asked its pages must answer (``aboutPages``).
  /// - Parameter actors: who corrected.
  func fits(_ correction: Correction, by actors: Set<String>) -> Bool {
    (`operator`.map { correction.operator == $0 || actors.contains($0) } ?? true) && areRules(correction.configuration)
      && isWithin(correction.correctedAt)
  }

  func isWithin(_ moment: Timestamp) -> Bool {
    (from.map { moment >= $0 } ?? true) && (until.map { moment < $0 } ?? true)
  }

  private func areRules(_ digest: ContentDigest?) -> Bool {
    configuration.map { digest?.description.hasPrefix($0) ?? false } ?? true
  }

  /// What is asked of pages, whoever decided about them, whenever and by which rules.
  var aboutPages: ImpactQuestion {
    var rest = self
    (rest.operator, rest.from, rest.until, rest.configuration) = (nil, nil, nil, nil)
    return rest
  }

  var isAboutDecisions: Bool { self != aboutPages }
}

extension Manifest {
  /// Documents that a cover or header sheet with one of these labels opened: a cover the one behind it, a header all up to the next.
  func documents(openedBy bad: BadLabels) -> Set<DocumentID> {
    var opened: Set<DocumentID> = []
    var seen: Set<DocumentID> = []
    var (cover, header) = (false, false)
    for sheet in sheetsInOrder {
      let isBad = sheet.contains { $0.labels.contains(where: bad.contains) }
      if sheet.contains(where: \.isHeader) {
        (cover, header) = (false, isBad)
      } else if sheet.allSatisfy({ $0.document == nil }) {
        // The next separator takes the last one's place; a blank sheet does not.
        cover = isBad || (cover && !sheet.contains { $0.disposition == .separator })
      }
      for id in sheet.compactMap(\.document) {
        if seen.insert(id).inserted, cover || header { opened.insert(id) }
        cover = false
      }
    }
    return opened
  }

  private var sheetsInOrder: [[Page]] {
    pages.reduce(into: []) { sheets, page in
      if let sheet = page.sheet, sheets.last?.last?.sheet == sheet {
        sheets[sheets.count - 1].append(page)
      } else {
        sheets.append([page])
      }
    }
  }
}

extension Manifest.Page {
  fileprivate var isHeader: Bool { labels.contains { $0.meaning == .header && $0.isSound } }
}
