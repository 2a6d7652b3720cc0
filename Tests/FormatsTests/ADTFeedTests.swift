import Model
import Testing

@testable import Formats

/// HL7 v2 ADT files: every message is taken or told of, whatever its file looks like.
@Suite struct ADTFeedTests {
  private let numbering = PatientNumbering(
    authority: "GENHOSP", authoritiesBySystem: ["urn:oid:1.2.3": "GENHOSP", "EAST": "EASTCLINIC"]
  ) { number in [8, 18].contains(number.utf8.count) && number.utf8.allSatisfy { (48...57).contains($0) } }

  private func read(_ bytes: [UInt8]) throws -> (events: [PatientEvent], rejects: [PatientReject]) {
    var found: (events: [PatientEvent], rejects: [PatientReject]) = ([], [])
    try ADTFeed(numbering).read(
      MemorySource(bytes), event: { found.events.append($0) }, reject: { found.rejects.append($0) })
    return found
  }

  private func read(_ segments: String..., separator: String = "\r") throws -> (
    events: [PatientEvent], rejects: [PatientReject]
  ) { try read(Array(segments.joined(separator: separator).utf8)) }

  private func header(_ event: String, _ id: String = "M1", time: String = "20260301100000", rest: String = "")
    -> String
  {
    "MSH|^~\\&|ADT|GENHOSP|CHARTROOM|GENHOSP|\(time)||ADT^\(event)|\(id)|P|2.5.1\(rest)"
  }
  private let pid = "PID|1||12345674^^^GENHOSP^MR||Fixture^Testa^Q||19610412|F"

  private func key(_ mrn: String, _ authority: String = "GENHOSP") -> PatientKey {
    PatientKey(authority: authority, mrn: mrn)
  }

  private func person(_ facts: [PatientFact]?) throws -> PatientUpdate {
    guard case .person(let update)? = facts?.first else { throw Missing() }
    return update
  }
  private struct Missing: Error {}

  // MARK: Persons and visits

  @Test(arguments: ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A28", "A31"])
  func `events about one patient carry identity and visit`(event: String) throws {
    let found = try read(
      header(event), "EVN|\(event)|20260301095959", pid + "||||||||||A700001",
      "PV1|1|I" + String(repeating: "|", count: 17) + "5000000017^^^GENHOSP^VN" + String(repeating: "|", count: 25)
        + "20260227064000+0100|20260303")
    #expect(found.rejects == [])
    let facts = try #require(found.events.first?.facts)
    let update = try person(facts)
    #expect(update.keys == [key("12345674")])
    #expect([update.family, update.given, update.middle] == ["Fixture", "Testa", "Q"])
    #expect(update.birthDate == "1961-04-12" && update.sex == "F")
    var stay = EncounterUpdate(visit: "5000000017", patient: key("12345674"))
    stay.account = "A700001"
    stay.patientClass = "IMP"
    stay.admit = "2026-02-27T06:40:00+01:00"
    stay.discharge = "2026-03-03"
    #expect(facts.last == .stay(stay))
    #expect(found.events[0].at == Timestamp("2026-03-01T09:59:59Z"), "EVN-2, not MSH-7")
    #expect(found.events[0].name == "\(event) M1")
  }

  @Test func `what a message leaves out stays, what it nulls is deleted`() throws {
    let update = try person(read(header("A08"), "PID|1||12345674||||\"\"|").events.first?.facts)
    #expect(update.family == nil && update.sex == nil && update.birthDate == "")
    #expect(!PatientUpdate(keys: update.keys).hasIdentity && update.hasIdentity)
  }

  @Test func `a birth date that is not known to the day is not known`() throws {
    let update = try person(read(header("A08"), "PID|1||12345674||||1961").events.first?.facts)
    #expect(update.birthDate == "" && update.birthDatePart == "1961")
    let month = try person(read(header("A08"), "PID|1||12345674||||196104").events.first?.facts)
    #expect(month.birthDate == "" && month.birthDatePart == "1961-04")
    #expect(try person(read(header("A08"), pid).events.first?.facts).birthDatePart == nil)
    #expect(try read(header("A08"), "PID|1||12345674||||19610230").rejects.count == 1)
  }

  @Test func `an unknown identity is a temporary patient, and a protected one is restricted`() throws {
    let found = try read(
      header("A28"), "PID|1||12345674||Unknown^Trauma" + String(repeating: "|", count: 26) + "Y",
      "PD1" + String(repeating: "|", count: 12) + "Y")
    let update = try person(found.events.first?.facts)
    #expect(update.isTemporary == true && update.confidentialityMin == "restricted" && update.confidentiality == nil)
  }

  @Test(arguments: ["N", "", "\"\""])
  func `a message that asks for no protection says nothing of the level`(indicator: String) throws {
    let found = try read(header("A08"), pid, "PD1" + String(repeating: "|", count: 12) + indicator)
    let update = try person(found.events.first?.facts)
    #expect(update.confidentiality == nil && update.confidentialityMin == nil)
  }

  @Test func `a message without a time is refused by line, and those around it are taken`() throws {
    let found = try read(header("A08"), pid, header("A08", "M2", time: ""), pid, header("A08", "M3"), pid)
    #expect(found.events.map(\.name) == ["A08 M1", "A08 M3"])
    #expect(found.rejects.map(\.line) == [3] && found.rejects.map(\.kind) == [.refused])
    #expect(found.rejects.first?.reason.contains("A08 M2: it has no time") == true, "\(found.rejects)")
    #expect(try read(header("A08", time: ""), "EVN|A08|20260301", pid).events.count == 1)
  }

  @Test func `a cancelled discharge is none`() throws {
    let found = try read(header("A13"), pid, "PV1|1|I" + String(repeating: "|", count: 17) + "5000000017")
    guard case .stay(let stay)? = found.events.first?.facts.last else { throw Missing() }
    #expect(stay.discharge == "" && stay.admit == nil)
  }

  @Test(arguments: [
    ("20260303", "20260302", true), ("20260303", "20260303", false), ("20260303101500", "20260303", false),
    ("20260303101500", "20260303101459", true), ("20260303101500", "20260303101500", false),
    ("20260303101500+0100", "20260303091400+0000", true), ("20260303101500+0100", "20260303094500+0000", false),
    // Which zone a day is meant in nobody says.
    ("20260303020000+0000", "20260302", false), ("20260303", "", false), ("", "20260303", false),
    ("202603", "20260101", false),
  ])
  func `a visit that would end before it began is refused by line`(admit: String, discharge: String, isRefused: Bool)
    throws
  {
    func stay(_ event: String) -> [String] {
      [
        header(event), pid,
        "PV1|1|I" + String(repeating: "|", count: 17) + "5000000017" + String(repeating: "|", count: 25)
          + "\(admit)|\(discharge)",
      ]
    }
    let text = (stay("A03") + [header("A08", "M2"), pid]).joined(separator: "\r")
    let found = try read(Array(text.utf8))
    #expect(found.events.map(\.name) == (isRefused ? ["A08 M2"] : ["A03 M1", "A08 M2"]))
    #expect(found.rejects.map(\.line) == (isRefused ? [1] : []))
    #expect(found.rejects.allSatisfy { $0.kind == .refused && $0.reason.contains("PV1-45 is before PV1-44") })
    // Of a cancelled discharge its time says nothing.
    #expect(try read(Array(stay("A13").joined(separator: "\r").utf8)).rejects == [])
  }

  // MARK: Numbers

  @Test func `of many identifiers the medical record numbers count, each with its authority`() throws {
    let list =
      "999999999^^^USSSA^SS~12345674^^^GENHOSP^MR~20000014^^^EAST^MR~10000016^^^&1.2.3&ISO^MR~376104250021234569^^^GS1^PI"
    let update = try person(read(header("A28"), "PID|1||\(list)||Fixture^Testa").events.first?.facts)
    #expect(
      update.keys == [
        key("12345674"), key("20000014", "EASTCLINIC"), key("10000016"), key("376104250021234569", "GS1"),
      ])
  }

  @Test func `a number that names no authority is the sender's, where the site knows the sender by another`() throws {
    let pid = "PID|1||12345674^^^^MR||Fixture^Testa"
    for (sender, authority) in [
      ("EAST", "EASTCLINIC"), ("^1.2.3^ISO", "GENHOSP"), ("ELSEWHERE", "GENHOSP"), ("", "GENHOSP"),
    ] {
      let header = header("A28").replacing("|ADT|GENHOSP|", with: "|ADT|\(sender)|")
      #expect(try person(read(header, pid).events.first?.facts).keys == [key("12345674", authority)], "\(sender)")
    }
    let named = header("A28").replacing("|ADT|GENHOSP|", with: "|ADT|EAST|")
    #expect(try person(read(named, self.pid).events.first?.facts).keys == [key("12345674")])
  }

  @Test func `a check digit in a component of its own belongs to the number`() throws {
    let update = try person(read(header("A28"), "PID|1||1234567^4^M10^GENHOSP^MR").events.first?.facts)
    #expect(update.keys == [key("12345674")])
  }

  @Test(arguments: [
    ("PID|1||", "no medical record number"), ("PID|1||123-45-6789^^^SSA^SS", "no medical record number"),
    ("PID|1||1234567^^^GENHOSP^MR", "could stand on no label"),
    ("PID|1||12345674^^^&9.9.9&ISO^MR", "facility.systems"), ("PID|1||12345674||A^B|||X", "PID-8"),
    ("PID|1||12345674||A^B||yesterday", "PID-7"), ("ZZZ|1", "PID is missing"),
  ])
  func `a person that cannot be told is refused by line`(segment: String, reason: String) throws {
    let found = try read(header("A08", "M1"), pid, header("A08", "M2"), segment, header("A08", "M3"), pid)
    #expect(found.events.map(\.name) == ["A08 M1", "A08 M3"])
    #expect(found.rejects.map(\.line) == [3] && found.rejects.map(\.kind) == [.refused])
    #expect(found.rejects.first?.reason.contains(reason) == true, "\(found.rejects)")
  }

  // MARK: Merges

  @Test(arguments: [
    ("A18", PatientLink.Kind.merge), ("A30", .merge), ("A34", .merge), ("A36", .merge), ("A40", .merge), ("A43", .move),
    ("A46", .change), ("A47", .change),
  ])
  func `what is in MRG-1 belongs to PID-3 from now on`(event: String, kind: PatientLink.Kind) throws {
    let found = try read(header(event), pid, "MRG|11000015^^^GENHOSP^MR")
    #expect(found.rejects == [])
    // A changed number's person comes behind its link: what it does not say is as it was under the old one.
    let facts = try #require(found.events.first?.facts)
    let link = kind == .change ? facts.first : facts.last
    #expect(facts.count == 2 && link == .link(key("11000015"), into: key("12345674"), kind))
  }

  @Test func `one message may merge several, each number into its own authority's`() throws {
    let found = try read(
      header("A40"), "PID|1||12345674^^^GENHOSP^MR~20000014^^^EAST^MR||Fixture^Testa",
      "MRG|11000015^^^GENHOSP^MR~20000022^^^EAST^MR", "PID|2||10000016^^^GENHOSP^MR", "MRG|11000239^^^GENHOSP^MR")
    let links = found.events.first?.facts.filter { if case .link = $0 { true } else { false } }
    #expect(
      links == [
        .link(key("11000015"), into: key("12345674"), .merge),
        .link(key("20000022", "EASTCLINIC"), into: key("20000014", "EASTCLINIC"), .merge),
        .link(key("11000239"), into: key("10000016"), .merge),
      ])
  }

  @Test func `links, un-links and moves say what they are`() throws {
    let second = "PID|2||10000016^^^GENHOSP^MR"
    #expect(
      try read(header("A24"), pid, second).events[0].facts.last == .link(key("10000016"), into: key("12345674"), .link))
    #expect(try read(header("A37"), pid, second).events[0].facts.first == .unlink(key("10000016"), key("12345674")))
    #expect(
      try read(header("A44"), pid + "||||||||||A7", "MRG|10000016||A7").events[0].facts.last
        == .moveAccount("A7", from: key("10000016"), to: key("12345674")))
    #expect(
      try read(header("A45"), pid, "MRG|10000016||||5000000033", "PV1|1|I", "MRG|10000016||||5000000041").events[0]
        .facts
        .suffix(2) == [
          .moveVisit("5000000033", from: key("10000016"), to: key("12345674")),
          .moveVisit("5000000041", from: key("10000016"), to: key("12345674")),
        ])
  }

  @Test(arguments: [
    ["A40"], ["A40", "MRG|12345674"], ["A43", "MRG|12345674"], ["A24"], ["A37", "PID|2||12345674"],
    ["A44", "MRG|10000016"],
    ["A45", "MRG|10000016"], ["A45"], ["A47", "MRG|"], ["A29"], ["A23"], ["A50"], ["A41"],
  ])
  func `a message about whose records are whose that cannot be applied is refused, never passed over`(rest: [String])
    throws
  {
    let found = try read(Array(([header(rest[0]), pid] + rest.dropFirst()).joined(separator: "\r").utf8))
    #expect(found.events == [] && found.rejects.map(\.kind) == [.refused])
  }

  @Test func `an event that changes nothing of the index is told all the same`() throws {
    let found = try read(header("A11"), pid)
    #expect(found.events == [] && found.rejects.map(\.kind) == [.ignored])
  }

  @Test func `other messages and torn ones are refused`() throws {
    for head in [
      "MSH|^~\\&|A|B|C|D|20260301||ORU^R01|1|P|2.5", header("A08", time: "tomorrow"), "MSH|", "MSHX",
      "MSH||||||||ADT^A08",
      header("A08") + "\rEVN|A01|20260301",
    ] {
      let found = try read(head, pid)
      #expect(found.events == [] && found.rejects.count == 1, "\(head)")
    }
  }

  // MARK: Files

  @Test(arguments: ["\r", "\n", "\r\n", "\r\n\r\n", "\u{1C}\r\u{0B}"])
  func `segments end with CR, LF or both, and MLLP's framing is no part of them`(separator: String) throws {
    let found = try read("\u{0B}" + header("A08"), pid, header("A08", "M2"), pid + "\u{1C}", separator: separator)
    #expect(found.events.map(\.name) == ["A08 M1", "A08 M2"] && found.rejects == [])
  }

  @Test func `lines are counted as an editor counts them`() throws {
    for separator in ["\r", "\n", "\r\n"] {
      let found = try read(header("A08"), pid, "", header("A11"), pid, separator: separator)
      #expect(found.rejects.map(\.line) == [4], "\(separator.debugDescription)")
    }
  }

  @Test func `batches and files are read, and must be whole`() throws {
    let batch = ["FHS|^~\\&|A", "BHS|^~\\&|A", header("A08"), pid, header("A08", "M2"), pid]
    func problems(_ end: String...) throws -> [Int] {
      let found = try read(Array((batch + end).joined(separator: "\r").utf8))
      #expect(found.events.count == 2)
      return found.rejects.map(\.line)
    }
    #expect(try problems("BTS|2", "FTS|1") == [])
    #expect(try problems("BTS", "FTS") == [])
    #expect(try problems("BTS|3", "FTS|1") == [7])
    #expect(try problems("BTS|2", "FTS|2") == [8])
    #expect(try problems("BTS|2") == [1])
    #expect(try problems("") == [2])
    #expect(try read("FTS|1", "OBX|1").rejects.count == 1)
    #expect(try read("").rejects.map(\.line) == [0])
  }

  @Test func `a message that is cut by the end of its batch or MLLP block is refused, and those around it are taken`()
    throws
  {
    let whole = "\u{0B}\(header("A08"))\r\(pid)\r\u{1C}\r"
    let torn = "\(header("A08", "M2"))\r\(pid.prefix(31))"
    let files: [(text: String, lines: [Int])] = [
      ("\(whole)\u{0B}\(torn)", [4]), ("\(whole)\u{0B}\(torn)\r", [4]), ("\u{0B}\(torn)\(whole)", [1]),
      ("BHS|^~\\&|A\r\(header("A08"))\r\(pid)\r\(torn)", [4, 1]),
    ]
    for (text, lines) in files {
      let found = try read(Array(text.utf8))
      #expect(found.events.map(\.name) == ["A08 M1"] && found.rejects.map(\.line) == lines, "\(found)")
      #expect(found.rejects.first?.reason.hasPrefix("A08 M2 has no end") == true, "\(found.rejects)")
    }
  }

  @Test func `a byte order mark is no part of the first message`() throws {
    let found = try read([0xEF, 0xBB, 0xBF] + Array("\(header("A08"))\r\(pid)".utf8))
    #expect(found.events.count == 1 && found.rejects == [])
  }

  @Test func `delimiters are those that the message names`() throws {
    let found = try read(
      "MSH$%*!@$A$B$C$D$20260301100000$$ADT%A08$M1$P$2.5.1", "PID$1$$12345674%%%GENHOSP@1.2@ISO%MR$$Fix!S!ture%Testa")
    #expect(try person(found.events.first?.facts).family == "Fix%ture")
  }

  @Test func `escapes are resolved`() throws {
    let name = "O\\T\\Spe\\F\\ci\\S\\m\\R\\e\\E\\n\\X2D\\x\\H\\y\\N\\z\\.br\\!\\Q\\"
    let found = try read(header("A08"), "PID|1||12345674||\(name)^Nora")
    #expect(try person(found.events.first?.facts).family == "O&Spe|ci^m~e\\n-xyz !\\Q\\")
  }

  @Test func `names come in the message's character set`() throws {
    func family(_ set: String, _ bytes: [UInt8]) throws -> String? {
      let found = try read(
        Array((header("A08", rest: "||||||\(set)") + "\rPID|1||12345674||M").utf8) + bytes + Array("ller^A".utf8))
      return try found.events.first.map { try person($0.facts).family } ?? nil
    }
    #expect(try family("8859/1", [0xFC]) == "Müller")
    #expect(try family("8859/15", [0xFC, 0xA4]) == "Mü€ller")
    #expect(try family("8859/2", [0xFC, 0xF8]) == "Müřller")
    #expect(try family("8859/9", [0xFC, 0xFD]) == "Müıller")
    #expect(try family("UNICODE UTF-8", [0xC3, 0xBC]) == "Müller")
    #expect(try family("", [0xC3, 0xBC]) == "Müller")
    #expect(try family("", [0xFC]) == nil)
    #expect(try family("ASCII", [0xC3, 0xBC]) == nil)
    #expect(try family("UNICODE UTF-8", [0xFC]) == nil)
    #expect(try family("KS X 1001", [0x41]) == nil)
  }

  // MARK: Hostile

  @Test func `a giant field or message ends itself alone`() throws {
    let giant = "OBX|1|ED|X||" + String(repeating: "A", count: HL7Lines.segmentBytesMax + 1)
    let long = Array(repeating: "NTE|1||" + String(repeating: "x", count: 1000), count: 1200)
    let many = Array(repeating: "ZZZ", count: HL7Reader.segmentsMax + 1)
    for bad in [[giant], long, many] {
      let found = try read(
        Array(
          ([header("A08"), pid, header("A08", "M2"), pid] + bad + [header("A08", "M3"), pid]).joined(separator: "\r")
            .utf8))
      #expect(found.events.map(\.name) == ["A08 M1", "A08 M3"] && found.rejects.map(\.line) == [3])
    }
  }

  @Test func `NULs and odd names are refused`() throws {
    #expect(try read(header("A08"), pid + "\u{0}").rejects.count == 1)
    #expect(try read(header("A08"), pid, "garbage").rejects.count == 1)
    #expect(try read(header("A08"), "PID|1||12345674||A\u{1}B").rejects.count == 1)
  }

  @Test func `a line of a message that is no segment is named, and so is the message that is lost by it`() throws {
    let found = try read(header("A08"), pid, header("A08", "M2"), pid, "garbage", header("A08", "M3"), pid)
    #expect(found.events.map(\.name) == ["A08 M1", "A08 M3"] && found.rejects.map(\.line) == [5])
    #expect(found.rejects.first?.reason.contains("the message of line 3, A08 M2, is not taken") == true)
    let bytes = Array((header("A08", "M7") + "\r" + pid).utf8) + [0xFC]
    let damaged = try read(bytes).rejects
    #expect(damaged.map(\.line) == [2] && damaged.first?.reason.contains("the message of line 1, A08 M7,") == true)
  }

  @Test func `a message cut anywhere is taken or told of, and never ends the program`() throws {
    let whole = Array(
      [header("A40"), "EVN|A40|20260301", pid, "MRG|11000015^^^GENHOSP^MR"].joined(separator: "\r").utf8)
    for length in 0...whole.count {
      let found = try read(Array(whole[..<length]))
      #expect(found.events.count + found.rejects.count == 1, "\(length)")
    }
  }

  @Test func `no bytes whatever end the program`() throws {
    var state: UInt64 = 7
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let sound = Array(
      [header("A40"), "EVN|A40|20260301", pid, "MRG|11000015^^^GENHOSP^MR", "BTS|1"].joined(separator: "\r").utf8)
    let alphabet = Array("|^~\\&\r\n\u{0B}\u{1C}MSHPIDFB0\u{0}\"".utf8) + [0xFF, 0xC3]
    for _ in 0..<4000 {
      var bytes = sound
      for _ in 0...next(6) { bytes[next(bytes.count)] = alphabet[next(alphabet.count)] }
      if next(3) == 0 { bytes.removeSubrange(next(bytes.count)...) }
      _ = try read(bytes)
      _ = try read((0..<next(80)).map { _ in alphabet[next(alphabet.count)] })
    }
  }
}

@Suite struct HL7TimeTests {
  @Test(arguments: [
    ("20260301", "2026-03-01", "2026-03-01T00:00:00Z"), ("2026030110", "2026-03-01T10:00:00", "2026-03-01T10:00:00Z"),
    ("20260301101112.1234-0500", "2026-03-01T10:11:12-05:00", "2026-03-01T15:11:12Z"),
    ("202603011011+0530", "2026-03-01T10:11:00+05:30", "2026-03-01T04:41:00Z"),
    ("20260301101112+0000", "2026-03-01T10:11:12Z", "2026-03-01T10:11:12Z"),
  ])
  func `times are read as the standard writes them`(written: String, text: String, moment: String) throws {
    let time = try #require(HL7Time(written))
    #expect(time.text(zone: nil) == text && time.moment(zone: nil) == Timestamp(moment))
  }

  @Test func `a time without a zone has the message's`() throws {
    let time = try #require(HL7Time("202603011000"))
    #expect(time.moment(zone: 60) == Timestamp("2026-03-01T09:00:00Z"))
    #expect(time.text(zone: -90) == "2026-03-01T10:00:00-01:30")
  }

  @Test(arguments: [
    "", "2", "20261301", "20260230", "2026030125", "20260301101160", "20260301+1", "2026-03-01", "2026030110111",
    "20260301.5",
  ])
  func `what is no time is none`(written: String) { #expect(HL7Time(written) == nil) }
}
