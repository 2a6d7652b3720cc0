import Journaling
import Model
import Testing

/// What every journal must do, with the patient index that lives in it. Quotes the invariants that a sentence holds.
enum JournalConformance {
  typealias Store = any Journal & PatientIndex & DeskJournal & FingerprintJournal
  typealias Case = ConformanceCase<Store>
  static let all: [Case] =
    identity + claims + plans + records + corrections + reading + rebuild + patients + desk + fingerprints
}

extension JournalConformance {
  static let identity: [Case] = [
    Case("an empty journal belongs to nobody, and then to one archive for good") { open in
      let journal = try open()
      #expect(try await journal.identity() == nil)
      let site = SiteIdentity(
        archive: "d00b2773-124a-4de0-bcd8-283b0924850f", createdAt: Example.time(0), foreignKey: "00ff")
      try await journal.establish(site)
      await #expect(throws: JournalError.self) { try await journal.establish(site) }
      #expect(try await open().identity() == site)
      #expect(try await journal.checkIntegrity() == [])
    },
    Case("where folders lay survives a restart, and each is known by what was last said of it") { open in
      let journal = try open()
      var places = ["/a", "/b\u{0}ä"].map {
        FolderPlace(folder: EscapedText($0), mount: EscapedText("/"), inode: .max, journal: .max - 1)
      }
      try await journal.keepPlaces(places.reversed())
      try await journal.keepPlaces([])
      #expect(try await open().places() == places)
      places[1].mount = EscapedText("/b")
      places[1].inode = 2
      try await open().keepPlaces([places[1]])
      #expect(try await journal.places() == places)
      try await journal.awaitWriters()
      #expect(try await journal.checkIntegrity() == [])
    },
    Case("small notes survive a restart, the earliest sight of a file counts") { open in
      let journal = try open()
      let (a, b) = ("drop\u{0}a", "drop\u{0}b")
      try await journal.noteIncomplete([a: Example.time(5)], gone: [])
      #expect(try await journal.incomplete() == [a: Example.time(5)])
      try await open().noteIncomplete([a: Example.time(9), b: Example.time(9)], gone: [])
      #expect(try await journal.incomplete() == [a: Example.time(5), b: Example.time(9)])
      try await journal.noteIncomplete([b: Example.time(7)], gone: [a, "never seen"])
      #expect(try await open().incomplete() == [b: Example.time(7)])
      try await journal.noteIncomplete([a: Example.time(12)], gone: [])
      #expect(try await open().incomplete() == [a: Example.time(12), b: Example.time(7)])
      for n in 1...3 { try await journal.note(TroubleNote(at: Example.time(n), what: "trouble \(n)")) }
      #expect(try await open().troubles(limit: 2).map(\.what) == ["trouble 3", "trouble 2"])
    },
  ]

  static let claims: [Case] = [
    Case("a claim comes back as it went in, after a restart too") { open in
      var claim = Example.claim(
        1,
        items: [
          Example.item(1, name: "umlaut %FC\u{202E}.tif"), Example.item(2, role: .sidecar),
          Example.item(3, role: .marker),
        ])
      claim.items[0].name = EscapedText(bytes: [0x66, 0xFC, 0x25, 0x0A])
      claim.findings = [Finding(.badSidecar, "not JSON")]
      claim.grownFrom = Example.batch(9)
      let (before, after) = (try open(), try open())
      #expect(try await before.insert(claim))
      #expect(try await after.claim(claim.batch) == claim)
      #expect(try await after.claim(Example.batch(2)) == nil)
    },
    Case("the same file is claimed once, by name or by inode, while the first claim is being made") { open in
      let (one, other) = (try open(), try open())
      #expect(try await one.insert(Example.claim(1)))
      var renamed = Example.item(1)
      renamed.name = EscapedText("other name")
      #expect(try await !other.insert(Example.claim(2, items: [Example.item(7), renamed])))
      var sameName = Example.item(1)
      sameName.inode = 5
      #expect(try await !other.insert(Example.claim(3, items: [sameName])))
      #expect(
        try await other.insert(Example.claim(4, items: [sameName], station: "ward-3")),
        "the same name in another folder")
      #expect(try await other.claim(Example.batch(2)) == nil, "nothing of a refused claim stays")
      try await one.advance(Example.batch(1), to: .claimed, generation: 1)
      #expect(try await other.insert(Example.claim(5)), "a new file under the same name")
    },
    Case("two instances that race for the same files: each file has one claim") { open in
      let journals = [try open(), try open(), try open()]
      let taken = try await withThrowingTaskGroup(of: Int.self) { group in
        for (at, journal) in journals.enumerated() {
          group.addTask {
            var taken = 0
            for n in 1...20 where try await journal.insert(Example.claim(100 * (at + 1) + n, items: [Example.item(n)]))
            { taken += 1 }
            return taken
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(taken == 20)
      #expect(try await journals[0].unfinished().count == 20)
    },
    Case("a backfilled file is not taken again while a backfill has it in hand, and may be later") { open in
      let journal = try open()
      #expect(try await journal.insert(Example.claim(1, origin: .backfill)))
      try await journal.advance(Example.batch(1), to: .claimed, generation: 1)
      #expect(try await !open().insert(Example.claim(2, items: [Example.item(1)], origin: .backfill)))
      var changed = Example.item(1)
      changed.modifiedNanoseconds += 1
      #expect(try await journal.insert(Example.claim(3, items: [changed], origin: .backfill)), "it is another file now")
    },
    Case("a withdrawn claim is as if it had never been; one whose file moved cannot be withdrawn") { open in
      let journal = try open()
      #expect(try await journal.insert(Example.claim(1)))
      try await journal.withdraw(Example.batch(1), generation: 1)
      #expect(try await journal.unfinished() == [])
      #expect(try await journal.insert(Example.claim(2)))
      try await journal.advance(Example.batch(2), to: .claimed, generation: 1)
      await expect(JournalError.leaseLost(Example.batch(2))) {
        try await journal.withdraw(Example.batch(2), generation: 1)
      }
    },
    Case("a row that was left behind knows whether others took all its files") { open in
      let journal = try open()
      #expect(try await journal.insert(Example.claim(1, items: [Example.item(1)])))
      try await journal.advance(Example.batch(1), to: .claimed, generation: 1)
      var remounted = Example.item(1)
      remounted.device += 1
      #expect(try await journal.insert(Example.claim(2, items: [remounted])))
      #expect(try await journal.isTakenElsewhere(Example.batch(2)))
      try await journal.withdraw(Example.batch(2), generation: 1)
      #expect(try await journal.insert(Example.claim(3, items: [remounted, Example.item(2)])))
      #expect(try await !journal.isTakenElsewhere(Example.batch(3)), "one of two files is in no other batch")
      try await journal.withdraw(Example.batch(3), generation: 1)
      remounted.modifiedNanoseconds += 1
      #expect(try await journal.insert(Example.claim(4, items: [remounted])))
      #expect(try await !journal.isTakenElsewhere(Example.batch(4)), "another file under the same name")
    },
    Case("I4: who lost the lease can do nothing more") { open in
      let (old, new) = (try open(), try open())
      try await old.bring(Example.plan(1), to: .archived)
      #expect(try await new.renewLease(Example.batch(1)) == 2)
      await expect(JournalError.leaseLost(Example.batch(1))) {
        _ = try await old.record(Example.batch(1), generation: 1, render: Example.renderer())
      }
      _ = try await new.record(Example.batch(1), generation: 2, render: Example.renderer())
      await expect(JournalError.leaseLost(Example.batch(1))) {
        _ = try await old.record(Example.batch(1), generation: 1, render: Example.renderer())
      }
      await expect(JournalError.leaseLost(Example.batch(1))) {
        try await old.advance(Example.batch(1), to: .attested, generation: 1)
      }
      try await new.advance(Example.batch(1), to: .attested, generation: 2)
      await expect(JournalError.leaseLost(Example.batch(2))) { _ = try await new.renewLease(Example.batch(2)) }
    },
    Case("a batch goes forward one step at a time and never back") { open in
      let journal = try open()
      _ = try await journal.insert(Example.claim(1))
      for state in BatchState.allCases where state != .claimed {
        await expect(JournalError.leaseLost(Example.batch(1))) {
          try await journal.advance(Example.batch(1), to: state, generation: 1)
        }
      }
      try await journal.advance(Example.batch(1), to: .claimed, generation: 1)
      await expect(JournalError.leaseLost(Example.batch(1))) {
        try await journal.advance(Example.batch(1), to: .claimed, generation: 1)
      }
    },
    Case("batches are listed unfinished and oldest first, or newest first") { open in
      let journal = try open()
      for n in [3, 1, 2] { _ = try await journal.insert(Example.claim(n)) }
      try await journal.bring(Example.plan(4), to: .finished)
      #expect(try await journal.unfinished().map(\.batch) == [1, 2, 3].map(Example.batch))
      #expect(try await journal.batches(limit: 2).map(\.batch) == [4, 3].map(Example.batch))
    },
  ]

  static let plans: [Case] = [
    Case("I5: a plan is there after a restart exactly as it was decided, and is never decided anew") { open in
      let plan = Example.plan(1, waitingUntil: [Example.document(1).description: Example.time(99)])
      try await open().bring(plan, to: .planned)
      let journal = try open()
      #expect(try await journal.plan(of: Example.batch(1)) == plan)
      #expect(try await journal.claim(Example.batch(1))?.state == .planned)
      await expect(JournalError.leaseLost(Example.batch(1))) {
        _ = try await journal.commit(plan, claiming: [], generation: 1)
      }
      #expect(try await journal.plan(of: Example.batch(2)) == nil)
    },
    Case("the same source bytes are taken by one batch; the other decides again") { open in
      let journal = try open()
      try await journal.bring(Example.plan(1, source: 77), to: .planned)
      try await journal.bring(Example.plan(2, source: 78), to: .claimed)
      let key = SourceKey(sha256: Example.digest(77), sidecar: nil)
      let fresh = SourceKey(sha256: Example.digest(79), sidecar: Example.digest(5))
      #expect(try await !journal.commit(Example.plan(2), claiming: [fresh, key], generation: 1))
      #expect(try await journal.claim(Example.batch(2))?.state == .claimed)
      #expect(try await journal.plan(of: Example.batch(2)) == nil)
      let uses = try await journal.earlierUses(of: [key, fresh])
      #expect(
        uses == [key: EarlierUse(batch: Example.batch(1), sidecar: nil, anyRejected: false)],
        "nothing was committed")
      #expect(
        try await journal.commit(Example.plan(2), claiming: [fresh, fresh], generation: 1),
        "twice within a batch is no other batch")
      #expect(try await journal.earlierUses(of: [fresh])[fresh]?.sidecar == Example.digest(5))
    },
    Case("the same bytes with another sidecar are taken once too, and each is told of its own") { open in
      let journal = try open()
      let bare = SourceKey(sha256: Example.digest(7), sidecar: nil)
      let other = SourceKey(sha256: Example.digest(7), sidecar: Example.digest(5))
      let third = SourceKey(sha256: Example.digest(7), sidecar: Example.digest(6))
      try await journal.bring(Example.plan(1, source: 7), to: .planned)
      #expect(try await journal.earlierUses(of: [other])[other]?.sidecar == nil, "a conflict")
      for n in [2, 3] { try await journal.bring(Example.plan(n, source: n), to: .claimed) }
      #expect(try await journal.commit(Example.plan(2, source: 2), claiming: [other], generation: 1))
      #expect(try await !journal.commit(Example.plan(3, source: 3), claiming: [other], generation: 1))
      let uses = try await open().earlierUses(of: [bare, other, third])
      #expect(uses[bare] == EarlierUse(batch: Example.batch(1), sidecar: nil, anyRejected: false))
      #expect(uses[other] == EarlierUse(batch: Example.batch(2), sidecar: other.sidecar, anyRejected: false))
      #expect(uses[third]?.batch == Example.batch(1), "the first one")
    },
    Case("a plan of which nothing was carried out can be taken back, and its bytes are free again") { open in
      let journal = try open()
      try await journal.bring(Example.plan(1, source: 77), to: .planned)
      #expect(try await journal.dropPlan(of: Example.batch(1), generation: 1))
      #expect(try await journal.claim(Example.batch(1))?.state == .claimed)
      #expect(try await journal.plan(of: Example.batch(1)) == nil)
      #expect(try await journal.earlierUses(of: [SourceKey(sha256: Example.digest(77), sidecar: nil)]).isEmpty)
      try await journal.bring(Example.plan(2, source: 77), to: .archived)
      await expect(JournalError.leaseLost(Example.batch(2))) {
        _ = try await journal.dropPlan(of: Example.batch(2), generation: 1)
      }
    },
    Case("I2: bytes that another batch relies on are not given up, and nobody relies on bytes that were") { open in
      let journal = try open()
      var repeating = Example.plan(2, documents: [], source: 77)
      for index in repeating.manifest.pages.indices { repeating.manifest.pages[index].disposition = .duplicate }
      try await journal.bring(Example.plan(2), to: .claimed)
      #expect(try await !journal.commit(repeating, claiming: [], generation: 1), "nobody has taken them")
      try await journal.bring(Example.plan(1, source: 77), to: .planned)
      #expect(try await journal.commit(repeating, claiming: [], generation: 1))
      #expect(try await !journal.dropPlan(of: Example.batch(1), generation: 1))
      #expect(try await journal.claim(Example.batch(1))?.state == .planned)
    },
    Case("two instances that race with the same bytes: one plan stands") { open in
      for n in 1...10 {
        let (one, other) = (try open(), try open())
        for batch in [2 * n, 2 * n + 1] {
          _ = try await one.insert(Example.claim(batch))
          try await one.advance(Example.batch(batch), to: .claimed, generation: 1)
        }
        let key = [SourceKey(sha256: Example.digest(n), sidecar: nil)]
        async let first = one.commit(Example.plan(2 * n, source: n), claiming: key, generation: 1)
        async let second = other.commit(Example.plan(2 * n + 1, source: n), claiming: key, generation: 1)
        let (a, b) = try await (first, second)
        #expect(a != b)
      }
    },
  ]
}
