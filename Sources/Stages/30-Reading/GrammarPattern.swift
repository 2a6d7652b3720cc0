import Model
import Synchronization

/// An entry's pattern, compiled: matches whole texts, scalar by scalar, case-sensitively.
///
/// `@unchecked Sendable` because `Regex` is not, though nothing changes it after `init`; every match goes through the lock.
final class GrammarPattern: @unchecked Sendable {
  private let regex: Regex<AnyRegexOutput>
  private let lock = Mutex<Void>(())

  /// Throws what the regular expression compiler says.
  init(_ pattern: String) throws {
    regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
  }

  /// The named groups of a match of the whole text; nil where it does not match.
  func fields(in text: String, names: [String]) -> [String: String]? {
    lock.withLock { _ in
      guard let match = try? regex.wholeMatch(in: text) else { return nil }
      var fields: [String: String] = [:]
      for name in names {
        if let value = match[name]?.substring { fields[name] = String(value) }
      }
      return fields
    }
  }

  /// Names of the groups `(?<name>…)` in a pattern, in order.
  static func groupNames(in pattern: String) -> [String] {
    pattern.matches(of: /\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/).map { String($0.1) }
  }
}
