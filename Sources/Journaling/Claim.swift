import Model

/// One file of a batch as it was seen when it was claimed.
public struct ClaimItem: Hashable, Sendable, Codable {
  public enum Role: String, Hashable, Sendable, Codable {
    case source, sidecar
    /// A done-marker that spoke for the batch.
    case marker
  }
  public var role: Role
  /// Path below the station's folder, exact bytes.
  public var name: EscapedText
  /// `st_dev`, `st_ino`, `st_size` in bytes and `st_mtim` in nanoseconds: which file it was, whatever its name says later.
  public var device: UInt64
  public var inode: UInt64
  public var size: Int64
  public var modifiedNanoseconds: Int64
  public init(role: Role, name: EscapedText, device: UInt64, inode: UInt64, size: Int64, modifiedNanoseconds: Int64) {
    self.role = role
    self.name = name
    self.device = device
    self.inode = inode
    self.size = size
    self.modifiedNanoseconds = modifiedNanoseconds
  }
}

/// The journal's row of one batch: the claim, and how far the batch has come.
public struct Claim: Hashable, Sendable, Codable {
  public enum Origin: String, Hashable, Sendable, Codable {
    /// Taken out of a drop folder by rename.
    case drop
    /// Copied from a tree that is only read.
    case backfill
  }
  public var batch: BatchID
  public var origin: Origin
  public var station: EscapedText
  /// Folder that the items' names are relative to: the station's folder (the drop folder itself, or one in it), or the
  /// backfilled tree. Exact bytes, escaped.
  public var folder: EscapedText
  public var receivedAt: Timestamp
  /// Sources in order, then the sidecar if there is one, then done-markers.
  public var items: [ClaimItem]
  /// What was already wrong when it was claimed (`bad-sidecar`, incomplete after its time).
  public var findings: [Finding]
  /// The batch that this one goes on from, when a writer went on after the claim.
  @Nullable public var grownFrom: BatchID?
  public var state: BatchState
  /// Rises with every lease; a holder of an older one may do nothing (I4).
  public var generation: Int
  public init(
    batch: BatchID, origin: Origin, station: EscapedText, folder: EscapedText, receivedAt: Timestamp,
    items: [ClaimItem],
    findings: [Finding] = [], grownFrom: BatchID? = nil, state: BatchState = .claiming, generation: Int = 1
  ) {
    self.batch = batch
    self.origin = origin
    self.station = station
    self.folder = folder
    self.receivedAt = receivedAt
    self.items = items
    self.findings = findings
    self.grownFrom = grownFrom
    self.state = state
    self.generation = generation
  }
  public var sources: [ClaimItem] { items.filter { $0.role == .source } }
  public var sidecar: ClaimItem? { items.first { $0.role == .sidecar } }
}
