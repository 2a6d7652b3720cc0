import Archiving
import Formats
import Journaling
import Model

/// A document with its pages as its object has them, for regrouping.
struct DocumentPages {
  let state: DocumentState
  let record: DocumentRecord

  init(_ state: DocumentState, of site: Site) throws {
    self.state = state
    record = try site.archive.document(state.document.id)
  }

  func entry(_ page: Int) -> Manifest.Page? { record.pages.first { $0.entry.page == page }?.entry }

  func source(of entry: Manifest.Page) -> ContentDigest? {
    record.sources.first { $0.index == entry.source }?.source.sha256
  }

  /// A page as another document of the same batch takes it over.
  func pick(_ page: Int) throws -> PendingCorrection.Pick {
    guard let entry = entry(page) else {
      throw DeskRefusal("\(state.document.id) has no page \(page). Nothing was changed.")
    }
    return .init(document: state.document.id, page: page, entry: entry)
  }

  /// Batch in the id of a `duplicate-conflict`, whose pages would else take the id of those that came first.
  var conflictBatch: BatchID? {
    let own = documentID(
      pages: record.pages.map(\.entry).sorted { $0.page < $1.page }.map { (source(of: $0) ?? .zero, $0.frame) },
      sidecar: record.sidecar?.sha256, conflictBatch: nil)
    return own == state.document.id ? nil : state.batch
  }

  /// The id of a document made of these pages.
  func id(of picks: [PendingCorrection.Pick], sources: [ContentDigest]) -> DocumentID {
    let arrived = zip(picks, sources).sorted { $0.0.entry.page < $1.0.entry.page }
    return documentID(
      pages: arrived.map { ($0.1, $0.0.entry.frame) }, sidecar: record.sidecar?.sha256, conflictBatch: conflictBatch)
  }
}
