import FoundationEssentials
import GRDB
import Journaling
import Model

/// A snapshot's rows in temporary tables, in the order of their keys: never in memory whole, whatever its size.
struct PatientSnapshot {
  /// Place of its file among those of one import: part of its tables' names.
  private let place: Int
  /// Of the reader; those that rows give one another come later.
  private(set) var rejects: [PatientReject] = []

  var patients: String { "temp.staged_patients_\(place)" }
  var encounters: String { "temp.staged_encounters_\(place)" }

  init(_ file: PatientImport, place: Int, in db: Database) throws {
    self.place = place
    try stage(file, in: db)
  }

  func drop(in db: Database) throws {
    try db.execute(sql: "DROP TABLE IF EXISTS \(patients); DROP TABLE IF EXISTS \(encounters)")
  }

  private mutating func stage(_ file: PatientImport, in db: Database) throws {
    // What an import that failed left behind.
    try drop(in: db)
    try db.execute(sql: Self.tables(patients, encounters))
    let rows = try StagingStatements(db, patients: patients, encounters: encounters)
    var rejects: [PatientReject] = []
    try file.feed { item in
      switch item {
      case .reject(let reject):
        guard rejects.count < PatientImportOutcome.rejectsMax else {
          throw PatientImportError.tooManyRejects(max: PatientImportOutcome.rejectsMax)
        }
        rejects.append(reject)
      case .event(let event):
        for fact in event.facts { try rows.insert(fact, line: event.line) }
      }
    }
    self.rejects = rejects
  }

  private static func tables(_ patients: String, _ encounters: String) -> String {
    """
    CREATE TABLE \(patients) (
      mrn BLOB NOT NULL, authority BLOB NOT NULL, line INTEGER NOT NULL,
      family BLOB NOT NULL, given BLOB NOT NULL, middle BLOB NOT NULL, birth_date TEXT NOT NULL, sex TEXT NOT NULL,
      confidentiality TEXT, temporary INTEGER, into_mrn BLOB, into_authority BLOB,
      PRIMARY KEY (mrn, authority, line)
    ) WITHOUT ROWID;
    CREATE TABLE \(encounters) (
      visit BLOB NOT NULL, authority BLOB NOT NULL, line INTEGER NOT NULL,
      account BLOB NOT NULL, mrn BLOB NOT NULL, class BLOB NOT NULL, admit TEXT NOT NULL, discharge TEXT NOT NULL,
      PRIMARY KEY (visit, authority, line)
    ) WITHOUT ROWID;
    """
  }
}

/// The statements of a bulk load, prepared once.
private struct StagingStatements {
  private let patient: Statement
  private let encounter: Statement

  init(_ db: Database, patients: String, encounters: String) throws {
    patient = try db.makeStatement(
      sql: """
        INSERT INTO \(patients) (mrn, authority, line, family, given, middle, birth_date, sex, confidentiality, temporary,
          into_mrn, into_authority)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    encounter = try db.makeStatement(
      sql: """
        INSERT INTO \(encounters) (visit, authority, line, account, mrn, class, admit, discharge)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """)
  }

  func insert(_ fact: PatientFact, line: Int) throws {
    switch fact {
    case .row(let row, let unsaid):
      let level = unsaid.contains(.confidentiality) ? nil : row.confidentiality
      let isTemporary = unsaid.contains(.temporary) ? nil : row.isTemporary
      try patient.execute(arguments: [
        row.key.mrn.blob, row.key.authority.blob, line, row.family.blob, row.given.blob, row.middle.blob, row.birthDate,
        row.sex, level, isTemporary, row.mergedInto?.mrn.blob, row.mergedInto?.authority.blob,
      ])
    case .visit(let row):
      try encounter.execute(arguments: [
        row.visit.blob, row.patient.authority.blob, line, row.account.blob, row.patient.mrn.blob, row.patientClass.blob,
        row.admit, row.discharge,
      ])
    default: throw JournalError.damaged("a snapshot holds whole rows only")
    }
  }
}
