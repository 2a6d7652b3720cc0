import FoundationEssentials
import GRDB
import Journaling
import Model

/// Taking a feed: one event after the other, each whole or not at all.
extension PatientImporter {
  func take(_ event: PatientEvent) throws {
    let before = told
    let event = dated(event)
    hiddenHere = try Set(hidden(among: event.numbers))
    do {
      try db.inSavepoint {
        for fact in event.facts { try take(fact, event) }
        return .commit
      }
      if !hiddenHere.isEmpty { hush(since: before) }
      outcome.counts.taken += 1
    } catch let refusal as PatientRefusal {
      forget(since: before)
      let name = event.name.isEmpty ? "" : "\(EscapedText(event.name)): "
      let about = try hidden(among: event.numbers + refusal.about)
      if refusal.kind == .refused { for key in about { try recordRefusal(key, name + refusal.reason) } }
      let reason = about.isEmpty ? refusal.reason : Self.hiddenReason
      try leaveOut(.init(line: event.line, reason: name + reason, kind: refusal.kind))
    }
  }

  private func take(_ fact: PatientFact, _ event: PatientEvent) throws {
    switch fact {
    case .person(let update): try take(update, event)
    case .stay(let update): try take(update, event)
    case .link(let from, let into, let kind): try link(LinkEnds(from: from, into: into), kind, event)
    case .unlink(let a, let b): try unlink(LinkEnds(from: a, into: b), event)
    case .moveVisit(let visit, let from, let to): try moveVisit(visit, LinkEnds(from: from, into: to), event)
    case .moveAccount(let account, let from, let to): try moveAccount(account, LinkEnds(from: from, into: to), event)
    case .row, .visit: throw JournalError.damaged("a feed holds no rows")
    }
  }

  // MARK: Persons

  private func take(_ update: PatientUpdate, _ event: PatientEvent) throws {
    guard let key = update.keys.first else { throw PatientRefusal(reason: "it names no patient") }
    // A merge into a number that was itself merged is one more link of the chain, and says nothing of who survives.
    if update.isIncidental, try !db.steps(from: key).isEmpty { return }
    try refuseMerged(key, update, event)
    try set(key, update, event)
    for other in update.keys.dropFirst() where other != key {
      if try !db.steps(from: other).isEmpty {
        guard try survivor(other) == survivor(key) else {
          throw PatientRefusal(reason: "it gives \(key) the number \(other) too, which was merged into another patient")
        }
        continue
      }
      try addOtherNumber(other, of: key, update, event)
    }
  }

  /// The other numbers that a message gives a person: a GSRN is one of the patient's own; a medical record number is a record
  /// of its own that is only known to be the same person's. What is known of that record stays: the message is about the first
  /// number. Where it contradicts what the message says, they are two persons for all that anybody knows (I6).
  private func addOtherNumber(_ other: PatientKey, of key: PatientKey, _ update: PatientUpdate, _ event: PatientEvent)
    throws
  {
    let ends = LinkEnds(from: other, into: key)
    if other.authority == "GS1" {
      try keepAlias(other)
      guard try db.link(ends) == nil, try db.path(from: key, to: other) == nil else { return }
      return try add(ends, kind: .identifier, at: event.at, source: event.name, line: event.line)
    }
    let links = try [db.link(ends), db.link(ends.reversed)].compactMap { $0 }
    let row = try patientRow(other)
    if let row, !links.contains(where: { $0.undoneAt == nil }) {
      // Whether name and birth date agree would be told by whether it is taken.
      try refuseHidden([other], Self.otherLink(ends, .link))
      try refuseContradiction(of: try db.patient(row), of: key, update)
    }
    if let row, (row["revision"] as Int) > 0 {
      // A level that is asked for counts for all numbers of the person; none falls by the way.
      let level = update.confidentiality ?? update.confidentialityMin ?? ""
      if try (event.at ?? importedAt) >= knownSince(row) ?? importedAt {
        try raiseLevel(of: try db.patient(row), to: level, line: event.line)
      }
    } else {
      try set(other, update, event)
    }
    guard links.isEmpty else { return }
    try add(ends, kind: .link, at: event.at, source: event.name, line: event.line)
  }

  private func refuseContradiction(of other: Patient, of key: PatientKey, _ update: PatientUpdate) throws {
    func differ(_ known: String, _ said: String?) -> Bool {
      guard let said, !said.isEmpty, !known.isEmpty else { return false }
      return known.lowercased() != said.lowercased()
    }
    let family = differ(other.family, update.family)
    let birthDate =
      differ(other.birthDate, update.birthDate)
      || !other.birthDate.isEmpty && update.birthDatePart.map { !other.birthDate.hasPrefix($0) } ?? false
    guard family || birthDate else { return }
    throw PatientRefusal(
      reason: "it gives \(key) the number \(other.key) too, which is known with "
        + Self.otherIdentity(family: family, birthDate: birthDate))
  }

  /// A merged number is nobody's own any more: a message that still speaks of it came late or from a system that does not know.
  private func refuseMerged(_ key: PatientKey, _ update: PatientUpdate, _ event: PatientEvent) throws {
    let steps = try db.steps(from: key)
    guard let step = steps.first, let link = try db.link(step.ends) else { return }
    if let at = event.at, at < link.since {
      throw PatientRefusal(
        kind: .ignored, reason: "older than the merge of \(key) into \(step.ends.into): nothing is changed by it")
    }
    guard update.isOwn else {
      throw PatientRefusal(
        reason:
          "\(key) was merged into \(step.ends.into); to take that back, send an A37 or a CSV row of the number's own")
    }
    for step in steps {
      let kind = try db.link(step.ends)?.kind ?? .merge
      try undo(step.ends, kind: kind, at: event.at, by: event.name, line: event.line)
    }
  }

  private func survivor(_ key: PatientKey) throws -> PatientKey? { try db.knownPatient(key).survivor }

  private func set(_ key: PatientKey, _ update: PatientUpdate, _ event: PatientEvent) throws {
    guard let row = try patientRow(key) else {
      outcome.counts.patientsAdded += 1
      return try write(Patient(key: key).updated(by: update), asOf: event.at ?? importedAt)
    }
    let asOf = try knownSince(row)
    if let asOf, let at = event.at, at < asOf {
      if update.isIncidental { return }
      throw PatientRefusal(kind: .ignored, reason: "stale: newer data of \(key) is known")
    }
    let old = try db.patient(row)
    var new = old.updated(by: update)
    if Confidentiality(indexed: new.confidentiality) < Confidentiality(indexed: old.confidentiality), try hides([key]) {
      try noteKept(event.line, key, at: old.confidentiality, not: new.confidentiality)
      new.confidentiality = old.confidentiality
    }
    let wasOwn = (row["revision"] as Int) > 0
    let said = update.isIncidental && !update.hasIdentity ? nil : event.at ?? importedAt
    let until = [asOf, said].compactMap { $0 }.max()
    // Said again it changes nothing, not even as of when it is known.
    let stored: Int64? = row["as_of"]
    if new == old, wasOwn, until?.microseconds == stored { return }
    if new != old || !wasOwn { outcome.counts.patientsChanged += 1 }
    if wasOwn, new.family != old.family || new.birthDate != old.birthDate {
      noteOtherIdentity(
        key, line: event.line, family: new.family != old.family, birthDate: new.birthDate != old.birthDate)
      if hiddenHere.contains(key) { try record(.done, key, Self.anotherIdentity) }
    }
    if new.confidentiality != old.confidentiality {
      try noteLevel(event.line, key, from: old.confidentiality, to: new.confidentiality)
    }
    try write(new, asOf: until)
  }

  private func patientRow(_ key: PatientKey) throws -> Row? {
    try db.row("SELECT * FROM patients WHERE mrn = ? AND authority = ?", [key.mrn.blob, key.authority.blob])
  }

  /// Until when a row of patients or encounters is known: the time of the newest message that spoke of it, or of the import
  /// where that knew no other; nil for a number that no import gave as a patient's own. What is older is stale.
  func knownSince(_ row: Row) throws -> Timestamp? {
    let asOf: Int64? = row["as_of"]
    if let asOf { return Timestamp(microseconds: asOf) }
    let given: Int = row["revision"]
    if given == revision { return importedAt }
    return try db.row("SELECT imported_at FROM imports WHERE revision = ?", [given])?.time("imported_at")
  }

  private func write(_ patient: Patient, asOf: Timestamp?) throws {
    try change(
      """
      INSERT OR REPLACE INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary,
        revision, as_of)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        patient.key.authority.blob, patient.key.mrn.blob, patient.family.blob, patient.given.blob, patient.middle.blob,
        patient.birthDate, patient.sex, patient.confidentiality, patient.isTemporary, revision, asOf?.microseconds,
      ])
  }

  /// A number that is only ever another's.
  private func keepAlias(_ key: PatientKey) throws {
    try change(
      """
      INSERT INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary, revision)
      VALUES (?, ?, x'', x'', x'', '', '', 'normal', 0, 0) ON CONFLICT DO NOTHING
      """, [key.authority.blob, key.mrn.blob])
  }

  // MARK: Links

  private func link(_ ends: LinkEnds, _ kind: PatientLink.Kind, _ event: PatientEvent) throws {
    guard ends.from != ends.into else {
      throw PatientRefusal(reason: "both numbers are \(ends.from): nothing can be merged into itself")
    }
    if kind == .link { return try linkRecords(ends, event) }
    if let known = try db.namingLink(ends) {
      // Known already: it is as the message says.
      guard let undoneAt = known.undoneAt else { return }
      if let at = event.at, at <= undoneAt {
        throw PatientRefusal(
          kind: .ignored, reason: "stale: the merge of \(ends.from) into \(ends.into) was undone later")
      }
      throw PatientRefusal(
        reason:
          "the merge of \(ends.from) into \(ends.into) was undone on \(undoneAt); saying it again does not make it "
          + "certain, a person decides what carries that number")
    }
    try refuseOlderThanOwn(ends, event)
    if try db.path(from: ends.into, to: ends.from) != nil {
      throw PatientRefusal(reason: "circular: \(ends.into) was itself merged into \(ends.from)")
    }
    if kind == .change { try copyIdentity(ends, event) }
    try keepAlias(ends.from)
    try add(ends, kind: kind, at: event.at, source: event.name, line: event.line)
  }

  /// A merge that is older than the data that gives its retired number as a patient of its own, by a CSV row or a message.
  ///
  /// Which of the two holds nobody can tell from here. The row may know that the merge was taken back: to take the merge would file
  /// the number's pages in a chart that is perhaps another person's (I6). Left out, they are filed under the number that stands on
  /// them, which is that person's in either case. So nothing is merged. But unlike a stale name or stay, which newer data replaces and
  /// which is ignored, a merge that is passed over would be missed for good: it is refused, so that a person sees it, as is in the
  /// other order what speaks of a number after its merge (``refuseMerged(_:_:_:)``).
  ///
  /// Newer data of the surviving number says nothing against the merge: it is a patient of its own before and after. What the message
  /// says of that person is stale and passed over (`isIncidental`).
  private func refuseOlderThanOwn(_ ends: LinkEnds, _ event: PatientEvent) throws {
    guard let at = event.at, let row = try patientRow(ends.from), (row["revision"] as Int) > 0,
      let known = try knownSince(row), at < known
    else { return }
    throw PatientRefusal(
      reason:
        "stale: newer data, of \(known), has \(ends.from) as a patient of its own; if it belongs to \(ends.into) all the same, send a "
        + "newer message or a CSV row with merged_into")
  }

  private func linkRecords(_ ends: LinkEnds, _ event: PatientEvent) throws {
    for ends in [ends, ends.reversed] {
      if let known = try db.link(ends), known.undoneAt == nil { return }
    }
    if try db.namingLink(ends) != nil {
      throw PatientRefusal(reason: "a merge of these two was undone; a person decides")
    }
    try add(ends, kind: .link, at: event.at, source: event.name, line: event.line)
  }

  /// A patient under a new number is who he was under the old one, as far as the message does not say otherwise: its person
  /// comes behind the link. A number that is known already stays who it is, and its level does not fall.
  private func copyIdentity(_ ends: LinkEnds, _ event: PatientEvent) throws {
    guard let row = try patientRow(ends.from) else { return }
    var new = try db.patient(row)
    (new.key, new.mergedInto) = (ends.into, nil)
    if let known = try patientRow(ends.into) {
      let other = try db.patient(known)
      guard (known["revision"] as Int) == 0 else {
        return try raiseLevel(of: other, to: new.confidentiality, line: event.line)
      }
      let levels = [new, other].map { Confidentiality(indexed: $0.confidentiality) }
      new.confidentiality = (levels.max() ?? .normal).rawValue
      outcome.counts.patientsChanged += 1
    } else {
      outcome.counts.patientsAdded += 1
    }
    try write(new, asOf: try knownSince(row) ?? event.at ?? importedAt)
  }

  /// Of a change of number that is taken back: the old number is as protected as the new one was.
  private func keepLevel(_ ends: LinkEnds, _ event: PatientEvent) throws {
    guard let from = try patientRow(ends.from), let into = try patientRow(ends.into) else { return }
    try raiseLevel(of: try db.patient(from), to: into["confidentiality"], line: event.line)
  }

  private func unlink(_ ends: LinkEnds, _ event: PatientEvent) throws {
    var isDone = false
    for ends in [ends, ends.reversed] {
      guard let link = try db.link(ends) else { continue }
      guard link.undoneAt == nil else {
        isDone = true
        continue
      }
      if let at = event.at, at < link.since {
        throw PatientRefusal(kind: .ignored, reason: "stale: \(ends.from) was merged into \(ends.into) later")
      }
      try undo(ends, kind: link.kind, at: event.at, by: event.name, line: event.line)
      if link.kind == .change { try keepLevel(ends, event) }
      isDone = true
    }
    if isDone { return }
    let others = try (db.steps(from: ends.from) + db.steps(from: ends.into)).map {
      "\($0.ends.from) into \($0.ends.into)"
    }
    throw PatientRefusal(
      reason: "nothing links \(ends.from) and \(ends.into) directly"
        + (others.isEmpty ? "" : "; there is the merge of \(others.joined(separator: " and of "))"))
  }
}

extension Patient {
  /// With what the message says; what it leaves out stays.
  fileprivate func updated(by update: PatientUpdate) -> Patient {
    var new = self
    new.family = update.family ?? family
    new.given = update.given ?? given
    new.middle = update.middle ?? middle
    new.birthDate = update.birthDate ?? birthDate
    // The year of a day that is known says nothing new of it.
    if let part = update.birthDatePart, birthDate.hasPrefix(part) { new.birthDate = birthDate }
    new.sex = update.sex ?? sex
    new.confidentiality = update.confidentiality ?? confidentiality
    let least = update.confidentialityMin ?? ""
    if Confidentiality(indexed: least) > Confidentiality(indexed: new.confidentiality) { new.confidentiality = least }
    new.isTemporary = update.isTemporary ?? isTemporary
    return new
  }
}
