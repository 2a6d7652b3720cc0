/// What holds for a document without standing on its own pages: the labels of its cover sheet or of its section's header.
public struct InheritedLabels: Hashable, Sendable, Codable {
  /// Pages (from 1) of the cover or header sheet.
  public var pages: [Int]
  public var labels: [Label]
  public init(pages: [Int] = [], labels: [Label] = []) {
    self.pages = pages
    self.labels = labels
  }
}

/// Pages that belong together, before it is known whose they are: Assembling's output and Indexing's input.
public struct DocumentDraft: Hashable, Sendable, Codable {
  /// Pages (from 1) in the document's own order, blanks left out.
  public var pages: [Int]
  /// Blank pages inside it.
  public var blanks: [Int]
  public var cover: InheritedLabels
  public var header: InheritedLabels
  /// What already makes it an exception.
  public var findings: [Finding]
  public var notes: [String]
  public init(
    pages: [Int], blanks: [Int] = [], cover: InheritedLabels = .init(), header: InheritedLabels = .init(),
    findings: [Finding] = [], notes: [String] = []
  ) {
    self.pages = pages
    self.blanks = blanks
    self.cover = cover
    self.header = header
    self.findings = findings
    self.notes = notes
  }
  /// Pages and inner blanks in order of arrival: what the document's id is made of.
  public var inOrderOfArrival: [Int] { (pages + blanks).sorted() }
}

/// A whole batch taken apart: every page is in exactly one draft or set aside (or was a duplicate).
public struct Assembly: Hashable, Sendable, Codable {
  public var drafts: [DocumentDraft]
  /// Pages in no document: `separator` or `blank`.
  public var setAside: [Int: Disposition]
  /// Sheet of each page, from 1.
  public var sheets: [Int: Int]
  /// Notes on single pages (`nearly-blank`).
  public var pageNotes: [Int: [String]]
  public init(
    drafts: [DocumentDraft] = [], setAside: [Int: Disposition] = [:], sheets: [Int: Int] = [:],
    pageNotes: [Int: [String]] = [:]
  ) {
    self.drafts = drafts
    self.setAside = setAside
    self.sheets = sheets
    self.pageNotes = pageNotes
  }
}
