import Model

/// How far a batch has come in the order of committing (DESIGN §4). A batch only moves forward, one step at a time;
/// the one way back is a plan of which nothing was carried out.
///
///     claiming ─► claimed ─► planned ─► archived ─► recorded ─► attested ─► finished
///         │          ▲          │
///         │          └──────────┘ (the plan is dropped: its file changed before any of it was in the archive)
///         └─► (withdrawn: the row goes, the file never left the drop folder)
public enum BatchState: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
  /// The row is committed; the file is being set aside.
  case claiming
  /// The file lies in claimed storage.
  case claimed
  /// The plan is committed: nothing is decided anew once any of it is carried out (I5).
  case planned
  /// Every object of the plan is durable in the archive (I1).
  case archived
  /// The manifest's bytes and its place in the chain are committed; the charts may show it.
  case recorded
  /// The manifest file is durable.
  case attested
  /// The source is retired to the originals (I2).
  case finished

  public static func < (a: BatchState, b: BatchState) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }

  /// The only state that may follow; nil after `finished`.
  public var next: BatchState? {
    let all = BatchState.allCases
    let at = all.firstIndex(of: self)! + 1
    return at < all.count ? all[at] : nil
  }

  public func mayAdvance(to other: BatchState) -> Bool { next == other }
}
