import FoundationEssentials
import GRDB
import Journaling
import Model

/// Adding links and taking them back. A link is dated and never deleted; only one that a refused line brought is forgotten.
extension PatientImporter {
  /// The caller has made sure that it closes no circle and is not there yet.
  func add(_ ends: LinkEnds, kind: PatientLink.Kind, at: Timestamp?, source: String, line: Int) throws {
    try refuseHidden([ends.from, ends.into], Self.otherLink(ends, kind))
    try change(
      """
      INSERT INTO merges (authority, mrn, into_authority, into_mrn, revision, kind, happened_at, source)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET revision = excluded.revision, kind = excluded.kind, happened_at = excluded.happened_at,
        source = excluded.source, undone = NULL, undone_at = NULL, undone_by = x''
      """, ends.arguments + [revision, kind.rawValue, at?.microseconds, source.blob])
    outcome.counts.merges += kind == .link ? 0 : 1
    outcome.note(line, "\(ends.from) \(Self.verb(kind)) \(ends.into)")
  }

  static func verb(_ kind: PatientLink.Kind) -> String {
    switch kind {
    case .merge: "is merged into"
    case .move: "is moved into"
    case .change: "is now"
    case .identifier: "is another number of"
    case .link: "is the same person as"
    }
  }

  /// Takes a link back and has the documents looked for that were filed through it.
  func undo(_ ends: LinkEnds, kind: PatientLink.Kind, at: Timestamp?, by: String, line: Int) throws {
    let moment = at ?? importedAt
    let protected = try kind == .link ? [] : protectedNumbers(ends)
    let what = "\(ends.from) is not \(kind == .link ? "linked to" : "merged into") \(ends.into) any more"
    for number in try hidden(among: [ends.from, ends.into]) { try record(.done, number, what) }
    try change(
      """
      UPDATE merges SET undone = ?, undone_at = ?, undone_by = ?
      WHERE authority = ? AND mrn = ? AND into_authority = ? AND into_mrn = ?
      """, [revision, moment.microseconds, by.blob] + ends.arguments)
    for (number, level) in protected where try db.level(of: number) < level {
      let known = try db.patients(number: number.mrn).first { $0.key == number }
      if let known { try raiseLevel(of: known, to: level.rawValue, line: line) }
    }
    outcome.note(line, what)
    guard kind != .link else { return }
    outcome.counts.mergesUndone += 1
    try review(.unmerge, ends, visit: "", at: moment)
  }

  func reviewMovedVisit(_ visit: String, _ ends: LinkEnds, at: Timestamp?, line: Int) throws {
    outcome.note(line, "visit \(EscapedText(visit)) of \(ends.from) is now \(ends.into)'s")
    try review(.visit, ends, visit: visit, at: at ?? importedAt)
  }

  private func review(_ kind: PatientReview.Kind, _ ends: LinkEnds, visit: String, at: Timestamp) throws {
    try db.change(
      """
      INSERT INTO reviews (kind, authority, mrn, into_authority, into_mrn, visit, at) VALUES (?, ?, ?, ?, ?, ?, ?)
      """, [kind.rawValue] + ends.arguments + [visit.blob, at.microseconds])
  }

  func noteOtherIdentity(_ key: PatientKey, line: Int, family: Bool, birthDate: Bool) {
    outcome.note(line, "\(key) has \(Self.otherIdentity(family: family, birthDate: birthDate)) now")
  }

  static func otherIdentity(family: Bool, birthDate: Bool) -> String {
    family ? birthDate ? "another family name and birth date" : "another family name" : "another birth date"
  }
}

/// The two numbers of a link.
struct LinkEnds: Hashable {
  var from: PatientKey
  var into: PatientKey
  /// In the order of the columns: authority, mrn, into_authority, into_mrn.
  var arguments: StatementArguments { [from.authority.blob, from.mrn.blob, into.authority.blob, into.mrn.blob] }
  var reversed: LinkEnds { LinkEnds(from: into, into: from) }
  /// What a CSV row of the two means.
  var kindOfRow: PatientLink.Kind { from.authority == "GS1" ? .identifier : .merge }
}

/// A link that names somebody, and the import that brought it.
struct LinkStep: Hashable {
  var ends: LinkEnds
  var revision: Int
}

extension Database {
  /// Numbers visited for one answer; chains in real exports have one or two links.
  static var linksMax: Int { 100 }

  func link(_ ends: LinkEnds) throws -> PatientLink? {
    try row(
      """
      SELECT m.*, i.imported_at FROM merges m LEFT JOIN imports i ON i.revision = m.revision
      WHERE m.authority = ? AND m.mrn = ? AND m.into_authority = ? AND m.into_mrn = ?
      """, ends.arguments
    ).map(PatientLink.init)
  }

  /// The link, if it is or was one that names somebody.
  func namingLink(_ ends: LinkEnds) throws -> PatientLink? { try link(ends).flatMap { $0.kind == .link ? nil : $0 } }

  /// Links of a number that hold and name somebody.
  func steps(from key: PatientKey) throws -> [LinkStep] {
    try rows(
      """
      SELECT * FROM merges WHERE mrn = ? AND authority = ? AND undone IS NULL AND kind <> 'link'
      ORDER BY into_authority, into_mrn
      """, [key.mrn.blob, key.authority.blob]
    ).map { LinkStep(ends: $0.linkEnds, revision: $0["revision"]) }
  }

  /// Links that lead from one number to another, or a dead end of more than ``linksMax`` numbers, which nobody should make
  /// longer; nil where there is no way.
  func path(from start: PatientKey, to end: PatientKey) throws -> [LinkStep]? {
    var cameBy: [PatientKey: LinkStep] = [:]
    var seen: Set<PatientKey> = [start]
    var open = [start]
    while let key = open.popLast() {
      if key == end || seen.count > Self.linksMax {
        var path: [LinkStep] = []
        var at = key
        while let step = cameBy[at] {
          path.append(step)
          at = step.ends.from
        }
        return path
      }
      for step in try steps(from: key) where seen.insert(step.ends.into).inserted {
        cameBy[step.ends.into] = step
        open.append(step.ends.into)
      }
    }
    return nil
  }

  /// As if the import had never brought the link; its number too, where nothing else is known of it.
  func forget(_ ends: LinkEnds, revision: Int) throws {
    try change(
      "DELETE FROM merges WHERE authority = ? AND mrn = ? AND into_authority = ? AND into_mrn = ? AND revision = ?",
      ends.arguments + [revision])
    try change(
      """
      DELETE FROM patients WHERE authority = ?1 AND mrn = ?2 AND revision = 0
        AND NOT EXISTS (SELECT 1 FROM merges m WHERE m.authority = ?1 AND m.mrn = ?2)
      """, [ends.from.authority.blob, ends.from.mrn.blob])
  }
}

extension PatientLink {
  /// From a row of `merges` with its import's `imported_at`.
  init(_ row: Row) {
    let happened: Int64? = row["happened_at"]
    let imported: Int64? = row["imported_at"]
    let undone: Int64? = row["undone_at"]
    self.init(
      kind: row.linkKind, from: row.patientKey, into: row.intoKey,
      since: Timestamp(microseconds: happened ?? imported ?? 0), source: row.text("source"),
      undoneAt: row["undone"] == nil ? nil : Timestamp(microseconds: undone ?? 0), undoneBy: row.text("undone_by"))
  }
}
