/// A label pattern, taken apart: the regular expressions whose texts can be reasoned about (`config check`).
///
/// Of what `Regex` takes it knows literals, classes of characters and their negation, `.`, the escapes `\d \w \s \D \W
/// \S \t \n \r \f \xHH \x{H…} \u{H…}`, groups with and without name, alternatives, and the quantifiers `* + ? {n} {n,}
/// {n,m}` (eager or reluctant: what matches as a whole is the same). Everything else it names in ``Refusal``: such a
/// pattern still reads labels, and nothing is claimed about it.
///
/// Characters are the 128 of ASCII, and one that stands for all others: a pattern that takes any of those takes it.
indirect enum GrammarExpression: Hashable, Sendable {
  case characters(CharacterSet)
  case sequence([GrammarExpression])
  case alternatives([GrammarExpression])
  /// `most` nil: without end.
  case repeated(GrammarExpression, least: Int, most: Int?)

  /// What keeps a pattern from being taken apart.
  struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// As it stands in the pattern.
    var construct: String
    var description: String { construct }
  }

  /// Some of the 129 characters.
  struct CharacterSet: Hashable, Sendable {
    /// Place of the one that stands for every character beyond ASCII.
    static let other = 128
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var hasOther = false

    init(_ codes: some Sequence<Int> = []) { for code in codes { insert(code) } }

    static let all = CharacterSet(0...other)

    func contains(_ code: Int) -> Bool {
      switch code {
      case 0..<64: low >> code & 1 == 1
      case 64..<128: high >> (code - 64) & 1 == 1
      default: hasOther
      }
    }

    mutating func insert(_ code: Int) {
      switch code {
      case 0..<64: low |= 1 << code
      case 64..<128: high |= 1 << (code - 64)
      default: hasOther = true
      }
    }

    mutating func formUnion(_ set: CharacterSet) {
      low |= set.low
      high |= set.high
      hasOther = hasOther || set.hasOther
    }

    var inverted: CharacterSet {
      var result = self
      result.low = ~low
      result.high = ~high
      result.hasOther = !hasOther
      return result
    }

    /// In the order of ASCII.
    var members: [Int] { (0...Self.other).filter(contains) }
  }

  /// - Throws: the first construct that is none of the above. A pattern that is no regular expression at all may get
  ///   through: whether it is one, `Regex` says.
  init(_ pattern: String) throws(Refusal) {
    var parser = GrammarExpressionParser(pattern)
    self = try parser.parse()
  }

  // MARK: Beginnings

  /// The fixed texts that a match begins with, one for each alternative; one is empty where nothing is fixed.
  var beginnings: [String] {
    starts.map { String(String.UnicodeScalarView($0.codes.compactMap { Unicode.Scalar($0) })) }
  }

  /// A beginning; `isWhole` where the expression ends with it, so that what follows goes on with it.
  private struct Start {
    var codes: [UInt8]
    var isWhole: Bool
  }

  /// More alternatives than this are no prefix.
  private static let beginningsMax = 32

  private var starts: [Start] {
    let found: [Start]
    switch self {
    case .characters(let set):
      let members = set.members
      found =
        members.count <= 3 && !set.contains(CharacterSet.other)
        ? members.map { Start(codes: [UInt8($0)], isWhole: true) } : [Start(codes: [], isWhole: false)]
    case .sequence(let parts):
      found = parts.reduce([Start(codes: [], isWhole: true)]) { starts, part in
        guard starts.contains(where: \.isWhole), starts.count <= Self.beginningsMax else { return starts }
        let next = part.starts
        return starts.flatMap { start in
          start.isWhole ? next.map { Start(codes: start.codes + $0.codes, isWhole: $0.isWhole) } : [start]
        }
      }
    case .alternatives(let choices): found = choices.flatMap(\.starts)
    case .repeated(let part, let least, let most):
      let once = part.starts.map { Start(codes: $0.codes, isWhole: $0.isWhole && most == 1) }
      if most == 0 {
        found = [Start(codes: [], isWhole: true)]
      } else if least > 1, most == least, least <= Self.beginningsMax {
        found = GrammarExpression.sequence(Array(repeating: part, count: least)).starts
      } else {
        found = (least == 0 ? [Start(codes: [], isWhole: true)] : []) + once
      }
    }
    return found.count <= Self.beginningsMax ? found : [Start(codes: [], isWhole: false)]
  }
}
