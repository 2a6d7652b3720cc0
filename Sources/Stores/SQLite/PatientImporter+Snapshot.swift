import FoundationEssentials
import GRDB
import Journaling
import Model

/// Taking a snapshot: its rows are held against one another, then against what is known.
extension PatientImporter {
  func take(_ snapshot: PatientSnapshot) throws {
    for reject in snapshot.rejects { try leaveOut(reject) }
    try listHidden()
    try fillUnsaid(in: snapshot.patients)
    try leaveOutContradictions(in: snapshot)
    try leaveOutHiddenLinks(snapshot.patients)
    try leaveOutHiddenVisits(snapshot.encounters)
    try tellKeptLevels(snapshot.patients)
    try recordHiddenIdentities(snapshot.patients)
    try undoMergesOfOwnRows(snapshot.patients)
    try keepLevels(snapshot.patients)
    try takeOwnRows(snapshot.patients)
    try takeAliasRows(snapshot.patients)
    try takeEncounters(snapshot.encounters)
    // A snapshot that says nothing new says as of when all of it is known.
    if outcome.counts.taken > 0 { isChanged = true }
  }

  /// What a row does not say stays as it is known: a level never falls because a column is missing or empty.
  private func fillUnsaid(in table: String) throws {
    let known = "FROM patients p WHERE p.mrn = s.mrn AND p.authority = s.authority"
    try db.change(
      """
      UPDATE \(table) AS s SET
        confidentiality = coalesce(s.confidentiality, (SELECT p.confidentiality \(known)), 'normal'),
        temporary = coalesce(s.temporary, (SELECT p.temporary \(known)), 0)
      WHERE s.confidentiality IS NULL OR s.temporary IS NULL
      """)
  }

  // MARK: Rows against rows

  /// Rows that say the same stand once. Of rows that contradict one another none is taken: nobody can tell which is
  /// right (I6). A number may be merged into several patients (it is then nobody's for certain), but cannot be both merged
  /// and a patient of its own.
  private func leaveOutContradictions(in snapshot: PatientSnapshot) throws {
    try leaveOutContradictions(snapshot.patients, key: ["mrn", "authority"], what: "number") { a, b in
      let bothMerged = a["into_mrn"] != nil && b["into_mrn"] != nil
      let (intoA, intoB) = (a.intoKey, b.intoKey)
      return bothMerged && intoA != intoB || a.isSame(as: b)
    }
    try leaveOutContradictions(snapshot.encounters, key: ["visit", "authority"], what: "visit") { a, b in
      a.isSame(as: b)
    }
  }

  private func leaveOutContradictions(
    _ table: String, key: [String], what: String, fits: (Row, Row) -> Bool
  ) throws {
    let columns = key.joined(separator: ", ")
    let several = try Row.fetchCursor(
      db,
      sql: """
        SELECT * FROM \(table) WHERE (\(columns)) IN (SELECT \(columns) FROM \(table) GROUP BY \(columns) HAVING count(*) > 1)
        ORDER BY \(columns), line
        """)
    var group: [Row] = []
    var drop: [Row] = []
    func judge() throws {
      guard let first = group.first else { return }
      if let second = group.first(where: { !fits(first, $0) }) {
        for row in group {
          let other: Int = row.line == first.line ? second.line : first.line
          try leaveOut(
            .init(line: row.line, reason: "contradicts line \(other) about the same \(what); neither is taken"))
        }
        drop += group
      } else {
        for (at, row) in group.enumerated() where group[..<at].contains(where: { row.isSame(as: $0) }) {
          drop.append(row)
        }
      }
    }
    while let row = try several.next()?.copy() {
      if let last = group.last, !key.allSatisfy({ last[$0] as Data == row[$0] as Data }) {
        try judge()
        group = []
      }
      group.append(row)
    }
    try judge()
    let delete = try db.makeStatement(
      sql: "DELETE FROM \(table) WHERE \(key.map { "\($0) = ?" }.joined(separator: " AND ")) AND line = ?")
    for row in drop {
      try delete.execute(
        arguments: StatementArguments(key.map { row[$0] as Data } + [row.line] as [any DatabaseValueConvertible]))
    }
  }

  // MARK: Rows against the index

  /// A number that an earlier import merged and that is given as a patient of its own is not merged any more.
  private func undoMergesOfOwnRows(_ table: String) throws {
    let rows = try db.rows(
      """
      SELECT m.*, s.line FROM merges m JOIN \(table) s ON s.mrn = m.mrn AND s.authority = m.authority
      WHERE s.into_mrn IS NULL AND m.undone IS NULL AND m.kind <> 'link' AND m.revision < ? ORDER BY s.line
      """, [revision])
    for row in rows {
      let ends = row.linkEnds
      try telling(of: [ends.from, ends.into]) {
        try undo(ends, kind: row.linkKind, at: nil, by: "", line: row.line)
      }
    }
  }

  private func takeOwnRows(_ table: String) throws {
    let same =
      "(p.family, p.given, p.middle, p.birth_date, p.sex, p.confidentiality, p.temporary)"
      + " IS (s.family, s.given, s.middle, s.birth_date, s.sex, s.confidentiality, s.temporary)"
    let join =
      "FROM \(table) s LEFT JOIN patients p ON p.mrn = s.mrn AND p.authority = s.authority WHERE s.into_mrn IS NULL"
    let isOpen = "NOT \(Self.isHidden("s"))"
    let counts = try db.row(
      """
      SELECT count(*) AS taken, coalesce(sum(p.mrn IS NULL AND \(isOpen)), 0) AS added,
        coalesce(sum(p.mrn IS NOT NULL AND NOT (\(same)) AND \(isOpen)), 0) AS changed \(join)
      """)
    outcome.counts.taken += counts?["taken"] ?? 0
    outcome.counts.patientsAdded += counts?["added"] ?? 0
    outcome.counts.patientsChanged += counts?["changed"] ?? 0
    if outcome.counts.patientsChanged > 0 {
      try noteOtherIdentities("\(join) AND \(isOpen)")
      try noteOtherLevels("\(join) AND \(isOpen)")
    }
    try db.change(
      """
      INSERT INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary, revision, as_of)
      SELECT authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary, ?, ? FROM \(table)
      WHERE into_mrn IS NULL ORDER BY mrn, authority
      ON CONFLICT (mrn, authority) DO UPDATE SET family = excluded.family, given = excluded.given,
        middle = excluded.middle, birth_date = excluded.birth_date, sex = excluded.sex,
        confidentiality = excluded.confidentiality, temporary = excluded.temporary, revision = excluded.revision,
        as_of = max(coalesce(as_of, excluded.as_of), excluded.as_of)
      """, [revision, importedAt.microseconds])
  }

  private func noteOtherLevels(_ join: String) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.line, s.authority, s.mrn, p.confidentiality AS old, s.confidentiality AS new \(join)
        AND p.confidentiality <> s.confidentiality ORDER BY s.line
        """)
    while let row = try rows.next() {
      try noteLevel(row.line, row.patientKey, from: row["old"], to: row["new"])
    }
  }

  /// Another family name or birth date under a known number: perhaps a number that was given out twice.
  private func noteOtherIdentities(_ join: String) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.line, s.authority, s.mrn, p.family <> s.family AS family, p.birth_date <> s.birth_date AS birth \(join)
        AND p.mrn IS NOT NULL AND p.revision > 0 AND (p.family <> s.family OR p.birth_date <> s.birth_date) ORDER BY s.line
        """)
    while let row = try rows.next() {
      noteOtherIdentity(row.patientKey, line: row.line, family: row["family"], birthDate: row["birth"])
    }
  }

  /// In the order of the file. Of a circle all links that this file brought go again: nobody can tell which is wrong.
  private func takeAliasRows(_ table: String) throws {
    let rows = try db.rows("SELECT * FROM \(table) WHERE into_mrn IS NOT NULL ORDER BY line")
    var circles: Set<LinkEnds> = []
    var counted: Set<LinkEnds> = []
    var refused: [Int: String] = [:]
    for row in rows {
      let ends = LinkEnds(from: row.patientKey, into: row.intoKey)
      guard ends.from != ends.into else {
        refused[row.line] = "the number is merged into itself"
        continue
      }
      if try db.namingLink(ends) == nil, let path = try db.path(from: ends.into, to: ends.from) {
        circles.formUnion(path.filter { $0.revision == revision }.map(\.ends))
        circles.insert(ends)
        refused[row.line] = Self.circleReason
        continue
      }
      if try takeAlias(row, ends) { counted.insert(ends) }
    }
    for row in rows {
      let ends = LinkEnds(from: row.patientKey, into: row.intoKey)
      guard circles.contains(ends), refused[row.line] == nil else { continue }
      try db.forget(ends, revision: revision)
      outcome.counts.taken -= 1
      if counted.contains(ends) { outcome.counts.merges -= 1 }
      refused[row.line] = Self.circleReason
    }
    for (line, reason) in refused { try leaveOut(.init(line: line, reason: reason)) }
    outcome.changes.removeAll { refused[$0.line] != nil }
  }

  static var circleReason: String { "the number is merged in a circle: following merged_into leads back to it" }

  /// - Returns: whether the merge counts as a new one.
  private func takeAlias(_ row: Row, _ ends: LinkEnds) throws -> Bool {
    // Revision 0: known as an alias only, never given as a patient of its own.
    try db.change(
      """
      INSERT INTO patients (authority, mrn, family, given, middle, birth_date, sex, confidentiality, temporary, revision)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING
      """,
      [
        ends.from.authority.blob, ends.from.mrn.blob, row["family"] as Data, row["given"] as Data,
        row["middle"] as Data,
        row["birth_date"] as String, row["sex"] as String, row["confidentiality"] as String, row["temporary"] as Int,
      ])
    outcome.counts.taken += 1
    // Said again it stays as it is: one that was taken back does not become certain by being repeated.
    guard try db.namingLink(ends) == nil else { return false }
    let before = outcome.counts.merges
    try telling(of: [ends.from, ends.into]) {
      try add(ends, kind: ends.kindOfRow, at: nil, source: "", line: row.line)
    }
    return outcome.counts.merges > before
  }

  /// Whether a known visit `e` is another than the row `s` says.
  static let isOtherVisit =
    "(e.visit IS NOT NULL AND "
    + "NOT ((e.account, e.mrn, e.class, e.admit, e.discharge) IS (s.account, s.mrn, s.class, s.admit, s.discharge)))"

  private func takeEncounters(_ table: String) throws {
    let isOther = Self.isOtherVisit
    let isOpen = "NOT \(Self.isHidden("s")) AND NOT coalesce(\(Self.isHidden("e")), 0)"
    let counts = try db.row(
      """
      SELECT count(*) AS taken, coalesce(sum(e.visit IS NULL AND \(isOpen)), 0) AS added,
        coalesce(sum(\(isOther) AND \(isOpen)), 0) AS changed, coalesce(sum(\(isOther)), 0) AS others
      FROM \(table) s LEFT JOIN encounters e ON e.visit = s.visit AND e.authority = s.authority
      """)
    outcome.counts.taken += counts?["taken"] ?? 0
    outcome.counts.encountersAdded += counts?["added"] ?? 0
    outcome.counts.encountersChanged += counts?["changed"] ?? 0
    let others: Int = counts?["others"] ?? 0
    if others > 0 { try reviewMovedVisits(table) }
    try db.change(
      """
      INSERT INTO encounters (authority, visit, account, mrn, class, admit, discharge, revision, as_of)
      SELECT authority, visit, account, mrn, class, admit, discharge, ?, ? FROM \(table) WHERE true ORDER BY visit, authority
      ON CONFLICT (visit, authority) DO UPDATE SET account = excluded.account, mrn = excluded.mrn, class = excluded.class,
        admit = excluded.admit, discharge = excluded.discharge, revision = excluded.revision,
        as_of = max(coalesce(as_of, excluded.as_of), excluded.as_of)
      """, [revision, importedAt.microseconds])
  }

  private func reviewMovedVisits(_ table: String) throws {
    let rows = try db.rows(
      """
      SELECT s.line, s.visit, s.authority, e.mrn AS mrn, s.authority AS into_authority, s.mrn AS into_mrn
      FROM \(table) s JOIN encounters e ON e.visit = s.visit AND e.authority = s.authority WHERE e.mrn <> s.mrn ORDER BY s.line
      """)
    for row in rows {
      let ends = row.linkEnds
      try telling(of: [ends.from, ends.into]) {
        try reviewMovedVisit(row.text("visit"), ends, at: nil, line: row.line)
      }
    }
  }
}

extension Row {
  var line: Int { self["line"] }
  var patientKey: PatientKey { PatientKey(authority: text("authority"), mrn: text("mrn")) }
  var intoKey: PatientKey {
    let (authority, mrn): (Data?, Data?) = (self["into_authority"], self["into_mrn"])
    return PatientKey(
      authority: String(decoding: authority ?? Data(), as: UTF8.self),
      mrn: String(decoding: mrn ?? Data(), as: UTF8.self))
  }
  var linkEnds: LinkEnds { LinkEnds(from: patientKey, into: intoKey) }
  var linkKind: PatientLink.Kind { PatientLink.Kind(rawValue: self["kind"]) ?? .merge }

  /// All but the line is the same.
  fileprivate func isSame(as other: Row) -> Bool {
    columnNames.allSatisfy { $0 == "line" || self[$0] as DatabaseValue == other[$0] as DatabaseValue }
  }
}
