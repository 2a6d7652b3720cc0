import Archiving
import Formats
import Journaling
import Manifesting
import Model
import System

/// What a rebuild did, for the person who ran it.
public struct RebuildReport: Sendable {
  /// The journal had no identity: it was made anew.
  public var journalIsNew = false
  /// Records of the chain that the journal lacked and now has.
  public var recordsRestored = 0
  /// Manifest files that were missing and that the journal wrote again.
  public var filesWritten = 0
  /// Records in the journal when it was done.
  public var records = 0
  /// Import files of the archive that were loaded again.
  public var importsLoaded = 0
  /// Lines of import files that were not taken, summed.
  public var importLinesLeftOut = 0
  /// Charts' documents written to the index: records applied.
  public var recordsIndexed = 0
  /// Names in claimed storage that the journal does not know as unfinished: the next run takes them anew.
  public var claimedWithoutRow: [EscapedText] = []
  /// Documents that waited for the patient index and are ordinary exceptions now.
  public var unknownOnce = 0
  /// Objects whose newest version was never recorded and does not hold.
  public var headsSettled = 0
  /// Records of the audit trail that came over from a journal that was put aside.
  public var auditRecordsCarried = 0
  /// Records of the audit trail that went with the lost journal: up to the one that the newest record of the chain is anchored to.
  public var auditRecordsLost = 0
  public init() {}
}

/// Why a rebuild stopped. What it had restored by then stays, and the next attempt goes on from there.
public enum RebuildError: Error, CustomStringConvertible {
  /// Files of the chain that are damaged, missing or do not belong.
  case brokenChain([VerifyFinding])
  /// The journal belongs to another archive.
  case otherArchive(journal: String, archive: String)
  /// Nothing of an audit trail that was to be carried over fits into the journal's own.
  case nothingToCarry

  public var description: String {
    switch self {
    case .brokenChain(let findings):
      "The chain of manifests is not whole, so the journal cannot be made from it:\n"
        + findings.map { "  \($0.where): \($0.what). To do: \($0.remedy)" }.joined(separator: "\n")
    case .otherArchive(let journal, let archive):
      "The journal belongs to archive \(journal), and the one that lies here is \(archive). Mount the right one."
    case .nothingToCarry:
      "The journal has an audit trail of its own, and no gap in it that the one that was put aside is proven to fill."
    }
  }
}

/// **I7** The archive and the manifests alone are enough: charts, exceptions and dispositions can be rebuilt from them.
///
/// Makes an empty journal from the chain of manifests and the import files in the archive, or brings an older one up to
/// them, and the index from the journal. With a sound journal only the index is made, and manifest files that are missing
/// are written again. May be repeated: a new journal's identity is written last, and one that is behind stays so until the
/// last record, so that no other verb works on a half-made one.
public struct SiteRebuild {
  private let journal: any Journal & PatientIndex & DeskJournal & FingerprintJournal
  private let index: any ChartIndex
  private let archive: Archive
  private let manifests: ManifestStore
  private let loading: PatientLoading
  private let claimed: FilePath
  private let clock: SystemClock
  /// What the audit trail says of the rebuild.
  private let event: AuditEvent
  /// Of a journal that was put aside; nil: there is none.
  private let lostTrail: (@Sendable (_ after: Int, _ limit: Int) -> [StoredAuditRecord])?
  /// End of the audit trail as the newest record of the chain has it.
  private var anchor = AuditHead()
  /// Records of the audit trail that the chain is anchored to.
  private var anchors: [Int: ContentDigest] = [:]
  /// Told now and then what is being done.
  private let progress: (String, Int) -> Void

  public init(
    journal: any Journal & PatientIndex & DeskJournal & FingerprintJournal, index: any ChartIndex, archive: Archive,
    manifests: ManifestStore,
    loading: PatientLoading, claimed: FilePath, clock: SystemClock, event: AuditEvent,
    lostTrail: (@Sendable (_ after: Int, _ limit: Int) -> [StoredAuditRecord])? = nil,
    progress: @escaping (_ what: String, _ count: Int) -> Void
  ) {
    self.journal = journal
    self.index = index
    self.archive = archive
    self.manifests = manifests
    self.loading = loading
    self.claimed = claimed
    self.clock = clock
    self.event = event
    self.lostTrail = lostTrail
    self.progress = progress
  }

  /// - Throws: ``RebuildError``, `JournalError`, `ArchiveError`, `ManifestError`, `SystemError`.
  public mutating func run() async throws -> RebuildReport {
    var report = RebuildReport()
    let identity = try await journal.identity()
    if let identity, identity.archive != archive.uuid {
      throw RebuildError.otherArchive(journal: identity.archive, archive: archive.uuid)
    }
    report.journalIsNew = identity == nil
    let isSound = try await isSound(identity)
    if identity != nil { try await writeMissingFiles(&report) }
    // Before the chain: a journal with the whole chain counts as sound.
    if !isSound { try await loadImports(&report) }
    try await restoreChain(&report)
    if !isSound { try await settleHeads(&report) }
    try await restoreTrail(&report, hadTrail: identity != nil)
    if isSound, lostTrail != nil, report.auditRecordsCarried == 0 { throw RebuildError.nothingToCarry }
    if identity == nil { try await establish() }
    if !isSound { try await noteRebuild(report) }
    let newestImport = try await journal.revision().importedAt
    try archive.retellImport(at: newestImport)
    try await rebuildIndex(&report)
    report.claimedWithoutRow = try await claimedWithoutRow()
    if report.recordsRestored > 0 {
      report.unknownOnce = try await journal.exceptions(includingWaiting: true, limit: 1_000_000).count { state in
        state.document.reasons.allSatisfy { $0 == .unknownMRN || $0 == .unknownEncounter }
      }
    }
    return report
  }

  // MARK: Chain

  /// Whether the journal has all that archive and manifests have.
  /// - Throws: ``RebuildError/brokenChain(_:)`` where a journal that was restored from a copy was worked on afterwards: it
  ///   has records of its own where the manifests have others, and neither may be thrown away here.
  private func isSound(_ identity: SiteIdentity?) async throws -> Bool {
    guard identity != nil else { return false }
    let end = try await journal.chainEnd().sequence
    var known: [JournalRecord] = []
    try await journal.forEachRecord(after: 0) { record in
      known.append(
        JournalRecord(sequence: record.sequence, sha256: record.sha256, id: record.id, day: record.day))
    }
    let records = try manifests.readAll().records
    let forks = verifyChain(records.filter { $0.sequence <= end }, journal: known).filter { $0.kind == .foreign }
    guard forks.isEmpty else {
      throw RebuildError.brokenChain(forks.map { VerifyFinding($0, manifests: manifests.folder.description) })
    }
    if records.contains(where: { $0.sequence > end }) { return false }
    let age = JournalAge(journal: journal, manifests: manifests, archive: archive)
    if try await age.isEmpty() { return false }
    return try await age.missingImport() == nil
  }

  /// Says in `status` that the journal is not the one that it was, and marks it as one that a rebuild has seen.
  private func noteRebuild(_ report: RebuildReport) async throws {
    let what = "The journal was rebuilt: \(report.recordsRestored) records restored from the manifests."
    try await journal.note(TroubleNote(at: clock.now(), what: what))
  }

  /// A sound journal has every record's exact bytes. A file that is there and says something else is never replaced.
  private func writeMissingFiles(_ report: inout RebuildReport) async throws {
    var written = 0
    try await journal.forEachRecord(after: 0) { record in
      let path = manifests.folder.appending(ManifestStore.path(of: record.id, day: record.day))
      if try !Files.exists(path), try manifests.write(record.bytes, id: record.id, day: record.day) == .new {
        written += 1
      }
      progress("manifest files compared", record.sequence)
    }
    report.filesWritten = written
  }

  private mutating func restoreChain(_ report: inout RebuildReport) async throws {
    let (records, findings) = try manifests.readAll()
    let broken = (findings + verifyChain(records, journal: nil)).filter {
      $0.severity == .error && $0.kind != .strayFile
    }
    guard broken.isEmpty else {
      throw RebuildError.brokenChain(broken.map { VerifyFinding($0, manifests: manifests.folder.description) })
    }
    let known = try await journal.chainEnd().sequence
    for record in records {
      try await restore(record)
      if record.sequence > known { report.recordsRestored += 1 }
      progress("records read", record.sequence)
    }
    report.records = try await journal.chainEnd().sequence
  }

  private mutating func restore(_ found: Manifesting.ChainRecord) async throws {
    let bytes = try manifests.bytes(of: found)
    func record(_ kind: Journaling.ChainRecord.Kind, day: Timestamp) -> Journaling.ChainRecord {
      .init(
        kind: kind, sequence: found.sequence, previous: found.previous, sha256: found.sha256, id: found.id, day: day,
        bytes: bytes)
    }
    switch try manifests.read(found) {
    case .manifest(let manifest):
      note(manifest.audit)
      try await journal.restore(record(.manifest, day: manifest.receivedAt), manifest: manifest, correction: nil)
    case .correction(let correction):
      note(correction.audit)
      try await journal.restore(record(.correction, day: correction.correctedAt), manifest: nil, correction: correction)
    }
  }

  private mutating func note(_ head: AuditHead) {
    anchor = head
    if head.sequence > 0 { anchors[head.sequence] = head.head }
  }

  /// The trail goes on where it ended: behind the records of a journal that was put aside, or behind the last one that the chain is
  /// anchored to, so that `audit verify` finds a gap that this record explains and no more.
  private func restoreTrail(_ report: inout RebuildReport, hadTrail: Bool) async throws {
    let lost = lostTrail.map { LostTrail(source: $0, anchors: anchors) }
    if let lost, !hadTrail { report.auditRecordsCarried = try await lost.carry(into: journal) }
    let end = try await journal.auditHead().sequence
    report.auditRecordsLost = max(0, anchor.sequence - end)
    try await journal.append(event, after: anchor)
    guard let lost, hadTrail else { return }
    let filled = try await lost.fillGaps(of: journal)
    report.auditRecordsCarried = filled
    report.auditRecordsLost = max(0, report.auditRecordsLost - filled)
  }

  /// A correction that was carried out in the archive and never recorded went with the journal: such objects get a version
  /// that says what the chain says. By the way the journal gets back what other scans of the documents are known by.
  private func settleHeads(_ report: inout RebuildReport) async throws {
    try await journal.dropPending()
    var last: (receivedAt: Timestamp, id: DocumentID)?
    while true {
      let states = try await journal.documents(after: last, limit: 1000)
      guard let end = states.last else { return }
      var fingerprints: [DocumentFingerprint] = []
      for state in states where try archive.contains(state.document.id) {
        let record = try archive.document(state.document.id)
        if try settle(state, record) { report.headsSettled += 1 }
        if let fingerprint = record.fingerprint { fingerprints.append(fingerprint) }
        // A thousand documents may have a hundred pages each (I9).
        if fingerprints.reduce(0, { $0 + $1.pages.count }) >= InkPrint.pagesMax {
          try await journal.keep(fingerprints)
          fingerprints = []
        }
      }
      try await journal.keep(fingerprints)
      last = (end.receivedAt, end.document.id)
      progress("documents compared with the archive", report.headsSettled)
    }
  }

  private func settle(_ state: DocumentState, _ record: DocumentRecord) throws -> Bool {
    guard record.document != state.document, let lost = record.correction,
      let id = BatchID(uuidV5("unrecorded:\(lost.correction)\n").uuid)
    else { return false }
    _ = try archive.addVersion(
      to: state.document.id, document: state.document,
      correction: .init(
        correction: id, operator: Correction.system,
        reason: "the journal was lost before correction \(lost.correction) was recorded: it does not hold",
        correctedAt: clock.now()))
    return true
  }

  // MARK: Identity

  private func establish() async throws {
    try await journal.establish(
      SiteIdentity(archive: archive.uuid, createdAt: clock.now(), foreignKey: newForeignKey()))
  }

  // MARK: Patients

  /// Every import that the journal lacks, in the order in which they were accepted: those after its newest.
  private func loadImports(_ report: inout RebuildReport) async throws {
    var imports: [ArchivedRecord] = []
    for kind in RecordKind.imports { imports += try archive.records(kind) }
    imports.sort { ($0.created, $0.id) < ($1.created, $1.id) }
    let newest = try await journal.revision().importedAt
    for record in imports where newest.map({ record.created > $0 }) ?? true {
      let file = try loading.open(record, of: archive)
      var taken = file.taken(at: record.created, clearance: record.clearance)
      taken.isRepeated = true
      let outcomes = try await journal.load([taken], mode: .goodPart) { _ in }
      report.importsLoaded += 1
      report.importLinesLeftOut += outcomes.reduce(0) { $0 + $1.rejects.count }
      progress("patient files loaded", report.importsLoaded)
    }
  }

  // MARK: Index

  private func rebuildIndex(_ report: inout RebuildReport) async throws {
    try await index.clear()
    var applied = 0
    try await ChartFollower(journal: journal, index: index).catchUp { sequence in
      applied += 1
      progress("records in the index", sequence)
    }
    report.recordsIndexed = applied
  }

  // MARK: Claims

  private func claimedWithoutRow() async throws -> [EscapedText] {
    let unfinished = Set(try await journal.unfinished().map(\.batch.description))
    return try Files.list(claimed).map { EscapedText(bytes: $0.name) }.filter { !unfinished.contains($0.description) }
  }
}

/// The key of the hashes that stand for foreign labels' texts: 32 random bytes as hex.
public func newForeignKey() throws -> String {
  try randomBytes(32).map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}
