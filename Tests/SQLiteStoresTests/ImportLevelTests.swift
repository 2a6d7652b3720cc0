import FoundationEssentials
import Journaling
import Model
import Testing

@testable import SQLiteStores

/// What an import lowers and tells, where whoever imports may not see everybody; and what changes nothing.
@Suite struct ImportLevelTests {
  let folder = TemporaryFolder()
  let journal: SQLiteJournal
  init() throws { journal = try SQLiteJournal(path: folder.file("journal.sqlite"), create: true) }

  private func key(_ number: Int) -> PatientKey { PatientKey(authority: "GENHOSP", mrn: String(number)) }

  private func person(_ number: Int, _ family: String, _ level: Confidentiality = .normal) -> Patient {
    Patient(key: key(number), family: family, birthDate: "1991-09-19", confidentiality: level.rawValue)
  }

  private func rows(_ patients: Patient..., at second: Int) -> PatientImport {
    PatientImport(patients: patients, encounters: [], file: Example.digest(second), importedAt: Example.time(second))
  }

  private func message(_ facts: PatientFact..., at second: Int) -> PatientImport {
    PatientImport(order: .asWritten, file: Example.digest(second), importedAt: Example.time(2000)) { hand in
      try hand(.event(PatientEvent(line: 1, at: Example.time(second), name: "A08 M1", facts: facts)))
    }
  }

  private func take(
    _ file: PatientImport, seeing level: Confidentiality, mode: PatientImportMode = .goodPart
  ) async throws -> PatientImportOutcome {
    var file = file
    file.clearance = level
    file.event = AuditEvent(
      at: Example.time(0), operator: "anna", login: "anna", verb: "patients import", outcome: .done,
      subject: AuditSubject())
    return try await journal.load([file], mode: mode) { _ in }[0]
  }

  /// Outcome, patient and detail of each record.
  private func trail() async throws -> [String] {
    try await journal.audit(after: 0, limit: 100).map { stored in
      let event = try JSONDecoder().decode(AuditRecord.self, from: Data(stored.bytes)).event
      let patient = event.subject.patient?.description ?? "-"
      return "\(event.outcome.rawValue) \(patient): \(event.subject.detail ?? "-")"
    }
  }

  // MARK: Levels

  @Test func `a level above the importer's does not fall, by a row or by a message, and who tried it is on record`()
    async throws
  {
    _ = try await take(rows(person(1, "Hidden", .restricted), at: 1), seeing: .veryRestricted)
    var update = PatientUpdate(keys: [key(1)])
    update.confidentiality = "normal"
    let tries = [rows(person(1, "Hidden"), at: 2), message(.person(update), at: 900)]
    for file in tries { #expect(try await take(file, seeing: .normal, mode: .dryRun).isClean) }
    #expect(try await trail() == [], "a dry run leaves no trace")
    for file in tries {
      let outcome = try await take(file, seeing: .normal)
      #expect(outcome.kept == [.init(line: 1, patient: key(1))] && outcome.levels == [] && outcome.counts.taken == 1)
      #expect(try await journal.level(of: key(1)) == .restricted)
    }
    let refused = "refused GENHOSP:1: confidentiality stays restricted; the file says normal"
    #expect(try await trail() == [refused, refused])
    // Who may see it may lower it.
    let lowered = try await take(rows(person(1, "Hidden"), at: 3), seeing: .restricted)
    #expect(lowered.kept == [] && lowered.levels.map(\.what) == ["GENHOSP:1: confidentiality restricted → normal"])
    #expect(try await trail().last == "done GENHOSP:1: confidentiality restricted → normal")
    #expect(try await journal.level(of: key(1)) == .normal)
  }

  @Test func `anybody may raise a level; of one that was too high before nothing is told`() async throws {
    _ = try await take(rows(person(1, "A", .restricted), person(2, "B"), at: 1), seeing: .veryRestricted)
    let raised = try await take(
      rows(person(1, "A", .veryRestricted), person(2, "B", .restricted), at: 2), seeing: .normal)
    #expect(raised.levels.map(\.what) == ["GENHOSP:2: confidentiality normal → restricted"])
    #expect(try await journal.level(of: key(1)) == .veryRestricted)
    #expect(try await journal.level(of: key(2)) == .restricted)
    #expect(try await trail() == [])
  }

  @Test func `a merge that is taken back leaves each number as protected as the person was`() async throws {
    _ = try await take(rows(person(1, "Kept", .restricted), person(3, "Old"), at: 1), seeing: .veryRestricted)
    let merged = [3: 1, 4: 3].sorted { $0.key < $1.key }.map { Patient(key: key($0.key), mergedInto: key($0.value)) }
    _ = try await take(rows(merged[0], merged[1], at: 2), seeing: .veryRestricted)
    for number in [1, 3, 4] { #expect(try await journal.level(of: key(number)) == .restricted) }
    let row = try await take(rows(person(3, "Old"), at: 3), seeing: .normal)
    #expect(row.counts.mergesUndone == 0 && row.changes == [] && row.counts.taken == 1)
    #expect(try await journal.aliases(of: key(1)) == [])
    let undone = "GENHOSP:3 is not merged into GENHOSP:1 any more"
    #expect(try await trail() == ["done GENHOSP:3: \(undone)", "done GENHOSP:1: \(undone)"])
    for number in [1, 3, 4] { #expect(try await journal.level(of: key(number)) == .restricted, "\(number)") }
    #expect(try await take(rows(person(3, "Old"), at: 4), seeing: .restricted).levels.count == 1)
    #expect(try await journal.level(of: key(3)) == .normal)
  }

  // MARK: What is told

  @Test func `nothing that an import says differs by whether somebody hidden was guessed`() async throws {
    _ = try await take(rows(person(1, "Hidden", .restricted), person(2, "Open"), at: 1), seeing: .veryRestricted)
    func both(_ make: (String) -> PatientImport) async throws -> [PatientImportOutcome] {
      var outcomes: [PatientImportOutcome] = []
      for guess in ["Hidden", "Guess"] {
        outcomes.append(try await take(make(guess), seeing: .normal, mode: .dryRun))
      }
      return outcomes
    }
    let row = try await both { rows(person(1, $0, .restricted), at: 2) }
    #expect(row[0] == row[1] && row[0].counts.taken == 1 && row[0].saysNothingNew)
    let alone = try await both { guess in
      var update = PatientUpdate(keys: [key(1)])
      update.family = guess
      return message(.person(update), at: 900)
    }
    #expect(alone[0] == alone[1] && alone[0].isClean && alone[0].saysNothingNew)
    // A second number is linked only where name and birth date agree.
    let second = try await both { guess in
      var update = PatientUpdate(keys: [key(2), key(1)])
      update.family = guess
      return message(.person(update), at: 900)
    }
    #expect(second[0] == second[1] && second[0].rejects.map(\.kind) == [.refused])
    #expect(second[0].rejects[0].reason.contains("a level that you may not see"), "\(second[0].rejects)")
  }

  @Test func `a refused line names nobody whom the importer may not see`() async throws {
    _ = try await take(rows(person(1, "Hidden", .restricted), person(2, "Open"), at: 1), seeing: .veryRestricted)
    _ = try await take(
      message(.stay(EncounterUpdate(visit: "5", patient: key(1))), at: 900), seeing: .veryRestricted)
    let taken = message(.stay(EncounterUpdate(visit: "5", patient: key(2))), at: 901)
    #expect(try await take(taken, seeing: .restricted).rejects[0].reason.contains("is known as GENHOSP:1's"))
    #expect(try await !take(taken, seeing: .normal).rejects[0].reason.contains("GENHOSP:1"))
  }

  @Test
  func `I6: no row moves a visit of somebody hidden or gives them one, and each try is on record`()
    async throws
  {
    func visits(_ visits: (String, Int)..., merging merged: (Int, Int)? = nil, at second: Int) -> PatientImport {
      var alias: [Patient] = []
      if let merged {
        alias = [Patient(key: key(merged.0), family: "", birthDate: "", mergedInto: key(merged.1))]
      }
      return PatientImport(
        patients: alias, encounters: visits.map { Encounter(visit: $0.0, patient: key($0.1)) },
        file: Example.digest(second),
        importedAt: Example.time(second))
    }
    _ = try await take(rows(person(1, "Hidden", .restricted), person(2, "Open"), at: 1), seeing: .veryRestricted)
    _ = try await take(visits(("5", 1), ("6", 2), merging: (11, 1), at: 2), seeing: .veryRestricted)
    let tries = [
      visits(("5", 2), at: 3), visits(("6", 1), at: 4), visits(("7", 1), at: 5),
      // A circle would tell that 11 is the hidden patient's.
      visits(merging: (1, 11), at: 7),
    ]
    for file in tries {
      let outcome = try await take(file, seeing: .normal)
      #expect(outcome.rejects.map(\.reason) == [PatientImporter.hiddenReason], "\(outcome)")
    }
    #expect(
      try await trail() == [
        "refused GENHOSP:1: visit 5 stays as it is; the file says otherwise",
        "refused GENHOSP:1: visit 6 stays as it is; the file says otherwise",
        "refused GENHOSP:1: visit 7 stays as it is; the file says otherwise",
        "refused GENHOSP:1: GENHOSP:1 stays as it is; the file says that it is merged into GENHOSP:11",
        "refused GENHOSP:11: GENHOSP:1 stays as it is; the file says that it is merged into GENHOSP:11",
      ])
    // What is known is no try, and who may see the patient moves the visit.
    #expect(try await take(visits(("5", 1), ("6", 2), merging: (11, 1), at: 8), seeing: .normal).isClean)
    #expect(try await take(visits(("5", 2), at: 9), seeing: .restricted).counts.encountersChanged == 1)
  }

  @Test(arguments: [PatientImportMode.goodPart, .whole, .dryRun])
  func `I6: no row merges somebody hidden with anybody, and each try is on record, also where nothing is taken`(
    mode: PatientImportMode
  ) async throws {
    func alias(_ from: Int, _ into: Int, at second: Int) -> PatientImport {
      rows(Patient(key: key(from), mergedInto: key(into)), at: second)
    }
    _ = try await take(rows(person(1, "Hidden", .restricted), person(2, "Open"), at: 1), seeing: .veryRestricted)
    _ = try await take(alias(11, 1, at: 2), seeing: .veryRestricted)
    let tries = [(2, 1), (1, 2), (12, 1), (11, 2)]
    for (at, (from, into)) in tries.enumerated() {
      let outcome = try await take(alias(from, into, at: 3 + at), seeing: .normal, mode: mode)
      #expect(outcome.rejects.map(\.reason) == [PatientImporter.hiddenReason] && outcome.revision == nil, "\(outcome)")
    }
    func says(_ from: Int, _ into: Int) -> String {
      "GENHOSP:\(from) stays as it is; the file says that it is merged into GENHOSP:\(into)"
    }
    #expect(
      try await trail() == [
        "refused GENHOSP:1: \(says(2, 1))", "refused GENHOSP:1: \(says(1, 2))", "refused GENHOSP:1: \(says(12, 1))",
        "refused GENHOSP:11: \(says(11, 2))",
      ])
    #expect(try await journal.aliases(of: key(1)) == [key(11)])
    #expect(try await journal.level(of: key(2)) == .normal)
    #expect(try await take(alias(2, 1, at: 9), seeing: .restricted).counts.merges == 1)
  }

  @Test
  func `I6: no message merges somebody hidden, moves a visit of theirs or gives them one, and each try is on record`()
    async throws
  {
    _ = try await take(rows(person(1, "Hidden", .restricted), person(2, "Open"), at: 1), seeing: .veryRestricted)
    let known = PatientFact.stay(EncounterUpdate(visit: "5", patient: key(1)))
    _ = try await take(message(known, at: 900), seeing: .veryRestricted)
    var discharged = EncounterUpdate(visit: "5", patient: key(1))
    discharged.discharge = "2026-02-01"
    let tries: [(fact: PatientFact, record: String)] = [
      (.link(key(2), into: key(1), .merge), "GENHOSP:2 stays as it is; the file says that it is merged into GENHOSP:1"),
      (.link(key(1), into: key(2), .change), "GENHOSP:1 stays as it is; the file says that it is now GENHOSP:2"),
      (
        .link(key(1), into: key(2), .link),
        "GENHOSP:1 stays as it is; the file says that it is the same person as GENHOSP:2"
      ),
      (
        .person(PatientUpdate(keys: [key(1), PatientKey(authority: "GS1", mrn: "9")])),
        "GS1:9 stays as it is; the file says that it is another number of GENHOSP:1"
      ),
      (
        .stay(EncounterUpdate(visit: "6", patient: key(1))), "visit 6 stays as it is; the file says otherwise"
      ),
      (.stay(discharged), "visit 5 stays as it is; the file says otherwise"),
      (.moveVisit("5", from: key(1), to: key(2)), "visit 5 stays as it is; the file says otherwise"),
    ]
    for (at, one) in tries.enumerated() {
      let outcome = try await take(message(one.fact, at: 901 + at), seeing: .normal, mode: .whole)
      #expect(outcome.rejects.map(\.reason) == ["A08 M1: " + PatientImporter.hiddenReason], "\(outcome)")
    }
    #expect(try await trail() == tries.map { "refused GENHOSP:1: A08 M1: \($0.record)" })
    for number in 1...2 { #expect(try await journal.aliases(of: key(number)) == []) }
    // What is known is no try, and who hides somebody with a message may say more in it.
    #expect(try await take(message(known, at: 950), seeing: .normal).isClean)
    var raised = PatientUpdate(keys: [key(2)])
    raised.confidentialityMin = "restricted"
    let both = message(.person(raised), .link(key(3), into: key(2), .merge), at: 951)
    #expect(try await take(both, seeing: .normal).isClean)
    #expect(try await journal.aliases(of: key(2)) == [key(3)])
  }

  @Test func `another name or birth date of somebody hidden is taken and on record`() async throws {
    _ = try await take(rows(person(1, "Hidden", .restricted), at: 1), seeing: .veryRestricted)
    #expect(try await take(rows(person(1, "Other", .restricted), at: 2), seeing: .normal).isClean)
    var update = PatientUpdate(keys: [key(1)])
    update.birthDate = "1990-01-01"
    #expect(try await take(message(.person(update), at: 900), seeing: .normal).isClean)
    let record = "done GENHOSP:1: another name or birth date"
    #expect(try await trail() == [record, record])
  }

  // MARK: Nothing new

  @Test func `a feed that changes nothing makes no revision; a snapshot does, for it says as of when`() async throws {
    var update = PatientUpdate(keys: [key(1)])
    update.family = "A"
    let feed = message(.person(update), .link(key(2), into: key(1), .merge), at: 900)
    #expect(try await take(feed, seeing: .veryRestricted).revision?.revision == "1")
    let again = try await take(feed, seeing: .veryRestricted)
    #expect(again.revision == nil && again.unchanged?.revision == "1" && again.isInForce && again.counts.taken == 1)
    let stale = try await take(message(.person(update), at: 800), seeing: .veryRestricted)
    #expect(stale.rejects.map(\.kind) == [.ignored] && stale.unchanged?.revision == "1")
    // Known as of a later moment is something else.
    #expect(try await take(message(.person(update), at: 950), seeing: .veryRestricted).revision?.revision == "2")
    // A rebuild takes again what was in force.
    var repeated = feed
    repeated.isRepeated = true
    #expect(try await take(repeated, seeing: .veryRestricted).revision?.revision == "3")
    let row = rows(Patient(key: key(1), family: "A"), at: 3000)
    for revision in ["4", "5"] {
      let outcome = try await take(row, seeing: .veryRestricted)
      #expect(outcome.revision?.revision == revision && outcome.saysNothingNew, "\(outcome)")
    }
  }
}
