import Model
import System

/// One folder of a tree that is only read (`backfill`), with its regular files.
public struct TreeFolder: Sendable {
  public struct File: Hashable, Sendable {
    /// The file's own name.
    public var name: [UInt8]
    public var identity: FileIdentity
    /// Pages, where they were counted: only ``TreeFolder/mustCount(_:for:)`` asks for them.
    public var frames: Int?
    public init(name: [UInt8], identity: FileIdentity, frames: Int? = nil) {
      self.name = name
      self.identity = identity
      self.frames = frames
    }
  }

  /// A batch of the tree; names are the files' own.
  public struct Batch: Hashable, Sendable {
    public var sources: [[UInt8]]
    public var sidecar: [UInt8]?
    public var problem: ReadyProblem?
  }

  /// The folder's own name.
  public var name: [UInt8]
  public var files: [File]
  /// Markers that lie beside the folder.
  public var markersBeside: [File]

  public init(name: [UInt8], files: [File], markersBeside: [File] = []) {
    self.name = name
    self.files = files
    self.markersBeside = markersBeside
  }

  /// Whether a file's pages decide which batch it belongs to: only single pages are joined.
  public static func mustCount(_ name: [UInt8], for station: Station) -> Bool {
    let name = DropName(name)
    return station.joinPages && station.batches == .file && name.role == .image && name.numberedPrefix != nil
  }

  /// Whether the name is a done-marker, which is never filed.
  public static func isMarker(_ name: [UInt8], for station: Station) -> Bool { Markers.isMarker((nil, name), station) }

  /// The folder's files as batches, by the rules that hold for a drop folder of `station` (RULES *Ready*), in natural order of
  /// names. Nothing is waited for, since nothing will come: what waits in a drop folder is `bad-sidecar` here at once, and files
  /// that lack their done-marker are left out. Pure.
  /// - Returns: the batches, and how many files lack their marker.
  public func batches(for station: Station) -> (batches: [Batch], unmarked: Int) {
    let isOne = station.batches == .folder
    let inside = files.filter { !isOne || !Self.isMarker($0.name, for: station) }
    let entries = inside.map { entry($0, in: isOne) } + (isOne ? markersBeside.map { entry($0, in: false) } : [])
    let units = UnitSorter(entries, station).units.filter { !$0.entries.isEmpty }
    let ready = units.filter { station.done != .marker || $0.isMarked || $0.items.isEmpty }
    let batches = ready.map { unit in
      let batch = unit.batch(StationPlace(), problem: unit.lacks(station).first?.problem)
      return Batch(
        sources: batch.items.map { DropFile.split($0.name.bytes).name },
        sidecar: batch.sidecar.map { DropFile.split($0.name.bytes).name }, problem: batch.problem)
    }
    return (
      batches.sorted { naturallyPrecedes($0.sources[0], $1.sources[0]) },
      units.reduce(0) { $0 + $1.items.count } - ready.reduce(0) { $0 + $1.items.count }
    )
  }

  private func entry(_ file: File, in folder: Bool) -> DropUnit.Entry {
    let path = folder ? name + [UInt8(ascii: "/")] + file.name : file.name
    let drop = DropFile(place: StationPlace(), name: EscapedText(bytes: path), identity: file.identity)
    let verdict = file.frames.map { FileVerdict.whole(frames: $0) }
    return .init(
      file: drop,
      sighting: .init(identity: file.identity, arrivedAt: 0, changedAt: 0, verdict: verdict, scan: 0),
      name: DropName(file.name))
  }
}
