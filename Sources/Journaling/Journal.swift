import Model

/// Who a site is: written once by `init`, compared at every start.
public struct SiteIdentity: Hashable, Sendable, Codable {
  /// UUID of the one archive that belongs to this journal.
  public var archive: String
  public var createdAt: Timestamp
  /// 32 random bytes as hex: the key of the hashes that stand for foreign labels' texts.
  public var foreignKey: String
  public init(archive: String, createdAt: Timestamp, foreignKey: String) {
    self.archive = archive
    self.createdAt = createdAt
    self.foreignKey = foreignKey
  }
}

/// Source bytes by content, with the sidecar that came with them.
public struct SourceKey: Hashable, Sendable, Codable {
  public var sha256: ContentDigest
  @Nullable public var sidecar: ContentDigest?
  public init(sha256: ContentDigest, sidecar: ContentDigest?) {
    self.sha256 = sha256
    self.sidecar = sidecar
  }
}

/// What became of the same bytes before.
public struct EarlierUse: Hashable, Sendable, Codable {
  public var batch: BatchID
  /// With which they came then.
  @Nullable public var sidecar: ContentDigest?
  /// One of its documents was rejected or withdrawn since.
  public var anyRejected: Bool
  public init(batch: BatchID, sidecar: ContentDigest?, anyRejected: Bool) {
    self.batch = batch
    self.sidecar = sidecar
    self.anyRejected = anyRejected
  }
}

/// One record of the chain with its exact bytes: a manifest or a correction.
public struct ChainRecord: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable { case manifest, correction }
  public var kind: Kind
  /// From 1.
  public var sequence: Int
  public var previous: ContentDigest
  public var sha256: ContentDigest
  /// Batch id or correction id: the file's name.
  public var id: BatchID
  /// Moment whose UTC day is the file's folder.
  public var day: Timestamp
  public var bytes: [UInt8]
  public init(
    kind: Kind, sequence: Int, previous: ContentDigest, sha256: ContentDigest, id: BatchID, day: Timestamp,
    bytes: [UInt8]
  ) {
    self.kind = kind
    self.sequence = sequence
    self.previous = previous
    self.sha256 = sha256
    self.id = id
    self.day = day
    self.bytes = bytes
  }
}

/// Makes a record's exact bytes once its place in the chain is known. Pure: called inside the store's transaction.
public typealias RecordRenderer =
  @Sendable (_ sequence: Int, _ previous: ContentDigest, _ audit: Manifest.AuditAnchor) throws -> (
    bytes: [UInt8], sha256: ContentDigest
  )

/// A document as the desk sees it today.
public struct DocumentState: Hashable, Sendable, Codable {
  public var document: Manifest.Document
  public var batch: BatchID
  public var station: EscapedText
  public var receivedAt: Timestamp
  /// Name of the first page's source.
  public var source: EscapedText
  /// Until when it waits for the next patient import; stays when that time is over: ask ``isWaiting(at:)``.
  @Nullable public var waitingUntil: Timestamp?
  /// Sequence of the record that last named it.
  public var sequence: Int
  public init(
    document: Manifest.Document, batch: BatchID, station: EscapedText, receivedAt: Timestamp, source: EscapedText,
    waitingUntil: Timestamp?, sequence: Int
  ) {
    self.document = document
    self.batch = batch
    self.station = station
    self.receivedAt = receivedAt
    self.source = source
    self.waitingUntil = waitingUntil
    self.sequence = sequence
  }

  /// Whether it waits for the next patient import; when its time is over it is an ordinary exception. Who counts, lists
  /// or ends with an exit code asks here, so that all say the same.
  public func isWaiting(at now: Timestamp) -> Bool {
    document.status == .exception && waitingUntil.map { $0 > now } ?? false
  }
}

/// What `status` counts for one station.
public struct StationCounts: Hashable, Sendable, Codable {
  public var station: EscapedText
  /// Batches claimed and not finished.
  public var batchesInHand: Int
  public var batchesFinished: Int
  public var pages: Manifest.CountsByDisposition
  public var documentsFiled: Int
  /// Exceptions that wait for a person.
  public var documentsInException: Int
  public var documentsWaitingForIndex: Int
  public init(
    station: EscapedText, batchesInHand: Int = 0, batchesFinished: Int = 0,
    pages: Manifest.CountsByDisposition = .init(),
    documentsFiled: Int = 0, documentsInException: Int = 0, documentsWaitingForIndex: Int = 0
  ) {
    self.station = station
    self.batchesInHand = batchesInHand
    self.batchesFinished = batchesFinished
    self.pages = pages
    self.documentsFiled = documentsFiled
    self.documentsInException = documentsInException
    self.documentsWaitingForIndex = documentsWaitingForIndex
  }
}

extension Manifest {
  /// Pages by disposition, summed over batches.
  public struct CountsByDisposition: Hashable, Sendable, Codable {
    public var filed = 0
    public var separator = 0
    public var blank = 0
    public var exception = 0
    public var duplicate = 0
    public var rejected = 0
    public var withdrawn = 0
    public init() {}
  }
}

/// Something that went wrong and will be tried again, for `status`.
public struct TroubleNote: Hashable, Sendable, Codable {
  public var at: Timestamp
  /// A sentence without names, MRNs or label texts.
  public var what: String
  public init(at: Timestamp, what: String) {
    self.at = at
    self.what = what
  }
}

public enum JournalError: Error, Hashable, Sendable {
  /// Another process holds the database longer than the wait (exit 75).
  case busy
  /// The lease's generation is not the current one, or the batch is in another state (I4).
  case leaseLost(BatchID)
  /// Written by a newer release (exit 78).
  case newerSchema(found: Int, known: Int)
  /// `PRAGMA synchronous` is not FULL, a row does not hold what it must, … (exit 78).
  case damaged(String)
  /// The database itself finds its file broken (exit 78).
  case malformed(path: String, detail: String)
  /// The disk under the database refused (full, read-only, I/O error): intake stops until the cause is gone.
  case disk(String)
}

extension JournalError {
  /// What to do about a journal that is damaged, as a sentence's end.
  public static let remedy =
    "put the journal aside, with its -wal and -shm, and run `chartroom rebuild --audit-from` with its new name: archive and "
    + "manifests are enough"

  /// What is wrong is the journal's content: archive and manifests may be sound all the same.
  public var isDamage: Bool {
    switch self {
    case .damaged, .malformed: true
    case .busy, .leaseLost, .newerSchema, .disk: false
    }
  }
}

extension JournalError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .busy: "Another process holds the journal. Try again when it is done."
    case .leaseLost(let batch):
      "Batch \(batch) was taken over by another process, or its documents changed meanwhile. Nothing was changed."
    case .newerSchema(let found, let known):
      "The database has schema \(found), this release knows \(known). Install a newer chartroom."
    case .damaged(let what), .disk(let what): what
    case .malformed(let path, let detail): "\(path): \(detail). To do: \(Self.remedy)."
    }
  }
}

/// The durable record of decisions. Every call is one transaction; a call that returns has been synced.
///
/// All orders are bytewise and by our own ids; times are UTC. Calls that change a batch take the lease's generation and throw
/// ``JournalError/leaseLost(_:)`` when it is not the current one (I4). Any call may throw ``JournalError``.
public protocol Journal: Sendable {
  // MARK: Identity
  /// nil in an empty journal.
  func identity() async throws -> SiteIdentity?
  /// Once; throws when there is one already.
  func establish(_ identity: SiteIdentity) async throws
  /// Findings of a full check of the database (`PRAGMA integrity_check`, foreign keys); empty when sound. What cannot be read
  /// for damage is a finding too.
  func checkIntegrity() async throws -> [String]
  /// Returns when every transaction that was under way has ended: what another process was about to commit is there then.
  func awaitWriters() async throws

  // MARK: Places
  /// All that ``keepPlaces(_:)`` was given, in bytewise order of folders.
  func places() async throws -> [FolderPlace]
  /// Each takes the place of what was known of its folder.
  func keepPlaces(_ places: [FolderPlace]) async throws

  // MARK: Claim
  /// Commits the row in state `claiming`. False when another unfinished claim in state `claiming` names one of its items
  /// (same folder and name, or same device and inode): it is somebody else's.
  func insert(_ claim: Claim) async throws -> Bool
  /// Whether other batches have taken every file that this one, in state `claiming`, names: same folder, name, inode, size and time (the
  /// device may be numbered anew at each mount). A process that saw a file before another took it may leave such a row behind.
  func isTakenElsewhere(_ batch: BatchID) async throws -> Bool
  /// Removes a claim in state `claiming` whose files never left the drop folder.
  func withdraw(_ batch: BatchID, generation: Int) async throws
  /// Moves one step forward, to `claimed`, `archived`, `attested` or `finished` (`planned` and `recorded` have calls of their own).
  func advance(_ batch: BatchID, to state: BatchState, generation: Int) async throws
  /// Batches that are not finished, oldest first.
  func unfinished() async throws -> [Claim]
  func claim(_ batch: BatchID) async throws -> Claim?
  /// Called by whoever has just taken the batch's kernel lock; returns the new generation.
  func renewLease(_ batch: BatchID) async throws -> Int

  // MARK: Plan
  /// What became of these sources in earlier batches that have a plan: of the same bytes with the same sidecar, or else of the same
  /// bytes with another one (``EarlierUse/sidecar`` tells which).
  func earlierUses(of sources: [SourceKey]) async throws -> [SourceKey: EarlierUse]
  /// Commits the plan and the state `planned`. `claiming` are the sources, with their sidecar, that it takes as new: when another
  /// batch took one meanwhile, none of whose documents was rejected or withdrawn, or gave up one that this plan repeats,
  /// nothing is committed and the answer is false; decide again. One current document for each source (RULES *Twice*). So too where a
  /// document came that one of `compared` did not see. The documents' fingerprints are kept with it.
  func commit(
    _ plan: BatchPlan, claiming sources: [SourceKey], compared: [FingerprintComparison], generation: Int
  ) async throws -> Bool
  /// Takes back a plan of which nothing is in the archive yet, because a source is no longer what it was made from: plan
  /// and taken sources go, the batch is `claimed` again. False, and nothing is changed, where the plan of another batch
  /// names the same bytes: its duplicate pages rely on this one.
  func dropPlan(of batch: BatchID, generation: Int) async throws -> Bool
  func plan(of batch: BatchID) async throws -> BatchPlan?

  // MARK: Record and attest
  /// One transaction: document states, batch state `recorded`, the place in the chain, the exact bytes.
  func record(_ batch: BatchID, generation: Int, render: @escaping RecordRenderer) async throws -> ChainRecord
  /// A change to documents already recorded that nobody asked for: replaces their states, appends to the audit trail, for each document
  /// (``AuditEvent/decideAgain``), and to the chain. Throws ``JournalError/leaseLost(_:)`` when a
  /// document no longer is as `correction.documents[].before` says.
  func record(_ correction: Correction, render: @escaping RecordRenderer) async throws -> ChainRecord
  /// Records whose file is not known to be durable, oldest first.
  func unattested(limit: Int) async throws -> [ChainRecord]
  func markAttested(sequence: Int) async throws
  /// Records with `sequence` greater than the given one, in order.
  func chain(after sequence: Int, limit: Int) async throws -> [ChainRecord]
  /// The manifest's record of a batch, or a correction's by its id; nil where there is none.
  func record(of id: BatchID) async throws -> ChainRecord?
  /// Those of `ids` that no record has, in their order.
  func withoutRecord(_ ids: [BatchID]) async throws -> [BatchID]
  /// Sequence and digest of the newest record; (0, zeros) when there is none.
  func chainEnd() async throws -> (sequence: Int, sha256: ContentDigest)

  // MARK: Reading
  func counts() async throws -> [StationCounts]
  /// Documents with status `exception`, oldest first; those in waiting-for-index only when asked for.
  func exceptions(includingWaiting: Bool, limit: Int) async throws -> [DocumentState]
  func document(_ id: DocumentID) async throws -> DocumentState?
  /// Documents that wait for the patient index at `now`.
  func waitingForIndex(at now: Timestamp) async throws -> [DocumentState]
  /// Batches of documents whose source bytes, ids and states are wanted: the newest first.
  func batches(limit: Int) async throws -> [Claim]

  // MARK: Small things that must survive a restart
  /// What one look at the drop folders found, in one transaction however many files wait.
  /// - Parameters:
  ///   - seen: first sights of incomplete files, by (folder, name, device, inode); of each the earliest moment stays.
  ///   - gone: keys that wait no longer, known or not.
  func noteIncomplete(_ seen: [String: Timestamp], gone: [String]) async throws
  /// All that ``noteIncomplete(_:gone:)`` keeps, with the first moments.
  func incomplete() async throws -> [String: Timestamp]
  func note(_ trouble: TroubleNote) async throws
  /// Newest first.
  func troubles(limit: Int) async throws -> [TroubleNote]
  /// Finished batches whose manifest is older than `before` and whose originals are still kept.
  func originalsDue(before: Timestamp) async throws -> [Claim]
  /// Finished batches out of drop folders whose originals are still kept and whose manifest is not older than `since`, oldest manifest
  /// first, a part at a time.
  /// - Parameter last: the last batch of the part before; nil: from the beginning.
  func originalsKept(since: Timestamp, after last: BatchID?, limit: Int) async throws -> [Claim]
  /// Once they are gone from the disk, durably.
  func markOriginalsDeleted(_ batch: BatchID) async throws

  // MARK: Rebuild (I7)
  /// Takes a record of the chain as it stands in the manifests folder into an empty or partly rebuilt journal: the batch in state
  /// `finished`, its documents, its sources. `record` must follow the newest one. For a manifest `manifest` is set, else `correction`.
  func restore(_ record: ChainRecord, manifest: Manifest?, correction: Correction?) async throws
}
