import FoundationEssentials
import Model
import TestSupport
import Testing

@testable import Reading

/// The label entries of the sample site, as they stand in `pipeline.json`.
private struct SampleSite: Decodable {
  struct Entry: Decodable {
    var name: String
    var meaning: LabelMeaning
    var symbologies: [Symbology]
    var pattern: String
    var checks: [LabelCheck]?
    var authority: String?
    var role: LabelRole?
    var gs1: Bool?
  }
  struct Reading: Decodable { var labels: [Entry] }
  var reading: Reading

  static func grammar() throws -> LabelGrammar {
    let site = try JSONDecoder().decode(SampleSite.self, from: Data(readWhole(ProjectFolder.path + "/pipeline.json")))
    return LabelGrammar(
      entries: site.reading.labels.map {
        LabelEntry(
          name: $0.name, meaning: $0.meaning, symbologies: $0.symbologies, pattern: $0.pattern, checks: $0.checks ?? [],
          authority: $0.authority, role: $0.role, gs1: $0.gs1)
      })
  }
}

@Suite struct `Reading: the label grammar` {
  private func reader(showForeignText: Bool = false) throws -> GrammarReader {
    try GrammarReader(SampleSite.grammar(), foreignKey: Array("key".utf8), showForeignText: showForeignText)
  }

  private func label(_ text: String, _ symbology: Symbology = .code128, gs1: Bool = false) throws -> Label {
    try reader().label(
      from: RawLabel(
        symbology: symbology, text: EscapedText(text), isGS1: gs1, quad: Quad(left: 0, top: 0, right: 9, bottom: 9),
        rows: 3),
      origin: .page)
  }

  @Test func `the sample site's labels mean what FORMATS says`() throws {
    #expect(try label("MRN12345674").patientNumber == "12345674")
    #expect(try label("MRN12345674").check == .ok)
    #expect(try label("MRN12345674", .code39).meaning == .patient)
    #expect(try label("ENC5000000017").encounterNumber == "5000000017")
    #expect(try label("DOCCONSENT").typeCode == "CONSENT")
    #expect(try label("PG02OF11").pageNumber.map { [$0.page, $0.of] } == [2, 11])
    #expect(try label("SEPARATOR").meaning == .separator)
    #expect(try label("BATCHWARDROUND").fields == ["header": "WARDROUND"])
    #expect(try label("+/AC13000179 ").patientNumber == "13000179")
    #expect(try label("+/ACMRN12345674Z", .datamatrix).patientNumber == "12345674")
    let gs1 = try label("8018376104250021234569", gs1: true)
    #expect(gs1.patientNumber == "376104250021234569" && gs1.authority == "GS1" && gs1.check == .ok)
  }

  @Test func `a patient label whose check digit is wrong keeps its meaning and fails its check`() throws {
    for text in ["MRN12345675", "+/AC13000179A"] {
      let label = try label(text)
      #expect(label.meaning == .patient && label.check == .failed && !label.isSound)
    }
  }

  @Test(arguments: [
    "mrn12345674", "MRN1234567", "MRN123456744", " MRN12345674", "MRN12345674\n", "MRN١٢٣٤٥٦٧٤", "XMRN12345674", "DOC",
    "DOCa",
    "PG1OF2", "SEPARATORS", "BATCH", "12345674", "8018376104250021234569",
  ])
  func `what only looks like a label of ours is foreign`(text: String) throws { #expect(try label(text).isForeign) }

  @Test func `a symbology that an entry does not name makes a label foreign`() throws {
    #expect(try label("DOCCONSENT", .code39).isForeign)
    #expect(try label("MRN12345674", .itf).isForeign)
  }

  @Test func `of a foreign label only length and keyed hash are kept, unless the site shows foreign texts`() throws {
    let hidden = try label("DRIVER 123")
    #expect(hidden.text == nil && hidden.length == 10 && hidden.hash?.count == 64)
    #expect(try hidden.hash == label("DRIVER 123", .qr).hash)
    #expect(try hidden.hash != label("DRIVER 124").hash)
    let raw = RawLabel(
      symbology: .qr, text: EscapedText("DRIVER 123"), quad: Quad(left: 0, top: 0, right: 1, bottom: 1), rows: 1)
    let shown = try reader(showForeignText: true).label(from: raw, origin: .page)
    #expect(shown.text?.description == "DRIVER 123" && shown.isForeign)
  }

  @Test func `bytes that are no UTF-8 and texts without end are foreign`() throws {
    let quad = Quad(left: 0, top: 0, right: 1, bottom: 1)
    for bytes in [Array("MRN1234567".utf8) + [0xFF], [UInt8](repeating: 65, count: 5000)] {
      let raw = RawLabel(symbology: .qr, text: EscapedText(bytes: bytes), quad: quad, rows: 1)
      let label = try reader().label(from: raw, origin: .page)
      #expect(label.isForeign && label.length == bytes.count)
    }
  }

  @Test func `a patch code has no entry and is not foreign`() throws {
    let label = try label("", .patchT)
    #expect(label.entry == nil && !label.isForeign && label.text?.description == "")
  }

  @Test func `labels of a sidecar go through the same grammar and checks`() throws {
    let reader = try reader()
    let good = reader.label(given: Sidecar.GivenLabel(page: 1, symbology: .code128, text: "MRN12345674"))
    #expect(good.patientNumber == "12345674" && good.origin == .sidecar && good.quad == nil)
    #expect(reader.label(given: Sidecar.GivenLabel(page: 1, symbology: .code128, text: "MRN12345675")).check == .failed)
    #expect(
      reader.label(given: Sidecar.GivenLabel(page: 1, symbology: .code128, text: "8018376104250021234569")).meaning
        == .patient)
  }

  @Test func `an entry may take the authority from the label and be only related`() throws {
    let entry = LabelEntry(
      name: "mother", meaning: .patient, symbologies: [.code128],
      pattern: "MOTHER(?<authority>[A-Z]+):(?<mrn>[0-9]{8})", checks: [LabelCheck(scheme: .luhn, field: "mrn")],
      role: .related)
    let reader = try GrammarReader(LabelGrammar(entries: [entry]), foreignKey: [], showForeignText: false)
    let label = reader.label(given: Sidecar.GivenLabel(page: 1, symbology: .code128, text: "MOTHEREAST:12345674"))
    #expect(
      label.authority == "EAST" && label.fields == ["mrn": "12345674"] && label.role == .related && !label.isSound)
  }

  @Test func `the sample site's grammar has neither errors nor warnings`() throws {
    #expect(try checkGrammar(SampleSite.grammar()) == [])
  }

  @Test func `config check names what a grammar must not do`() {
    func problems(_ entry: LabelEntry) -> [String] {
      checkGrammar(LabelGrammar(entries: [entry])).map { "\($0.severity.rawValue): \($0.message)" }
    }
    var entry = LabelEntry(name: "p", meaning: .patient, symbologies: [.code39], pattern: "MRN(?<mrn>[0-9]{8})")
    #expect(problems(entry).contains { $0.contains("error") && $0.contains("code39 has no checksum") })
    entry.checks = [LabelCheck(scheme: .luhn, field: "mrn")]
    #expect(problems(entry) == [])
    entry.pattern = "(?<mrn>[0-9]{8})"
    #expect(problems(entry).contains { $0.contains("no prefix") })
    entry.pattern = "MRN[0-9]{8}"
    #expect(problems(entry).contains { $0.contains("no group named 'mrn'") })
    entry.pattern = "MRN(?<mrn>[0-9]{8}"
    #expect(problems(entry).contains { $0.contains("no regular expression") })
    entry.pattern = "A|(?<mrn>[0-9]{8})"
    #expect(problems(entry).contains { $0.contains("no prefix") })
    #expect(throws: GrammarError.self) {
      try GrammarReader(
        LabelGrammar(entries: [LabelEntry(name: "x", meaning: .type, symbologies: [.qr], pattern: "(")]),
        foreignKey: [],
        showForeignText: false)
    }
  }

  @Test func `two entries that one text may fit are a warning`() {
    let first = LabelEntry(name: "a", meaning: .type, symbologies: [.qr], pattern: "DOC(?<type>[A-Z]+)")
    let second = LabelEntry(
      name: "b", meaning: .header, symbologies: [.qr, .aztec], pattern: "DOCBATCH(?<header>[A-Z]+)")
    #expect(checkGrammar(LabelGrammar(entries: [first, second])).map(\.severity) == [.warning])
  }
}
