import Model
import System

/// Where a station's files lie: a sub-folder of the drop folder, or the drop folder itself (station `default`).
public struct StationPlace: Hashable, Sendable, Codable, Comparable {
  /// The sub-folder's name; nil: the drop folder itself. A sub-folder called `default` is the same station in another place.
  public var folder: EscapedText?
  public init(folder: EscapedText? = nil) { self.folder = folder }
  public var station: EscapedText { folder ?? EscapedText("default") }
  public static func < (a: StationPlace, b: StationPlace) -> Bool {
    guard let first = a.folder else { return b.folder != nil }
    guard let second = b.folder else { return false }
    return first < second
  }
}

/// A regular file in a drop folder, as one scan saw it.
public struct DropFile: Hashable, Sendable, Codable {
  public var place: StationPlace
  /// Below the station's folder: `scan.tif`, or `folder/scan.tif` in a folder batch (the manifest's `name`).
  public var name: EscapedText
  public var identity: FileIdentity

  public init(place: StationPlace, name: EscapedText, identity: FileIdentity) {
    self.place = place
    self.name = name
    self.identity = identity
  }

  /// The batch folder's name (nil: directly in the station) and the file's own.
  public var parts: (folder: [UInt8]?, name: [UInt8]) { Self.split(name.bytes) }

  static func split(_ bytes: [UInt8]) -> (folder: [UInt8]?, name: [UInt8]) {
    guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return (nil, bytes) }
    return (Array(bytes[..<slash]), Array(bytes[(slash + 1)...]))
  }
}

/// Something in a drop folder that is never taken, told to a person once.
public struct Oddity: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable {
    case symlink, fifo, socket, device, unknown
    /// A folder where the station takes none, or a folder in a batch folder.
    case folder
    /// It could not be listed or looked at.
    case unreadable
  }
  public var place: StationPlace
  public var name: EscapedText
  public var kind: Kind
  /// A sentence: what it is and what to do.
  public var detail: String

  public init(place: StationPlace, name: EscapedText, kind: Kind, detail: String) {
    self.place = place
    self.name = name
    self.kind = kind
    self.detail = detail
  }
}
