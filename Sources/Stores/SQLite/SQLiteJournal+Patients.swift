import FoundationEssentials
import GRDB
import Journaling
import Model

/// Loading the patient index. A row with `mergedInto` adds a merge link and never removes one; any other row replaces
/// what was known, and where the number had been merged by an earlier import, its merge counts as undone from then
/// on: such a number has no survivor (I6).
extension SQLiteJournal {
  public func load(_ rows: PatientImport) async throws -> PatientRevision {
    try await file.write { db in
      let revision = try db.integer("SELECT coalesce(max(revision), 0) + 1 FROM imports")
      let patients = try PatientStatements(db)
      for patient in rows.patients { try patients.load(patient, revision: revision) }
      try db.load(rows.encounters, revision: revision)
      try db.change(
        """
        UPDATE merges SET undone = ?1 WHERE undone IS NULL AND revision < ?1 AND EXISTS (
          SELECT 1 FROM patients p WHERE p.mrn = merges.mrn AND p.authority = merges.authority AND p.revision = ?1)
        """, [revision])
      try db.change(
        """
        INSERT INTO imports (revision, imported_at, file, patients, aliases, encounters) SELECT ?, ?, ?,
          (SELECT count(*) FROM patients p WHERE NOT EXISTS (
            SELECT 1 FROM merges m WHERE m.mrn = p.mrn AND m.authority = p.authority AND m.undone IS NULL)),
          (SELECT count(*) FROM (SELECT DISTINCT mrn, authority FROM merges WHERE undone IS NULL)),
          (SELECT count(*) FROM encounters)
        """, [revision, rows.importedAt.microseconds, rows.file.description])
      return try db.patientRevision()
    }
  }

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

/// The statements of a bulk load, prepared once.
private struct PatientStatements {
  private let replace: Statement
  private let keep: Statement
  private let link: Statement

  init(_ db: Database) throws {
    let insert = """
      INSERT INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary,
        revision)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT
      """
    replace = try db.cachedStatement(
      sql: insert + """
         (mrn, authority) DO UPDATE SET family = excluded.family, given = excluded.given, middle = excluded.middle,
          birth_date = excluded.birth_date, sex = excluded.sex, confidentiality = excluded.confidentiality,
          temporary = excluded.temporary, revision = excluded.revision
        """)
    keep = try db.cachedStatement(sql: insert + " DO NOTHING")
    link = try db.cachedStatement(
      sql: """
        INSERT INTO merges (authority, mrn, into_authority, into_mrn, revision) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """)
  }

  func load(_ patient: Patient, revision: Int) throws {
    let row: [(any DatabaseValueConvertible)?] = [
      patient.key.authority.blob, patient.key.mrn.blob, patient.family.blob, patient.given.blob, patient.middle.blob,
      patient.birthDate, patient.sex, patient.confidentiality, patient.isTemporary,
    ]
    guard let into = patient.mergedInto else {
      return try replace.execute(arguments: StatementArguments(row + [revision]))
    }
    // Revision 0: known as an alias only, never given as a patient of its own.
    try keep.execute(arguments: StatementArguments(row + [0]))
    try link.execute(arguments: [
      patient.key.authority.blob, patient.key.mrn.blob, into.authority.blob, into.mrn.blob, revision,
    ])
  }
}

extension Database {
  fileprivate func load(_ encounters: [Encounter], revision: Int) throws {
    let statement = try cachedStatement(
      sql: """
        INSERT INTO encounters (authority, visit, account, mrn, class, admit, discharge, revision)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (visit, authority) DO UPDATE SET account = excluded.account, mrn = excluded.mrn,
          class = excluded.class,
          admit = excluded.admit, discharge = excluded.discharge, revision = excluded.revision
        """)
    for encounter in encounters {
      try statement.execute(arguments: [
        encounter.patient.authority.blob, encounter.visit.blob, encounter.account.blob, encounter.patient.mrn.blob,
        encounter.patientClass.blob, encounter.admit, encounter.discharge, revision,
      ])
    }
  }

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
    try rows("SELECT * FROM patients WHERE mrn = ? ORDER BY authority", [number.blob]).map { row in
      let key = PatientKey(authority: row.text("authority"), mrn: number)
      let links = try mergeLinks(of: key)
      return Patient(
        key: key, family: row.text("family"), given: row.text("given"), middle: row.text("middle"),
        birthDate: row["birth_date"],
        sex: row["sex"], mergedInto: links.first?.into, confidentiality: row["confidentiality"],
        isTemporary: row["temporary"])
    }
  }

  /// Chased backwards; a circle ends by itself, because UNION gives each number once.
  func aliases(of key: PatientKey) throws -> [PatientKey] {
    try rows(
      """
      WITH RECURSIVE aliases (authority, mrn) AS (
        SELECT authority, mrn FROM merges WHERE into_authority = ?1 AND into_mrn = ?2 AND undone IS NULL
        UNION
        SELECT m.authority, m.mrn FROM merges m JOIN aliases a ON m.into_authority = a.authority AND m.into_mrn = a.mrn
        WHERE m.undone IS NULL)
      SELECT authority, mrn FROM aliases WHERE NOT (authority = ?1 AND mrn = ?2) ORDER BY authority, mrn
      """, [key.authority.blob, key.mrn.blob]
    ).map { PatientKey(authority: $0.text("authority"), mrn: $0.text("mrn")) }
  }

  /// In bytewise order of authority and number merged into.
  func mergeLinks(of key: PatientKey) throws -> [(into: PatientKey, isUndone: Bool)] {
    try rows(
      "SELECT * FROM merges WHERE mrn = ? AND authority = ? ORDER BY into_authority, into_mrn",
      [key.mrn.blob, key.authority.blob]
    ).map { (PatientKey(authority: $0.text("into_authority"), mrn: $0.text("into_mrn")), $0["undone"] != nil) }
  }
}
