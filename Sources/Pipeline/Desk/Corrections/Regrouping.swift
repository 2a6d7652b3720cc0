import Archiving
import Formats
import Journaling
import Model

/// Pages of one or more documents put together anew: the arithmetic that split, join, insert and replace share.
struct Regrouping {
  private let site: Site
  /// The document that it is about: batch, sidecar and times are its.
  private let home: DocumentPages
  private var guests: [DocumentPages] = []
  /// Numbers that a guest's pages get in the home's batch, and indices that its sources get.
  private var numbers: [DocumentID: [Int: Int]] = [:]
  private var indices: [DocumentID: [Int: Int]] = [:]
  private var nextPage: Int
  private var nextSource: Int
  /// Pages that the home's batch brought itself; higher numbers are pages of other batches.
  private let nativePages: Int

  init(_ home: DocumentState, of site: Site) async throws {
    self.site = site
    self.home = try DocumentPages(home, of: site)
    let siblings = try await site.journal.documents(of: home.batch).flatMap { $0.document.pages + $0.document.blanks }
    let manifest = try await site.journal.record(of: home.batch).map { try ChainContent($0) }
    var (pages, sources) = (0, 0)
    if case .manifest(let manifest)? = manifest { (pages, sources) = (manifest.pages.count, manifest.sources.count) }
    nativePages = pages
    nextPage = max(pages, siblings.max() ?? 0, self.home.record.pages.map(\.entry.page).max() ?? 0) + 1
    nextSource = max(sources, (self.home.record.sources.map(\.index).max() ?? -1) + 1)
  }

  /// Another document whose pages come in. Pages of another batch get numbers after those of the home's.
  /// - Returns: its pages by the numbers that they have here, in its own order; blanks left out.
  mutating func add(_ state: DocumentState) throws -> [Int] {
    let guest = try DocumentPages(state, of: site)
    guests.append(guest)
    let isForeign = state.batch != home.state.batch
    for stored in guest.record.pages.sorted(by: { $0.entry.page < $1.entry.page }) {
      let page = stored.entry.page
      numbers[state.document.id, default: [:]][page] = isForeign ? nextPage : page
      if isForeign { nextPage += 1 }
    }
    for source in guest.record.sources {
      indices[state.document.id, default: [:]][source.index] = isForeign ? nextSource : source.index
      if isForeign { nextSource += 1 }
    }
    return state.document.pages.map { numbers[state.document.id]![$0]! }
  }

  /// A guest's blanks by the numbers that they have here.
  func blanks(of state: DocumentState) -> [Int] {
    state.document.blanks.compactMap { numbers[state.document.id]?[$0] }
  }

  /// Adds a document made of these pages to a correction.
  /// - Parameters:
  ///   - pages: in the document's order, by their numbers here.
  ///   - template: all but id, object, pages and blanks.
  /// - Returns: the document.
  func make(
    pages: [Int], blanks: [Int], like template: Manifest.Document, patientBy: [Int: PatientBy] = [:],
    in draft: inout CorrectionDraft
  ) throws -> Manifest.Document {
    let picks = try Self.order(pages: pages, blanks: blanks).map(pick)
    let sources = try picks.map(source)
    var document = template
    document.id = id(of: picks, sources: sources)
    document.object = ocflObjectPath(of: document.id)
    document.pages = pages
    document.blanks = blanks.sorted()
    try refuseUndividable(picks, document)
    let marked = picks.map { pick in
      var pick = pick
      pick.entry.document = document.id
      pick.entry.disposition = blanks.contains(pick.entry.page) ? .blank : Self.disposition(document.status)
      if let by = patientBy[pick.entry.page] { pick.entry.patientBy = by }
      return pick
    }
    draft.make(document, from: home.state, picks: marked, sources: sources, patientBy: patientBy)
    return document
  }

  /// Of a batch's own pages the id is made as at intake. With pages of other batches among them it is made of their numbers here
  /// too, so that no object is ever taken for another batch's, or for one that counts its pages otherwise.
  private func id(of picks: [PendingCorrection.Pick], sources: [ContentDigest]) -> DocumentID {
    if picks.allSatisfy({ $0.entry.page <= nativePages }) { return home.id(of: picks, sources: sources) }
    let arrived = zip(picks, sources).sorted { $0.0.entry.page < $1.0.entry.page }
    let pages = arrived.map { "\($0.0.entry.page):\($0.1):\($0.0.entry.frame)\n" }.joined()
    return uuidV5("regrouped:\(home.state.batch)\n\(pages)")
  }

  private static func disposition(_ status: DocumentDecision.Status) -> Disposition {
    switch status {
    case .filed: .filed
    case .rejected: .rejected
    case .withdrawn: .withdrawn
    case .exception, .regrouped: .exception
    }
  }

  private func refuseUndividable(_ picks: [PendingCorrection.Pick], _ document: Manifest.Document) throws {
    do {
      try site.archive.checkRegrouping(
        picks.map { PagePick(document: $0.document, page: $0.page, entry: $0.entry) },
        isFiled: document.status == .filed)
    } catch ArchiveError.undividable(_, let page) {
      throw DeskRefusal(
        "Page \(page) cannot be copied out of its file, which holds other pages too: such pages stay together. "
          + "Nothing was changed.")
    }
  }

  /// Each inner blank after the last page that arrived before it, as Archiving lays a document out.
  static func order(pages: [Int], blanks: [Int]) -> [Int] {
    let arrived = pages.sorted()
    var after: [Int: [Int]] = [:]
    for blank in blanks.sorted() { after[arrived.last { $0 < blank } ?? 0, default: []].append(blank) }
    return (after[0] ?? []) + pages.flatMap { [$0] + (after[$0] ?? []) }
  }

  private func pick(_ number: Int) throws -> PendingCorrection.Pick {
    for guest in guests {
      let id = guest.state.document.id
      guard let own = numbers[id]?.first(where: { $0.value == number })?.key else { continue }
      var pick = try guest.pick(own)
      pick.entry.page = number
      pick.entry.source = indices[id]?[pick.entry.source] ?? pick.entry.source
      return pick
    }
    return try home.pick(number)
  }

  private func source(of pick: PendingCorrection.Pick) throws -> ContentDigest {
    let owner = guests.first { $0.state.document.id == pick.document } ?? home
    guard let entry = owner.entry(pick.page), let source = owner.source(of: entry) else {
      throw ArchiveError.damaged(
        path: owner.state.document.object, detail: "it does not say which source page \(pick.page) came from")
    }
    return source
  }
}
