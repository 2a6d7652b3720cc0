import Model

/// What a file of the patient index holds, handed over piece by piece: nothing here is ever in memory whole.
public enum PatientFeedItem: Hashable, Sendable {
  case event(PatientEvent)
  /// What the reader of the format could not take.
  case reject(PatientReject)
}

/// Reads a file from its start and hands over what it finds, in order; the same each time that it is called.
/// - Throws: what reading the disk throws, and what `take` throws.
public typealias PatientFeed = @Sendable (_ take: (PatientFeedItem) throws -> Void) throws -> Void

/// One file to import.
public struct PatientImport: Sendable {
  public enum Order: Hashable, Sendable {
    /// A snapshot: rows in any order, held against one another before any is taken.
    case any
    /// A feed: each event builds on those before it.
    case asWritten
  }
  public var order: Order
  /// Digest of the file, which is kept in the archive.
  public var file: ContentDigest
  /// Rises from import to import.
  public var importedAt: Timestamp
  public var feed: PatientFeed
  /// Numbers and visits of which a dry run is to say what the index would answer after this file; nil: none.
  public var asked: PatientQuestion?
  /// Whoever imports may see no more: nothing is told or counted of a person above it, and no level of such a person falls.
  public var clearance = Confidentiality.veryRestricted
  /// What the audit trail is to say of each level that falls or is kept: who, when, by which verb; nil: nothing.
  public var event: AuditEvent?
  /// It was in force before (a rebuild): it has its revision again, whatever it changes.
  public var isRepeated = false

  public init(order: Order, file: ContentDigest, importedAt: Timestamp, feed: @escaping PatientFeed) {
    self.order = order
    self.file = file
    self.importedAt = importedAt
    self.feed = feed
  }

  /// A snapshot that is in memory, for tests and small sites; rows are numbered as they stand, patients first.
  public init(patients: [Patient], encounters: [Encounter], file: ContentDigest, importedAt: Timestamp) {
    let facts = patients.map { PatientFact.row($0) } + encounters.map(PatientFact.visit)
    self.init(order: .any, file: file, importedAt: importedAt) { take in
      for (at, fact) in facts.enumerated() { try take(.event(PatientEvent(line: at + 1, facts: [fact]))) }
    }
  }
}

/// Numbers (without authority) and visits, as ``PatientIndex/candidates(numbers:visits:)`` takes them.
public struct PatientQuestion: Hashable, Sendable {
  public var numbers: [String]
  public var visits: [String]
  public init(numbers: [String], visits: [String]) {
    self.numbers = numbers
    self.visits = visits
  }
}

/// How much of an import is wanted.
public enum PatientImportMode: Hashable, Sendable {
  /// All of it, or nothing.
  case whole
  /// What is good of it.
  case goodPart
  /// Nothing: only what would change.
  case dryRun
}

/// What a file did to the index, or would do.
public struct PatientImportOutcome: Hashable, Sendable {
  public struct Counts: Hashable, Sendable, Codable {
    /// Events (rows, messages, resources) that were taken.
    public var taken = 0
    public var patientsAdded = 0
    public var patientsChanged = 0
    public var merges = 0
    public var mergesUndone = 0
    public var encountersAdded = 0
    public var encountersChanged = 0
    public init() {}
  }
  /// A change that a person should look at: a merge, an un-merge, another identity under a known number.
  public struct Change: Hashable, Sendable, Codable {
    public var line: Int
    /// A sentence with numbers and no names.
    public var what: String
    public init(line: Int, what: String) {
      self.line = line
      self.what = what
    }
  }
  /// A level that did not fall, because whoever imports may not see it.
  public struct Kept: Hashable, Sendable {
    public var line: Int
    public var patient: PatientKey
    public init(line: Int, patient: PatientKey) {
      self.line = line
      self.patient = patient
    }
  }
  /// Changes told one by one; the others are only counted.
  public static let changesMax = 1000
  /// Changed levels told one by one: all of them, but for a file that changes more than a person could look at.
  public static let levelsMax = 100_000
  /// Lines that may be left out; with more it is another file than it is taken for, and nothing of it is taken.
  public static let rejectsMax = 100_000

  public var counts = Counts()
  /// The first ``changesMax``.
  public var changes: [Change] = []
  public var changesBeyond = 0
  /// Known patients whose confidentiality is another now; the first ``levelsMax``. Told of every import, not of dry runs only.
  public var levels: [Change] = []
  public var levelsBeyond = 0
  /// Patients above the importer's level, whom the file would have lowered: they stay as they are; the first ``levelsMax``.
  public var kept: [Kept] = []
  public var keptBeyond = 0
  /// By line.
  public var rejects: [PatientReject] = []
  /// nil: nothing was taken, or nothing was changed by it.
  public var revision: PatientRevision?
  /// What stays in force, where the file is in order and changes nothing.
  public var unchanged: PatientRevision?
  /// The index's answer to ``PatientImport/asked``, as it would be; only after a dry run.
  public var known: PatientCandidates?
  public init() {}

  /// Nothing that holds the import.
  public var isClean: Bool { refused == 0 }
  public var refused: Int { rejects.count { $0.kind == .refused } }
  public var isInForce: Bool { revision != nil || unchanged != nil }
  /// Of what the importer may see nothing is new.
  public var saysNothingNew: Bool {
    var nothing = Counts()
    nothing.taken = counts.taken
    return counts.taken > 0 && counts == nothing
  }

  public mutating func note(_ line: Int, _ what: String) {
    if changes.count < Self.changesMax { changes.append(.init(line: line, what: what)) } else { changesBeyond += 1 }
  }

  public mutating func noteKept(_ line: Int, _ key: PatientKey) {
    if kept.count < Self.levelsMax { kept.append(.init(line: line, patient: key)) } else { keptBeyond += 1 }
  }

  public mutating func noteLevel(_ line: Int, _ key: PatientKey, from old: String, to new: String) {
    let what = "\(key): confidentiality \(old) → \(new)"
    if levels.count < Self.levelsMax { levels.append(.init(line: line, what: what)) } else { levelsBeyond += 1 }
  }
}

public enum PatientImportError: Error, Hashable, Sendable, CustomStringConvertible {
  case tooManyRejects(max: Int)
  public var description: String {
    switch self {
    case .tooManyRejects(let max):
      "More than \(max) lines cannot be taken; nothing was. Is it the right file, and in the format that it is taken for?"
    }
  }
}
