import Model
import Testing

@testable import Reading

@Suite struct `Reading: what a pattern can match` {
  private func automaton(_ pattern: String) throws -> GrammarAutomaton {
    try #require(GrammarAutomaton(GrammarExpression(pattern)))
  }

  private func fits(_ automaton: GrammarAutomaton, _ text: String) -> Bool {
    guard !automaton.isEmpty else { return false }
    var state = 0
    for scalar in text.unicodeScalars {
      guard let next = automaton.next[state][min(Int(scalar.value), 128)] else { return false }
      state = next
    }
    return automaton.isAccepting[state]
  }

  private static let patterns = [
    "MRN(?<mrn>[0-9]{8})", "\\+/AC(?:MRN)?(?<mrn>[0-9]{8})[0-9A-Z\\-. $/+%]", "8018(?<gsrn>[0-9]{18})\\x1D?", "a|bc|",
    "(?P<type>[^A-C\\d]{1,3}?)x*", "^A+.B?$", "\\u{41}\\s\\w\\D", "(ab|a)(c|bcd)*", "[\\]\\-x-z]+", "x{2,}", "(?:a*)*b",
    "SEPARATOR",
    "\\S\\W[.]", "a{0}b",
  ]
  private static let texts = [
    "", "a", "b", "bc", "abc", "abcd", "abbcdc", "MRN12345674", "MRN1234567", "+/AC13000179 ", "+/ACMRN12345674Z",
    "+/ACMRN12345674!", "8018376104250021234569", "8018376104250021234569\u{1D}", "D", "DEFxx", "D1", "A", "AAB",
    "AA\nB",
    "AéB",
    "A _x", "A\t9z", "A a1", "]-xyz", "xx", "x", "xxxxx", "aab", "SEPARATOR", "SEPARATORS", "é!.", "a .", "é", "w",
    "\u{0B}",
  ]

  @Test(arguments: patterns)
  func `the automaton fits exactly the texts that the regular expression fits`(pattern: String) throws {
    let automaton = try automaton(pattern)
    let regex = try GrammarPattern(pattern)
    for text in Self.texts {
      #expect(fits(automaton, text) == (regex.fields(in: text, names: []) != nil), "\(text.debugDescription)")
    }
  }

  @Test(arguments: [
    "\\bMRN", "(?i)mrn", "(a)\\1", "a++", "(?=a)b", "(?<=a)b", "[a&&b]", "[[:alpha:]]", "\\p{L}", "é", "a$b", "x{5000}",
    "(?>a)", "[a-", "(a", "a)", "{2}",
  ])
  func `what it does not know is refused, never guessed`(pattern: String) {
    #expect(throws: GrammarExpression.Refusal.self) { try GrammarExpression(pattern) }
  }

  @Test(arguments: [
    ("MRN(?<mrn>[0-9]{8})", ["MRN"]), ("(?:MRN|PID)-?(?<mrn>[0-9]{8})", ["MRN-", "MRN", "PID-", "PID"]),
    ("(?<mrn>[0-9]{8})", [""]), ("A|(?<mrn>[0-9]{8})", ["", "A"]), ("(?:MRN)?[0-9]", ["", "MRN"]),
    ("M{3}[0-9]", ["MMM"]),
    ("M+[0-9]", ["M"]), ("[MN]R", ["MR", "NR"]), ("\\+/AC.", ["+/AC"]), ("M*x", ["M", "x"]),
  ])
  func `the fixed beginnings are found through groups, alternatives and repetitions`(
    pattern: String, expected: [String]
  )
    throws
  {
    let found = Set(try GrammarExpression(pattern).beginnings)
    #expect(found.contains("") == expected.contains(""))
    if !expected.contains("") { #expect(found == Set(expected)) }
  }

  @Test(arguments: [
    ("DOC[A-Z]{2,12}", "DOCBATCH[A-Z]+", "DOCBATCHA"), ("MRN[0-9]{8}", "[A-Z]{3}[0-9]+", "MRN00000000"),
    ("(?:ab)*", "(?:aba|b)+", "abab"), ("[0-9]{3,5}", "[1-9][0-9]{4}", "10000"), ("X.", "X[^A-Z0-9a-z]", "X!"),
  ])
  func `two patterns that share a text are shown a shortest one`(first: String, second: String, text: String) throws {
    guard case .text(let found) = try automaton(first).commonText(with: automaton(second)) else {
      Issue.record("none found")
      return
    }
    for pattern in [first, second] {
      #expect(try GrammarPattern(pattern).fields(in: found, names: []) != nil, "\(pattern) and \(found)")
    }
    #expect(found.count <= text.count)
  }

  @Test(arguments: [
    ("MRN[0-9]{8}", "ENC[0-9]{8}"), ("MRN[0-9]{8}", "MRN[0-9]{7}"), ("(?:aa)+", "a(?:aa)*"), ("[^x]+", ".*x.*"),
  ])
  func `two patterns that share none are told apart, whatever their prefixes`(first: String, second: String) throws {
    #expect(try automaton(first).commonText(with: automaton(second)) == .none)
  }

  @Test func `an automaton that would be huge is not built`() throws {
    #expect(GrammarAutomaton(try GrammarExpression("(?:[ab]{1,900}){1,900}")) == nil)
    #expect(GrammarAutomaton(try GrammarExpression("[ab]*a[ab]{20}")) == nil)
  }
}

@Suite struct `Reading: undetected misreads` {
  private func estimates(_ pattern: String, _ symbologies: [Symbology], _ schemes: [LabelCheck.Scheme] = []) throws
    -> [MisreadEstimate]
  {
    let entry = LabelEntry(
      name: "x", meaning: .type, symbologies: symbologies, pattern: pattern,
      checks: schemes.map { LabelCheck(scheme: $0) })
    return try #require(MisreadEstimate.estimates(of: entry))
  }

  private func isNear(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 / b - 1) < 1e-9 } ?? false }

  @Test func `a number behind a prefix is counted by hand`() throws {
    let found = try estimates("MRN(?<mrn>[0-9]{8})", [.code128, .code39, .itf], [.luhn])
    #expect(found.map(\.symbology) == [.code39, .code128, .itf])
    // Code 39: a changed digit, 8 places of 11, is one of 42 other characters, 9 of them digits.
    #expect(isNear(found[0].format, 8.0 / 11 * 9 / 42) && found[0].ownCheck == 1)
    #expect(isNear(found[0].oneIn, 10 * 11 * 42 / (8.0 * 9)))
    // Code 128 packs digits in pairs, so that a digit stays one; a letter of the prefix never fits.
    #expect(isNear(found[1].format, 8.0 / 11) && isNear(found[1].oneIn, 103 * 10 * 11 / 8.0))
    // Interleaved 2 of 5 has no letters.
    #expect(found[2].format == 0 && found[2].oneIn == nil)
  }

  @Test func `the length that is the weakest counts`() throws {
    // Prefix of 3 and up to 12 letters or digits; a capital is taken for a capital, a digit for a digit: all fit.
    #expect(isNear(try estimates("DOC[A-Z0-9]{2,12}", [.qr])[0].format, 12.0 / 15))
    #expect(try estimates("SEPARATOR", [.code128])[0].oneIn == nil)
    #expect(isNear(try estimates("[0-9]+", [.itf])[0].oneIn, 1))
  }

  @Test func `own checks are the sums that the standards' sizes give`() throws {
    // 10 × 10 Data Matrix: 8 words, 5 of them checks, 2 errors corrected.
    let words = 1 + 8 * 255 + 28 * 255 * 255.0
    #expect(isNear(Symbology.datamatrix.ownCheckShare, words / 1_099_511_627_776))
    for symbology in [Symbology.qr, .pdf417, .aztec] {
      #expect((1e-10...1e-4).contains(symbology.ownCheckShare), "\(symbology)")
    }
  }

  @Test func `a pattern that cannot be taken apart has no estimate`() {
    let entry = LabelEntry(name: "x", meaning: .type, symbologies: [.qr], pattern: "\\bDOC(?<type>[A-Z]+)")
    #expect(MisreadEstimate.estimates(of: entry) == nil)
  }
}
