/// What the desk's verbs cannot go on from.
public enum DeskError: Error, Hashable, Sendable, CustomStringConvertible {
  case unreadableRecord(sequence: Int, detail: String)
  /// The index is cleared again and again by others.
  case indexContended

  public var description: String {
    switch self {
    case .unreadableRecord(let sequence, let detail):
      "Record \(sequence) of the journal: \(detail). Run `chartroom verify`."
    case .indexContended: "Another process keeps clearing the index. Wait for it, then try again."
    }
  }
}
