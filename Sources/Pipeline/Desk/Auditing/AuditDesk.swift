import Formats
import FoundationEssentials
import Journaling
import Manifesting
import Model

/// Which records of the audit trail are wanted: all of these must hold. About a patient or a document is also what made a correction
/// that has it among others.
public struct AuditQuestion: Sendable {
  public var from: Timestamp?
  public var until: Timestamp?
  public var `operator`: String?
  public var verb: String?
  public var patient: PatientKey?
  public var document: DocumentID?
  public var outcome: AuditEvent.Outcome?
  public var brokeGlassOnly = false
  public init() {}

  func fits(_ event: AuditEvent, _ corrections: AuditCorrections) -> Bool {
    (from.map { event.at >= $0 } ?? true) && (until.map { event.at < $0 } ?? true)
      && (`operator`.map { $0 == event.operator || $0 == event.login } ?? true)
      && (verb.map { $0 == event.verb } ?? true)
      && isAbout(event.subject, corrections)
      && (outcome.map { $0 == event.outcome } ?? true) && (!brokeGlassOnly || event.subject.brokeGlass)
  }
}

extension AuditQuestion {
  private func isAbout(_ subject: AuditSubject, _ corrections: AuditCorrections) -> Bool {
    let correction = subject.correction
    let fitsPatient = patient == nil || patient == subject.patient || correction.map(corrections.isOfPatient) ?? false
    guard fitsPatient else { return false }
    return document == nil || document == subject.document || correction.map(corrections.isOfDocument) ?? false
  }
}

/// Corrections that have the patient or the document of a question among others: a record names one document, its correction all.
struct AuditCorrections {
  private var ofPatient: Set<BatchID> = []
  private var ofDocument: Set<BatchID> = []

  func isOfPatient(_ correction: BatchID) -> Bool { ofPatient.contains(correction) }
  func isOfDocument(_ correction: BatchID) -> Bool { ofDocument.contains(correction) }

  mutating func add(_ correction: Correction, for question: AuditQuestion) {
    let documents = correction.documents.flatMap { [$0.before, $0.after] }
    if let patient = question.patient, documents.contains(where: { $0.patient == patient || $0.viaAlias == patient }) {
      ofPatient.insert(correction.correction)
    }
    if let document = question.document, documents.contains(where: { $0.id == document }) {
      ofDocument.insert(correction.correction)
    }
  }
}

/// A record with its hash, as it is exported.
public struct ExportedAuditRecord: Sendable {
  public var record: AuditRecord
  public var hash: ContentDigest
}

/// Reads the audit trail, and proves it.
public struct AuditDesk: Sendable {
  private let journal: any Journal & DeskJournal
  public init(site: Site) { journal = site.journal }
  public init(journal: any Journal & DeskJournal) { self.journal = journal }

  private static let recordsAtOnce = 1000

  /// Hands over the records that fit, oldest first, up to the end that the trail has now: looking is recorded too.
  /// - Throws: ``DeskError/unreadableRecord(sequence:detail:)`` for one that is no record; `JournalError`.
  public func forEach(_ question: AuditQuestion, _ body: (ExportedAuditRecord) throws -> Void) async throws {
    let end = try await journal.auditHead().sequence
    let corrections = try await corrections(for: question)
    try await forEachStored { stored in
      guard stored.sequence <= end else { return }
      let record = try Self.decode(stored)
      if question.fits(record.event, corrections) { try body(.init(record: record, hash: stored.hash)) }
    }
  }

  private func corrections(for question: AuditQuestion) async throws -> AuditCorrections {
    var found = AuditCorrections()
    guard question.patient != nil || question.document != nil else { return found }
    try await journal.forEachCorrection { found.add($0, for: question) }
    return found
  }

  private func forEachStored(_ body: (StoredAuditRecord) throws -> Void) async throws {
    var position = 0
    while true {
      let records = try await journal.audit(after: position, limit: Self.recordsAtOnce)
      guard let last = records.last else { return }
      for record in records { try body(record) }
      position = last.sequence
    }
  }

  static func decode(_ stored: StoredAuditRecord) throws -> AuditRecord {
    do { return try JSONDecoder().decode(AuditRecord.self, from: Data(stored.bytes)) } catch {
      throw DeskError.unreadableRecord(sequence: stored.sequence, detail: "it is no record of the audit trail")
    }
  }

  // MARK: Verify

  /// Everything that is wrong with the trail: records removed, changed or reordered, by their hashes, by the anchors in every
  /// manifest and correction, by a head that somebody noted elsewhere, and by the sums that the store keeps of its rows.
  /// - Parameters:
  ///   - noted: `sequence:hash`; nil: none.
  ///   - withSums: false where somebody else compares them.
  public func verify(
    noted: AuditHead? = nil, withSums: Bool = true, report: (VerifyFinding) throws -> Void
  ) async throws {
    if withSums {
      for finding in try await journal.auditFindings() {
        try report(VerifyFinding(.error, finding, where: "the audit trail", remedy: AuditWalk.remedy))
      }
    }
    var anchors = try await anchors()
    if let noted { anchors.append((noted, "the head that you noted")) }
    let head = try await journal.auditHead()
    var walk = AuditWalk(anchors: anchors)
    try await forEachStored { stored in
      // What others add meanwhile is the next verification's.
      guard stored.sequence <= head.sequence else { return }
      for finding in walk.add(stored) { try report(finding) }
    }
    for finding in walk.end(head) { try report(finding) }
    // Records and the head are written together: what stands beyond it was not appended.
    if let beyond = try await journal.audit(after: head.sequence, limit: 1).first,
      try await journal.auditHead().sequence < beyond.sequence
    {
      try report(AuditWalk.finding("added: it stands beyond the end of the trail", beyond.sequence))
    }
  }

  private func anchors() async throws -> [(head: AuditHead, place: String)] {
    var anchors: [(AuditHead, String)] = []
    try await journal.forEachRecord(after: 0) { record in
      let anchor =
        switch try ChainContent(record) {
        case .manifest(let manifest): manifest.audit
        case .correction(let correction): correction.audit
        }
      if anchor.sequence > 0 { anchors.append((anchor, "record \(record.sequence) of the chain (\(record.id))")) }
    }
    return anchors
  }
}

/// Goes along the trail once.
struct AuditWalk {
  private var anchors: [Int: [(head: ContentDigest, place: String)]] = [:]
  private var previous: (sequence: Int, hash: ContentDigest)?

  static let remedy =
    "somebody, or a fault, changed the journal: put it aside as evidence and compare it with a copy"

  init(anchors: [(head: AuditHead, place: String)]) {
    for anchor in anchors { self.anchors[anchor.head.sequence, default: []].append((anchor.head.head, anchor.place)) }
  }

  static func finding(_ what: String, _ sequence: Int) -> VerifyFinding {
    VerifyFinding(.error, what, where: "audit record \(sequence)", remedy: remedy)
  }

  mutating func add(_ stored: StoredAuditRecord) -> [VerifyFinding] {
    var findings: [VerifyFinding] = []
    let hash = sha256(stored.bytes)
    if hash != stored.hash {
      findings.append(Self.finding("changed: its bytes are not those of its hash", stored.sequence))
    }
    let record = try? JSONDecoder().decode(AuditRecord.self, from: Data(stored.bytes))
    if record?.sequence != stored.sequence {
      findings.append(Self.finding("changed or reordered: it does not say that it is this one", stored.sequence))
    }
    let next = (previous?.sequence ?? 0) + 1
    if stored.sequence == next {
      if record?.previous != (previous?.hash ?? .zero) {
        findings.append(Self.finding("reordered or changed: it does not follow the one before it", stored.sequence))
      }
    } else {
      findings.append(gap(from: next, to: stored.sequence, record))
    }
    for anchor in anchors.removeValue(forKey: stored.sequence) ?? [] where anchor.head != hash {
      findings.append(Self.finding("changed: it is not the one that \(anchor.place) is anchored to", stored.sequence))
    }
    previous = (stored.sequence, hash)
    return findings
  }

  /// Records are missing. Only a rebuild may explain it: its record goes on where the chain says that the lost trail ended.
  private mutating func gap(from next: Int, to sequence: Int, _ record: AuditRecord?) -> VerifyFinding {
    let isExplained =
      record?.event.verb == DeskVerb.rebuild.rawValue
      && anchors[sequence - 1]?.contains { $0.head == record?.previous } ?? false
    let what = next == sequence - 1 ? "record \(next) is missing" : "records \(next) to \(sequence - 1) are missing"
    guard isExplained else { return Self.finding("removed: \(what) before it", sequence) }
    for lost in anchors.keys where (next..<sequence).contains(lost) { anchors[lost] = nil }
    return VerifyFinding(
      .warning, "\(what) before it: they went with the journal that was rebuilt then",
      where: "audit record \(sequence)",
      remedy: "keep copies of the journal, or of `audit export`")
  }

  mutating func end(_ head: AuditHead) -> [VerifyFinding] {
    var findings: [VerifyFinding] = []
    let last = previous?.sequence ?? 0
    if head.sequence > last {
      findings.append(
        Self.finding("removed: the trail should go on to \(head.sequence) and ends at \(last)", head.sequence))
    } else if head.sequence < last || previous.map({ $0.hash != head.head }) ?? false {
      findings.append(Self.finding("changed: it is not the newest record that the journal noted", last))
    }
    for (sequence, places) in anchors.sorted(by: { $0.key < $1.key }) {
      findings.append(Self.finding("removed: \(places[0].place) is anchored to it, and it is not there", sequence))
    }
    return findings
  }
}
