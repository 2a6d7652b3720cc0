import Journaling
import Model
import Testing

@testable import SQLiteStores

/// Links over time: what any order of merges and un-merges comes to.
@Suite struct PatientLinkTests {
  let folder = TemporaryFolder()
  let journal: SQLiteJournal
  init() throws { journal = try SQLiteJournal(path: folder.file("journal.sqlite"), create: true) }

  private func key(_ number: Int) -> PatientKey { PatientKey(authority: "GENHOSP", mrn: String(number)) }

  private func load(
    _ events: [PatientEvent], mode: PatientImportMode = .goodPart
  ) async throws -> PatientImportOutcome {
    let file = PatientImport(order: .asWritten, file: Example.digest(1), importedAt: Example.time(0)) { take in
      for event in events { try take(.event(event)) }
    }
    return try await journal.load([file], mode: mode) { _ in }[0]
  }

  private func event(_ facts: PatientFact..., at second: Int? = nil, line: Int = 1) -> PatientEvent {
    PatientEvent(line: line, at: second.map(Example.time), name: "A40 M\(line)", facts: facts)
  }

  private func know(_ numbers: ClosedRange<Int>, at second: Int? = nil) async throws {
    _ = try await load(numbers.map { event(.person(PatientUpdate(keys: [key($0)])), at: second, line: $0) })
  }

  private func survivor(_ number: Int) async throws -> PatientKey? {
    try await journal.candidates(numbers: [String(number)], visits: []).byNumber[String(number)]?.first?.survivor
  }

  // MARK: Any order

  /// The rules once more, over a plain dictionary: false is a link that was taken back.
  private struct Model {
    var links: [[Int]: Bool] = [:]
    func leads(_ from: Int, to: Int) -> Bool {
      from == to || links.contains { $0.value && $0.key[0] == from && leads($0.key[1], to: to) }
    }
    mutating func merge(_ from: Int, _ into: Int) -> Bool {
      guard links[[from, into]] != true else { return true }
      guard from != into, links[[from, into]] == nil, !leads(into, to: from) else { return false }
      links[[from, into]] = true
      return true
    }
    mutating func unmerge(_ a: Int, _ b: Int) -> Bool {
      let pairs = [[a, b], [b, a]].filter { links[$0] != nil }
      for pair in pairs { links[pair] = false }
      return !pairs.isEmpty
    }
    /// Every end that a number may lead to; nil for one that cannot be told.
    func ends(_ number: Int) -> Set<Int?> {
      let next = links.filter { $0.key[0] == number }
      if next.isEmpty { return [number] }
      return next.reduce(into: []) { $0.formUnion($1.value ? ends($1.key[1]) : [nil]) }
    }
    func survivor(_ number: Int) -> Int? { ends(number).count == 1 ? ends(number).first! : nil }
    func aliases(_ number: Int, of all: ClosedRange<Int>) -> [Int] {
      all.filter { $0 != number && leads($0, to: number) }
    }
  }

  @Test(arguments: 1...12)
  func `I6: after any sequence of merges and un-merges each number is whom the links say, or nobody`(seed: Int)
    async throws
  {
    var dice = Dice(seed)
    let all = 1...7
    try await know(all)
    var model = Model()
    for step in 1...60 {
      let (a, b) = (dice.roll(all.count), dice.roll(all.count))
      let isMerge = dice.roll(3) > 1
      let next = event(
        isMerge ? .link(key(a), into: key(b), .merge) : .unlink(key(a), key(b)), at: step, line: step)
      let tried = try await load([next], mode: .dryRun)
      let done = try await load([next])
      #expect(tried.rejects == done.rejects && tried.counts == done.counts && tried.changes == done.changes)
      let isGood = isMerge ? model.merge(a, b) : model.unmerge(a, b)
      #expect(done.isClean == isGood, "step \(step): \(next.facts) \(done.rejects)")
      for number in all {
        #expect(try await survivor(number) == model.survivor(number).map(key), "step \(step), number \(number)")
      }
    }
    for number in all {
      let aliases = try await journal.aliases(of: key(number))
      #expect(aliases == model.aliases(number, of: all).map(key).sorted())
    }
    #expect(try await journal.checkIntegrity() == [])
  }

  // MARK: Dates

  @Test func `a merge keeps its date and its message, and so does the un-merge`() async throws {
    try await know(1...2)
    _ = try await load([event(.link(key(1), into: key(2), .merge), at: 100, line: 7)])
    _ = try await load([event(.unlink(key(2), key(1)), at: 200, line: 8)])
    let link = try #require(try await journal.details(number: "1", authority: nil).first?.links.first)
    #expect(link.since == Example.time(100) && link.source == "A40 M7")
    #expect(link.undoneAt == Example.time(200) && link.undoneBy == "A40 M8")
    let reviews = try await journal.openReviews()
    #expect(reviews.map(\.from) == [key(1)] && reviews.map(\.into) == [key(2)] && reviews.map(\.kind) == [.unmerge])
    try await journal.finish(reviews[0], proposing: [])
    #expect(try await journal.openReviews() == [])
  }

  @Test func `stale messages are told and change nothing`() async throws {
    try await know(1...3, at: 50)
    var old = PatientUpdate(keys: [key(1)])
    old.family = "Older"
    let stale = try await load([event(.person(old), at: 40)])
    #expect(stale.rejects.map(\.kind) == [.ignored] && stale.isClean)
    #expect(try await journal.patients(number: "1", authority: nil).map(\.family) == [""])
    _ = try await load([event(.link(key(1), into: key(2), .merge), at: 100)])
    // Data of the number from before its merge, and an un-merge of something before it.
    #expect(try await load([event(.person(old), at: 90)]).rejects.map(\.kind) == [.ignored])
    #expect(try await load([event(.unlink(key(1), key(2)), at: 99)]).rejects.map(\.kind) == [.ignored])
    #expect(try await survivor(1) == key(2))
    _ = try await load([event(.unlink(key(1), key(2)), at: 150)])
    #expect(try await load([event(.link(key(1), into: key(2), .merge), at: 120)]).rejects.map(\.kind) == [.ignored])
    #expect(try await load([event(.link(key(1), into: key(2), .merge), at: 160)]).rejects.map(\.kind) == [.refused])
    #expect(try await survivor(1) == nil)
  }

  @Test func `a message whose time lies ahead counts as of its import: what comes after it is not stale`() async throws
  {
    let years = 3 * 366 * 86_400
    func name(_ family: String, at second: Int) async throws -> PatientImportOutcome {
      var update = PatientUpdate(keys: [key(1)])
      update.family = family
      return try await load([event(.person(update), at: second)])
    }
    let ahead = try await name("Ahead", at: years)
    #expect(ahead.isClean && ahead.changes.contains { $0.what.contains("lies ahead") }, "\(ahead)")
    #expect(try await name("Right", at: 10).isClean)
    #expect(try await patient(1)?.family == "Right")
    #expect(try await load([event(.link(key(3), into: key(4), .merge), at: years)]).isClean)
    #expect(try await load([event(.unlink(key(3), key(4)), at: 20)]).rejects == [])
    #expect(try await survivor(3) == nil)
  }

  /// A snapshot's row; `importedAt` is `second`.
  private func snapshot(_ patient: Patient, _ visits: [Encounter] = [], at second: Int) async throws {
    let file = PatientImport(
      patients: [patient], encounters: visits, file: Example.digest(2), importedAt: Example.time(second))
    _ = try await journal.load([file], mode: .whole) { _ in }
  }

  private func patient(_ number: Int) async throws -> Patient? {
    try await journal.patients(number: String(number), authority: nil).first
  }

  @Test func `what is older than the import of a row is stale, however new the last message was`() async throws {
    let row = Patient(key: key(1), family: "Row", birthDate: "1961-04-12")
    try await snapshot(row, [Encounter(visit: "5", patient: key(1), admit: "2026-03-01")], at: 500)
    var old = PatientUpdate(keys: [key(1)])
    old.family = "Older"
    var stay = EncounterUpdate(visit: "5", patient: key(1))
    stay.admit = "2020-01-01"
    func stale(_ second: Int) async throws {
      for fact in [PatientFact.person(old), .stay(stay), .moveVisit("5", from: key(1), to: key(2))] {
        let outcome = try await load([event(fact, at: second)])
        #expect(outcome.rejects.map(\.kind) == [.ignored] && outcome.rejects[0].reason.contains("stale"), "\(fact)")
      }
    }
    try await stale(400)
    // A newer message, then the row again: what is between the two is older than the row.
    var new = old
    new.family = "Newer"
    #expect(try await load([event(.person(new), at: 600)]).isClean)
    #expect(try await patient(1)?.family == "Newer")
    try await snapshot(row, [Encounter(visit: "5", patient: key(1), admit: "2026-03-01")], at: 700)
    try await stale(650)
    #expect(try await patient(1)?.family == "Row")
    #expect(try await journal.details(number: "1", authority: nil)[0].encounters.map(\.admit) == ["2026-03-01"])
  }

  @Test func `I6: a merge that is older than its number's own row is refused`() async throws {
    try await snapshot(Patient(key: key(1), family: "Row"), at: 500)
    try await snapshot(Patient(key: key(2), family: "Kept"), at: 500)
    var survivor = PatientUpdate(keys: [key(2)], isIncidental: true)
    survivor.family = "Before"
    func merge(_ number: Int, at second: Int) async throws -> PatientImportOutcome {
      try await load([event(.person(survivor), .link(key(number), into: key(2), .merge), at: second)])
    }
    let old = try await merge(1, at: 400)
    #expect(old.rejects.map(\.kind) == [.refused] && old.counts.merges == 0)
    #expect(old.rejects.first?.reason.contains("has GENHOSP:1 as a patient of its own") == true, "\(old.rejects)")
    #expect(try await self.survivor(1) == key(1))
    // So too by a message about the number: in the other order it would be the one that is refused.
    try await know(3...3, at: 450)
    #expect(try await merge(3, at: 400).rejects.map(\.kind) == [.refused])
    // Newer data of the number that stays says nothing against it, and keeps its name.
    #expect(try await merge(3, at: 460).isClean)
    #expect(try await self.survivor(3) == key(2))
    #expect(try await patient(2)?.family == "Kept")
    #expect(try await merge(1, at: 600).isClean)
    #expect(try await self.survivor(1) == key(2))
    // Known already: said again, however old, it changes nothing.
    #expect(try await merge(1, at: 400).isClean)
  }

  @Test func `a row of an older release, which has no time, counts as of its import`() async throws {
    try await snapshot(Patient(key: key(1), family: "Row"), at: 500)
    try await journal.file.execute("UPDATE patients SET as_of = NULL")
    var old = PatientUpdate(keys: [key(1)])
    old.family = "Older"
    #expect(try await load([event(.person(old), at: 400)]).rejects.map(\.kind) == [.ignored])
    #expect(try await load([event(.person(old), at: 600)]).isClean)
  }

  // MARK: Levels and identity

  @Test func `a protected person is restricted at least, and no message lowers a level by the way`() async throws {
    var update = PatientUpdate(keys: [key(1)])
    update.confidentialityMin = "restricted"
    for (known, after) in [("normal", "restricted"), ("very restricted", "very restricted")] {
      try await snapshot(Patient(key: key(1), confidentiality: known), at: 1)
      let outcome = try await load([event(.person(update), at: 900)])
      #expect(try await patient(1)?.confidentiality == after)
      #expect(
        outcome.levels.map(\.what)
          == (known == after ? [] : ["GENHOSP:1: confidentiality normal → restricted"]))
    }
    update.confidentialityMin = nil
    update.family = "Silent"
    #expect(try await load([event(.person(update), at: 901)]).levels == [])
    #expect(try await patient(1)?.confidentiality == "very restricted")
    update.confidentiality = "normal"
    let refused = try await load([event(.person(update), .link(key(1), into: key(1), .merge), at: 902)])
    #expect(refused.levels == [], "what was refused has changed no level")
    #expect(
      try await load([event(.person(update), at: 902)]).levels.map(\.what)
        == ["GENHOSP:1: confidentiality very restricted → normal"])
  }

  @Test func `a changed number keeps name, birth date and level, also when it is taken back`() async throws {
    let old = Patient(
      key: key(1), family: "Fixture", given: "Testa", birthDate: "1961-04-12", sex: "F", confidentiality: "restricted",
      isTemporary: true)
    try await snapshot(old, at: 10)
    var person = PatientUpdate(keys: [key(2)], isIncidental: true)
    person.sex = "O"
    let changed = try await load([event(.link(key(1), into: key(2), .change), .person(person), at: 100)])
    #expect(changed.isClean && changed.counts.patientsAdded == 1)
    var new = old
    (new.key, new.sex) = (key(2), "O")
    #expect(try await patient(2) == new)
    var raised = PatientUpdate(keys: [key(2)])
    raised.confidentiality = "very restricted"
    #expect(try await load([event(.person(raised), at: 150)]).isClean)
    #expect(try await load([event(.unlink(key(2), key(1)), at: 200)]).isClean)
    for number in [1, 2] {
      let known = try #require(try await patient(number))
      #expect(
        known.family == "Fixture" && known.birthDate == "1961-04-12" && known.confidentiality == "very restricted")
    }
  }

  @Test func `a second number in a message overwrites nobody: refused if it contradicts, else linked`() async throws {
    let second = Patient(key: key(2), family: "Pattern", given: "Paul", birthDate: "1990-01-17", sex: "M")
    try await snapshot(second, at: 10)
    var update = PatientUpdate(keys: [key(1), key(2)])
    (update.family, update.birthDate) = ("Exemplar", "1972-07-04")
    let refused = try await load([event(.person(update), at: 100, line: 7)])
    #expect(refused.rejects.map(\.kind) == [.refused] && refused.rejects.map(\.line) == [7])
    #expect(refused.rejects[0].reason.contains("known with another family name and birth date"))
    #expect(try await patient(1) == nil, "nothing of the message is taken")
    #expect(try await patient(2) == second)
    (update.family, update.given, update.birthDate) = ("PATTERN", "Pauline", nil)
    update.birthDatePart = "1990"
    #expect(try await load([event(.person(update), at: 101)]).isClean)
    #expect(try await patient(2) == second)
    #expect(try await journal.details(number: "2", authority: nil)[0].links.map(\.kind) == [.link])
  }

  @Test func `a year alone does not erase the day that is known in it`() async throws {
    try await snapshot(Patient(key: key(1), birthDate: "1961-04-12"), at: 10)
    var update = PatientUpdate(keys: [key(1)])
    for (part, known) in [("1961", "1961-04-12"), ("1961-04", "1961-04-12"), ("1962", "")] {
      (update.birthDate, update.birthDatePart) = ("", part)
      #expect(try await load([event(.person(update), at: 100)]).isClean)
      #expect(try await patient(1)?.birthDate == known, "\(part)")
    }
  }

  @Test func `a message that speaks of a merged number as a patient of its own is refused`() async throws {
    try await know(1...2)
    _ = try await load([event(.link(key(1), into: key(2), .merge), at: 100)])
    var update = PatientUpdate(keys: [key(1)])
    update.family = "Later"
    let refused = try await load([event(.person(update), at: 200)])
    #expect(refused.rejects.map(\.kind) == [.refused] && refused.rejects[0].reason.contains("A37"))
    update.isOwn = true
    let own = try await load([event(.person(update), at: 200)])
    #expect(own.isClean && own.counts.mergesUndone == 1)
    #expect(try await journal.openReviews().count == 1)
  }

  @Test func `two records of one person are linked and stay apart`() async throws {
    try await know(1...2)
    let other = PatientKey(authority: "EASTCLINIC", mrn: "9")
    let gsrn = PatientKey(authority: "GS1", mrn: "376104250021234569")
    _ = try await load([event(.person(PatientUpdate(keys: [key(1), other, gsrn])))])
    _ = try await load([event(.link(key(2), into: key(1), .link))])
    #expect(try await survivor(1) == key(1))
    #expect(try await survivor(2) == key(2))
    #expect(try await survivor(9) == other)
    #expect(try await journal.aliases(of: key(1)) == [gsrn])
    let kinds = try await journal.details(number: "1", authority: "GENHOSP")[0].links.map(\.kind.rawValue).sorted()
    #expect(kinds == ["identifier", "link", "link"])
    // Taken back it leaves nothing to look for; a merge may follow a link.
    #expect(try await load([event(.unlink(key(1), key(2)))]).isClean)
    #expect(try await journal.openReviews() == [])
  }

  // MARK: Whole or not at all

  @Test func `of an event that is refused nothing is taken, and those around it are`() async throws {
    try await know(1...3)
    var update = PatientUpdate(keys: [key(2)])
    update.family = "Half"
    let outcome = try await load([
      event(.link(key(1), into: key(2), .merge), line: 1),
      event(.person(update), .link(key(2), into: key(1), .merge), line: 2),
      event(.link(key(3), into: key(2), .merge), line: 3),
    ])
    #expect(outcome.rejects.map(\.line) == [2] && outcome.rejects[0].reason.contains("circular"))
    #expect(outcome.counts.taken == 2 && outcome.counts.merges == 2)
    #expect(try await journal.patients(number: "2", authority: nil).map(\.family) == [""])
    #expect(try await journal.aliases(of: key(2)) == [key(1), key(3)])
  }

  // MARK: Visits

  @Test func `a visit changes its patient only by a message that moves it`() async throws {
    try await know(1...3)
    var stay = EncounterUpdate(visit: "5", patient: key(1))
    stay.account = "A7"
    stay.admit = "2026-03-01"
    _ = try await load([event(.stay(stay), at: 10)])
    var wrong = stay
    wrong.patient = key(2)
    #expect(try await load([event(.stay(wrong), at: 20)]).rejects.map(\.kind) == [.refused])
    #expect(try await load([event(.moveVisit("5", from: key(3), to: key(2)), at: 20)]).isClean == false)
    #expect(try await load([event(.moveVisit("6", from: key(1), to: key(2)), at: 20)]).isClean == false)
    #expect(try await load([event(.moveVisit("5", from: key(1), to: key(2)), at: 20)]).isClean)
    #expect(try await journal.candidates(numbers: [], visits: ["5"]).byVisit["5"]?.map(\.asked) == [key(2)])
    #expect(try await load([event(.moveAccount("A7", from: key(2), to: key(3)), at: 30)]).isClean)
    #expect(try await journal.candidates(numbers: [], visits: ["5"]).byVisit["5"]?.map(\.asked) == [key(3)])
    let reviews = try await journal.openReviews()
    #expect(reviews.map(\.kind) == [.visit, .visit] && reviews.map(\.into) == [key(2), key(3)])
    // Older news of the visit.
    #expect(
      try await load([event(.stay(EncounterUpdate(visit: "5", patient: key(3))), at: 5)]).rejects[0].kind == .ignored)
    #expect(try await journal.details(number: "3", authority: nil)[0].encounters.map(\.admit) == ["2026-03-01"])
  }

  @Test func `a visit that would end before it began is refused, also where its dates come one by one`()
    async throws
  {
    let lines = [
      "visit,authority,mrn,admit,discharge", "5,GENHOSP,1,2026-03-02,2026-03-01",
      "6,GENHOSP,1,2026-03-02T10:00,2026-03-02", "7,GENHOSP,1,2026-03-02 10:00Z,2026-03-01T23:00-10:00",
    ]
    let bytes = Array(lines.joined(separator: "\n").utf8)
    let csv = try PatientCSV(isPossibleMRN: { _ in true }) {
      var rest = bytes
      return {
        defer { rest = [] }
        return rest
      }
    }
    let rows = PatientImport(order: .any, file: Example.digest(3), importedAt: Example.time(1), feed: csv.feed)
    let outcome = try await journal.load([rows], mode: .goodPart) { _ in }[0]
    #expect(outcome.rejects.map(\.line) == [2, 4] && outcome.counts.encountersAdded == 1)
    #expect(outcome.rejects.allSatisfy { $0.kind == .refused && $0.reason.contains("discharge is before admit") })
    func take(_ admit: String?, _ discharge: String?, at second: Int) async throws -> [String] {
      var stay = EncounterUpdate(visit: "6", patient: key(1))
      (stay.admit, stay.discharge) = (admit, discharge)
      return try await load([event(.stay(stay), at: second)]).rejects.map(\.reason)
    }
    for (admit, discharge) in [(nil, "2026-02-28"), ("2026-03-03", nil)] as [(String?, String?)] {
      let refused = try await take(admit, discharge, at: 900)
      #expect(refused.count == 1 && refused[0].contains("visit 6 would end before it began"), "\(refused)")
    }
    #expect(try await take(nil, "2026-03-05", at: 901) == [])
    #expect(try await take("2026-03-03", nil, at: 902) == [])
  }

  // MARK: Older journals

  @Test func `I6: a circle that an older release took is still nobody's`() async throws {
    try await know(1...3)
    try await journal.file.execute(
      """
      INSERT INTO merges (authority, mrn, into_authority, into_mrn, revision) VALUES
        (CAST('GENHOSP' AS BLOB), CAST('1' AS BLOB), CAST('GENHOSP' AS BLOB), CAST('2' AS BLOB), 1),
        (CAST('GENHOSP' AS BLOB), CAST('2' AS BLOB), CAST('GENHOSP' AS BLOB), CAST('1' AS BLOB), 1),
        (CAST('GENHOSP' AS BLOB), CAST('3' AS BLOB), CAST('GENHOSP' AS BLOB), CAST('2' AS BLOB), 1)
      """)
    for number in 1...3 { #expect(try await survivor(number) == nil) }
    #expect(try await load([event(.link(key(3), into: key(1), .merge))]).isClean, "nothing runs for ever on it")
  }

  @Test func `too many bad lines stop an import, and nothing of it is taken`() async throws {
    let file = PatientImport(order: .asWritten, file: Example.digest(1), importedAt: Example.time(0)) { take in
      try take(.event(event(.person(PatientUpdate(keys: [key(1)])))))
      for line in 0...PatientImportOutcome.rejectsMax { try take(.reject(.init(line: line, reason: "bad"))) }
    }
    let journal = journal
    await expect(PatientImportError.tooManyRejects(max: PatientImportOutcome.rejectsMax)) {
      _ = try await journal.load([file], mode: .goodPart) { _ in }
    }
    #expect(try await journal.revision().revision == "0")
  }
}

/// A small linear congruential generator: the same seed, the same throws.
private struct Dice {
  private var state: UInt64
  init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }
  /// 1 to `sides`.
  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % sides + 1
  }
}
