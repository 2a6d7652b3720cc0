/// One thing that is wrong with a configuration, where it stands and what would be right.
public struct ConfigurationProblem: Hashable, Sendable, Codable, CustomStringConvertible {
  /// JSONPath (RFC 9535 §2) from the file's root, e.g. `$.claiming.settleSeconds` or `$.stations["ward 3"].duplex`.
  public var path: String
  /// What is wrong and what is allowed, as one sentence.
  public var message: String

  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  public var description: String { "\(path): \(message)" }
}

/// Why a configuration was refused: everything that is wrong with it, in the order of the file.
///
/// Nothing was touched. The administrator mends the file and tries again (exit 78).
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var problems: [ConfigurationProblem]

  public init(problems: [ConfigurationProblem]) { self.problems = problems }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
