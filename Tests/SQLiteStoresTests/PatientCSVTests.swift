import Glibc
import Journaling
import Model
import Testing

@testable import SQLiteStores

@Suite struct PatientCSVTests {
  static let header = "mrn,authority,family,given,middle,birth_date,sex,merged_into"

  /// What a file comes to: read, and held against itself by an empty index.
  private struct Read {
    var kind: PatientCSV.Kind
    var patients: [Patient] = []
    var encounters: [Encounter] = []
    var rejects: [PatientReject] = []
  }

  private let folder = TemporaryFolder()
  private let journal: SQLiteJournal
  init() throws { journal = try SQLiteJournal(path: folder.file("journal.sqlite"), create: true) }

  /// The sample's MRNs: 8 digits.
  private func read(_ text: String, limits: PatientCSVLimits = .init()) async throws -> Read {
    try await read(Array(text.utf8), limits: limits)
  }

  private func read(_ bytes: [UInt8], limits: PatientCSVLimits = .init(), piece: Int = 1 << 20) async throws -> Read {
    let isPossible: @Sendable (String) -> Bool = { mrn in
      (mrn.utf8.count == 8 || mrn.utf8.count == 18) && mrn.utf8.allSatisfy { (48...57).contains($0) }
    }
    let file = try PatientCSV(limits: limits, isPossibleMRN: isPossible) {
      var rest = bytes[...]
      return {
        defer { rest = rest.dropFirst(piece) }
        return Array(rest.prefix(piece))
      }
    }
    let rows = PatientImport(order: .any, file: Example.digest(1), importedAt: Example.time(1), feed: file.feed)
    let outcome = try await journal.load([rows], mode: .dryRun) { _ in }[0]
    var read = Read(kind: file.kind, rejects: outcome.rejects)
    let refused = Set(outcome.rejects.map(\.line))
    try file.feed { item in
      guard case .event(let event) = item, !refused.contains(event.line) else { return }
      for fact in event.facts {
        if case .row(let patient, _) = fact, !read.patients.contains(patient) { read.patients.append(patient) }
        if case .visit(let encounter) = fact, !read.encounters.contains(encounter) { read.encounters.append(encounter) }
      }
    }
    return read
  }

  private func rejects(_ rows: String...) async throws -> [String] {
    try await read(([Self.header] + rows).joined(separator: "\n")).rejects.map { "\($0.line): \($0.reason)" }
  }

  private func key(_ mrn: String) -> PatientKey { PatientKey(authority: "GENHOSP", mrn: mrn) }

  // MARK: What is taken

  @Test func `the sample's patients and encounters are taken whole`() async throws {
    let patients = try await read(fixture("patients.csv"))
    #expect(patients.kind == .patients && patients.rejects == [])
    #expect(patients.patients.first { $0.key == key("10000073") }?.family == "Dummy, Jr.")
    #expect(patients.patients.first { $0.key == key("10000057") }?.given == "Jörg")
    #expect(patients.patients.first { $0.key.authority == "GS1" }?.mergedInto == key("10000180"))
    let encounters = try await read(fixture("encounters.csv"))
    #expect(encounters.kind == .encounters && encounters.rejects == [])
    #expect(encounters.encounters.first?.patient == key("12345674"))
    #expect(encounters.encounters.first?.discharge == "2026-03-03T15:00:00Z")
  }

  @Test func `a spreadsheet's habits are understood: byte order mark, CRLF, other order of columns, quotes`()
    async throws
  {
    let text =
      "\u{FEFF}sex,birth_date,\"mrn\", authority ,middle,given,family\r\n"
      + "f,1961-04-12,12345674,GENHOSP,,\"Testa \"\"T\"\"\",\"Fix,\r\nture\"\r\n\r\n"
      + " U ,, 10000016 ,GENHOSP,,,O\"Brien"
    let read = try await read(text)
    #expect(read.rejects == [])
    #expect(
      read.patients == [
        Patient(key: key("12345674"), family: "Fix,\nture", given: "Testa \"T\"", birthDate: "1961-04-12", sex: "F"),
        Patient(key: key("10000016"), family: "O\"Brien", sex: "U"),
      ])
  }

  @Test func `a merge needs the two numbers only, and may cross authorities`() async throws {
    let text =
      "merged_into_authority,merged_into,mrn,authority\n,10000016,10000024,GENHOSP\n"
      + "GENHOSP,10000016,376104250021234569,GS1\n"
    let read = try await read(text)
    #expect(read.rejects == [])
    #expect(read.patients.map(\.mergedInto) == [key("10000016"), key("10000016")])
    let missing = try await self.read(text + ",,10000032,GENHOSP")
    #expect(missing.rejects.map(\.line) == [4])
  }

  @Test func `a number may be merged into two patients; the index then answers for neither`() async throws {
    let read = try await read(Self.header + "\n10000016,GENHOSP,,,,,,10000024\n10000016,GENHOSP,,,,,,10000032\n")
    #expect(read.rejects == [] && read.patients.count == 2)
  }

  @Test func `the same row twice stands once and is no mistake`() async throws {
    let read = try await read(Self.header + "\n10000016,GENHOSP,A,B,,,F,\n10000016,GENHOSP,A,B,,,F,\n")
    #expect(read.rejects == [] && read.patients.count == 1)
  }

  @Test func `fields are data: formulas and SQL come out as they went in`() async throws {
    let read = try await read(Self.header + "\n10000016,GENHOSP,\"=cmd|'/c calc'!A0\",'); DROP TABLE patients;--,,,,\n")
    #expect(read.patients.first?.family == "=cmd|'/c calc'!A0")
    #expect(read.patients.first?.given == "'); DROP TABLE patients;--")
  }

  // MARK: What is not said

  /// Takes a file.
  private func take(_ lines: String..., at second: Int, mode: PatientImportMode = .whole) async throws
    -> PatientImportOutcome
  {
    let bytes = Array(lines.joined(separator: "\n").utf8)
    let file = try PatientCSV(isPossibleMRN: { _ in true }) {
      var rest = bytes
      return {
        defer { rest = [] }
        return rest
      }
    }
    let (digest, moment) = (Example.digest(second), Example.time(second))
    let rows = PatientImport(order: .any, file: digest, importedAt: moment, feed: file.feed)
    return try await journal.load([rows], mode: mode) { _ in }[0]
  }

  private func standing() async throws -> [String] {
    try await journal.patients(number: "10000222", authority: nil).map { "\($0.confidentiality), \($0.isTemporary)" }
  }

  @Test func `a level and a temporary identity stay as they are where a file does not speak of them`() async throws {
    let long = Self.header + ",confidentiality,temporary"
    _ = try await take(long, "10000222,GENHOSP,Restricted,Vera,,1991-09-19,F,,very restricted,yes", at: 1)
    let short = try await take(Self.header, "10000222,GENHOSP,Restricted,Vera,,1991-09-19,F,", at: 2)
    #expect(short.levels == [] && short.counts.patientsChanged == 0)
    #expect(try await standing() == ["very restricted, true"])
    _ = try await take(long, "10000222,GENHOSP,Restricted,Vera,,1991-09-19,F,,,", at: 3)
    #expect(try await standing() == ["very restricted, true"])
    _ = try await take(long, "10000016,GENHOSP,A,B,,,F,,,", at: 4)
    #expect(try await journal.patients(number: "10000016", authority: nil).map(\.confidentiality) == ["normal"])
  }

  @Test func `a level that is said outright is taken, and every change of one is named`() async throws {
    let header = Self.header + ",confidentiality,temporary"
    _ = try await take(header, "10000222,GENHOSP,Restricted,Vera,,1991-09-19,F,,restricted,yes", at: 1)
    for mode in [PatientImportMode.dryRun, .whole] {
      let row = "10000222,GENHOSP,Restricted,Vera,,1991-09-19,F,,normal,no"
      let lowered = try await take(header, row, at: 2, mode: mode)
      #expect(
        lowered.levels == [.init(line: 2, what: "GENHOSP:10000222: confidentiality restricted → normal")], "\(mode)")
    }
    #expect(try await standing() == ["normal, false"])
  }

  // MARK: What is reported by line

  @Test(arguments: [
    (",GENHOSP,A,B,,,,", "mrn is missing"),
    ("10000016,,A,B,,,,", "authority is missing"),
    ("1000016,GENHOSP,A,B,,,,", "mrn has 7 characters and could stand on no label"),
    ("10000016,GENHOSP,,,,,,24", "merged_into has 2 characters and could stand on no label"),
    ("10000016,GENHOSP,A,B,,1961-02-29,,", "birth_date"),
    ("10000016,GENHOSP,A,B,,12.4.1961,,", "birth_date"),
    ("10000016,GENHOSP,A,B,,,female,", "sex"),
    ("10000016,GENHOSP,A,B,,,F", "7 fields where the header has 8"),
    ("10000016,GENHOSP,A,B,,,F,,", "9 fields where the header has 8"),
    ("10000016,GENHOSP,,,,,,10000016", "merged into itself"),
    ("10000016,GENHOSP,\"A\"x,B,,,,", "closing quote"),
    ("10000016,GENHOSP,A\u{0}B,B,,,,", "control character"),
    ("\"10000016\n\",GENHOSP,A,B,,,,", "mrn holds a line break"),
  ]) func `a bad line is reported and the lines around it are taken`(line: String, reason: String) async throws {
    let good = ["10000024,GENHOSP,A,B,,,,", "10000032,GENHOSP,A,B,,,,"]
    let read = try await read([Self.header, good[0], line, good[1]].joined(separator: "\n"))
    #expect(read.patients.map(\.key) == [key("10000024"), key("10000032")])
    #expect(read.rejects.map(\.line) == [3])
    #expect(read.rejects.first?.reason.contains(reason) == true, "\(read.rejects)")
  }

  @Test func `a line that is not UTF-8 ends itself alone`() async throws {
    var bytes = Array((Self.header + "\n10000016,GENHOSP,M").utf8)
    bytes += [0xFC] + Array("ller,A,,,,\n10000024,GENHOSP,A,B,,,,\n".utf8)
    let read = try await read(bytes)
    #expect(read.patients.map(\.key) == [key("10000024")])
    #expect(read.rejects == [.init(line: 2, reason: "not valid UTF-8")])
  }

  @Test func `a quote that is never closed costs its own line, not the rest of the file`() async throws {
    let rows = (0..<2000).map { "\(10_000_000 + $0),GENHOSP,A,B,,,," }
    let read = try await read(([Self.header, "20000000,GENHOSP,\"A,B,,,,"] + rows).joined(separator: "\n"))
    #expect(read.patients.count == 2000)
    #expect(read.rejects.map(\.line) == [2])
  }

  @Test func `rows that contradict one another are both refused, and each names the other`() async throws {
    let found = try await rejects("10000016,GENHOSP,A,B,,,F,", "10000024,GENHOSP,A,B,,,F,", "10000016,GENHOSP,A,B,,,M,")
    #expect(found.map { $0.prefix(20) } == ["2: contradicts line 4", "4: contradicts line 2"].map { $0.prefix(20) })
    let mergedAndNot = try await rejects("10000016,GENHOSP,A,B,,,F,", "10000016,GENHOSP,A,B,,,F,10000024")
    #expect(mergedAndNot.count == 2)
  }

  @Test func `a circle of merges is refused line by line; what hangs on it or leads elsewhere is not`() async throws {
    let read = try await read(
      [
        Self.header, "10000016,GENHOSP,,,,,,10000024", "10000024,GENHOSP,,,,,,10000032",
        "10000032,GENHOSP,,,,,,10000016",
        "10000040,GENHOSP,,,,,,10000016", "10000057,GENHOSP,,,,,,10000065", "10000065,GENHOSP,A,B,,,,",
      ].joined(separator: "\n"))
    #expect(read.rejects.map(\.line) == [2, 3, 4])
    #expect(read.rejects.allSatisfy { $0.reason.contains("circle") })
    #expect(read.patients.map(\.key.mrn) == ["10000040", "10000057", "10000065"])
  }

  @Test func `encounters are checked too`() async throws {
    let header = "visit,account,authority,mrn,class,admit,discharge\n"
    let good = [
      "2026-03-01", "2026-03-01T10:00", "2026-03-01 10:00:59", "2026-03-01T10:00:00.125+01:00", "2026-03-01T10:00Z", "",
    ]
    let bad = [
      "2026-02-30", "2026-03-01T25:00", "2026-03-01T10:00:61", "yesterday", "2026-03-01T10:00:00.Z",
      "2026-03-01T10:00+1",
    ]
    for (at, moment) in (good + bad).enumerated() {
      let read = try await read(header + "5,A,GENHOSP,10000016,IMP,\(moment),\n")
      #expect(read.rejects.count == (at < good.count ? 0 : 1), "\(moment)")
      #expect(read.encounters.count == (at < good.count ? 1 : 0), "\(moment)")
    }
    let twice = try await read(header + "5,A,GENHOSP,10000016,,,\n5,A,GENHOSP,10000024,,,\n5,A,OTHER,10000024,,,\n")
    #expect(twice.rejects.map(\.line) == [2, 3] && twice.encounters.count == 1)
  }

  // MARK: What ends the file

  @Test func `a header that cannot be right names what would be`() async {
    await #expect(throws: PatientCSVError.unknownColumn("brith_date", nearest: "birth_date")) {
      try await read("mrn,authority,brith_date\n")
    }
    await #expect(throws: PatientCSVError.unknownColumn("MRN", nearest: "mrn")) { try await read("MRN,authority\n") }
    await #expect(throws: PatientCSVError.repeatedColumn("mrn")) { try await read("mrn,authority,mrn\n") }
    await #expect(
      throws: PatientCSVError.missingColumns(["family", "given", "middle", "birth_date", "sex"], .patients)
    ) {
      try await read("mrn,authority\n")
    }
    await #expect(throws: PatientCSVError.missingColumns(["authority"], .encounters)) { try await read("visit,mrn\n") }
    await #expect(throws: PatientCSVError.unreadableHeader("the columns must be separated by commas")) {
      try await read("mrn;authority\n")
    }
    await #expect(throws: PatientCSVError.empty) { try await read("\n\r\n") }
    await #expect(throws: PatientCSVError.unreadableHeader("not valid UTF-8")) {
      try await read([0xFF, 0xFE, 0x6D, 0x00])
    }
  }

  @Test func `everything has a limit`() async throws {
    let row = "\n10000016,GENHOSP,A,B,,,,"
    await #expect(throws: PatientCSVError.tooManyRows(max: 2)) {
      try await read(Self.header + row + row + row, limits: .init(rowsMax: 2))
    }
    await #expect(throws: PatientCSVError.tooManyBytes(found: 8, max: 7)) {
      try await read("mrn,mrn,", limits: .init(fileBytesMax: 7))
    }
    let long = String(repeating: "x", count: 20)
    #expect(
      try await read(Self.header + "\n10000016,GENHOSP,\(long),B,,,,", limits: .init(fieldBytesMax: 19)).rejects.count
        == 1)
    #expect(
      try await read(Self.header + "\n" + String(repeating: ",", count: 100_000)).rejects.map(\.reason) == [
        "more than 64 fields"
      ])
  }

  @Test func `no bytes whatever end the program`() async {
    var state: UInt64 = 42
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let alphabet = Array(",\"\r\n\t 1AZ-\u{0}".utf8) + [0xC3, 0xBC, 0xFF, 0xEF, 0xBB, 0xBF]
    for _ in 0..<500 {
      let tail = (0..<next(60)).map { _ in alphabet[next(alphabet.count)] }
      _ = try? await read(Array((Self.header + "\n").utf8) + tail)
      _ = try? await read(tail)
    }
  }

  /// A file of the repository's fixtures.
  private func fixture(_ name: String) -> [UInt8] {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    guard let file = fopen(root + "/fixtures/" + name, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}
