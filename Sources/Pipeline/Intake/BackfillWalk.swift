import Claiming
import Formats
import Model
import System

/// What `backfill` takes as one batch.
struct BackfillUnit: Sendable {
  /// The tree's root that the names are relative to.
  var root: FilePath
  /// Names below `root`, in the order of pages.
  var sources: [[UInt8]]
  var sidecar: [UInt8]?
  var finding: Finding?
}

/// Walks a tree that is only read, a folder at a time, in natural order of names. Links are never followed; a folder that
/// cannot be listed is told, and the walk goes on beside it (I8). What is a batch is decided as for a drop folder
/// (``TreeFolder/batches(for:)``).
struct BackfillWalk {
  private static let depthMax = 64
  let root: FilePath
  let station: Station
  let rules: ClaimingRules
  let limits: StructureLimits
  let trouble: @Sendable (any Error) async -> Void

  /// - Parameter body: gives false to end the walk.
  /// - Returns: how many files were left because their done-marker is missing.
  func run(_ body: (BackfillUnit) async throws -> Bool) async throws -> Int {
    guard let identity = try Files.stat(root) else { return 0 }
    var unmarked = 0
    if identity.kind == .file {
      let folder = try alone(root.lastName, in: root.parent)
      _ = try await take(folder, root: root.parent, below: [], &unmarked, body)
    } else {
      var beside: [TreeFolder.File] = []
      if station.done == .marker, station.batches == .folder {
        beside = try files(among: [root.lastName + Array(station.doneSuffix.utf8)], in: root.parent)
      }
      _ = try await walk([], Place(name: root.lastName, depth: 0, beside: beside), &unmarked, body)
    }
    return unmarked
  }

  private struct Place {
    var name: [UInt8]
    var depth: Int
    /// Done-markers that lie beside the folder.
    var beside: [TreeFolder.File]
  }

  /// - Parameter prefix: names from the root to the folder.
  private func walk(
    _ prefix: [[UInt8]], _ place: Place, _ unmarked: inout Int, _ body: (BackfillUnit) async throws -> Bool
  ) async throws -> Bool {
    guard place.depth < Self.depthMax else { return true }
    let path = prefix.reduce(root) { $0.appending($1) }
    let names: [[UInt8]]
    let folders: [[UInt8]]
    let found: [TreeFolder.File]
    do {
      (names, folders) = try list(path)
      found = try files(among: names, in: path)
    } catch {
      await trouble(error)
      return true
    }
    let folder = TreeFolder(name: place.name, files: found, markersBeside: place.beside)
    guard try await take(folder, root: root, below: prefix, &unmarked, body) else { return false }
    let markers = found.filter { TreeFolder.isMarker($0.name, for: station) }
    for name in folders.sorted(by: naturallyPrecedes) {
      let next = Place(name: name, depth: place.depth + 1, beside: markers)
      guard try await walk(prefix + [name], next, &unmarked, body) else { return false }
    }
    return true
  }

  private func take(
    _ folder: TreeFolder, root: FilePath, below prefix: [[UInt8]], _ unmarked: inout Int,
    _ body: (BackfillUnit) async throws -> Bool
  ) async throws -> Bool {
    func path(_ name: [UInt8]) -> [UInt8] { Array((prefix + [name]).joined(separator: [UInt8(ascii: "/")])) }
    let sorted = folder.batches(for: station)
    unmarked += sorted.unmarked
    for batch in sorted.batches {
      let unit = BackfillUnit(
        root: root, sources: batch.sources.map(path), sidecar: batch.sidecar.map(path), finding: batch.problem?.finding)
      guard try await body(unit) else { return false }
    }
    return true
  }

  private func list(_ path: FilePath) throws -> (files: [[UInt8]], folders: [[UInt8]]) {
    var (files, folders): ([[UInt8]], [[UInt8]]) = ([], [])
    for entry in try Files.list(path) where !rules.ignores(entry.name) {
      let kind = entry.kind == .unknown ? try Files.stat(path.appending(entry.name))?.kind : entry.kind
      if kind == .file { files.append(entry.name) } else if kind == .folder { folders.append(entry.name) }
    }
    return (files, folders)
  }

  /// One file that was named by itself, with what belongs to it: its sidecar (or image), its markers.
  private func alone(_ name: [UInt8], in parent: FilePath) throws -> TreeFolder {
    let stem = name.lastIndex(of: UInt8(ascii: ".")).map { Array(name[..<$0]) } ?? name
    let isSidecar = name.suffix(5).elementsEqual(".json".utf8)
    let partners = (isSidecar ? [".tif", ".tiff", ".png"] : [".json"]).map { stem + Array($0.utf8) }
    let images = isSidecar ? partners : [name]
    let names = [name] + partners + images.map { $0 + Array(station.doneSuffix.utf8) }
    return TreeFolder(name: parent.lastName, files: try files(among: names, in: parent))
  }

  /// Those of the names that are regular files, each once.
  private func files(among names: [[UInt8]], in folder: FilePath) throws -> [TreeFolder.File] {
    try Set(names).compactMap { name in
      let path = folder.appending(name)
      guard let identity = try Files.stat(path), identity.kind == .file else { return nil }
      let mustCount = TreeFolder.mustCount(name, for: station)
      return TreeFolder.File(name: name, identity: identity, frames: mustCount ? try frames(path) : nil)
    }
  }

  /// Pages of a file; nil where they cannot be counted.
  private func frames(_ path: FilePath) throws -> Int? {
    let source = try FileSource(Descriptor.openRegular(path))
    let structure = try walkStructure(of: source, limits: limits)
    return structure.problem == nil ? structure.frames.count : nil
  }
}
