import FoundationEssentials
import GRDB
import Journaling
import Model

/// Looking things up in the patient index.
extension SQLiteJournal {
  public func revision() async throws -> PatientRevision {
    try await file.read { db in try db.patientRevision() }
  }

  public func aliases(of patient: PatientKey) async throws -> [PatientKey] {
    try await file.read { db in try db.aliases(of: patient) }
  }

  /// In bytewise order of authorities. `mergedInto` is the bytewise first link where a number was merged into more
  /// than one.
  public func patients(number: String, authority: String?) async throws -> [Patient] {
    try await file.read { db in
      try db.patients(number: number).filter { authority == nil || $0.key.authority == authority }
    }
  }
}

extension Database {
  func patientRevision() throws -> PatientRevision {
    guard let row = try row("SELECT * FROM imports ORDER BY revision DESC LIMIT 1") else {
      return PatientRevision(revision: "0", importedAt: nil, patients: 0, aliases: 0, encounters: 0)
    }
    let revision: Int = row["revision"]
    return PatientRevision(
      revision: String(revision), importedAt: row.time("imported_at"), patients: row["patients"],
      aliases: row["aliases"],
      encounters: row["encounters"])
  }

  /// Every authority's patient with this number, aliases included.
  func patients(number: String) throws -> [Patient] {
    try rows("SELECT * FROM patients WHERE mrn = ? ORDER BY authority", [number.blob]).map { try patient($0) }
  }

  /// A row of `patients`, with its first link.
  func patient(_ row: Row) throws -> Patient {
    let key = row.patientKey
    return Patient(
      key: key, family: row.text("family"), given: row.text("given"), middle: row.text("middle"),
      birthDate: row["birth_date"], sex: row["sex"], mergedInto: try mergeLinks(of: key).first { !$0.isUndone }?.into,
      confidentiality: row["confidentiality"], isTemporary: row["temporary"])
  }

  /// Chased backwards; a circle ends by itself, because UNION gives each number once.
  func aliases(of key: PatientKey) throws -> [PatientKey] {
    try rows(
      """
      WITH RECURSIVE aliases (authority, mrn) AS (
        SELECT authority, mrn FROM merges
        WHERE into_authority = ?1 AND into_mrn = ?2 AND undone IS NULL AND kind <> 'link'
        UNION
        SELECT m.authority, m.mrn FROM merges m JOIN aliases a ON m.into_authority = a.authority AND m.into_mrn = a.mrn
        WHERE m.undone IS NULL AND m.kind <> 'link')
      SELECT authority, mrn FROM aliases WHERE NOT (authority = ?1 AND mrn = ?2) ORDER BY authority, mrn
      """, [key.authority.blob, key.mrn.blob]
    ).map { PatientKey(authority: $0.text("authority"), mrn: $0.text("mrn")) }
  }

  /// In bytewise order of authority and number merged into.
  func mergeLinks(of key: PatientKey) throws -> [(into: PatientKey, isUndone: Bool)] {
    try rows(
      "SELECT * FROM merges WHERE mrn = ? AND authority = ? AND kind <> 'link' ORDER BY into_authority, into_mrn",
      [key.mrn.blob, key.authority.blob]
    ).map { (PatientKey(authority: $0.text("into_authority"), mrn: $0.text("into_mrn")), $0["undone"] != nil) }
  }
}
