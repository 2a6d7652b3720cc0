/// Recursive descent over a pattern's scalars; see ``GrammarExpression``.
struct GrammarExpressionParser {
  typealias CharacterSet = GrammarExpression.CharacterSet
  typealias Refusal = GrammarExpression.Refusal

  /// Groups within groups, and repetitions: more is a mistake, and the automaton grows with their product.
  private static let depthMax = 50
  private static let repetitionMax = 1000

  private let scalars: [Unicode.Scalar]
  private var at = 0

  init(_ pattern: String) {
    var scalars = Array(pattern.unicodeScalars)
    // A match is of the whole text, so that these say nothing.
    if scalars.first == "^" { scalars.removeFirst() }
    let isEscaped = scalars.dropLast().reversed().prefix { $0 == "\\" }.count % 2 == 1
    if scalars.last == "$", !isEscaped { scalars.removeLast() }
    self.scalars = scalars
  }

  mutating func parse() throws(Refusal) -> GrammarExpression {
    let whole = try alternatives(depth: 0)
    guard at == scalars.count else { throw refusal(from: at) }
    return whole
  }

  private mutating func alternatives(depth: Int) throws(Refusal) -> GrammarExpression {
    guard depth <= Self.depthMax else { throw Refusal(construct: "more than \(Self.depthMax) groups in one another") }
    var choices = [try sequence(depth: depth)]
    while take("|") { choices.append(try sequence(depth: depth)) }
    return choices.count == 1 ? choices[0] : .alternatives(choices)
  }

  private mutating func sequence(depth: Int) throws(Refusal) -> GrammarExpression {
    var parts: [GrammarExpression] = []
    while let scalar = peek, scalar != "|", scalar != ")" {
      let part = try atom(depth: depth)
      parts.append(try quantified(part))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func atom(depth: Int) throws(Refusal) -> GrammarExpression {
    let start = at
    let scalar = scalars[at]
    at += 1
    switch scalar {
    case "(": return try group(depth: depth, from: start)
    case "[": return .characters(try characterClass(from: start))
    case ".": return .characters(CharacterSet([0x0A, 0x0B, 0x0C, 0x0D]).inverted)
    case "\\": return .characters(try escape(from: start))
    case "^", "$", "*", "+", "?", "{", "}", "]": throw refusal(from: start)
    default:
      guard scalar.isASCII else { throw refusal(from: start) }
      return .characters(CharacterSet([Int(scalar.value)]))
    }
  }

  private mutating func group(depth: Int, from start: Int) throws(Refusal) -> GrammarExpression {
    if take("?"), !take(":") {
      _ = take("P")
      guard take("<"), let first = peek, first != "=", first != "!" else { throw refusal(from: start) }
      while let scalar = peek, scalar != ">" {
        guard scalar.isASCII, scalar.properties.isAlphabetic || scalar == "_" || digit(scalar) != nil else {
          throw refusal(from: start)
        }
        at += 1
      }
      guard take(">") else { throw refusal(from: start) }
    } else if peek == "*" {
      throw refusal(from: start)
    }
    let inner = try alternatives(depth: depth + 1)
    guard take(")") else { throw refusal(from: start) }
    return inner
  }

  // MARK: Quantifiers

  private mutating func quantified(_ part: GrammarExpression) throws(Refusal) -> GrammarExpression {
    let start = at
    let least: Int
    let most: Int?
    switch peek {
    case "*": (least, most) = (0, nil)
    case "+": (least, most) = (1, nil)
    case "?": (least, most) = (0, 1)
    case "{": (least, most) = try range()
    default: return part
    }
    if scalars[start] != "{" { at += 1 }
    // Reluctant matches the same whole texts; possessive does not.
    _ = take("?")
    if let next = peek, "*+?{".unicodeScalars.contains(next) { throw refusal(from: start) }
    return .repeated(part, least: least, most: most)
  }

  private mutating func range() throws(Refusal) -> (Int, Int?) {
    let start = at
    at += 1
    guard let least = number() else { throw refusal(from: start) }
    var most: Int? = least
    if take(",") { most = number() }
    guard take("}"), least <= most ?? least, max(least, most ?? 0) <= Self.repetitionMax else {
      throw refusal(from: start)
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = peek, let digit = digit(scalar), value ?? 0 <= Self.repetitionMax {
      value = (value ?? 0) * 10 + digit
      at += 1
    }
    return value
  }

  // MARK: Characters

  private mutating func characterClass(from start: Int) throws(Refusal) -> CharacterSet {
    let isNegated = take("^")
    var set = CharacterSet()
    guard peek != "]" else { throw refusal(from: start) }
    while !take("]") {
      guard let scalar = peek else { throw refusal(from: start) }
      // Sets within sets, and operations on them.
      let isDoubled = at + 1 < scalars.count && scalars[at + 1] == scalar && "&-~".unicodeScalars.contains(scalar)
      guard scalar != "[", !isDoubled else { throw refusal(from: start) }
      let first = try classMember(from: start)
      guard peek == "-", at + 1 < scalars.count, scalars[at + 1] != "]" else {
        set.formUnion(first)
        continue
      }
      at += 1
      guard peek != "[", peek != "-" else { throw refusal(from: start) }
      let last = try classMember(from: start)
      guard first.members.count == 1, last.members.count == 1, first.members[0] <= last.members[0] else {
        throw refusal(from: start)
      }
      set.formUnion(CharacterSet(first.members[0]...last.members[0]))
    }
    guard isNegated else { return set }
    // Of the characters beyond ASCII, a class takes some at most.
    var rest = set.inverted
    rest.insert(CharacterSet.other)
    return rest
  }

  private mutating func classMember(from start: Int) throws(Refusal) -> CharacterSet {
    guard let scalar = peek else { throw refusal(from: start) }
    let place = at
    at += 1
    if scalar == "\\" { return try escape(from: place) }
    guard scalar.isASCII else { throw refusal(from: place) }
    return CharacterSet([Int(scalar.value)])
  }

  /// What stands after a backslash. Beyond ASCII there are digits, letters and spaces too.
  private mutating func escape(from start: Int) throws(Refusal) -> CharacterSet {
    guard let scalar = peek else { throw refusal(from: start) }
    at += 1
    let other = CharacterSet([CharacterSet.other])
    switch scalar {
    case "d", "D": return Self.named(CharacterSet(48...57), other, isNegated: scalar == "D")
    case "w", "W":
      let word = [48...57, 65...90, 95...95, 97...122].flatMap { Array($0) }
      return Self.named(CharacterSet(word), other, isNegated: scalar == "W")
    case "s", "S": return Self.named(CharacterSet([9, 10, 11, 12, 13, 32]), other, isNegated: scalar == "S")
    case "t": return CharacterSet([9])
    case "n": return CharacterSet([10])
    case "r": return CharacterSet([13])
    case "f": return CharacterSet([12])
    case "x", "u": return try hexadecimal(digits: scalar == "x" ? 2 : 4, from: start)
    default:
      guard scalar.isASCII, !scalar.properties.isAlphabetic, digit(scalar) == nil else { throw refusal(from: start) }
      return CharacterSet([Int(scalar.value)])
    }
  }

  private static func named(_ ascii: CharacterSet, _ other: CharacterSet, isNegated: Bool) -> CharacterSet {
    var set = isNegated ? ascii.inverted : ascii
    set.formUnion(other)
    return set
  }

  private mutating func hexadecimal(digits: Int, from start: Int) throws(Refusal) -> CharacterSet {
    var text = ""
    if take("{") {
      while let scalar = peek, scalar != "}", text.unicodeScalars.count < 8 {
        text.unicodeScalars.append(scalar)
        at += 1
      }
      guard take("}") else { throw refusal(from: start) }
    } else {
      guard at + digits <= scalars.count else { throw refusal(from: start) }
      for scalar in scalars[at..<at + digits] { text.unicodeScalars.append(scalar) }
      at += digits
    }
    guard let code = Int(text, radix: 16), (0..<128).contains(code) else { throw refusal(from: start) }
    return CharacterSet([code])
  }

  // MARK: Scalars

  private var peek: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    at += 1
    return true
  }

  private func digit(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value) - 48 : nil
  }

  /// Names what stands from `start` to here, at most a dozen characters of it.
  private func refusal(from start: Int) -> Refusal {
    let end = min(max(at, start + 1), start + 12, scalars.count)
    guard start < end else { return Refusal(construct: "an unfinished end") }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[start..<end])
    return Refusal(construct: "'\(text)'")
  }
}
