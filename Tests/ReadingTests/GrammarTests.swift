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

  // MARK: config check

  private func problems(_ entries: LabelEntry...) -> [String] {
    checkGrammar(LabelGrammar(entries: entries)).map { "\($0.severity.rawValue): \($0.message)" }
  }

  private func patient(
    _ pattern: String, _ symbologies: [Symbology] = [.code128], _ checks: [LabelCheck] = [], gs1: Bool? = nil,
    zone: LabelZone? = nil, forms: [String] = []
  ) -> LabelEntry {
    LabelEntry(
      name: "p", meaning: .patient, symbologies: symbologies, pattern: pattern, checks: checks, gs1: gs1, zone: zone,
      forms: forms)
  }

  @Test(arguments: [Symbology.code39, .itf, .codabar])
  func `a symbology without a checksum carries a patient only with a check digit over the number`(symbology: Symbology)
  {
    let pattern = "8#(?<mrn>[0-9]{8})(?<ward>[0-9]{2})"
    let refusal = "\(symbology.rawValue) has no checksum"
    #expect(problems(patient(pattern, [.qr, symbology])).contains { $0.contains("error") && $0.contains(refusal) })
    let besides = [LabelCheck(scheme: .luhn, field: "ward")]
    #expect(problems(patient(pattern, [symbology], besides)).contains { $0.contains(refusal) })
    for field in ["mrn", nil] {
      #expect(problems(patient(pattern, [symbology], [LabelCheck(scheme: .luhn, field: field)])) == [])
    }
    #expect(problems(patient(pattern, [.code128, .datamatrix, .qr, .pdf417, .aztec])) == [])
  }

  @Test(arguments: [
    "(?<mrn>[0-9]{8})", "A|(?<mrn>[0-9]{8})", "(?:MRN)?(?<mrn>[0-9]{8})", "[A-Z](?<mrn>[0-9]{7})",
    "(?<mrn>[0-9]{8})MRN",
    "80(?<mrn>[0-9]{6})", "(?:MRN|80)(?<mrn>[0-9]{6})", "\\bMRN(?<mrn>[0-9]{8})",
  ])
  func `a patient's text that could be anything's is refused without a zone or a form`(pattern: String) {
    let found = problems(patient(pattern)).filter { $0.hasPrefix("error") }
    #expect(found.count == 1 && found[0].contains("prefix"), "\(found)")
    let zone = LabelZone(left: 0.5, top: 0, right: 1, bottom: 0.25)
    #expect(problems(patient(pattern, zone: zone)).filter { $0.hasPrefix("error") } == [])
    #expect(problems(patient(pattern, forms: ["LAB"])).filter { $0.hasPrefix("error") } == [])
  }

  @Test func `a prefix may be one of several, and digits where they are an application identifier`() {
    #expect(problems(patient("(?:MRN|P[12]-)(?<mrn>[0-9]{8})")) == [])
    #expect(problems(patient("8018(?<gsrn>[0-9]{18})", gs1: true)) == [])
    #expect(problems(patient("8018(?<gsrn>[0-9]{18})")).contains { $0.contains("bare number") })
  }

  @Test func `config check names what a grammar must not do`() {
    #expect(problems(patient("MRN[0-9]{8}")).contains { $0.contains("no group named 'mrn'") })
    #expect(problems(patient("MRN(?<mrn>[0-9]{8}")).contains { $0.contains("no regular expression") })
    let nowhere = LabelZone(left: 0.5, top: 0.5, right: 0.5, bottom: 1)
    #expect(problems(patient("MRN(?<mrn>[0-9]{8})", zone: nowhere)).contains { $0.contains("zone is no part") })
    let type = LabelEntry(name: "t", meaning: .type, symbologies: [.qr], pattern: "DOC(?<type>[A-Z]+)", forms: ["LAB"])
    #expect(problems(type).contains { $0.contains("cannot depend on the form") })
    #expect(throws: GrammarError.self) {
      try GrammarReader(
        LabelGrammar(entries: [LabelEntry(name: "x", meaning: .type, symbologies: [.qr], pattern: "(")]),
        foreignKey: [],
        showForeignText: false)
    }
  }

  @Test func `two entries that one text may fit are a warning with such a text`() {
    let type = LabelEntry(name: "a", meaning: .type, symbologies: [.qr], pattern: "DOC(?<type>[A-Z]+)")
    var other = LabelEntry(
      name: "b", meaning: .type, symbologies: [.qr, .aztec], pattern: "DOCBATCH(?<type>[A-Z]+)", gs1: true)
    let found = problems(type, other)
    #expect(found.count == 1 && found[0].hasPrefix("warning: entry 'b'") && found[0].contains("\"DOCBATCHA\" fits 'a'"))
    other.symbologies = [.aztec]
    #expect(problems(type, other) == [])
    other.symbologies = [.qr]
    // A prefix that begins another is no overlap where the rest cannot be the same.
    other.pattern = "DOC(?<type>[0-9]+)"
    #expect(problems(type, other) == [])
  }

  @Test func `entries whose zones lie apart do not overlap`() {
    var first = patient("(?<mrn>[0-9]{8})", zone: LabelZone(left: 0, top: 0, right: 1, bottom: 0.2))
    var second = first
    second.name = "q"
    second.zone?.top = 0.1
    #expect(problems(first, second).count == 1)
    first.zone?.bottom = 0.05
    #expect(problems(first, second) == [])
  }

  @Test func `where it cannot be told whether two overlap, config check says so`() {
    let type = LabelEntry(name: "a", meaning: .type, symbologies: [.qr], pattern: "(?i:doc)(?<type>[A-Z]+)")
    #expect(problems(type).map { $0.contains("cannot be told") && $0.contains("(?") } == [true])
    let large = LabelEntry(name: "a", meaning: .type, symbologies: [.qr], pattern: "(?<type>(?:[A-Z]{1,900}){900})")
    #expect(problems(large).map { $0.contains("too large") } == [true])
    let none = LabelEntry(name: "a", meaning: .type, symbologies: [.qr], pattern: "(?<type>[^\\x00-\\x7F])")
    #expect(problems(none) == [])
  }
}
