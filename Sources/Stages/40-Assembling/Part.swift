import Model

/// A closed part of the batch.
enum Part {
  case document(Document)
  /// Sheets that are an exception by themselves: holes, and separators with a document's page behind them.
  case sheets(Document)

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
