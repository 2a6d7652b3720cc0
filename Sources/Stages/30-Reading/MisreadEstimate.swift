import Model

/// How many damaged reads of a label would go unnoticed, estimated for one entry of the grammar in one symbology.
///
///     one in N = 1 / (own check × check schemes × format)
///
/// - *Own check*: the share of broken symbols that pass the symbology's own check. Code 128: 1/103. Reed–Solomon codes:
///   the share of all words within reach of correction, Σ C(n,e)·(q−1)^e / q^(n−k) for e up to half the check words, in the
///   smallest symbol. Code 39, Interleaved 2 of 5 and Codabar check nothing: 1.
/// - *Check schemes*: the product of 1/10 for a mod 10 and so on (`LabelCheck.Scheme`).
/// - *Format*: of all ways to take one character of a good label for another, the share that still fits the pattern; the
///   largest over the lengths that the pattern allows, up to ``lengthMax``. Code 39, Interleaved 2 of 5 and Codabar confuse
///   any of their characters; the others pack runs of one kind, so there a digit is taken for a digit, a capital for a
///   capital, a small letter for a small letter, and any other character of ASCII for another such.
///
/// What it leaves out makes the true rate lower: that rows of a linear symbol must agree, that more than one wrong
/// character fits more rarely, that single errors are found for sure by most schemes, and that the index must know the
/// number.
public struct MisreadEstimate: Hashable, Sendable, Codable {
  public var symbology: Symbology
  /// Shares, 0…1.
  public var ownCheck: Double
  public var checkSchemes: Double
  /// 0: every changed character is noticed, or the symbology can hold no text that fits.
  public var format: Double
  /// One in so many damaged reads is taken for a good label; nil: none.
  @Nullable public var oneIn: Double?

  /// Characters of the longest label that is counted; a Code 128 of this length is as wide as the page.
  static let lengthMax = 60
  /// Pairs of states in hand at one length.
  static let pairsMax = 20_000

  /// - Returns: by symbology, the weakest first; nil for a pattern outside ``GrammarExpression`` or too large for it.
  public static func estimates(of entry: LabelEntry) -> [MisreadEstimate]? {
    guard let expression = try? GrammarExpression(entry.pattern), let automaton = GrammarAutomaton(expression) else {
      return nil
    }
    let schemes = entry.checks.reduce(1) { $0 / $1.scheme.oneIn }
    var estimates: [MisreadEstimate] = []
    for symbology in entry.symbologies {
      guard let format = automaton.changesThatFit(symbology.confusedCharacters) else { return nil }
      let share = symbology.ownCheckShare * schemes * format
      estimates.append(
        MisreadEstimate(
          symbology: symbology, ownCheck: symbology.ownCheckShare, checkSchemes: schemes, format: format,
          oneIn: share > 0 ? 1 / share : nil))
    }
    return estimates.sorted { ($0.oneIn ?? .infinity) < ($1.oneIn ?? .infinity) }
  }
}

extension Symbology {
  /// Share of symbols with random contents that its own check lets pass.
  var ownCheckShare: Double {
    switch self {
    // ISO/IEC 15417: sum modulo 103.
    case .code128: 1.0 / 103
    // ISO/IEC 16022 table 7: 10 × 10 modules.
    case .datamatrix: acceptedShare(words: 8, data: 3, alphabet: 256)
    // ISO/IEC 18004: version 1, level L.
    case .qr: acceptedShare(words: 26, data: 19, alphabet: 256)
    // ISO/IEC 15438: correction level 2, the least that it recommends, on the label of a dozen characters.
    case .pdf417: acceptedShare(words: 20, data: 12, alphabet: 929)
    // ISO/IEC 24778: one layer with the check words that it recommends, 23 % and three.
    case .aztec: acceptedShare(words: 17, data: 10, alphabet: 64)
    default: 1
    }
  }

  /// Sets within which a damaged symbol turns one character into another.
  fileprivate var confusedCharacters: [[Int]] {
    func codes(_ text: String) -> [Int] { text.utf8.map(Int.init) }
    let digits = Array(48...57)
    let capitals = Array(65...90)
    let small = Array(97...122)
    switch self {
    case .code39: return [digits + capitals + codes("-. $/+%")]
    case .itf: return [digits]
    case .codabar: return [digits + codes("-$:/.+ABCD")]
    default: return [digits, capitals, small, (0..<128).filter { !(digits + capitals + small).contains($0) }]
    }
  }
}

/// Of all words of a Reed–Solomon code's length, the share that its decoder takes for a code word with some errors.
private func acceptedShare(words: Int, data: Int, alphabet: Double) -> Double {
  let checks = words - data
  var sum = 0.0
  var ways = 1.0
  for errors in 0...checks / 2 {
    sum += ways
    ways *= Double(words - errors) / Double(errors + 1) * (alphabet - 1)
  }
  for _ in 0..<checks { sum /= alphabet }
  return sum
}

extension GrammarAutomaton {
  /// A class of characters of one kind that lead to the same states everywhere.
  private struct Kindred {
    var kind: Int
    var count: Double
    var targets: [Int?]
  }

  /// Of all changes of one character within its set, in all fitting texts of one length, the share that fits too; the
  /// largest over the lengths. nil: too large to be counted.
  ///
  /// Counts pairs of texts that differ in one place, by states: for each length the texts that lead to a state, and the
  /// pairs that lead to two.
  func changesThatFit(_ sets: [[Int]]) -> Double? {
    guard !isEmpty else { return 0 }
    let kindred = kindred(sets)
    var texts: [Int: Double] = [0: 1]
    var pairs: [[Int]: Double] = [:]
    var largest = 0.0
    for length in 1...MisreadEstimate.lengthMax {
      (texts, pairs) = step(texts, pairs, kindred, sets)
      guard pairs.count <= MisreadEstimate.pairsMax else { return nil }
      if texts.isEmpty { break }
      let fitting = texts.reduce(0) { $0 + (isAccepting[$1.key] ? $1.value : 0) }
      guard fitting > 0 else { continue }
      let changed = pairs.reduce(0) { $0 + ($1.key.allSatisfy { isAccepting[$0] } ? $1.value : 0) }
      largest = max(largest, changed / fitting / Double(length))
    }
    return largest
  }

  private func kindred(_ sets: [[Int]]) -> [Kindred] {
    var found: [Kindred] = []
    for (kind, set) in sets.enumerated() {
      var classes: [[Int?]: Double] = [:]
      for character in set { classes[next.map { $0[character] }, default: 0] += 1 }
      found += classes.map { Kindred(kind: kind, count: $1, targets: $0) }
    }
    return found.filter { $0.targets.contains { $0 != nil } }
  }

  private func step(_ texts: [Int: Double], _ pairs: [[Int]: Double], _ kindred: [Kindred], _ sets: [[Int]])
    -> ([Int: Double], [[Int]: Double])
  {
    var longer: [Int: Double] = [:]
    var longerPairs: [[Int]: Double] = [:]
    for (state, count) in texts {
      for taken in kindred {
        guard let target = taken.targets[state] else { continue }
        longer[target, default: 0] += count * taken.count
        for mistaken in kindred where mistaken.kind == taken.kind {
          guard let other = mistaken.targets[state] else { continue }
          let isSame = mistaken.targets == taken.targets
          let changes = taken.count * (mistaken.count - (isSame ? 1 : 0)) / Double(max(1, sets[taken.kind].count - 1))
          if changes > 0 { longerPairs[[target, other], default: 0] += count * changes }
        }
      }
    }
    for (pair, count) in pairs {
      for taken in kindred {
        guard let first = taken.targets[pair[0]], let second = taken.targets[pair[1]] else { continue }
        longerPairs[[first, second], default: 0] += count * taken.count
      }
    }
    return (longer, longerPairs)
  }
}
