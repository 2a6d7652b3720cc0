import Model

/// A page that stands in another document since a correction.
struct PageMove {
  struct Place {
    var document: DocumentID
    var batch: BatchID
    /// Its number there.
    var page: Int
  }
  var from: Place
  var to: Place
}

extension Correction {
  /// Documents whose pages stand in others now.
  private var allGivers: [Change] { documents.filter { $0.after.status == .regrouped } }

  /// Documents that got pages of others. What keeps its pages takes none of another's.
  private var allTakers: [Change] {
    documents.filter { $0.after.status != .regrouped && ($0.pages != nil || $0.before.status == .regrouped) }
  }

  /// The documents that the pages of one went to.
  func takers(from giver: Change) -> [Change] {
    let hasLeft = !strangers(of: giver, among: allTakers).isEmpty
    return allTakers.filter { taker in
      batch(of: taker) == batch(of: giver)
        ? !taker.numbers.isDisjoint(with: giver.numbers) : hasLeft && !strangers(of: taker, among: allGivers).isEmpty
    }
  }

  /// Within a batch a page keeps its number. One that came into another batch has a new one; it is known again by its frame and digest,
  /// and by its turn where several have the same.
  /// - Parameter entries: a document's pages as the correction left them.
  func moves(_ entries: (Change) throws -> [Manifest.Page]) rethrows -> [PageMove] {
    var moves: [PageMove] = []
    var left: [(page: Manifest.Page, place: PageMove.Place)] = []
    for giver in allGivers {
      for taker in allTakers where batch(of: taker) == batch(of: giver) {
        for page in taker.numbers.intersection(giver.numbers) {
          moves.append(PageMove(from: place(page, giver), to: place(page, taker)))
        }
      }
      let numbers = strangers(of: giver, among: allTakers)
      if numbers.isEmpty { continue }
      left += try entries(giver).filter { numbers.contains($0.page) }.map { (page: $0, place: place($0.page, giver)) }
    }
    if left.isEmpty { return moves }
    for taker in allTakers {
      let numbers = strangers(of: taker, among: allGivers)
      if numbers.isEmpty { continue }
      for page in try entries(taker) where numbers.contains(page.page) {
        let index = left.firstIndex {
          $0.place.batch != batch(of: taker) && $0.page.frame == page.frame && $0.page.sha256 == page.sha256
        }
        if let index { moves.append(PageMove(from: left.remove(at: index).place, to: place(page.page, taker))) }
      }
    }
    return moves
  }

  private func place(_ page: Int, _ change: Change) -> PageMove.Place {
    PageMove.Place(document: change.after.id, batch: batch(of: change), page: page)
  }

  /// Numbers of a document's pages that none of these has in its batch: they come from another one, or went there.
  private func strangers(of change: Change, among others: [Change]) -> Set<Int> {
    others.filter { batch(of: $0) == batch(of: change) }.reduce(into: change.numbers) { $0.subtract($1.numbers) }
  }
}

extension Correction.Change {
  fileprivate var numbers: Set<Int> { Set(after.pages + after.blanks) }
}
