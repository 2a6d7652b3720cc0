import Model
import Testing

@testable import Reading

/// Zones and forms: which labels count depends on the page that they stand on.
@Suite struct `Reading: where a label may stand` {
  /// A bare number with a check digit, a patient's only at the upper right; one that counts only on consents; type labels.
  private static func grammar(zone: LabelZone? = upperRight, forms: [String] = []) -> LabelGrammar {
    LabelGrammar(entries: [
      LabelEntry(
        name: "bare", meaning: .patient, symbologies: [.code128], pattern: "(?<mrn>[0-9]{8})",
        checks: [LabelCheck(scheme: .luhn, field: "mrn")], zone: zone, forms: forms),
      LabelEntry(name: "type", meaning: .type, symbologies: [.qr], pattern: "DOC(?<type>[A-Z]+)"),
    ])
  }
  private static let upperRight = LabelZone(left: 0.5, top: 0, right: 1, bottom: 0.25)

  /// A label whose middle stands at these shares of the stored page of 1000 × 2000, and which lies turned like the page.
  private func raw(_ text: String, _ x: Double, _ y: Double, _ symbology: Symbology = .code128, turn: Int = 0)
    -> RawLabel
  {
    let (cx, cy) = (Int(x * 1000), Int(y * 2000))
    let corners = [Point(cx - 20, cy - 10), Point(cx + 20, cy - 10), Point(cx + 20, cy + 10), Point(cx - 20, cy + 10)]
    let tall = [Point(cx - 10, cy - 20), Point(cx + 10, cy - 20), Point(cx + 10, cy + 20), Point(cx - 10, cy + 20)]
    let c: [Point]
    switch turn {
    case 90: c = [tall[3], tall[0], tall[1], tall[2]]
    case 180: c = [corners[2], corners[3], corners[0], corners[1]]
    case 270: c = [tall[1], tall[2], tall[3], tall[0]]
    default: c = corners
    }
    let quad = Quad(c[0], c[1], c[2], c[3])
    precondition(quad.turn == turn)
    return RawLabel(symbology: symbology, text: EscapedText(text), quad: quad, rows: 3)
  }

  private func labels(
    _ raw: [RawLabel], given: [Sidecar.GivenLabel] = [], _ grammar: LabelGrammar = Self.grammar(), tag: Int? = nil,
    mirrored: Bool = false, hasPage: Bool = true
  ) throws -> [Label] {
    let page = GrammarPage(width: 1000, height: 2000) { labels in
      let turns = Set(labels.filter { $0.meaning == .type }.compactMap { $0.quad?.turn })
      return (turns.count == 1 ? turns.first : tag, mirrored)
    }
    return try GrammarReader(grammar, foreignKey: [], showForeignText: false)
      .labels(from: raw, given: given, on: hasPage ? page : nil)
  }

  @Test func `a number in its zone is a patient's, and the same number elsewhere is foreign`() throws {
    let found = try labels([raw("12345674", 0.75, 0.1), raw("12345674", 0.75, 0.9)], tag: 0)
    #expect(found[0].patientNumber == "12345674" && found[0].check == .ok)
    #expect(found[1].isForeign && found[1].text == nil && found[1].length == 8)
  }

  @Test(arguments: [(0, 0.75, 0.1), (90, 0.1, 0.25), (180, 0.25, 0.9), (270, 0.9, 0.75)])
  func `the zone is of the page as a viewer sees it`(turn: Int, x: Double, y: Double) throws {
    // The place that a turn clockwise brings to the upper right.
    let type = raw("DOCLAB", 0.5, 0.5, .qr, turn: turn)
    #expect(try labels([type, raw("12345674", x, y)])[1].meaning == .patient)
    for (otherX, otherY) in [(0.75, 0.1), (0.1, 0.25), (0.25, 0.9), (0.9, 0.75)] where otherX != x {
      #expect(try labels([type, raw("12345674", otherX, otherY)])[1].isForeign)
    }
  }

  @Test func `on a page that lies nobody knows how, the zone may be in any turn`() throws {
    for (x, y) in [(0.75, 0.1), (0.1, 0.25), (0.25, 0.9), (0.9, 0.75)] {
      #expect(try labels([raw("12345674", x, y)])[0].meaning == .patient)
    }
    #expect(try labels([raw("12345674", 0.5, 0.5)])[0].isForeign)
  }

  @Test func `a mirrored page is flipped before it is turned`() throws {
    #expect(try labels([raw("12345674", 0.25, 0.1)], tag: 0, mirrored: true)[0].meaning == .patient)
    #expect(try labels([raw("12345674", 0.75, 0.1)], tag: 0, mirrored: true)[0].isForeign)
    // Flipped to (0.9, 0.25), then turned clockwise to (0.75, 0.9); anticlockwise to (0.25, 0.1).
    #expect(try labels([raw("12345674", 0.9, 0.25)], tag: 90, mirrored: true)[0].meaning == .patient)
  }

  @Test func `a label outside its own zone says nothing about how the page lies`() throws {
    var grammar = Self.grammar()
    grammar.entries[1].zone = LabelZone(left: 0, top: 0.8, right: 1, bottom: 1)
    // Read upside down it would stand at the top, where no type label stands, so the tag holds.
    let found = try labels([raw("DOCLAB", 0.5, 0.95, .qr, turn: 180), raw("12345674", 0.75, 0.1)], grammar, tag: 0)
    #expect(found[1].meaning == .patient)
  }

  @Test func `where nothing is known of the page, and in a sidecar, an entry with a zone fits nothing`() throws {
    #expect(try labels([raw("12345674", 0.75, 0.1)], hasPage: false)[0].isForeign)
    let given = Sidecar.GivenLabel(page: 1, symbology: .code128, text: "12345674")
    #expect(try labels([], given: [given], tag: 0)[0].isForeign)
    let reader = try GrammarReader(Self.grammar(), foreignKey: [], showForeignText: false)
    #expect(reader.label(given: given).isForeign)
    #expect(reader.label(from: raw("12345674", 0.75, 0.1), origin: .page).isForeign)
  }

  @Test func `what stands outside its zone may fit a later entry`() throws {
    var grammar = Self.grammar()
    grammar.entries.append(
      LabelEntry(name: "any", meaning: .header, symbologies: [.code128], pattern: "(?<header>[0-9]{8})"))
    #expect(try labels([raw("12345674", 0.1, 0.9)], grammar, tag: 0)[0].entry == "any")
  }

  @Test func `an entry of a form counts only beside that form's type label`() throws {
    let grammar = Self.grammar(zone: nil, forms: ["CONSENT", "LAB"])
    let number = raw("12345674", 0.1, 0.9)
    #expect(try labels([number], grammar)[0].isForeign)
    #expect(try labels([number, raw("DOCREFERRAL", 0.5, 0.5, .qr)], grammar)[0].isForeign)
    #expect(try labels([number, raw("DOCLAB", 0.5, 0.5, .qr)], grammar)[0].meaning == .patient)
    let given = Sidecar.GivenLabel(page: 1, symbology: .qr, text: "DOCLAB")
    #expect(try labels([number], given: [given], grammar)[0].meaning == .patient)
    #expect(
      try labels([], given: [given, .init(page: 1, symbology: .code128, text: "12345674")], grammar)[1].meaning
        == .patient)
  }

  @Test func `a type label outside its zone makes no form`() throws {
    var grammar = Self.grammar(zone: nil, forms: ["LAB"])
    grammar.entries[1].zone = LabelZone(left: 0, top: 0.8, right: 1, bottom: 1)
    let number = raw("12345674", 0.1, 0.5)
    #expect(try labels([number, raw("DOCLAB", 0.5, 0.9, .qr)], grammar, tag: 0)[0].meaning == .patient)
    #expect(try labels([number, raw("DOCLAB", 0.5, 0.1, .qr)], grammar, tag: 0)[0].isForeign)
  }
}
