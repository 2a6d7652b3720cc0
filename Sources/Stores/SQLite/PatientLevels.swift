import GRDB
import Journaling
import Model

/// Levels of persons. A person's numbers are the number, those that it was merged into, and all that were merged into any of these; where
/// a number was merged into several, nobody knows whose it is, and it is as protected as the most protected of them.
extension SQLiteJournal {
  public func level(of patient: PatientKey) async throws -> Confidentiality {
    try await file.read { db in try db.level(of: patient) }
  }

  public func numbers(above level: Confidentiality) async throws -> [PatientKey] {
    try await file.read { db in try db.numbers(above: level) }
  }

  public func revision(upTo level: Confidentiality) async throws -> PatientRevision {
    try await file.read { db in try db.patientRevision(upTo: level) }
  }
}

extension Database {
  func level(of key: PatientKey) throws -> Confidentiality {
    let found = try rows(
      Self.persons(of: "VALUES (?1, ?2)")
        + """
        SELECT DISTINCT p.confidentiality
        FROM person CROSS JOIN patients p ON p.mrn = person.mrn AND p.authority = person.authority
        """, [key.authority.blob, key.mrn.blob])
    return found.map { Confidentiality(indexed: $0["confidentiality"]) }.max() ?? .normal
  }

  func numbers(ofPersonWith key: PatientKey) throws -> [PatientKey] {
    try rows(
      Self.persons(of: "VALUES (?1, ?2)") + "SELECT authority, mrn FROM person", [key.authority.blob, key.mrn.blob]
    ).map(\.patientKey)
  }

  func numbers(above level: Confidentiality) throws -> [PatientKey] {
    guard level < .veryRestricted else { return [] }
    return try rows(Self.persons(above: level) + "SELECT authority, mrn FROM person").map(\.patientKey)
  }

  /// The newest revision, its counts without the persons above a level.
  func patientRevision(upTo level: Confidentiality) throws -> PatientRevision {
    var revision = try patientRevision()
    guard level < .veryRestricted else { return revision }
    let hidden = try row(
      Self.persons(above: level)
        + """
        SELECT coalesce(sum(p.mrn IS NOT NULL AND NOT h.merged), 0) AS patients, coalesce(sum(h.merged), 0) AS aliases,
          coalesce(sum(h.visits), 0) AS encounters
        FROM (
          SELECT authority, mrn, EXISTS (
              SELECT 1 FROM merges m WHERE m.mrn = person.mrn AND m.authority = person.authority
                AND m.undone IS NULL AND m.kind <> 'link') AS merged,
            (SELECT count(*) FROM encounters e WHERE e.mrn = person.mrn AND e.authority = person.authority) AS visits
          FROM person) h
        LEFT JOIN patients p ON p.mrn = h.mrn AND p.authority = h.authority
        """)
    revision.patients -= hidden?["patients"] ?? 0
    revision.aliases -= hidden?["aliases"] ?? 0
    revision.encounters -= hidden?["encounters"] ?? 0
    return revision
  }

  /// The start of a query over `person`: the numbers of all persons above a level.
  static func persons(above level: Confidentiality) -> String {
    let seen = Confidentiality.allCases.filter { $0 <= level }.map { "'\($0.rawValue)'" }
    // Without a word it is normal; a word of nobody's is the highest level.
    let list = (["''"] + seen).joined(separator: ", ")
    return persons(of: "SELECT authority, mrn FROM patients WHERE confidentiality NOT IN (\(list))")
  }

  /// - Parameter seed: selects a number of each of the persons.
  private static func persons(of seed: String) -> String {
    let holds = "m.undone IS NULL AND m.kind <> 'link'"
    return """
      WITH RECURSIVE ahead (authority, mrn) AS (
        \(seed) UNION
        SELECT m.into_authority, m.into_mrn
        FROM ahead a CROSS JOIN merges m ON m.mrn = a.mrn AND m.authority = a.authority WHERE \(holds)),
      person (authority, mrn) AS (
        SELECT authority, mrn FROM ahead UNION
        SELECT m.authority, m.mrn
        FROM person p CROSS JOIN merges m ON m.into_mrn = p.mrn AND m.into_authority = p.authority WHERE \(holds))

      """
  }
}
