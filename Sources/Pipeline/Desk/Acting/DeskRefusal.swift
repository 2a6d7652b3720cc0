/// Not allowed, or not possible as asked: nothing was changed, and the audit trail says so.
public struct DeskRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// A sentence, or several: what is wrong and what to do.
  public let description: String
  public init(_ description: String) { self.description = description }
}
