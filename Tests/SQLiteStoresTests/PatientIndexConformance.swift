import Dispatch
import Journaling
import Model
import Synchronization
import Testing

extension JournalConformance {
  static func key(_ mrn: String, _ authority: String = "GENHOSP") -> PatientKey {
    PatientKey(authority: authority, mrn: mrn)
  }

  private static func rows(_ patients: [Patient], _ encounters: [Encounter] = [], at second: Int = 0) -> PatientImport {
    PatientImport(
      patients: patients, encounters: encounters, file: Example.digest(second), importedAt: Example.time(second))
  }

  private static func alias(_ mrn: String, into: String) -> Patient { Patient(key: key(mrn), mergedInto: key(into)) }

  /// Survivor that the index names for a number of GENHOSP.
  private static func survivor(_ mrn: String, in index: any PatientIndex) async throws -> PatientKey? {
    try await index.candidates(numbers: [mrn], visits: []).byNumber[mrn]?.first { $0.asked == key(mrn) }?.survivor
  }

  static let patients: [Case] = [
    Case("a new index knows nobody and has revision 0") { open in
      let index = try open()
      #expect(
        try await index.revision()
          == PatientRevision(revision: "0", importedAt: nil, patients: 0, aliases: 0, encounters: 0))
      #expect(try await index.candidates(numbers: ["1"], visits: ["5"]) == PatientCandidates(revision: "0"))
    },
    Case("an import is there for every process and raises the revision") { open in
      let index = try open()
      let jörg = Patient(
        key: key("10000057"), family: "Müster-Beispiel", given: "Jörg", middle: "", birthDate: "1955-09-09", sex: "M",
        confidentiality: "restricted", isTemporary: true)
      let visit = Encounter(
        visit: "5000000017", account: "A7", patient: jörg.key, patientClass: "IMP", admit: "2026-02-27T06:40:00Z")
      let first = try await index.load(rows([jörg, alias("11000015", into: "10000057")], [visit], at: 3))
      #expect(
        first == PatientRevision(revision: "1", importedAt: Example.time(3), patients: 1, aliases: 1, encounters: 1))
      #expect(try await open().load(rows([Patient(key: key("10000065"))])).revision == "2")
      #expect(try await open().patients(number: "10000057", authority: nil) == [jörg])
      #expect(try await open().patients(number: "10000057", authority: "EASTCLINIC") == [])
      #expect(try await open().patients(number: "11000015", authority: "GENHOSP").first?.mergedInto == jörg.key)
      let found = try await open().candidates(numbers: ["11000015", "10000057", "9"], visits: ["5000000017", "8"])
      let known = KnownPatient(
        asked: jörg.key, survivor: jörg.key, family: "Müster-Beispiel", birthDate: "1955-09-09", sex: "M")
      var asked = known
      asked.asked = key("11000015")
      #expect(found.revision == "2")
      #expect(found.byNumber == ["10000057": [known], "11000015": [asked]])
      #expect(found.byVisit == ["5000000017": [known]])
    },
    Case("the numbers that were merged into a patient are found backwards, by way of others too") { open in
      let index = try open()
      _ = try await index.load(
        rows([Patient(key: key("1"), family: "A"), alias("2", into: "1"), alias("3", into: "2"), alias("5", into: "4")])
      )
      #expect(try await open().aliases(of: key("1")) == [key("2"), key("3")])
      #expect(try await open().aliases(of: key("3")) == [])
    },
    Case("a later row replaces what was known of a patient and of a visit") { open in
      let index = try open()
      _ = try await index.load(
        rows([Patient(key: key("1"), family: "Before")], [Encounter(visit: "5", patient: key("1"))]))
      _ = try await index.load(
        rows(
          [Patient(key: key("1"), family: "After"), Patient(key: key("2"))], [Encounter(visit: "5", patient: key("2"))])
      )
      #expect(try await index.patients(number: "1", authority: nil).map(\.family) == ["After"])
      #expect(try await index.candidates(numbers: [], visits: ["5"]).byVisit["5"]?.map(\.asked) == [key("2")])
      let revision = try await index.revision()
      #expect(revision.patients == 2 && revision.encounters == 1)
    },
    Case("a number and a visit are found under every authority that knows them") { open in
      let index = try open()
      let other = Patient(key: key("1", "EASTCLINIC"), family: "Other")
      _ = try await index.load(
        rows(
          [Patient(key: key("1")), other, Patient(key: key("376104250021234569", "GS1"), mergedInto: key("1"))],
          [Encounter(visit: "5", patient: key("1")), Encounter(visit: "5", patient: key("1", "EASTCLINIC"))]))
      let found = try await index.candidates(numbers: ["1", "376104250021234569"], visits: ["5"])
      #expect(found.byNumber["1"]?.map(\.asked) == [key("1", "EASTCLINIC"), key("1")])
      #expect(found.byVisit["5"]?.count == 2)
      #expect(found.byNumber["376104250021234569"]?.map(\.survivor) == [key("1")])
    },
    Case("merges are followed to the survivor, in whatever order and import they came") { open in
      let index = try open()
      _ = try await index.load(rows([alias("1", into: "2")]))
      #expect(try await survivor("1", in: index) == nil, "the survivor is not known yet")
      _ = try await index.load(rows([alias("3", into: "4"), alias("2", into: "3")]))
      _ = try await index.load(rows([Patient(key: key("4"), family: "Survivor")]))
      for number in ["1", "2", "3", "4"] { #expect(try await survivor(number, in: index) == key("4")) }
      let revision = try await index.revision()
      #expect(revision.aliases == 3 && revision.patients == 1)
    },
    Case("I6: a number merged into two patients is nobody's for certain, nor is what is merged into it") { open in
      let index = try open()
      _ = try await index.load(
        rows([
          Patient(key: key("1")), Patient(key: key("2")), alias("3", into: "1"), alias("3", into: "2"),
          alias("4", into: "3"), alias("7", into: "6"),
        ]))
      let found = try await index.candidates(numbers: ["3", "4", "7"], visits: []).byNumber
      for number in ["3", "4", "7"] {
        #expect(found[number] == [KnownPatient(asked: key(number), survivor: nil)], "number \(number)")
      }
    },
    Case("a level is a person's, whichever number has it; who may not see it counts nothing of the person") { open in
      let index = try open()
      _ = try await index.load(
        rows(
          [
            Patient(key: key("1"), confidentiality: "restricted"), alias("2", into: "1"), Patient(key: key("3")),
            Patient(key: key("4"), confidentiality: "nobody's word"), alias("5", into: "3"), alias("5", into: "1"),
          ],
          [Encounter(visit: "8", patient: key("2")), Encounter(visit: "9", patient: key("3"))]))
      let levels: [(String, Confidentiality)] = [
        ("1", .restricted), ("2", .restricted), ("3", .normal), ("4", .veryRestricted), ("5", .restricted),
        ("6", .normal),
      ]
      for (number, level) in levels { #expect(try await open().level(of: key(number)) == level, "\(number)") }
      #expect(try await Set(index.numbers(above: .normal)) == Set(["1", "2", "4", "5"].map { key($0) }))
      #expect(try await index.numbers(above: .restricted) == [key("4")])
      #expect(try await index.numbers(above: .veryRestricted) == [])
      let all = try await index.revision()
      #expect(all.patients == 3 && all.aliases == 2 && all.encounters == 2)
      #expect(try await index.revision(upTo: .veryRestricted) == all)
      let some = try await index.revision(upTo: .normal)
      #expect(some.patients == 1 && some.aliases == 0 && some.encounters == 1 && some.revision == all.revision)
    },
    Case("I6: a circle of merges is refused, every link of it, whatever else the import brings") { open in
      let index = try open()
      let outcome = try await index.load(
        [
          rows([
            Patient(key: key("1")), alias("5", into: "6"), alias("6", into: "5"), alias("7", into: "6"),
            alias("8", into: "8"), alias("9", into: "1"),
          ])
        ], mode: .goodPart
      ) { _ in }[0]
      #expect(outcome.rejects.map(\.line) == [2, 3, 5])
      #expect(outcome.counts.merges == 2 && outcome.counts.taken == 3)
      let found = try await index.candidates(numbers: ["5", "6", "7", "8", "9"], visits: []).byNumber
      #expect(found["5"] == nil && found["6"] == nil && found["8"] == nil)
      #expect(found["7"] == [KnownPatient(asked: key("7"), survivor: nil)])
      #expect(found["9"]?.first?.survivor == key("1"))
    },
    Case("I6: a merge that closes a circle with an earlier import is refused, and the earlier one stays") { open in
      let index = try open()
      _ = try await index.load(rows([Patient(key: key("3")), alias("1", into: "2"), alias("2", into: "3")]))
      let outcome = try await index.load([rows([alias("3", into: "1")])], mode: .goodPart) { _ in }[0]
      #expect(outcome.rejects.map(\.line) == [1] && outcome.rejects.first?.reason.contains("circle") == true)
      for number in ["1", "2", "3"] { #expect(try await survivor(number, in: index) == key("3")) }
    },
    Case("two merges that meet again lead to one patient") { open in
      let index = try open()
      _ = try await index.load(
        rows([Patient(key: key("9")), alias("1", into: "2"), alias("1", into: "9"), alias("2", into: "9")]))
      #expect(try await survivor("1", in: index) == key("9"))
    },
    Case("I6: a merge that was undone is never resolved by itself") { open in
      let index = try open()
      _ = try await index.load(rows([Patient(key: key("1")), Patient(key: key("2")), alias("3", into: "2")]))
      _ = try await index.load(rows([alias("2", into: "1")]))
      #expect(try await survivor("3", in: index) == key("1"), "merged after it had been a patient of its own")
      _ = try await index.load(rows([Patient(key: key("2"), family: "Again")]))
      #expect(try await survivor("2", in: index) == nil)
      #expect(try await survivor("3", in: index) == nil, "nor is what was merged into it")
      _ = try await index.load(rows([alias("2", into: "1")]))
      #expect(try await survivor("2", in: index) == nil, "saying it again does not make it certain")
      #expect(try await survivor("1", in: index) == key("1"))
    },
    Case("what is refused or only tried leaves no trace, and the moment of an import never comes before an earlier one")
    { open in
      let index = try open()
      _ = try await index.load(rows([Patient(key: key("1"), family: "Before")], at: 9))
      let bad = rows([Patient(key: key("1"), family: "A"), Patient(key: key("1"), family: "B"), Patient(key: key("2"))])
      for mode in [PatientImportMode.whole, .dryRun] {
        let outcome = try await index.load([rows([Patient(key: key("3"))]), bad], mode: mode) { _ in
          Issue.record("nothing is taken, so nothing is to be kept")
        }
        #expect(outcome[0].isClean && outcome[0].counts.patientsAdded == 1 && outcome[0].revision == nil)
        #expect(outcome[1].rejects.map(\.line) == [1, 2] && outcome[1].counts.patientsAdded == 1)
      }
      #expect(try await index.revision().revision == "1")
      #expect(try await index.patients(number: "3", authority: nil) == [])
      let seen = SharedMoments()
      _ = try await index.load([bad, rows([Patient(key: key("4"))])], mode: .goodPart) { seen.value = $0 }
      #expect(seen.value == [Example.time(9).adding(seconds: 0.000_001), Example.time(9).adding(seconds: 0.000_002)])
      #expect(try await index.patients(number: "1", authority: nil).map(\.family) == ["Before"])
      #expect(try await index.patients(number: "2", authority: nil).count == 1)
    },
    Case("a feed comes back event by event as it was read, and while it is read others write") { open in
      let (index, other) = (try open(), try open())
      var person = PatientUpdate(keys: [key("7"), key("8", "GS1")], isIncidental: true)
      (person.family, person.given, person.birthDate, person.isTemporary) = ("Müster\u{0}", "", "1955-09-09", false)
      var stay = EncounterUpdate(visit: "55", patient: key("7"))
      stay.admit = "2026-02-27"
      let events: [PatientEvent] = [
        PatientEvent(line: 1, at: Example.time(5), name: "A04 M1", facts: [.person(person), .stay(stay)]),
        PatientEvent(line: 4, facts: [.person(PatientUpdate(keys: [key("9")], isOwn: true))]),
        PatientEvent(line: 5, name: "A40 M2", facts: [.link(key("9"), into: key("7"), .merge)]),
      ]
      let refused = PatientReject(line: 9, reason: "it says nothing", kind: .ignored)
      let file = PatientImport(order: .asWritten, file: Example.digest(1), importedAt: Example.time(1)) { take in
        for event in events { try take(.event(event)) }
        let written = DispatchSemaphore(value: 0)
        // On a thread of its own: the import holds up this one, and other tests may hold up the rest.
        Task(executorPreference: QueueExecutor()) {
          try await other.note(TroubleNote(at: Example.time(1), what: "meanwhile"))
          written.signal()
        }
        #expect(written.wait(timeout: .now() + 60) == .success, "an import that is read holds up who writes")
        try take(.reject(refused))
      }
      let outcome = try await index.load([file], mode: .whole) { _ in }[0]
      #expect(outcome.rejects == [refused] && outcome.counts.taken == 3 && outcome.counts.merges >= 1)
      let known = try await open().patients(number: "7", authority: "GENHOSP")[0]
      #expect(known.family == "Müster\u{0}" && known.birthDate == "1955-09-09" && !known.isTemporary)
      #expect(try await survivor("9", in: open()) == key("7"))
      #expect(try await open().candidates(numbers: [], visits: ["55"]).byVisit["55"]?.first?.survivor == key("7"))
    },
    Case("a file of nothing but bad lines is no import, and the files beside it are") { open in
      let index = try open()
      let bad = rows([Patient(key: key("1"), family: "A"), Patient(key: key("1"), family: "B")])
      let seen = SharedMoments()
      let outcomes = try await index.load([bad, rows([Patient(key: key("2"))])], mode: .goodPart) { seen.value = $0 }
      #expect(outcomes.map(\.revision?.revision) == [nil, "1"])
      #expect(seen.value.map { $0 == nil } == [true, false])
    },
    Case("a failure while files are made durable takes nothing") { open in
      let index = try open()
      struct NoRoom: Error {}
      await #expect(throws: NoRoom.self) {
        _ = try await index.load([rows([Patient(key: key("1"))])], mode: .whole) { _ in throw NoRoom() }
      }
      #expect(try await index.revision().revision == "0")
      #expect(try await index.load(rows([Patient(key: key("1"))])).patients == 1, "and the next one works")
    },
    Case("text from outside is data: quotes, percent signs and NULs come back") { open in
      let index = try open()
      let odd = Patient(
        key: key("1'; DROP TABLE patients;--", "A\u{0}B"), family: "=HYPERLINK(\"x\")%_", given: "\u{202E}")
      _ = try await index.load(rows([odd]))
      #expect(try await index.patients(number: odd.key.mrn, authority: "A\u{0}B") == [odd])
      #expect(try await index.patients(number: "1", authority: nil) == [])
    },
  ]
}

/// What a closure of a load was told.
final class SharedMoments: Sendable {
  private let moments = Mutex<[Timestamp?]>([])
  var value: [Timestamp?] {
    get { moments.withLock { $0 } }
    set { moments.withLock { $0 = newValue } }
  }
}
