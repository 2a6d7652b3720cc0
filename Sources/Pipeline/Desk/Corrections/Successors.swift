import Journaling
import Model

/// What stands in the place of documents that are no longer in force, because their pages were regrouped or a rescan replaced them. The
/// chain alone says so.
public struct Successors: Sendable {
  /// By the document that is no longer in force; only where there are any, by id.
  private var inForce: [DocumentID: [DocumentState]] = [:]

  init() {}

  /// - Parameter ids: documents of any state.
  /// - Throws: `JournalError`, ``DeskError``.
  public init(of ids: Set<DocumentID>, at site: Site, seenBy discretion: Discretion) async throws {
    var ended: [DocumentID] = []
    for id in ids where try await Self.current(id, at: site) == nil { ended.append(id) }
    if ended.isEmpty { return }
    let next = try await Self.followers(at: site)
    for id in ended {
      let found = try await discretion.visible(Self.current(after: id, next, at: site))
      if !found.isEmpty { inForce[id] = found.sorted { $0.document.id < $1.document.id } }
    }
  }

  /// As far as the operator may see them.
  public subscript(_ id: DocumentID) -> [DocumentState] { inForce[id] ?? [] }

  private static func current(_ id: DocumentID, at site: Site) async throws -> DocumentState? {
    try await site.journal.anyDocument(id).flatMap { $0.document.status.isCurrent ? $0 : nil }
  }

  /// What the newest correction that ended a document put in its place. What was withdrawn or rejected has no successor.
  private static func followers(at site: Site) async throws -> [DocumentID: [DocumentID]] {
    var next: [DocumentID: [DocumentID]] = [:]
    try await site.journal.forEachCorrection { correction in
      let made = correction.afters.filter(\.status.isCurrent).map(\.id)
      for document in correction.afters {
        let isReplaced = document.status == .withdrawn && document.notes.contains(RegroupDesk.replaced)
        next[document.id] = document.status == .regrouped || isReplaced ? made : nil
      }
    }
    return next
  }

  private static func current(
    after id: DocumentID, _ next: [DocumentID: [DocumentID]], at site: Site
  ) async throws -> [DocumentState] {
    var found: [DocumentState] = []
    var seen: Set<DocumentID> = [id]
    var open = next[id] ?? []
    while let id = open.popLast() {
      guard seen.insert(id).inserted else { continue }
      if let state = try await current(id, at: site) { found.append(state) } else { open += next[id] ?? [] }
    }
    return found
  }
}

extension Manifest.Document {
  /// The document that it may be another scan of.
  public var looksLike: DocumentID? { evidence.compactMap(\.document).first }
}
