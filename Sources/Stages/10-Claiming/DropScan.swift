import Model
import System

/// Lists a drop folder without opening a single file and without holding the list: the truth that file events only hint at.
///
/// A sub-folder is a station; a folder inside a station is looked into where the station takes folders as batches. Links are
/// not followed. What vanishes while it is listed is left out.
public struct DropScan: Sendable {
  public enum Seen: Hashable, Sendable {
    case file(DropFile)
    case oddity(Oddity)
    /// A folder whose entries were listed: worth watching. Path below the drop folder.
    case folder(StationPlace, batchFolder: EscapedText?)
  }

  public let drop: FilePath
  public let rules: ClaimingRules
  private let station: @Sendable (EscapedText) -> Station

  /// - Parameter station: the settings of a station by its name.
  public init(drop: FilePath, rules: ClaimingRules, station: @escaping @Sendable (EscapedText) -> Station) {
    self.drop = drop
    self.rules = rules
    self.station = station
  }

  /// - Parameter body: called for each thing in the order of the folders' own listing.
  /// - Throws: ``SystemError`` where the drop folder itself cannot be listed, and what `body` throws.
  public func run(_ body: (Seen) throws -> Void) throws {
    let place = StationPlace()
    let root = try Folder.open(drop)
    try body(.folder(place, batchFolder: nil))
    try list(root, place, prefix: [], body) { name in try scanStation(name, in: root, body) }
  }

  private func scanStation(_ name: [UInt8], in root: Folder, _ body: (Seen) throws -> Void) throws {
    let place = StationPlace(folder: EscapedText(bytes: name))
    let takesFolders = station(place.station).batches == .folder
    try within(name, of: root, place, [], body) { folder in
      try body(.folder(place, batchFolder: nil))
      try list(folder, place, prefix: [], body) { inner in
        guard takesFolders else {
          return try body(oddity(place, inner, .folder, "a folder, and this station takes files only (batches: file)"))
        }
        try scanBatch(inner, in: folder, place, body)
      }
    }
  }

  private func scanBatch(
    _ name: [UInt8], in station: Folder, _ place: StationPlace, _ body: (Seen) throws -> Void
  ) throws {
    try within(name, of: station, place, [], body) { folder in
      try body(.folder(place, batchFolder: EscapedText(bytes: name)))
      let prefix = name + [UInt8(ascii: "/")]
      try list(folder, place, prefix: prefix, body) { inner in
        try body(oddity(place, prefix + inner, .folder, "a folder in a batch folder; move it out to have it filed"))
      }
    }
  }

  /// Opens a sub-folder for `work`; one that is gone is left out, one that cannot be listed is an oddity.
  private func within(
    _ name: [UInt8], of parent: Folder, _ place: StationPlace, _ prefix: [UInt8], _ body: (Seen) throws -> Void,
    _ work: (Folder) throws -> Void
  ) throws {
    do { try work(parent.folder(name)) } catch let error as SystemError {
      if error.isAbsent { return }
      try body(oddity(place, prefix + name, .unreadable, error.description))
    }
  }

  private func list(
    _ folder: Folder, _ place: StationPlace, prefix: [UInt8], _ body: (Seen) throws -> Void,
    folders: ([UInt8]) throws -> Void
  ) throws {
    try folder.forEach { entry in
      if rules.ignores(entry.name) { return true }
      guard let identity = try folder.identity(of: entry.name) else { return true }
      switch identity.kind {
      case .file:
        try body(.file(DropFile(place: place, name: EscapedText(bytes: prefix + entry.name), identity: identity)))
      case .folder: try folders(entry.name)
      case .symlink: try body(oddity(place, prefix + entry.name, .symlink, "a symbolic link; drop the file itself"))
      case .fifo: try body(oddity(place, prefix + entry.name, .fifo, "a FIFO; only regular files are taken"))
      case .socket: try body(oddity(place, prefix + entry.name, .socket, "a socket; only regular files are taken"))
      case .device: try body(oddity(place, prefix + entry.name, .device, "a device; only regular files are taken"))
      case .unknown: try body(oddity(place, prefix + entry.name, .unknown, "of an unknown kind; it is left alone"))
      }
      return true
    }
  }

  private func oddity(_ place: StationPlace, _ name: [UInt8], _ kind: Oddity.Kind, _ detail: String) -> Seen {
    .oddity(Oddity(place: place, name: EscapedText(bytes: name), kind: kind, detail: detail))
  }
}
