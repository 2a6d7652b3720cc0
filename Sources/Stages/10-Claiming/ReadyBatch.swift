import Model
import System

/// One file of a batch that may be taken.
public struct ReadyItem: Hashable, Sendable, Codable {
  /// Below the station's folder.
  public var name: EscapedText
  /// What it was when it was judged; the claim takes nothing else.
  public var identity: FileIdentity
  public init(name: EscapedText, identity: FileIdentity) {
    self.name = name
    self.identity = identity
  }
}

/// What is wrong with a batch that is taken all the same.
public enum ReadyProblem: Hashable, Sendable, Codable {
  /// The whole batch is a `bad-sidecar` exception.
  case badSidecar(String)
  /// It stayed incomplete; Decoding will find what is missing.
  case incomplete(String)

  /// What the batch's documents carry from the start, if anything.
  public var finding: Finding? {
    switch self {
    case .badSidecar(let detail): Finding(.badSidecar, detail)
    case .incomplete: nil
    }
  }
}

/// What was dropped at once and may be taken: a claim's content.
public struct ReadyBatch: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable { case file, folder, joined }
  public var place: StationPlace
  public var kind: Kind
  /// Name of the batch folder in the station, for kind `folder`: removed when it has become empty.
  public var folder: EscapedText?
  /// Sources in order. Several for kind `file` only where a sidecar has several images (`bad-sidecar`); an orphaned sidecar
  /// is itself the only item, so that its bytes have a page to stand on.
  public var items: [ReadyItem]
  public var sidecar: ReadyItem?
  /// Done-markers: they go along, so that none ever speaks for a later file.
  public var markers: [ReadyItem]
  public var problem: ReadyProblem?
  /// Monotonic seconds of the first sight of its first file.
  public var arrivedAt: Double

  public init(
    place: StationPlace, kind: Kind, folder: EscapedText? = nil, items: [ReadyItem], sidecar: ReadyItem? = nil,
    markers: [ReadyItem] = [], problem: ReadyProblem? = nil, arrivedAt: Double
  ) {
    self.place = place
    self.kind = kind
    self.folder = folder
    self.items = items
    self.sidecar = sidecar
    self.markers = markers
    self.problem = problem
    self.arrivedAt = arrivedAt
  }

  public var station: EscapedText { place.station }
}

/// A file that could be taken but for something that has not come; kept in the journal so that the wait outlives a process.
public struct WaitingFile: Hashable, Sendable, Codable {
  public var file: DropFile
  /// A sentence.
  public var reason: String
  /// First sight of this very state (name, inode, size, time), by the wall clock.
  public var since: Timestamp
  public init(file: DropFile, reason: String, since: Timestamp) {
    self.file = file
    self.reason = reason
    self.since = since
  }
}

/// What one look at a drop folder came to.
public struct DropReport: Hashable, Sendable {
  /// Oldest first sight first, then by name; at most as many as were asked for.
  public var ready: [ReadyBatch] = []
  /// Batches that are ready beyond those.
  public var readyMore = 0
  /// Batches that wait for time to pass: when each arrived and when it may be ready (monotonic seconds).
  public var settling: [Settling] = []
  /// Incomplete files, sidecars without image, images without their demanded sidecar, also those of ready batches whose wait is over:
  /// to be kept by the caller until they are gone.
  public var waiting: [WaitingFile] = []
  /// Files that wait for a done-marker.
  public var unmarked = 0
  /// Files that are open for writing.
  public var busy = 0
  /// Done-markers without a file.
  public var markersAlone = 0
  public var oddities: [Oddity] = []
  /// Folders that could not be listed, of ``oddities``: whatever lies in them is not seen.
  public var closedFolders: [Oddity] = []
  /// Oddities beyond those listed.
  public var odditiesMore = 0
  /// Regular files seen and watched.
  public var files = 0
  /// Files beyond ``ClaimingRules/filesMax``: seen again when earlier ones are gone.
  public var filesMore = 0
  public init() {}

  public struct Settling: Hashable, Sendable {
    public var arrivedAt: Double
    public var until: Double
    public init(arrivedAt: Double, until: Double) {
      self.arrivedAt = arrivedAt
      self.until = until
    }
  }
}
