import Model

/// Why a correction could not begin.
public enum CorrectionConflict: Error, Hashable, Sendable, CustomStringConvertible {
  /// The document is no longer what was looked at.
  case changed(DocumentID)
  /// Another correction of it is being carried out.
  case inHand(DocumentID)

  public var description: String {
    switch self {
    case .changed(let id):
      "\(id) is no longer as you saw it: somebody decided it meanwhile. Nothing was changed; look at it again."
    case .inHand(let id):
      "\(id) is being decided by somebody else at this moment. Nothing was changed; look at it again."
    }
  }
}

/// The end of the audit trail: what a manifest or correction is anchored to, and what `audit verify` compares.
public typealias AuditHead = Manifest.AuditAnchor

/// What the desk needs of the journal beside the intake's calls: the audit trail, and corrections that are being carried out.
///
/// The trail is append-only: there is no call that changes or removes a record.
public protocol DeskJournal: Sendable {
  // MARK: Audit trail
  /// Appends one record; durable when it returns.
  @discardableResult
  func append(_ event: AuditEvent) async throws -> AuditRecord
  /// Records with `sequence` greater than the given one, in order, with the hash that the store keeps of each.
  func audit(after sequence: Int, limit: Int) async throws -> [StoredAuditRecord]
  /// What the store itself finds wrong with the trail's rows, as sentences: what was changed by another program, at its end too, unless
  /// that knows how the store counts.
  func auditFindings() async throws -> [String]
  /// What the store says the newest record is; (0, zeros) when there is none.
  func auditHead() async throws -> AuditHead
  /// Appends one record after the last one that is known from outside, where the store's own trail ends before it: the records
  /// between went with a lost journal (a rebuild). Else like ``append(_:)``.
  @discardableResult
  func append(_ event: AuditEvent, after head: AuditHead) async throws -> AuditRecord
  /// Takes in records of a lost journal's trail, in order, behind those that are there (a rebuild). What they prove was looked at by the
  /// caller; a record that is not of its hash, or not behind the end, is refused.
  func carryOver(_ records: [StoredAuditRecord]) async throws
  /// Puts records of a lost journal's trail where the trail has a gap (a rebuild). What they prove was looked at by the caller; a record that
  /// is not of its hash, is there already, or would stand behind the end is refused.
  func fillGap(with records: [StoredAuditRecord]) async throws

  // MARK: Corrections
  /// Commits a correction before anything of it is carried out.
  /// - Parameter others: documents, with a page of one of the correction's, that it relies on as they are.
  /// - Throws: ``CorrectionConflict`` where a document is no longer as the correction's `before` says, or as one of `others` is, or is in
  ///   another correction that is being carried out: nothing was changed.
  func begin(_ pending: PendingCorrection, beside others: [Manifest.Document]) async throws
  /// Corrections that were begun and not recorded, oldest first.
  func pending() async throws -> [PendingCorrection]
  func isPending(_ id: DocumentID) async throws -> Bool
  /// Forgets what was begun (a rebuild): its documents are what the chain says.
  func dropPending() async throws
  /// One transaction: the audit record, the place in the chain, the documents' states; the correction is no longer pending.
  /// A repeat finds the record.
  func record(_ pending: PendingCorrection, render: @escaping RecordRenderer) async throws -> ChainRecord

  // MARK: Reading
  /// A document whatever became of it, rejected and withdrawn ones too; nil for one that was regrouped.
  func anyDocument(_ id: DocumentID) async throws -> DocumentState?
  /// Documents whose ids begin with this text, current or not, by id.
  func documents(startingWith text: String, after last: DocumentID?, limit: Int) async throws -> [DocumentState]
  /// Corrections with `sequence` greater than the given one, in order.
  func corrections(after sequence: Int, limit: Int) async throws -> [ChainRecord]
  /// Documents of a batch, current or not, by id.
  func documents(of batch: BatchID) async throws -> [DocumentState]
  /// Every current document, oldest first, handed over in pieces.
  func documents(after last: (receivedAt: Timestamp, id: DocumentID)?, limit: Int) async throws -> [DocumentState]
  /// Documents with a page of any of these sources, current or not, by id.
  func documents(ofSources sources: [ContentDigest]) async throws -> [DocumentState]
  /// Other patients with the same family name and birth date: twins, newborns, or the same person twice.
  func namesakes(of patient: PatientKey) async throws -> [Patient]
}

extension DeskJournal {
  public func begin(_ pending: PendingCorrection) async throws { try await begin(pending, beside: []) }
}

/// A record of the audit trail as it lies in the store.
public struct StoredAuditRecord: Hashable, Sendable {
  public var sequence: Int
  /// As the store has it; `audit verify` computes it anew.
  public var hash: ContentDigest
  /// Canonical JSON of ``AuditRecord``.
  public var bytes: [UInt8]
  public init(sequence: Int, hash: ContentDigest, bytes: [UInt8]) {
    self.sequence = sequence
    self.hash = hash
    self.bytes = bytes
  }
}

extension Manifest.CountsByDisposition {
  /// Adds what a document counts for, or takes it away: what is regrouped counts where its pages stand now.
  public mutating func add(_ document: Manifest.Document, sign: Int = 1) {
    let pages = sign * document.pages.count
    switch document.status {
    case .filed: filed += pages
    case .exception: exception += pages
    case .rejected: rejected += pages
    case .withdrawn: withdrawn += pages
    case .regrouped: return
    }
    blank += sign * document.blanks.count
  }
}
