import GRDB
import Journaling
import Model

extension SQLiteJournal {
  public func candidates(numbers: [String], visits: [String]) async throws -> PatientCandidates {
    try await file.read { db in try db.candidates(numbers: numbers, visits: visits) }
  }
}

extension Database {
  func candidates(numbers: [String], visits: [String]) throws -> PatientCandidates {
    var candidates = PatientCandidates(revision: try patientRevision().revision)
    for number in Set(numbers) {
      let known = try patients(number: number).map { try knownPatient($0.key) }
      if !known.isEmpty { candidates.byNumber[number] = known }
    }
    for visit in Set(visits) {
      let rows = try rows("SELECT authority, mrn FROM encounters WHERE visit = ? ORDER BY authority", [visit.blob])
      let known = try rows.map {
        try knownPatient(PatientKey(authority: $0.text("authority"), mrn: $0.text("mrn")))
      }
      if !known.isEmpty { candidates.byVisit[visit] = known }
    }
    return candidates
  }

  func knownPatient(_ asked: PatientKey) throws -> KnownPatient {
    var chase = MergeChase(self)
    guard let survivor = try chase.survivor(of: asked) else { return KnownPatient(asked: asked, survivor: nil) }
    return KnownPatient(
      asked: asked, survivor: survivor.key, family: survivor.family, birthDate: survivor.birthDate, sex: survivor.sex)
  }
}

/// Follows merge links to their ends (I6: a number is one patient for certain, or nobody).
///
/// There is a survivor if and only if every path ends, all at the same number, that number is in the index, and no
/// link on the way was undone. Two links that meet again further on (A into B and C, B into C) lead to exactly one
/// patient.
private struct MergeChase {
  /// Numbers visited for one answer; chains in real exports have one or two links.
  static let numbersMax = 100

  private let db: Database
  private var open: Set<PatientKey> = []
  private var done: Set<PatientKey> = []
  private var ends: [PatientKey: Patient] = [:]

  init(_ db: Database) { self.db = db }

  mutating func survivor(of key: PatientKey) throws -> Patient? {
    guard try follow(key), ends.count == 1 else { return nil }
    return ends.values.first
  }

  /// False as soon as there can be no answer.
  private mutating func follow(_ key: PatientKey) throws -> Bool {
    if done.contains(key) { return true }
    guard open.insert(key).inserted, open.count + done.count <= Self.numbersMax else { return false }
    let links = try db.mergeLinks(of: key)
    if links.isEmpty {
      guard let patient = try db.patients(number: key.mrn).first(where: { $0.key == key }) else { return false }
      ends[key] = patient
    }
    for link in links {
      guard !link.isUndone, try follow(link.into) else { return false }
    }
    open.remove(key)
    done.insert(key)
    return true
  }
}
