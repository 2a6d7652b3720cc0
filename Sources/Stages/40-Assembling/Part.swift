import Model

/// A closed part of the batch.
enum Part {
  case document(Document)
  /// Sheets that are an exception by themselves: holes, and separators with a document's page behind them.
  case sheets(Document)

  /// Nothing but pages that could not be decoded.
  var isHoles: Bool {
    guard case .sheets(let document) = self else { return false }
    return document.sheets.allSatisfy { $0.role == .hole }
  }

  mutating func add(_ findings: [Finding]) {
    switch self {
    case .document(var document):
      document.findings += findings
      self = .document(document)
    case .sheets(var document):
      document.findings += findings
      self = .sheets(document)
    }
  }

  func draft() -> DocumentDraft {
    switch self {
    case .document(var document):
      let pages = document.orderedPages()
      return document.draft(pages: pages)
    case .sheets(let document): return document.draft(pages: document.pages.map(\.page))
    }
  }
}

extension Document {
  fileprivate func draft(pages: [Int]) -> DocumentDraft {
    DocumentDraft(
      pages: pages, blanks: sheets.flatMap(\.blanks).map(\.page), cover: cover.forDraft, header: header.forDraft,
      findings: findings, notes: notes)
  }
}
