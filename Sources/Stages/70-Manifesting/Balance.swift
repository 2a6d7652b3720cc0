import Model

/// I3: Every page of a batch is in exactly one disposition. The pages are those counted by walking the file's own
/// structure, not those that the decoder liked; the manifest balances or is refused.
///
/// - Returns: every contradiction as a sentence, at most ``balanceProblemsMax``; empty where the manifest balances.
public func balanceProblems(of manifest: Manifest) -> [String] {
  var balance = Balance(manifest: manifest)
  balance.checkNumbers()
  balance.checkSources()
  balance.checkDocuments()
  balance.checkDispositions()
  if manifest.counts != Manifest.Counts(of: manifest.pages) {
    balance.note("`counts` are not the dispositions of `pages`")
  }
  return balance.problems
}

/// As many contradictions as help a person; a manifest has up to 65,535 pages a file.
public let balanceProblemsMax = 20

private struct Balance {
  let manifest: Manifest
  private(set) var problems: [String] = []
  /// By page: the document that lists it, and whether as a blank.
  private var listed: [Int: (document: DocumentID, isBlank: Bool)] = [:]
  private var statuses: [DocumentID: DocumentDecision.Status] = [:]

  init(manifest: Manifest) { self.manifest = manifest }

  mutating func note(_ problem: String) { if problems.count < balanceProblemsMax { problems.append(problem) } }

  mutating func checkNumbers() {
    for (index, page) in manifest.pages.enumerated() where page.page != index + 1 {
      note("page \(page.page) stands at place \(index + 1)")
    }
    if manifest.pages.isEmpty { note("there is no page at all; a source without a countable frame is one page") }
  }

  /// The frames of each source are 0, 1, 2, … each once; as many as were counted, or one more place for an uncountable
  /// rest.
  mutating func checkSources() {
    var framesOfSource: [Int: [Manifest.Page]] = [:]
    for page in manifest.pages { framesOfSource[page.source, default: []].append(page) }
    for source in framesOfSource.keys.sorted() where !manifest.sources.indices.contains(source) {
      note("there is no source \(source)")
    }
    for (index, source) in manifest.sources.enumerated() {
      let pages = framesOfSource[index] ?? []
      if pages.map(\.frame) != Array(0..<pages.count) {
        note("the frames of source \(index) are not 0, 1, 2, … in order")
      }
      if let frames = source.frames {
        if pages.count != frames { note("source \(index) has \(frames) frames and \(pages.count) pages") }
      } else if pages.isEmpty {
        note("source \(index) cannot be counted and has no page for the rest")
      } else if let rest = pages.last, rest.disposition != .exception, rest.disposition != .duplicate {
        note("page \(rest.page) stands for what cannot be counted of source \(index) and is \(rest.disposition)")
      }
    }
  }

  mutating func checkDocuments() {
    for document in manifest.documents {
      if statuses.updateValue(document.status, forKey: document.id) != nil { note("\(document.id) stands twice") }
      if document.pages.isEmpty { note("\(document.id) has no pages") }
      if document.status == .filed, document.patient == nil { note("\(document.id) is filed with no patient") }
      if document.status == .filed, !document.reasons.isEmpty { note("\(document.id) is filed and has reasons") }
      if document.status == .exception, document.reasons.isEmpty {
        note("\(document.id) is an exception without a reason")
      }
      for page in document.pages { list(page, in: document.id, asBlank: false) }
      for page in document.blanks { list(page, in: document.id, asBlank: true) }
    }
  }

  private mutating func list(_ page: Int, in document: DocumentID, asBlank: Bool) {
    if !manifest.pages.indices.contains(page - 1) { note("\(document) lists page \(page), which there is not") }
    if let other = listed.updateValue((document, asBlank), forKey: page) {
      note("page \(page) is in \(document) and in \(other.document)")
    }
  }

  mutating func checkDispositions() {
    for page in manifest.pages {
      guard let place = listed[page.page] else {
        if page.document != nil { note("page \(page.page) names a document that does not list it") }
        if page.disposition == .filed || page.disposition == .exception {
          note("page \(page.page) is \(page.disposition) and in no document")
        }
        continue
      }
      if page.document != place.document { note("page \(page.page) does not name \(place.document), which lists it") }
      let expected: Disposition = place.isBlank ? .blank : statuses[place.document] == .filed ? .filed : .exception
      if page.disposition != expected {
        note("page \(page.page) is \(page.disposition), its document says \(expected)")
      }
    }
  }
}
