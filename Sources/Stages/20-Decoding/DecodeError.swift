/// Why a page has no pixels. Each case is an exception reason of RULES, with a sentence for the person who will see it.
public enum DecodeError: Error, Hashable {
  /// Damaged, or cut off (`undecodable`): scan the page again.
  case undecodable(String)
  /// Beyond ``DecodeLimits`` (`too-large`): raise the limit or scan at a lower resolution.
  case tooLarge(String)
  /// Sound as it may be, of a kind that is not read (`unsupported`): save it as TIFF G4 or PNG.
  case unsupported(String)
}

extension DecodeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .undecodable(let reason), .tooLarge(let reason), .unsupported(let reason): reason
    }
  }
}
