import Claiming
import Model
import System

/// What `backfill` takes as one batch: a file with its sidecar, or a folder of files.
struct BackfillUnit: Sendable {
  /// The tree's root that the names are relative to.
  var root: FilePath
  /// Names below `root`, in the order of pages.
  var sources: [[UInt8]]
  var sidecar: [UInt8]?
  var finding: Finding?
}

/// Walks a tree that is only read, a folder at a time, in natural order of names. Links are never followed; a folder that
/// cannot be listed is told, and the walk goes on beside it (I8).
struct BackfillWalk {
  private static let depthMax = 64
  let root: FilePath
  let batches: Station.Batches
  let rules: ClaimingRules
  let trouble: @Sendable (any Error) async -> Void

  /// - Parameter body: gives false to end the walk.
  func run(_ body: (BackfillUnit) async throws -> Bool) async throws {
    guard let identity = try Files.stat(root) else { return }
    if identity.kind == .file {
      _ = try await body(BackfillUnit(root: root.parent, sources: [root.lastName], sidecar: try sidecarBeside(root)))
    } else {
      _ = try await walk(prefix: [], depth: 0, body)
    }
  }

  private func walk(prefix: [UInt8], depth: Int, _ body: (BackfillUnit) async throws -> Bool) async throws -> Bool {
    guard depth < Self.depthMax else { return true }
    var path = root
    for part in prefix.split(separator: UInt8(ascii: "/")) { path = path.appending(Array(part)) }
    let files: [[UInt8]]
    let folders: [[UInt8]]
    do { (files, folders) = try list(path) } catch {
      await trouble(error)
      return true
    }
    let below = prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]
    for unit in units(of: files.sorted(by: naturallyPrecedes)) {
      var unit = unit
      unit.sources = unit.sources.map { below + $0 }
      unit.sidecar = unit.sidecar.map { below + $0 }
      guard try await body(unit) else { return false }
    }
    for folder in folders.sorted(by: naturallyPrecedes) {
      guard try await walk(prefix: below + folder, depth: depth + 1, body) else { return false }
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

  /// Files of one folder as batches: `NAME.json` goes with its image; alone it is a batch that says so.
  private func units(of files: [[UInt8]]) -> [BackfillUnit] {
    let images = files.filter { !Self.isSidecarName($0) }
    let sidecars = files.filter(Self.isSidecarName)
    if batches == .folder {
      guard !images.isEmpty else { return sidecars.map(orphan) }
      var unit = BackfillUnit(root: root, sources: images, sidecar: sidecars.first)
      if sidecars.count > 1 {
        unit.sources += sidecars.dropFirst()
        unit.finding = Finding(.badSidecar, "The folder has \(sidecars.count) sidecars. Keep one and decide by hand.")
      }
      return [unit]
    }
    var units = images.map { image in
      BackfillUnit(root: root, sources: [image], sidecar: sidecars.first { Self.stem($0) == Self.stem(image) })
    }
    let used = Set(units.compactMap(\.sidecar))
    for index in units.indices where units.count(where: { $0.sidecar != nil && $0.sidecar == units[index].sidecar }) > 1
    {
      units[index].finding = Finding(.badSidecar, "Several images share one sidecar. Give each its own.")
    }
    units += sidecars.filter { !used.contains($0) }.map(orphan)
    return units
  }

  private func orphan(_ sidecar: [UInt8]) -> BackfillUnit {
    BackfillUnit(
      root: root, sources: [sidecar],
      finding: Finding(.badSidecar, "The sidecar has no image beside it. Look for the image, then decide by hand."))
  }

  private func sidecarBeside(_ image: FilePath) throws -> [UInt8]? {
    guard !Self.isSidecarName(image.lastName) else { return nil }
    let name = Self.stem(image.lastName) + Array(".json".utf8)
    return try Files.stat(image.parent.appending(name))?.kind == .file ? name : nil
  }

  static func isSidecarName(_ name: [UInt8]) -> Bool {
    name.count > 5 && String(decoding: name.suffix(5), as: UTF8.self).lowercased() == ".json"
  }

  static func stem(_ name: [UInt8]) -> [UInt8] {
    name.lastIndex(of: UInt8(ascii: ".")).map { Array(name[..<$0]) } ?? name
  }
}
