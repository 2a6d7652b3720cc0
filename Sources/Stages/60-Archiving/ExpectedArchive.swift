import Formats
import Model

/// What the archive must hold by the manifests and corrections: made by adding them in the order of the chain.
///
/// Keeps two digests a document, not the documents (I9).
public struct ExpectedArchive: Sendable {
  struct Expectation: Hashable, Sendable {
    /// Of the document's canonical JSON, as the last record that names it says it; nil for a set-aside object.
    var document: ContentDigest?
    /// Of its pages' numbers and digests.
    var pages: ContentDigest?
  }
  private(set) var objects: [DocumentID: Expectation] = [:]
  /// May be there or not: the set-aside object of a batch that seems to need none may keep an undividable source.
  private(set) var optional: Set<DocumentID> = []

  public init() {}

  public mutating func add(_ manifest: Manifest) throws {
    for document in manifest.documents {
      let pages = (document.pages + document.blanks).compactMap { number in
        manifest.pages.indices.contains(number - 1) ? manifest.pages[number - 1] : nil
      }
      objects[document.id] = .init(document: try digest(of: document), pages: pageSetDigest(pages))
    }
    let setAside = setAsideID(of: manifest.batch)
    let isAllDuplicate = manifest.pages.allSatisfy { $0.disposition == .duplicate }
    let loose = manifest.pages.filter { $0.document == nil && $0.disposition != .duplicate }
    if !loose.isEmpty || (manifest.sidecar != nil && !isAllDuplicate) {
      objects[setAside] = .init(document: nil, pages: pageSetDigest(loose))
    } else {
      optional.insert(setAside)
    }
  }

  public mutating func add(_ correction: Correction) throws {
    for change in correction.documents {
      objects[change.after.id, default: .init()].document = try digest(of: change.after)
      if let pages = change.pages { objects[change.after.id]?.pages = pageSetDigest(pages) }
    }
  }

  private func digest(of document: Manifest.Document) throws -> ContentDigest { sha256(try canonicalJSON(document)) }
}

/// Over the line `<page> <source> <frame> <sha256 or ->\n` of each page in order of arrival.
func pageSetDigest(_ pages: [Manifest.Page]) -> ContentDigest {
  var hasher = SHA256Hasher()
  for page in pages.sorted(by: { $0.page < $1.page }) {
    hasher.update(Array("\(page.page) \(page.source) \(page.frame) \(page.sha256?.description ?? "-")\n".utf8))
  }
  return hasher.finalize()
}
