import Archiving
import Journaling
import Model

/// Holds that one page of paper stands in one current document at most (RULES *Twice*): the same file may have come twice,
/// and of such documents a person keeps one.
struct PageOwners {
  private struct Frame: Hashable {
    var source: ContentDigest
    var frame: Int
  }
  let site: Site

  /// - Parameter ended: documents that end in the same correction.
  /// - Returns: the others with a page of this one's, whatever became of them: the correction must find them as they are here
  ///   (``CorrectionDraft/rely(on:)``), for somebody may be bringing one of them into a chart at this moment.
  /// - Throws: ``DeskRefusal`` where another document is filed with a page of this one's, or waits and will be.
  func refuseOthers(of id: DocumentID, except ended: Set<DocumentID> = []) async throws -> [Manifest.Document] {
    let own = try frames(of: id)
    var others: [Manifest.Document] = []
    for other in try await site.journal.documents(ofSources: own.map(\.source)).map(\.document)
    where other.id != id && !ended.contains(other.id) {
      guard try !own.isDisjoint(with: frames(of: other.id)) else { continue }
      guard !other.status.isCurrent || other.reasons.contains(.duplicateConflict) else {
        throw DeskRefusal(
          "The same pages stand in \(other.id), which \(DocumentFinder.word(other.status)): "
            + "withdraw or reject that one first, or leave this one. Nothing was changed.")
      }
      others.append(other)
    }
    return others
  }

  private func frames(of id: DocumentID) throws -> Set<Frame> {
    let record = try site.archive.document(id)
    return Set(
      record.pages.compactMap { stored in
        record.sources.first { $0.index == stored.entry.source }
          .map { Frame(source: $0.source.sha256, frame: stored.entry.frame) }
      })
  }
}
