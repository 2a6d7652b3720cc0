import Formats
import Model

/// What one object will hold, decided before a byte is written: which files, and where each page lies in them.
///
/// A pure function of the plan and of which frames can be copied, so that a repeat builds the same object (I5).
struct ObjectContent: Hashable {
  enum File: Hashable {
    /// A source, byte for byte.
    case whole(source: Int)
    /// A new TIFF of these frames of one source, in this order.
    case frames(source: Int, frames: [Int])
    case sidecar
  }
  struct Place: Hashable {
    /// Index into ``files``.
    var file: Int
    var frame: Int
  }

  var id: DocumentID
  /// nil for the batch's set-aside object.
  var document: Manifest.Document?
  /// In file order.
  var pages: [Manifest.Page]
  var files: [File] = []
  /// One for each of ``pages``.
  var places: [Place] = []
}

/// Lays out every object of a batch.
/// - Parameter isCopyable: whether frame `frame` of source `source` can be copied out of its file.
/// - Throws: ``ArchiveError/undividable(_:page:)``, ``ArchiveError/inconsistentPlan(_:)``, or what `isCopyable` throws.
func planContent(_ plan: BatchPlan, isCopyable: (_ source: Int, _ frame: Int) throws -> Bool) throws -> [ObjectContent]
{
  let manifest = plan.manifest
  let layout = try ContentLayout(manifest: manifest)
  var objects: [ObjectContent] = []
  for document in manifest.documents {
    let pages = try layout.pages(of: document)
    objects.append(try layout.lay(pages, id: document.id, document: document, isCopyable: isCopyable))
  }
  if let setAside = try layout.setAside(whole: plan.wholeSources, beside: objects, isCopyable: isCopyable) {
    objects.append(setAside)
  }
  return objects
}

/// A manifest's pages by number and by source.
private struct ContentLayout {
  let manifest: Manifest
  /// Pages of each source, however disposed of.
  private var pagesOfSource: [Int: Int] = [:]

  init(manifest: Manifest) throws(ArchiveError) {
    self.manifest = manifest
    for (index, page) in manifest.pages.enumerated() {
      guard page.page == index + 1, manifest.sources.indices.contains(page.source) else {
        throw .inconsistentPlan("page \(page.page) stands at place \(index + 1) or names source \(page.source)")
      }
      pagesOfSource[page.source, default: 0] += 1
    }
  }

  /// The document's pages in its own order, each inner blank after the last page that arrived before it.
  func pages(of document: Manifest.Document) throws(ArchiveError) -> [Manifest.Page] {
    let arrived = document.pages.sorted()
    var blanksAfter: [Int: [Int]] = [:]
    var next = 0
    for blank in document.blanks.sorted() {
      while next < arrived.count, arrived[next] < blank { next += 1 }
      blanksAfter[next == 0 ? 0 : arrived[next - 1], default: []].append(blank)
    }
    var order = blanksAfter[0] ?? []
    for page in document.pages { order += [page] + (blanksAfter[page] ?? []) }
    return try order.map { number throws(ArchiveError) in
      guard manifest.pages.indices.contains(number - 1), manifest.pages[number - 1].document == document.id else {
        throw .inconsistentPlan("\(document.id) lists page \(number), which does not name it")
      }
      return manifest.pages[number - 1]
    }
  }

  /// Puts each page into a file: a source that is exactly these pages stays whole; a page that cannot be copied brings
  /// its whole source; runs of pages of one source become one TIFF.
  func lay(
    _ pages: [Manifest.Page], id: DocumentID, document: Manifest.Document?, isCopyable: (Int, Int) throws -> Bool
  ) throws -> ObjectContent {
    var content = ObjectContent(id: id, document: document, pages: pages)
    let whole = try wholeSources(of: pages, id: id, isFiled: document?.status == .filed, isCopyable: isCopyable)
    var fileOfWhole: [Int: Int] = [:]
    var run: (source: Int, frames: [Int])?
    func endRun() {
      if let ended = run { content.files.append(.frames(source: ended.source, frames: ended.frames)) }
      run = nil
    }
    for page in pages {
      if let current = run, current.source != page.source { endRun() }
      if whole.contains(page.source) {
        let file = fileOfWhole[page.source] ?? content.files.count
        if file == content.files.count { content.files.append(.whole(source: page.source)) }
        fileOfWhole[page.source] = file
        content.places.append(.init(file: file, frame: page.frame))
      } else {
        content.places.append(.init(file: content.files.count, frame: run?.frames.count ?? 0))
        run = run ?? (page.source, [])
        run!.frames.append(page.frame)
      }
    }
    endRun()
    return content
  }

  /// The sources that the object keeps byte for byte.
  private func wholeSources(
    of pages: [Manifest.Page], id: DocumentID, isFiled: Bool, isCopyable: (Int, Int) throws -> Bool
  ) throws -> Set<Int> {
    var framesOfSource: [Int: [Int]] = [:]
    for page in pages { framesOfSource[page.source, default: []].append(page.frame) }
    var whole = Set<Int>()
    for (source, frames) in framesOfSource {
      if frames.count == pagesOfSource[source], frames == Array(0..<frames.count) { whole.insert(source) }
    }
    for page in pages where !whole.contains(page.source) {
      if page.sha256 != nil, try isCopyable(page.source, page.frame) { continue }
      // A chart's object never holds another document's pages.
      if isFiled, framesOfSource[page.source]!.count != pagesOfSource[page.source] {
        throw ArchiveError.undividable(id, page: page.page)
      }
      whole.insert(page.source)
    }
    return whole
  }

  /// The batch's own object, where anything is left for it. A batch of duplicates alone adds nothing (RULES *Twice*).
  func setAside(
    whole: [Int], beside objects: [ObjectContent], isCopyable: (Int, Int) throws -> Bool
  ) throws -> ObjectContent? {
    guard manifest.pages.contains(where: { $0.disposition != .duplicate }) else { return nil }
    let rest = manifest.pages.filter { $0.document == nil && $0.disposition != .duplicate }
    var content = try lay(rest, id: setAsideID(of: manifest.batch), document: nil, isCopyable: isCopyable)
    let kept = Set((objects + [content]).flatMap(\.files))
    for source in Set(whole).sorted() where !kept.contains(.whole(source: source)) && needsKeeping(source) {
      content.files.append(.whole(source: source))
    }
    if manifest.sidecar != nil { content.files.append(.sidecar) }
    return content.files.isEmpty ? nil : content
  }

  private func needsKeeping(_ source: Int) -> Bool {
    manifest.pages.contains { $0.source == source && $0.disposition != .duplicate }
  }
}
