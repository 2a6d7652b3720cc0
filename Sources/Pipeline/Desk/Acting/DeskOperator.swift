import Model

/// Who acts, and what they may (issue words: operator and login).
public struct DeskOperator: Hashable, Sendable {
  /// Who acts: `--operator`, else the login.
  public let name: String
  public let login: String
  /// Whose eyes look when this operator looks: also the login's, unless it only lends its hands (no role but `delegate`, as a console's
  /// has). A site without operators takes each name at its word.
  let eyes: [String]
  /// nil: the site names no operators, everybody may everything.
  let roles: Set<Role>?
  /// The highest level that the operator sees; who acts for another sees no more than both may.
  let clearance: Confidentiality
  /// Acting for another is the login's right, not the other's.
  private let mayDelegate: Bool
  private let isKnown: Bool

  /// - Parameter asked: `--operator`.
  public init(login: String, asked: String?, configuration: Configuration) {
    self.login = login
    name = asked ?? login
    let operators = configuration.operators
    let looksItself = operators[login]?.roles.contains { $0 != .delegate } ?? false
    eyes = name != login && looksItself ? [name, login] : [name]
    guard !operators.isEmpty else {
      (roles, clearance, mayDelegate, isKnown) = (nil, .veryRestricted, true, true)
      return
    }
    let own = operators[name]
    roles = Set(own?.roles ?? [])
    clearance = min(own?.confidentiality ?? .normal, operators[login]?.confidentiality ?? .normal)
    mayDelegate = operators[login]?.roles.contains(.delegate) ?? false
    isKnown = own != nil
  }

  /// - Returns: why the verb is refused, as a sentence; nil: it is allowed.
  public func refusal(of verb: DeskVerb) -> String? {
    if name != login, !mayDelegate {
      return "\(EscapedText(login)) may not act for others: that needs the role delegate."
    }
    guard let roles else { return nil }
    guard isKnown else {
      return "\(EscapedText(name)) is no operator of this site. An administrator adds operators to the configuration."
    }
    guard roles.isDisjoint(with: verb.roles) else { return nil }
    let needed = verb.roles.map(\.rawValue).sorted().joined(separator: " or ")
    return "\(EscapedText(name)) may not do '\(verb.rawValue)': that needs the role \(needed)."
  }
}
