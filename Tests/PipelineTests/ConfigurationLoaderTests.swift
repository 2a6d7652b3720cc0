import Model
import System
import Testing
import TestSupport

@testable import Pipeline

@Suite struct `Loading a configuration` {
  @Test func `an empty file means the defaults`() throws {
    #expect(try load("{}") == Configuration())
  }

  @Test func `what a file leaves out has its default, also inside sections, stations, types and labels`() throws {
    let loaded = try load(
      """
      {"claiming": {"settleSeconds": 0.5}, "stations": {"ward 3": {"duplex": true}, "x": {}},
       "documentTypes": {"HP": {"name": "H&P", "loinc": "34117-2"}},
       "reading": {"labels": [{"name": "p", "meaning": "patient", "symbologies": ["qr"], "pattern": "P(?<mrn>[0-9]+)"}]}}
      """)
    var expected = Configuration()
    expected.claiming.settleSeconds = 0.5
    expected.stations = ["ward 3": Station(duplex: true), "x": Station()]
    expected.documentTypes = ["HP": DocumentType(name: "H&P", loinc: "34117-2")]
    expected.reading.labels = [LabelEntry(name: "p", meaning: .patient, symbologies: [.qr], pattern: "P(?<mrn>[0-9]+)")]
    #expect(loaded == expected)
  }

  @Test func `a list replaces the default list`() throws {
    #expect(try load(#"{"claiming": {"ignore": ["*.bak"], "drop": ["a", "/b"]}}"#).claiming.ignore == ["*.bak"])
  }

  @Test func `null stands for none where a key may be without a value`() throws {
    let loaded = try load(
      #"{"documentTypes": {"HP": {"name": "x", "loinc": "34117-2", "pagesMax": null, "labelOn": null}}, "stations": {"a": {"typeDefault": null}}}"#
    )
    #expect(loaded.documentTypes["HP"] == DocumentType(name: "x", loinc: "34117-2"))
    #expect(loaded.stations["a"] == Station())
  }

  @Test func `a whole number may be written with a decimal point`() throws {
    #expect(try load(#"{"limits": {"workers": 2.0, "batchesInHandMax": 1e1}}"#).limits.batchesInHandMax == 10)
  }

  @Test(
    arguments: [
      (#"{"claiming": {"setleSeconds": 5}}"#, "$.claiming.setleSeconds: unknown key; did you mean settleSeconds?"),
      (#"{"claimin": {}}"#, "$.claimin: unknown key; did you mean claiming?"),
      (#"{"Claiming": {}}"#, "$.Claiming: unknown key; did you mean claiming?"),
      (
        #"{"stations": {"ward 3": {"dupelx": true}}}"#,
        #"$.stations["ward 3"].dupelx: unknown key; did you mean duplex?"#
      ),
      (#"{"settleSeconds": 5}"#, "$.settleSeconds: unknown key here; did you mean claiming.settleSeconds?"),
      (
        #"{"indexing": {"zzzzzzzzzzzzzzzz": 1}}"#,
        "$.indexing.zzzzzzzzzzzzzzzz: unknown key; the nearest is duplicateDays, and all are: "
          + "requireKnownEncounter, labelOverLabelMillimetres, patientsAgeHoursMax, duplicateDays"
      ),
      (
        #"{"reading": {"labels": [{"name": "a", "meaning": "type", "symbologies": ["qr"], "pattern": "D(?<type>A)", "chekcs": []}]}}"#,
        "$.reading.labels[0].chekcs: unknown key; did you mean checks?"
      ),
    ])
  func `an unknown key is an error that names the nearest`(text: String, message: String) {
    #expect(onlyProblem(in: text) == message)
  }

  @Test(
    arguments: [
      (
        #"{"claiming": {"settleSeconds": "5"}}"#,
        #"$.claiming.settleSeconds: must be a number from 0 to 3600 (seconds), not "5""#
      ),
      (
        #"{"claiming": {"settleSeconds": -1}}"#,
        "$.claiming.settleSeconds: must be a number from 0 to 3600 (seconds), not -1"
      ),
      (
        #"{"claiming": {"settleSeconds": 1e999}}"#,
        "$.claiming.settleSeconds: must be a number from 0 to 3600 (seconds), not 1e999"
      ),
      (#"{"limits": {"workers": 1.5}}"#, "$.limits.workers: must be a whole number from 0 to 256 (processes), not 1.5"),
      (
        #"{"claiming": {"originals": null}}"#,
        "$.claiming.originals: must be a path of 1 to 4095 bytes without control characters; relative paths start at the "
          + "configuration file, not null (leave the key out for its default)"
      ),
      (#"{"claiming": []}"#, "$.claiming: must be an object, not a list"),
      (#"[]"#, "$: must be an object, not a list"),
      (#"{"stations": {"a": true}}"#, "$.stations.a: must be an object, not true or false"),
      (
        #"{"stations": {"a": {"batches": "Folder"}}}"#,
        #"$.stations.a.batches: must be one of "file", "folder", not "Folder""#
      ),
      (
        #"{"documentTypes": {"HP": {"name": "x", "loinc": "34117-3"}}}"#,
        #"$.documentTypes.HP.loinc: must be a LOINC code with its check digit, such as 59284-0, not "34117-3""#
      ),
      (
        #"{"documentTypes": {"HP": {"loinc": "34117-2"}}}"#,
        "$.documentTypes.HP: name is missing; it must be a text of 1 to 200 bytes without control characters"
      ),
      (
        #"{"documentTypes": {"h&p": {"name": "x", "loinc": "34117-2"}}}"#,
        #"$.documentTypes["h&p"]: the name of the entry must be a document type code: 2 to 12 of A–Z and 0–9"#
      ),
      (
        #"{"reading": {"labels": [{"name": "a", "meaning": "type", "symbologies": [], "pattern": "D(?<type>A)"}]}}"#,
        "$.reading.labels[0].symbologies: must be a list of at least 1 values, each one of \"code128\", \"code39\", \"itf\", "
          + "\"codabar\", \"datamatrix\", \"qr\", \"pdf417\", \"aztec\", not an empty list"
      ),
      (
        #"{"claiming": {"drop": ["var/drop", ""]}}"#,
        "$.claiming.drop[1]: must be a path of 1 to 4095 bytes without control characters; relative paths start at the "
          + #"configuration file, not """#
      ),
      (
        #"{"index": "postgres://db"}"#,
        #"$.index: must be "sqlite:" and the path of a file; relative paths start at the configuration file, not "postgres://db""#
      ),
    ])
  func `a wrong value is refused with its path, its unit and what is allowed`(text: String, message: String) {
    #expect(onlyProblem(in: text) == message)
  }

  @Test(arguments: ["a/b", "", ".", "..", ".hidden", "a\\nb", "a\\u0000"])
  func `a station that no folder could be is refused`(name: String) {
    #expect(problems(in: "{\"stations\": {\"\(name)\": {}}}").count == 1)
  }

  @Test(arguments: ["ward 3", "Empfang", "受付", "a.b", "$x", "it's"])
  func `any other text may name a station`(name: String) throws {
    #expect(try load("{\"stations\": {\"\(name)\": {\"duplex\": true}}}").station(named: EscapedText(name)).duplex)
  }

  @Test func `every problem is told, not only the first`() {
    let found = problems(
      in:
        #"{"schema": "chartroom.configuration/1", "limits": {"workers": -1, "wrokers": 2}, "decoding": {"pixelsMax": "x"}, "claims": {}}"#
    )
    #expect(found.map(\.path) == ["$.limits.workers", "$.limits.wrokers", "$.decoding.pixelsMax", "$.claims"])
  }

  @Test func `a newer schema is refused without looking further`() {
    #expect(
      onlyProblem(in: #"{"schema": "chartroom.configuration/2", "new": 1}"#)
        == "$.schema: version 2 is newer than this release knows (chartroom.configuration/1); install a newer chartroom"
    )
    #expect(onlyProblem(in: #"{"schema": "chartroom.manifest/1"}"#).contains("must be \"chartroom.configuration/1\""))
    #expect(problems(in: #"{"schema": 1}"#).count == 1)
  }

  @Test func `what is not JSON is refused with line and column`() {
    #expect(
      onlyProblem(in: "{\n  \"a\": 1,\n}") == "$: line 3, column 1: not JSON: a key in quotation marks is expected")
  }

  @Test func `more than 4 MiB is refused before it is read`() {
    #expect(throws: ConfigurationError.self) {
      try loadConfiguration(bytes: Array(repeating: UInt8(ascii: " "), count: configurationBytesMax + 1))
    }
  }

  @Test(
    arguments: [
      (#"{"claiming": {"claimed": "var/drop/claimed"}}"#, "$.claiming.claimed"),
      (#"{"claiming": {"claimed": "./var//drop/../drop"}}"#, "$.claiming.claimed"),
      (#"{"claiming": {"drop": ["."]}}"#, "$.claiming.claimed"),
      (#"{"claiming": {"drop": ["in", "in/front"]}}"#, "$.claiming.drop[1]"),
      (#"{"manifesting": {"manifests": "var/archive"}}"#, "$.manifesting.manifests"),
      (#"{"index": "sqlite:var/journal.sqlite"}"#, "$.index"),
    ])
  func `a folder within another, or two that are one, are refused`(text: String, path: String) {
    #expect(problems(in: text).map(\.path).contains(path))
  }

  @Test func `a station's type must be in the table`() {
    let text =
      #"{"documentTypes": {"IDCARD": {"name": "x", "loinc": "64290-0"}}, "stations": {"a": {"typeDefault": "IDCRAD"}}}"#
    #expect(onlyProblem(in: text) == "$.stations.a.typeDefault: IDCRAD is not in documentTypes; did you mean IDCARD?")
  }

  @Test func `a time zone must be one that the machine knows, where it knows any`() throws {
    let folder = TemporaryFolder()
    let zones = ZoneNames(folder: folder.path.appending("zoneinfo"))
    var configuration = Configuration()
    configuration.facility.timeZone = "Europe/Berlni"
    #expect(inconsistencies(of: configuration, zones: zones) == [], "it knows none")
    for name in ["zoneinfo", "zoneinfo/Europe"] { try Files.makeFolder(folder.path.appending(name)) }
    try Files.write(zones.folder.appending("Europe/Berlin"), Array("TZif2".utf8))
    let lines = "# version 2025b\nZ Europe/Berlin 0:53:28 - LMT 1893 Ap\n1 E CE%sT 1945\nL Etc/UTC UTC\n"
    try Files.write(zones.folder.appending("tzdata.zi"), Array(lines.utf8))
    #expect(
      inconsistencies(of: configuration, zones: zones).map(\.description) == [
        "$.facility.timeZone: Europe/Berlni is no time zone that this machine knows; the nearest is Europe/Berlin"
      ])
    for good in ["Europe/Berlin", "UTC"] {
      configuration.facility.timeZone = good
      #expect(inconsistencies(of: configuration, zones: zones) == [])
    }
    configuration.facility.timeZone = "Europe"
    #expect(inconsistencies(of: configuration, zones: zones).count == 1)
  }

  @Test func `two label entries cannot share a name`() {
    let entry = #"{"name": "p", "meaning": "separator", "symbologies": ["qr"], "pattern": "S"}"#
    #expect(
      onlyProblem(in: "{\"reading\": {\"labels\": [\(entry), \(entry)]}}")
        == "$.reading.labels[1].name: p is $.reading.labels[0] already")
  }

  @Test func `a label entry may have a zone and forms, which must be document types`() throws {
    func label(_ zone: String, _ forms: String) -> String {
      #"{"documentTypes": {"HP": {"name": "x", "loinc": "34117-2"}}, "reading": {"labels": [{"name": "p", "meaning": "patient", "symbologies": ["qr"], "pattern": "(?<mrn>[0-9]+)", "#
        + #""zone": \#(zone), "forms": \#(forms)}]}}"#
    }
    let entry = try load(label(#"{"left": 0.5, "top": 0, "right": 1, "bottom": 0.25}"#, #"["HP"]"#)).reading.labels[0]
    #expect(entry.zone == LabelZone(left: 0.5, top: 0, right: 1, bottom: 0.25) && entry.forms == ["HP"])
    let whole = #"{"left": 0, "top": 0, "right": 1, "bottom": 1}"#
    #expect(
      onlyProblem(in: label(whole, #"["HQ"]"#))
        == "$.reading.labels[0].forms[0]: HQ is not in documentTypes; did you mean HP?")
    #expect(onlyProblem(in: label(#"{"left": 0, "top": 0, "right": 1}"#, "[]")).contains("bottom is missing"))
    #expect(
      onlyProblem(in: label(#"{"left": 0, "top": 0, "right": 1, "bottom": 25}"#, "[]")).contains("a number from 0 to 1")
    )
  }

  @Test func `control characters in a value never reach a terminal`() {
    #expect(!onlyProblem(in: #"{"facility": {"name": "a\u001b[31m", "authority": "A"}}"#).contains("\u{1B}"))
  }
}
