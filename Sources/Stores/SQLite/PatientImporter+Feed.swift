import FoundationEssentials
import GRDB
import Journaling
import Model

/// Taking a feed: one event after the other, each whole or not at all.
extension PatientImporter {
  func take(_ event: PatientEvent) throws {
    // Without the rejects: a copy of them for each event would take the square of their number.
    let before = (outcome.counts, outcome.changes, outcome.changesBeyond)
    do {
      try db.inSavepoint {
        for fact in event.facts { try take(fact, event) }
        return .commit
      }
      outcome.counts.taken += 1
    } catch let refusal as PatientRefusal {
      (outcome.counts, outcome.changes, outcome.changesBeyond) = before
      let name = event.name.isEmpty ? "" : "\(EscapedText(event.name)): "
      try leaveOut(.init(line: event.line, reason: name + refusal.reason, kind: refusal.kind))
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
  /// of its own that is only known to be the same person's.
  private func addOtherNumber(_ other: PatientKey, of key: PatientKey, _ update: PatientUpdate, _ event: PatientEvent)
    throws
  {
    let ends = LinkEnds(from: other, into: key)
    if other.authority == "GS1" {
      try keepAlias(other)
      guard try db.link(ends) == nil, try db.path(from: key, to: other) == nil else { return }
      return try add(ends, kind: .identifier, at: event.at, source: event.name, line: event.line)
    }
    try set(other, update, event)
    guard try db.link(ends) == nil, try db.link(ends.reversed) == nil else { return }
    try add(ends, kind: .link, at: event.at, source: event.name, line: event.line)
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
    guard
      let row = try db.row(
        "SELECT * FROM patients WHERE mrn = ? AND authority = ?", [key.mrn.blob, key.authority.blob])
    else {
      outcome.counts.patientsAdded += 1
      return try write(Patient(key: key).updated(by: update), asOf: event.at)
    }
    let asOf: Int64? = row["as_of"]
    if let asOf, let at = event.at, at.microseconds < asOf {
      if update.isIncidental { return }
      throw PatientRefusal(kind: .ignored, reason: "stale: newer data of \(key) is known")
    }
    let old = try db.patient(row)
    let new = old.updated(by: update)
    let wasOwn = (row["revision"] as Int) > 0
    if new != old || !wasOwn { outcome.counts.patientsChanged += 1 }
    if wasOwn, new.family != old.family || new.birthDate != old.birthDate {
      noteOtherIdentity(
        key, line: event.line, family: new.family != old.family, birthDate: new.birthDate != old.birthDate)
    }
    let later = [asOf, update.isIncidental && !update.hasIdentity ? nil : event.at?.microseconds].compactMap { $0 }
      .max()
    try write(new, asOf: later.map(Timestamp.init(microseconds:)))
  }

  private func write(_ patient: Patient, asOf: Timestamp?) throws {
    try db.change(
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
    try db.change(
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
    if try db.path(from: ends.into, to: ends.from) != nil {
      throw PatientRefusal(reason: "circular: \(ends.into) was itself merged into \(ends.from)")
    }
    if kind == .change { try copyIdentity(ends) }
    try keepAlias(ends.from)
    try add(ends, kind: kind, at: event.at, source: event.name, line: event.line)
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

  /// A patient under a new number is who he was under the old one.
  private func copyIdentity(_ ends: LinkEnds) throws {
    try db.change(
      """
      INSERT INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary, revision, as_of)
      SELECT ?, ?, family, given, middle, birth_date, sex, confidentiality, temporary, ?, as_of FROM patients
      WHERE authority = ? AND mrn = ? ON CONFLICT DO NOTHING
      """, [ends.into.authority.blob, ends.into.mrn.blob, revision, ends.from.authority.blob, ends.from.mrn.blob])
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
    new.sex = update.sex ?? sex
    new.confidentiality = update.confidentiality ?? confidentiality
    new.isTemporary = update.isTemporary ?? isTemporary
    return new
  }
}
