import Model
import Testing

@testable import Formats

/// FHIR R4 Bundles: every entry is taken or told of, whatever its file looks like.
@Suite struct BundleFeedTests {
  private let numbering = PatientNumbering(
    authority: "GENHOSP",
    authoritiesBySystem: ["urn:oid:1.2.3": "GENHOSP", "http://east.example/mrn": "EASTCLINIC", "http://gs1": "GS1"]
  ) { number in [8, 18].contains(number.utf8.count) && number.utf8.allSatisfy { (48...57).contains($0) } }

  private func read(_ text: String) throws -> (events: [PatientEvent], rejects: [PatientReject]) {
    try read(Array(text.utf8))
  }

  private func read(_ bytes: [UInt8]) throws -> (events: [PatientEvent], rejects: [PatientReject]) {
    var found: (events: [PatientEvent], rejects: [PatientReject]) = ([], [])
    try BundleFeed(numbering).read(
      MemorySource(bytes), event: { found.events.append($0) }, reject: { found.rejects.append($0) })
    return found
  }

  private func bundle(_ resources: String...) -> String {
    let entries = resources.enumerated().map { "{\"fullUrl\": \"urn:uuid:\($0)\", \"resource\": \($1)}" }
    return
      "{\"resourceType\": \"Bundle\", \"type\": \"collection\", \"entry\": [\n\(entries.joined(separator: ",\n"))]}"
  }

  private func patient(_ mrn: String, id: String = "p1", _ rest: String = "") -> String {
    """
    {"resourceType": "Patient", "id": "\(id)", "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": \
    "urn:oid:1.2.3", "value": "\(mrn)"}]\(rest.isEmpty ? "" : ", " + rest)}
    """
  }

  private func encounter(_ subject: String, _ rest: String = "") -> String {
    """
    {"resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"}, "identifier": [{"value": "5000000017"}], \
    "subject": {\(subject)}\(rest)}
    """
  }

  private func key(_ mrn: String, _ authority: String = "GENHOSP") -> PatientKey {
    PatientKey(authority: authority, mrn: mrn)
  }

  private func person(_ facts: [PatientFact]?) throws -> PatientUpdate {
    guard case .person(let update)? = facts?.first else { throw Missing() }
    return update
  }
  private struct Missing: Error {}

  // MARK: What is taken

  @Test func `patients carry identity, number, confidentiality and time`() throws {
    let found = try read(
      bundle(
        patient(
          "12345674",
          """
          "meta": {"lastUpdated": "2026-03-01T10:00:00.5+01:00", "security": [{"code": "R"}]}, "active": true,
          "name": [{"use": "old", "family": "Before"}, {"use": "official", "family": "Müster", "given": ["Jörg", "A", "B"]}],
          "birthDate": "1961-04-12", "gender": "female"
          """)))
    #expect(found.rejects == [])
    let update = try person(found.events.first?.facts)
    #expect(update.keys == [key("12345674")] && update.isOwn)
    #expect([update.family, update.given, update.middle] == ["Müster", "Jörg", "A B"])
    #expect(update.birthDate == "1961-04-12" && update.sex == "F" && update.confidentiality == "restricted")
    #expect(found.events[0].at == Timestamp("2026-03-01T09:00:00.500000Z"))
  }

  @Test(arguments: [("1961", ""), ("1961-04", ""), ("1961-04-12", "1961-04-12")])
  func `a birth date counts when it is known to the day`(written: String, known: String) throws {
    #expect(
      try person(read(bundle(patient("12345674", "\"birthDate\": \"\(written)\""))).events[0].facts).birthDate == known)
  }

  @Test func `identifiers of the site's systems are numbers, former ones are not, a temporary one marks its patient`()
    throws
  {
    let found = try read(
      bundle(
        """
        {"resourceType": "Patient", "identifier": [{"system": "http://ssa", "value": "123"}, {"use": "old", "system":
        "urn:oid:1.2.3", "value": "10000016"}, {"use": "temp", "system": "1.2.3", "value": "12345674"},
        {"system": "http://gs1", "value": "376104250021234569"}, {"system": "http://east.example/mrn", "value": "20000014"}]}
        """))
    let update = try person(found.events.first?.facts)
    #expect(update.keys == [key("12345674"), key("20000014", "EASTCLINIC"), key("376104250021234569", "GS1")])
    #expect(update.isTemporary == true)
    // An identifier without a use says neither.
    #expect(try person(read(bundle(patient("12345674"))).events.first?.facts).isTemporary == nil)
  }

  @Test func `visits find their patient before and behind them, by every kind of reference`() throws {
    for reference in [
      "\"reference\": \"Patient/p1\"", "\"reference\": \"urn:uuid:1\"", "\"reference\": \"http://x/fhir/Patient/p1\"",
      "\"reference\": \"Patient/p1/_history/3\"",
      "\"identifier\": {\"system\": \"urn:oid:1.2.3\", \"value\": \"12345674\"}",
    ] {
      let found = try read(
        bundle(
          encounter(reference, ", \"period\": {\"start\": \"2026-02-27T06:40:00Z\", \"end\": \"2026-03\"}"),
          patient("12345674")))
      #expect(found.rejects == [], "\(reference)")
      var stay = EncounterUpdate(visit: "5000000017", patient: key("12345674"))
      (stay.patientClass, stay.admit, stay.discharge) = ("IMP", "2026-02-27T06:40:00Z", "")
      #expect(found.events.first?.facts == [.stay(stay)])
    }
  }

  @Test func `replaced-by and replaces are merges, refer and seealso link`() throws {
    func links(_ type: String) throws -> [PatientFact] {
      let link = "\"link\": [{\"other\": {\"reference\": \"Patient/p2\"}, \"type\": \"\(type)\"}]"
      return try read(bundle(patient("11000015", link), patient("12345674", id: "p2"))).events[0].facts
    }
    #expect(try links("replaced-by") == [.link(key("11000015"), into: key("12345674"), .merge)])
    #expect(try links("replaces").last == .link(key("12345674"), into: key("11000015"), .merge))
    for type in ["refer", "seealso"] {
      #expect(try links(type).last == .link(key("12345674"), into: key("11000015"), .link))
    }
  }

  // MARK: What is told of

  @Test(arguments: [
    ("{\"resourceType\": \"Patient\"}", "no medical record number"),
    ("{\"resourceType\": \"Patient\", \"identifier\": 5}", "resource.identifier is not what FHIR R4 says"),
    ("{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"123\"}]}", "could stand on no label"),
    (
      "{\"resourceType\": \"Patient\", \"identifier\": [{\"type\": {\"coding\": [{\"code\": \"MR\"}]}, \"system\": \"x\", \"value\": \"12345674\"}]}",
      "facility.systems"
    ),
    ("{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"12345674\"}], \"gender\": \"f\"}", "gender"),
    (
      "{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"12345674\"}], \"birthDate\": \"1961-02-29\"}",
      "birthDate"
    ),
    (
      "{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"12345674\"}], \"meta\": {\"lastUpdated\": \"2026\"}}",
      "lastUpdated"
    ),
    (
      "{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"12345674\"}], \"link\": [{\"other\": {\"reference\": \"Patient/9\"}, \"type\": \"replaced-by\"}]}",
      "no patient of this bundle"
    ),
    ("{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"12345674\"}], \"active\": tru}", "no JSON"),
    (
      "{\"resourceType\": \"Patient\", \"name\": [{\"family\": \"A\\u0000B\"}], \"identifier\": [{\"value\": \"12345674\"}]}",
      "control character"
    ),
    (
      "{\"resourceType\": \"Patient\", \"id\": \"p9\", \"identifier\": [{\"value\": \"10000024\"}], \"link\": [{\"other\": {\"reference\": \"Patient/p9\"}, \"type\": \"replaced-by\"}]}",
      "replaced by itself"
    ),
    (
      "{\"resourceType\": \"Patient\", \"identifier\": [{\"value\": \"10000024\"}], \"modifierExtension\": [{\"url\": \"http://x\", \"valueBoolean\": true}]}",
      "modifierExtension"
    ),
    ("{\"resourceType\": \"Encounter\", \"status\": \"finished\"}", "class"),
    (
      "{\"resourceType\": \"Encounter\", \"status\": \"finished\", \"class\": {}, \"identifier\": [{\"value\": \"5\"}]}",
      "subject is missing"
    ),
    ("null", "no resource"), ("5", "resource"),
  ])
  func `a bad entry is told by its line and number, and those around it are taken`(entry: String, reason: String) throws
  {
    let found = try read(bundle(patient("12345674"), entry, patient("10000016", id: "p2")))
    #expect(found.events.count == 2)
    #expect(found.rejects.map(\.line) == [3] && found.rejects.map(\.kind) == [.refused])
    #expect(found.rejects.first?.reason.contains(reason) == true, "\(found.rejects)")
    #expect(found.rejects.first?.reason.hasPrefix("entry 1: ") == true)
  }

  @Test func `I6: a reference that may mean two patients is refused, and so is one to another server`() throws {
    func visit(_ reference: String) -> String { encounter("\"reference\": \"\(reference)\"") }
    let two = [patient("12345674"), patient("10000016")]
    let ambiguous = try read(bundle(two[0], two[1], visit("Patient/p1")))
    #expect(ambiguous.events.count == 2 && ambiguous.rejects.map(\.line) == [4])
    #expect(ambiguous.rejects.first?.reason.contains("Patient/p1 may be more than one patient of this bundle") == true)
    // By its own address each is told from the other.
    #expect(try read(bundle(two[0], two[1], visit("urn:uuid:1"))).rejects == [])
    for (reference, isGood) in [
      ("Patient/p1", true), ("https://a.example/Patient/p1", true), ("https://b.example/Patient/p1", false),
    ] {
      let entries =
        "{\"fullUrl\": \"https://a.example/Patient/p1\", \"resource\": \(two[0])}, {\"resource\": \(visit(reference))}"
      let found = try read("{\"resourceType\": \"Bundle\", \"entry\": [\(entries)]}")
      #expect(found.rejects.isEmpty == isGood, "\(reference): \(found.rejects)")
    }
  }

  @Test(arguments: [
    ("2026-03-02", "2026-03-01", true), ("2026-03-02T10:00:00Z", "2026-03-02", false),
    ("2026-03-02T10:00:00.5+14:00", "2026-03-01T21:00:00Z", false),
    ("2026-03-02T10:00:00+14:00", "2026-03-01T19:00:00Z", true), ("2026-03-02", "2026-02", false),
  ])
  func `a visit that would end before it began is refused by line`(start: String, end: String, isRefused: Bool) throws {
    let period = ", \"period\": {\"start\": \"\(start)\", \"end\": \"\(end)\"}"
    let found = try read(bundle(patient("12345674"), encounter("\"reference\": \"Patient/p1\"", period)))
    #expect(found.events.count == (isRefused ? 1 : 2))
    #expect(found.rejects.map(\.line) == (isRefused ? [3] : []))
    #expect(found.rejects.allSatisfy { $0.reason.contains("period.end is before period.start") })
  }

  @Test func `other resources and visits entered in error are told and ignored`() throws {
    let found = try read(
      bundle(
        "{\"resourceType\": \"Observation\", \"status\": 7}",
        "{\"resourceType\": \"Encounter\", \"status\": \"entered-in-error\", \"class\": {}}"))
    #expect(found.events == [] && found.rejects.map(\.kind) == [.ignored, .ignored])
  }

  @Test(arguments: [
    "{}", "{\"resourceType\": \"Patient\"}", "{\"entry\": []}", "{\"resourceType\": \"Bundle\", \"entry\": [", "{",
    "[]", "",
    "{\"resourceType\": \"Bundle\"} {}", "{\"resourceType\": \"Bundle\", \"entry\": [}",
    "{\"resourceType\" \"Bundle\"}",
    "{\"resourceType\": \"Bundle\", \"entry\": [1 2]}", "{\"resourceType\": \"Bundle\",}", "{\"a\": \"\\",
  ])
  func `what is no whole bundle is refused`(text: String) throws {
    let found = try read(text)
    #expect(found.events == [] && found.rejects.count == 1 && found.rejects[0].kind == .refused)
  }

  @Test func `members stand in any order, and a bundle may be empty`() throws {
    let text =
      "\u{FEFF} {\"entry\": [{\"resource\": \(patient("12345674"))}], \"link\": [{\"a\": [1, {}]}], \"resourceType\": \"Bundle\"}\n"
    #expect(try read(text).events.count == 1)
    let empty = try read("{\"resourceType\": \"Bundle\", \"entry\": [], \"total\": 0}")
    #expect(empty.events == [] && empty.rejects == [])
  }

  // MARK: Hostile

  @Test func `a giant entry ends itself alone, and depth has a limit`() throws {
    let giant = "\"text\": {\"div\": \"\(String(repeating: "x", count: BundleEntries.entryBytesMax))\"}"
    let found = try read(bundle(patient("12345674", giant), patient("10000016", id: "p2")))
    #expect(found.events.count == 1 && found.rejects.count == 1 && found.rejects[0].reason.contains("larger than"))
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(try read(bundle(patient("12345674", "\"x\": " + deep))).rejects.count == 1)
    let inside = String(repeating: "{\"a\":", count: 60) + "1" + String(repeating: "}", count: 60)
    #expect(try read(bundle(patient("12345674", "\"x\": " + inside))).events.count == 1)
  }

  @Test func `a bundle cut anywhere is told of, and never ends the program`() throws {
    let whole = Array(
      bundle(patient("12345674", "\"gender\": \"male\""), encounter("\"reference\": \"Patient/p1\"")).utf8)
    for length in 0..<whole.count { #expect(try !read(Array(whole[..<length])).rejects.isEmpty, "\(length)") }
  }

  @Test func `no bytes whatever end the program`() throws {
    var state: UInt64 = 11
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let sound = Array(
      bundle(patient("12345674", "\"birthDate\": \"1961\""), encounter("\"reference\": \"Patient/p1\"")).utf8)
    let alphabet = Array("{}[]\",:\\ \n0e-tu".utf8) + [0x00, 0xFF, 0xC3]
    for _ in 0..<3000 {
      var bytes = sound
      for _ in 0...next(5) { bytes[next(bytes.count)] = alphabet[next(alphabet.count)] }
      if next(3) == 0 { bytes.removeSubrange(next(bytes.count)...) }
      _ = try read(bytes)
      _ = try read((0..<next(60)).map { _ in alphabet[next(alphabet.count)] })
    }
  }
}
