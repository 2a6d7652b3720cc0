/// A label pattern as a deterministic automaton over the 129 characters of ``GrammarExpression``: what decides whether
/// two patterns share a text, and how much of all texts one takes.
///
/// Thompson's construction, then subsets. Every state leads to an accepting one, so that where no transition is, no text
/// goes on.
struct GrammarAutomaton: Sendable {
  typealias CharacterSet = GrammarExpression.CharacterSet

  /// States of either construction. The longest label patterns have a hundred; a product of repetitions can have millions.
  static let statesMax = 4000
  /// Pairs of states that ``commonText(with:)`` looks at.
  static let pairsMax = 400_000

  /// By state and character; nil: nothing fits any more.
  let next: [[Int?]]
  let isAccepting: [Bool]
  /// State 0 is the start; an automaton that fits no text has no state.
  var isEmpty: Bool { next.isEmpty }

  /// - Returns: nil for an expression that would need more than ``statesMax`` states.
  init?(_ expression: GrammarExpression) {
    var fragment = Fragment()
    let start = fragment.state()
    guard let end = fragment.add(expression, from: start) else { return nil }
    var subsets: [[Int]: Int] = [:]
    var order: [[Int]] = []
    func number(_ subset: [Int]) -> Int {
      if let known = subsets[subset] { return known }
      subsets[subset] = order.count
      order.append(subset)
      return order.count - 1
    }
    _ = number(fragment.closure([start]))
    var next: [[Int?]] = []
    while next.count < order.count {
      guard order.count <= Self.statesMax else { return nil }
      let moves = order[next.count].flatMap { fragment.moves[$0] }
      var row = [Int?](repeating: nil, count: CharacterSet.other + 1)
      var known: [[Int]: Int] = [:]
      for character in row.indices {
        let targets = moves.filter { $0.set.contains(character) }.map(\.target)
        guard !targets.isEmpty else { continue }
        if let state = known[targets] {
          row[character] = state
        } else {
          row[character] = number(fragment.closure(targets))
          known[targets] = row[character]
        }
      }
      next.append(row)
    }
    (self.next, isAccepting) = Self.withoutDeadEnds(next, order.map { $0.contains(end) })
  }

  /// Keeps the states from which an accepting one can be reached, the start first.
  private static func withoutDeadEnds(_ next: [[Int?]], _ isAccepting: [Bool]) -> ([[Int?]], [Bool]) {
    var isAlive = isAccepting
    var changes = true
    while changes {
      changes = false
      for state in next.indices.reversed() where !isAlive[state] {
        if next[state].contains(where: { $0.map { isAlive[$0] } == true }) {
          isAlive[state] = true
          changes = true
        }
      }
    }
    guard isAlive.first == true else { return ([], []) }
    let kept = next.indices.filter { isAlive[$0] }
    let renamed = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    return (kept.map { next[$0].map { $0.flatMap { renamed[$0] } } }, kept.map { isAccepting[$0] })
  }

  // MARK: Two patterns

  enum Common: Hashable, Sendable {
    case none
    /// A shortest text that fits both; of equals one of digits and capital letters where there is one.
    case text(String)
    /// The product of the two is too large.
    case undecided
  }

  /// A text that both fit, by a breadth-first walk over pairs of states (the product automaton).
  func commonText(with other: GrammarAutomaton) -> Common {
    guard !isEmpty, !other.isEmpty else { return .none }
    struct Step {
      var pair: Int
      var from: Int
      var character: Int
    }
    let width = other.next.count
    var steps = [Step(pair: 0, from: -1, character: 0)]
    var seen: Set<Int> = [0]
    var at = 0
    while at < steps.count {
      let (first, second) = (steps[at].pair / width, steps[at].pair % width)
      if isAccepting[first], other.isAccepting[second] {
        var codes: [Int] = []
        var back = at
        while steps[back].from >= 0 {
          codes.append(steps[back].character)
          back = steps[back].from
        }
        return .text(Self.text(codes.reversed()))
      }
      for character in Self.readableFirst {
        guard let a = next[first][character], let b = other.next[second][character] else { continue }
        if seen.insert(a * width + b).inserted {
          steps.append(Step(pair: a * width + b, from: at, character: character))
        }
      }
      guard steps.count <= Self.pairsMax else { return .undecided }
      at += 1
    }
    return .none
  }

  private static let readableFirst: [Int] = {
    let readable = Array(48...57) + Array(65...90) + Array(97...122) + Array(33...47)
    return readable + (0...CharacterSet.other).filter { !readable.contains($0) }
  }()

  private static func text(_ codes: some Sequence<Int>) -> String {
    var text = ""
    // U+FFFD stands for any character beyond ASCII.
    for code in codes {
      text.unicodeScalars.append(code == CharacterSet.other ? "\u{FFFD}" : Unicode.Scalar(UInt8(code)))
    }
    return text
  }

  // MARK: Thompson's construction

  private struct Fragment {
    struct Move {
      var set: CharacterSet
      var target: Int
    }
    /// By state: steps that take a character, and steps that take none.
    var moves: [[Move]] = []
    var jumps: [[Int]] = []

    mutating func state() -> Int {
      moves.append([])
      jumps.append([])
      return moves.count - 1
    }

    /// - Returns: the state after the expression; nil where there would be too many.
    mutating func add(_ expression: GrammarExpression, from start: Int) -> Int? {
      guard moves.count <= statesMax else { return nil }
      switch expression {
      case .characters(let set):
        let end = state()
        moves[start].append(Move(set: set, target: end))
        return end
      case .sequence(let parts):
        var end = start
        for part in parts {
          guard let next = add(part, from: end) else { return nil }
          end = next
        }
        return end
      case .alternatives(let choices):
        let end = state()
        for choice in choices {
          let fork = state()
          jumps[start].append(fork)
          guard let last = add(choice, from: fork) else { return nil }
          jumps[last].append(end)
        }
        return end
      case .repeated(let part, let least, let most): return add(part, from: start, least: least, most: most)
      }
    }

    private mutating func add(_ part: GrammarExpression, from start: Int, least: Int, most: Int?) -> Int? {
      var end = start
      for _ in 0..<least {
        guard let next = add(part, from: end) else { return nil }
        end = next
      }
      guard let most else {
        let loop = state()
        jumps[end].append(loop)
        guard let last = add(part, from: loop) else { return nil }
        jumps[last].append(loop)
        return loop
      }
      var exits = [end]
      for _ in least..<most {
        guard let next = add(part, from: end) else { return nil }
        end = next
        exits.append(end)
      }
      let after = state()
      for exit in exits { jumps[exit].append(after) }
      return after
    }

    /// With all states that jumps lead to, in order.
    func closure(_ states: [Int]) -> [Int] {
      var found = Set(states)
      var open = states
      while let state = open.popLast() {
        for target in jumps[state] where found.insert(target).inserted { open.append(target) }
      }
      return found.sorted()
    }
  }
}
