import FoundationEssentials
import GRDB
import Journaling
import Model

/// What would change where pages of somebody above the importer's level come, or give such a person others' pages, is left out (I6): a new
/// link, a new or changed visit. By the link or the visit's label alone they would come into a chart that the importer chose, or may
/// not see. Rows and messages are refused alike; what is known already is no try.
extension PatientImporter {
  /// What the audit trail keeps of it.
  static func otherVisit(_ visit: String) -> String {
    "visit \(EscapedText(visit)) stays as it is; the file says otherwise"
  }

  static func otherLink(_ ends: LinkEnds, _ kind: PatientLink.Kind) -> String {
    "\(ends.from) stays as it is; the file says that it \(verb(kind)) \(ends.into)"
  }

  static var anotherIdentity: String { "another name or birth date" }

  // MARK: Rows

  func leaveOutHiddenVisits(_ table: String) throws {
    guard clearance < .veryRestricted else { return }
    let rows = try db.rows(
      """
      SELECT s.visit, s.authority, s.line, s.mrn, e.mrn AS known_mrn, \(Self.isHidden("s")) AS hidden,
        coalesce(\(Self.isHidden("e")), 0) AS known_hidden
      FROM \(table) s LEFT JOIN encounters e ON e.visit = s.visit AND e.authority = s.authority
      WHERE (\(Self.isHidden("s")) OR coalesce(\(Self.isHidden("e")), 0)) AND (e.visit IS NULL OR \(Self.isOtherVisit))
      ORDER BY s.line
      """)
    for row in rows {
      let (isHidden, isKnownHidden): (Bool, Bool) = (row["hidden"], row["known_hidden"])
      var about = isHidden ? [row.patientKey] : []
      if isKnownHidden { about.append(PatientKey(authority: row.text("authority"), mrn: row.text("known_mrn"))) }
      try leaveOut(row, "visit", of: table, about: about, Self.otherVisit(row.text("visit")))
    }
  }

  func leaveOutHiddenLinks(_ table: String) throws {
    guard clearance < .veryRestricted else { return }
    let rows = try db.rows(
      """
      SELECT s.mrn, s.authority, s.line, s.into_mrn, s.into_authority, \(Self.isHidden("s")) AS hidden,
        \(Self.isHidden("s", "into_")) AS into_hidden
      FROM \(table) s
      WHERE s.into_mrn IS NOT NULL AND (\(Self.isHidden("s")) OR \(Self.isHidden("s", "into_"))) AND NOT EXISTS (
        SELECT 1 FROM merges m WHERE m.mrn = s.mrn AND m.authority = s.authority AND m.into_mrn = s.into_mrn
          AND m.into_authority = s.into_authority AND m.kind <> 'link')
      ORDER BY s.line
      """)
    for row in rows {
      let (ends, isHidden, isIntoHidden): (LinkEnds, Bool, Bool) = (row.linkEnds, row["hidden"], row["into_hidden"])
      let about = (isHidden ? [ends.from] : []) + (isIntoHidden ? [ends.into] : [])
      try leaveOut(row, "mrn", of: table, about: about, Self.otherLink(ends, ends.kindOfRow))
    }
  }

  /// - Parameter key: the table's key beside authority and line.
  private func leaveOut(
    _ row: Row, _ key: String, of table: String, about patients: [PatientKey], _ detail: String
  ) throws {
    for patient in Set(patients).sorted() { try recordRefusal(patient, detail) }
    try leaveOut(.init(line: row.line, reason: Self.hiddenReason))
    try db.change(
      "DELETE FROM \(table) WHERE \(key) = ? AND authority = ? AND line = ?",
      [row[key] as Data, row["authority"] as Data, row.line])
  }

  /// Another name or birth date of somebody above the importer's level is taken, told to nobody, and on record.
  func recordHiddenIdentities(_ table: String) throws {
    guard clearance < .veryRestricted else { return }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.authority, s.mrn FROM \(table) s JOIN patients p ON p.mrn = s.mrn AND p.authority = s.authority
        WHERE s.into_mrn IS NULL AND p.revision > 0 AND \(Self.isHidden("s"))
          AND (p.family <> s.family OR p.birth_date <> s.birth_date) ORDER BY s.line
        """)
    while let row = try rows.next() { try record(.done, row.patientKey, Self.anotherIdentity) }
  }

  // MARK: Messages

  /// Of patients who were hidden before the event: one that raises a level itself hides nothing from its sender.
  func refuseHidden(_ patients: [PatientKey], _ detail: @autoclosure () -> String) throws {
    guard !hiddenHere.isDisjoint(with: patients) else { return }
    throw PatientRefusal(reason: detail())
  }
}
