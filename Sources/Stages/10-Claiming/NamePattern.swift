/// A pattern for file names: `*` stands for any bytes, `?` for one; ASCII letters match in either case, because the writers
/// that leave such files do not agree on one.
public struct NamePattern: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let description: String
  private let pattern: [UInt8]

  public init(_ text: String) {
    description = text
    pattern = text.utf8.map(lowerASCII)
  }

  public init(stringLiteral text: String) { self.init(text) }

  /// - Complexity: O(name × pattern) at worst; only the last `*` is ever tried again.
  public func matches(_ name: [UInt8]) -> Bool {
    var at = 0
    var p = 0
    var retry: (at: Int, p: Int)?
    while at < name.count {
      if p < pattern.count, pattern[p] == star {
        retry = (at, p + 1)
        p += 1
      } else if p < pattern.count, pattern[p] == question || pattern[p] == lowerASCII(name[at]) {
        at += 1
        p += 1
      } else if let (from, next) = retry {
        retry = (from + 1, next)
        at = from + 1
        p = next
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == star }
  }
}

private let star = UInt8(ascii: "*")
private let question = UInt8(ascii: "?")

func lowerASCII(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
