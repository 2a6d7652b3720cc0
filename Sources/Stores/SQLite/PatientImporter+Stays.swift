import FoundationEssentials
import GRDB
import Journaling
import Model

/// Visits of a feed. A visit is never given to another patient by the way: only a message that moves it does so (I6).
extension PatientImporter {
  func take(_ update: EncounterUpdate, _ event: PatientEvent) throws {
    guard let row = try stay(update.visit, update.patient.authority) else {
      try refuseHidden([update.patient], Self.otherVisit(update.visit))
      outcome.counts.encountersAdded += 1
      let stay = Encounter(visit: update.visit, patient: update.patient).updated(by: update)
      return try write(stay, asOf: event.at ?? importedAt)
    }
    let old = Encounter(row)
    if old.patient != update.patient, try !isOne(old.patient, update.patient) {
      throw PatientRefusal(
        reason: "visit \(EscapedText(update.visit)) is known as \(old.patient)'s; only A43, A44 or A45 moves it",
        about: [old.patient])
    }
    let asOf = try knownSince(row)
    if let asOf, let at = event.at, at < asOf {
      throw PatientRefusal(kind: .ignored, reason: "stale: newer data of visit \(EscapedText(update.visit)) is known")
    }
    var new = old.updated(by: update)
    new.patient = update.patient
    // One half may come alone: it must fit the half that is known. What an older release took so stays until a date is said.
    if update.admit != nil || update.discharge != nil, new.endsBeforeItBegins {
      throw PatientRefusal(
        reason: "visit \(EscapedText(update.visit)) would end before it began: one of its dates is known otherwise")
    }
    let until = [asOf, event.at ?? importedAt].compactMap { $0 }.max()
    // Said again it changes nothing, not even as of when it is known.
    let stored: Int64? = row["as_of"]
    if new == old, until?.microseconds == stored { return }
    if new != old {
      try refuseHidden([update.patient], Self.otherVisit(update.visit))
      outcome.counts.encountersChanged += 1
    }
    try write(new, asOf: until)
  }

  func moveVisit(_ visit: String, _ ends: LinkEnds, _ event: PatientEvent) throws {
    guard ends.from != ends.into else {
      throw PatientRefusal(reason: "both patients are \(ends.from): the visit cannot be moved to where it is")
    }
    guard let row = try stay(visit, ends.from.authority) ?? stay(visit, ends.into.authority) else {
      throw PatientRefusal(reason: "visit \(EscapedText(visit)) is not known")
    }
    try move(row, ends, event)
  }

  func moveAccount(_ account: String, _ ends: LinkEnds, _ event: PatientEvent) throws {
    guard ends.from != ends.into else {
      throw PatientRefusal(reason: "both patients are \(ends.from): the account cannot be moved to where it is")
    }
    let rows = try db.rows(
      "SELECT * FROM encounters WHERE mrn = ? AND authority = ? AND account = ? ORDER BY visit",
      [ends.from.mrn.blob, ends.from.authority.blob, account.blob])
    guard !rows.isEmpty else {
      throw PatientRefusal(reason: "\(ends.from) has no visit of account \(EscapedText(account))")
    }
    for row in rows { try move(row, ends, event) }
  }

  private func move(_ row: Row, _ ends: LinkEnds, _ event: PatientEvent) throws {
    var stay = Encounter(row)
    let shown = EscapedText(stay.visit)
    if stay.patient == ends.into { return }
    guard try stay.patient == ends.from || isOne(stay.patient, ends.from) else {
      throw PatientRefusal(
        reason: "visit \(shown) is \(stay.patient)'s, not \(ends.from)'s", about: [stay.patient])
    }
    let asOf = try knownSince(row)
    if let asOf, let at = event.at, at < asOf {
      throw PatientRefusal(kind: .ignored, reason: "stale: newer data of visit \(shown) is known")
    }
    // Whose it was until now is the same person as `from`.
    try refuseHidden([ends.from, ends.into], Self.otherVisit(stay.visit))
    if ends.into.authority != stay.patient.authority {
      guard try self.stay(stay.visit, ends.into.authority) == nil else {
        throw PatientRefusal(reason: "\(EscapedText(ends.into.authority)) has a visit \(shown) already")
      }
      try change(
        "DELETE FROM encounters WHERE visit = ? AND authority = ?", [stay.visit.blob, stay.patient.authority.blob])
    }
    let before = stay.patient
    stay.patient = ends.into
    outcome.counts.encountersChanged += 1
    try write(stay, asOf: [asOf, event.at ?? importedAt].compactMap { $0 }.max())
    // Where merges lead both to one patient the documents lie where they should.
    if try isOne(before, ends.into) { return }
    try reviewMovedVisit(stay.visit, LinkEnds(from: before, into: ends.into), at: event.at, line: event.line)
  }

  /// After merges the two are one patient for certain.
  private func isOne(_ a: PatientKey, _ b: PatientKey) throws -> Bool {
    guard let survivor = try db.knownPatient(a).survivor else { return false }
    return try db.knownPatient(b).survivor == survivor
  }

  private func stay(_ visit: String, _ authority: String) throws -> Row? {
    try db.row("SELECT * FROM encounters WHERE visit = ? AND authority = ?", [visit.blob, authority.blob])
  }

  private func write(_ stay: Encounter, asOf: Timestamp?) throws {
    try change(
      """
      INSERT OR REPLACE INTO encounters (authority, visit, account, mrn, class, admit, discharge, revision, as_of)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        stay.patient.authority.blob, stay.visit.blob, stay.account.blob, stay.patient.mrn.blob, stay.patientClass.blob,
        stay.admit, stay.discharge, revision, asOf?.microseconds,
      ])
  }
}

extension Encounter {
  init(_ row: Row) {
    self.init(
      visit: row.text("visit"), account: row.text("account"), patient: row.patientKey, patientClass: row.text("class"),
      admit: row["admit"], discharge: row["discharge"])
  }

  fileprivate func updated(by update: EncounterUpdate) -> Encounter {
    var new = self
    new.account = update.account ?? account
    new.patientClass = update.patientClass ?? patientClass
    new.admit = update.admit ?? admit
    new.discharge = update.discharge ?? discharge
    return new
  }
}
