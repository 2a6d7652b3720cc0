import Archiving
import Journaling
import Model
import System

/// The documents that wait: for a person, or for the next patient import. Oldest first.
public struct ExceptionQueue: Sendable {
  public private(set) var documents: [DocumentState]
  /// What waits until later than this waits for the patient index.
  public let now: Timestamp
  /// There are more than could be listed.
  public let isCut: Bool

  /// Listed at most; a queue that long is worked through from its start. Documents.
  private static let documentsMax = 100_000

  /// - Throws: `JournalError`.
  public init(of site: Site) async throws {
    now = site.clock.now()
    let found = try await site.journal.exceptions(includingWaiting: true, limit: Self.documentsMax + 1)
    documents = Array(found.prefix(Self.documentsMax))
    isCut = found.count > Self.documentsMax
  }

  /// - Parameter hours: since receipt, at least.
  public func filtered(reason: ExceptionReason?, station: EscapedText?, hours: Double? = nil) -> ExceptionQueue {
    var queue = self
    queue.documents = documents.filter { state in
      (reason.map { state.document.reasons.contains($0) } ?? true) && (station.map { state.station == $0 } ?? true)
        && (hours.map { now.seconds(since: state.receivedAt) >= $0 * 3600 } ?? true)
    }
    return queue
  }

  /// Those that the operator may see; grouped by batch, the batch that came first first.
  public func visible(by discretion: Discretion) async throws -> ExceptionQueue {
    var queue = self
    queue.documents = try await discretion.visible(documents)
    return queue
  }

  /// What the start of an id means.
  enum Found {
    case one(DocumentState)
    case none
    case several(Int)
  }

  /// - Parameter text: the first characters of an exception's id, with `urn:uuid:`.
  func find(startingWith text: String, seenBy discretion: Discretion) async throws -> Found {
    let fitting = try await discretion.visible(documents.filter { $0.document.id.description.hasPrefix(text) })
    return fitting.count == 1 ? .one(fitting[0]) : fitting.isEmpty ? .none : .several(fitting.count)
  }
}

/// One exception with all that helps to decide it.
public struct ExceptionDetail: Sendable {
  public var state: DocumentState
  /// Its pages as the manifest has them, blanks too, in the document's order.
  public var pages: [Manifest.Page]
  /// Names of the sources that the pages came from, by index.
  public var sources: [Int: EscapedText]
  /// Absolute path of each page's image and the frame in it, from 0.
  public var files: [Int: (path: FilePath, frame: Int)]
  /// Whom the labels could mean, as the index has them; never one more likely than another.
  public var candidates: [Patient] = []
  /// The batch's documents before and after it.
  public var neighbours: [DocumentState] = []
  /// The document that it may be another scan of, or the one that stands in its place now; at most one.
  public var resembled: [ExceptionDetail] = []
  /// Of documents that are no longer in force: the one that it looked like, or itself.
  public var successors = Successors()
  /// Who corrected it last, and why.
  public var correction: DocumentRecord.CorrectionNote?

  /// With what the index and the batch say beside the archive.
  public init(_ state: DocumentState, at site: Site, seenBy discretion: Discretion) async throws {
    try self.init(state, of: site)
    for key in state.document.candidates {
      candidates += try await site.journal.patients(number: key.mrn, authority: key.authority)
    }
    let looksLike = state.document.looksLike
    successors = try await Successors(
      of: Set([state.document.id] + [looksLike].compactMap(\.self)), at: site, seenBy: discretion)
    if let looksLike {
      let inPlace = successors[looksLike]
      let known = try await site.journal.anyDocument(looksLike)
      let earlier = try await discretion.visible([known].compactMap(\.self))
      resembled = try (inPlace.count == 1 ? inPlace : earlier).map { try ExceptionDetail($0, of: site) }
    }
    let siblings = try await site.journal.documents(of: state.batch).filter { $0.document.status.isCurrent }
      .sorted { ($0.document.pages.min() ?? 0) < ($1.document.pages.min() ?? 0) }
    guard let place = siblings.firstIndex(where: { $0.document.id == state.document.id }) else { return }
    let near = [place - 1, place + 1].filter(siblings.indices.contains).map { siblings[$0] }
    neighbours = try await discretion.visible(near)
  }

  /// - Throws: `ArchiveError`, `SystemError`.
  public init(_ state: DocumentState, of site: Site) throws {
    self.state = state
    let record = try site.archive.document(state.document.id)
    let order = Regrouping.order(pages: state.document.pages, blanks: state.document.blanks)
    let places = Dictionary(zip(order, 0...)) { first, _ in first }
    func place(_ page: Manifest.Page) -> (Int, Int) { (places[page.page] ?? .max, page.page) }
    pages = record.pages.map(\.entry).sorted { place($0) < place($1) }
    correction = record.correction
    sources = [:]
    for source in record.sources { sources[source.index] = source.source.name }
    files = [:]
    var paths: [String: FilePath] = [:]
    for stored in record.pages {
      if paths[stored.file] == nil {
        paths[stored.file] = try site.archive.pageFile(state.document.id, page: stored.entry.page)?.path
      }
      if let path = paths[stored.file] { files[stored.entry.page] = (path, stored.frame) }
    }
  }
}
