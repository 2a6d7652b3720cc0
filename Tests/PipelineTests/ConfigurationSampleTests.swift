import Model
import Testing

@testable import Pipeline

@Suite struct `The sample site` {
  let sample: Configuration

  init() throws { sample = try loadConfiguration(bytes: projectFile("pipeline.json")) }

  @Test func `where it says nothing of its own it has the defaults`() {
    var expected = Configuration()
    expected.facility.systems = sample.facility.systems
    expected.reading.labels = sample.reading.labels
    expected.documentTypes = sample.documentTypes
    expected.stations = sample.stations
    #expect(sample == expected)
  }

  @Test func `it shows every key that has a default at the top of the file`() throws {
    let file = try JSONParser.parse(projectFile("pipeline.json"))
    // Without `operators` every verb is allowed; the sample is such a site.
    for key in configurationKeys where !key.path.contains("*") && !key.path.contains("[]") && key.path != "operators" {
      let value = key.path.split(separator: ".").reduce(file as JSONValue?) { $0?[String($1)] }
      #expect(value != nil, "\(key.path)")
    }
  }

  @Test func `its document types have the LOINC codes and limits of the sample`() {
    #expect(
      sample.documentTypes.mapValues(\.loinc) == [
        "CONSENT": "59284-0", "HP": "34117-2", "DISCHARGE": "18842-5", "PROGRESS": "11506-3", "OPNOTE": "11504-8",
        "LAB": "11502-2",
        "REFERRAL": "57133-1", "IDCARD": "64290-0", "DOWNTIME": "51851-4",
      ])
    let every = sample.documentTypes.filter { $0.value.typeLabelOn == .every }.keys
    #expect(every.sorted() == ["CONSENT", "DISCHARGE", "HP", "OPNOTE"])
    #expect(
      sample.documentTypes.compactMapValues(\.pagesMax) == [
        "IDCARD": 4, "CONSENT": 12, "OPNOTE": 20, "HP": 20, "DISCHARGE": 30, "PROGRESS": 100, "LAB": 100,
      ])
  }

  @Test func `its stations differ in one thing each, and a folder that nobody listed is like default`() {
    #expect(sample.stations["ward-3"] == Station(duplex: true))
    #expect(sample.stations["archive-room"] == Station(batches: .folder))
    #expect(sample.stations["hand-scanner"] == Station(sidecar: .required))
    #expect(sample.stations["id-desk"] == Station(typeDefault: "IDCARD"))
    #expect(sample.stations["strict"] == Station(labelOn: .page))
    #expect(sample.station(named: EscapedText("a new folder")) == sample.stations["default"])
  }

  @Test(
    arguments: [
      ("MRN12345674", "patient"), ("+/AC13000179 ", "patient-hibc"), ("+/ACMRN12345674%", "patient-hibc"),
      ("8018376104250021234569", "patient-gs1"), ("8018376104250021234569\u{1D}", "patient-gs1"),
      ("ENC5000000082", "encounter"),
      ("DOCCONSENT", "type"), ("PG01OF03", "page"), ("SEPARATOR", "separator"), ("BATCHWARDROUND", "header"),
    ])
  func `each label of the sample fits one entry`(text: String, entry: String) throws {
    let fitting = try sample.reading.labels.filter { try Regex($0.pattern).wholeMatch(in: text) != nil }
    #expect(fitting.map(\.name) == [entry])
  }

  @Test(
    arguments: [
      "MRN1234567", "MRN123456789", "mrn12345674", " MRN12345674", "MRN12345674 ", "MRN12345674\n", "MRN１２３４５６７４",
      "ENC123456789",
      "DOC", "DOCA", "DOCABCDEFGHIJKLM", "DOCa1", "PG1OF3", "SEPARATORS", "BATCH", "BATCHABCDEFGHIJKLMNOPQRSTU",
      "+/AC12345674",
      "8018376104250021234569X", "",
    ])
  func `a text that only resembles a label fits none`(text: String) throws {
    #expect(try sample.reading.labels.allSatisfy { try Regex($0.pattern).wholeMatch(in: text) == nil })
  }

  @Test func `patients and encounters come in six symbologies, the rest not in Code 39, and numbers have checks`() {
    for entry in sample.reading.labels {
      #expect(
        entry.symbologies.contains(.code39) == (["patient", "patient-hibc", "encounter"].contains(entry.name)),
        "\(entry.name)")
      #expect(entry.checks.isEmpty != [.patient, .encounter].contains(entry.meaning), "\(entry.name)")
    }
  }
}
