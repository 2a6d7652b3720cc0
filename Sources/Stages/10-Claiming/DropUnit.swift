import Model
import System

/// Files of one station that belong together and become ready together: a batch to be.
struct DropUnit {
  struct Entry {
    var file: DropFile
    var sighting: ReadinessTracker.Sighting
    var name: DropName
  }

  var kind: ReadyBatch.Kind
  var folder: [UInt8]?
  /// In natural order of names.
  var items: [Entry] = []
  var sidecars: [Entry] = []
  var markers: [Entry] = []
  /// A done-marker spoke for all items.
  var isMarked = false
  /// Why the sidecars cannot be the batch's, where names alone show it.
  var sidecarProblem: String?

  var entries: [Entry] { items + sidecars }
  var arrivedAt: Double { entries.map(\.sighting.arrivedAt).min() ?? 0 }
  var changedAt: Double { entries.map(\.sighting.changedAt).max() ?? 0 }
  var name: [UInt8] { (items.first ?? sidecars.first)?.file.name.bytes ?? [] }

  /// Something that has not come and is demanded.
  struct Lack {
    /// The file that waits for it.
    var file: DropFile
    /// As a sentence that begins with "waits for".
    var reason: String
    /// What the batch is without it.
    var problem: ReadyProblem
  }

  /// What its sidecars and images want of one another, the most serious first.
  func lacks(_ station: Station) -> [Lack] {
    var lacks: [Lack] = []
    if items.isEmpty, sidecarProblem == nil, let sidecar = sidecars.first {
      let names = "\(EscapedText(bytes: sidecar.name.stem)).tif, .tiff or .png"
      lacks.append(
        .init(
          file: sidecar.file, reason: "waits for its image \(names)",
          problem: .badSidecar("its image never came: \(names)")))
    }
    if station.sidecar == .required, sidecars.isEmpty, let image = items.first(where: { $0.name.role == .image }) {
      let name = "\(EscapedText(bytes: image.name.stem)).json"
      lacks.append(
        .init(
          file: image.file, reason: "waits for its sidecar \(name)",
          problem: .badSidecar("the station demands a sidecar and none came: \(name)")))
    }
    return lacks
  }

  /// What is taken. One sidecar at most; what is beyond it stays with the batch as sources, so that no byte is left behind.
  /// - Parameter problem: where the sidecars themselves show none.
  func batch(_ place: StationPlace, problem: ReadyProblem?) -> ReadyBatch {
    let isOrphan = items.isEmpty
    let sources = isOrphan ? sidecars : items + sidecars.dropFirst()
    return ReadyBatch(
      place: place, kind: kind, folder: folder.map { EscapedText(bytes: $0) }, items: sources.map(ReadyItem.init),
      sidecar: isOrphan ? nil : sidecars.first.map(ReadyItem.init), markers: markers.map(ReadyItem.init),
      problem: sidecarProblem.map { .badSidecar($0) } ?? problem, arrivedAt: arrivedAt)
  }
}

/// Sorts a station's files into units. Pure.
struct UnitSorter {
  let station: Station
  private var markers: [EscapedText: DropUnit.Entry] = [:]
  private(set) var units: [DropUnit] = []

  /// - Parameter entries: all files of one station place.
  init(_ entries: [DropUnit.Entry], _ station: Station) {
    self.station = station
    var loose: [DropUnit.Entry] = []
    var folders: [[UInt8]: [DropUnit.Entry]] = [:]
    for entry in entries {
      let parts = entry.file.parts
      if let folder = parts.folder {
        folders[folder, default: []].append(entry)
      } else if Markers.isMarker(parts, station) {
        markers[entry.file.name] = entry
      } else {
        loose.append(entry)
      }
    }
    for (name, files) in folders { addFolder(name, files) }
    if station.joinPages { loose = addRuns(loose) }
    addLoose(loose)
  }

  /// Markers that spoke for nothing.
  var markersAlone: Int { markers.count }

  private mutating func addFolder(_ name: [UInt8], _ files: [DropUnit.Entry]) {
    var unit = DropUnit(kind: .folder, folder: name)
    unit.items = sorted(files.filter { $0.name.role != .sidecar })
    unit.sidecars = sorted(files.filter { $0.name.role == .sidecar })
    let stems = Set(unit.items.filter { $0.name.role == .image }.map(\.name.stem)).union([Array("batch".utf8)])
    unit.sidecarProblem = problem(unit.sidecars) { stems.contains($0.name.stem) }
    if let marker = markers.removeValue(forKey: Markers.name(name, station)) {
      unit.markers = [marker]
      unit.isMarked = true
    }
    units.append(unit)
  }

  /// Takes numbered single-page images of one prefix together.
  /// - Returns: what belongs to no run.
  private mutating func addRuns(_ loose: [DropUnit.Entry]) -> [DropUnit.Entry] {
    var runs: [[UInt8]: [DropUnit.Entry]] = [:]
    var rest: [DropUnit.Entry] = []
    for entry in loose {
      if let prefix = prefix(entry) { runs[prefix, default: []].append(entry) } else { rest.append(entry) }
    }
    for (prefix, images) in runs {
      var unit = DropUnit(kind: .joined, items: sorted(images))
      let stems = Set(images.map(\.name.stem)).union([prefix, DropName.trimmed(prefix)])
      let isOurs = { (entry: DropUnit.Entry) in entry.name.role == .sidecar && stems.contains(entry.name.stem) }
      unit.sidecars = sorted(rest.filter(isOurs))
      rest.removeAll(where: isOurs)
      unit.sidecarProblem = problem(unit.sidecars) { _ in true }
      for name in Markers.ofRun(prefix, station) {
        if let marker = markers.removeValue(forKey: name) { unit.markers.append(marker) }
      }
      unit.isMarked = !unit.markers.isEmpty
      mark(&unit)
      units.append(unit)
    }
    return rest
  }

  private func prefix(_ entry: DropUnit.Entry) -> [UInt8]? {
    if case .whole(let frames) = entry.sighting.verdict, frames > 1 { return nil }
    return entry.name.role == .image ? entry.name.numberedPrefix : nil
  }

  private mutating func addLoose(_ loose: [DropUnit.Entry]) {
    var byStem: [[UInt8]: DropUnit] = [:]
    for entry in loose where entry.name.role == .sidecar {
      byStem[entry.name.stem, default: DropUnit(kind: .file)].sidecars.append(entry)
    }
    for entry in loose where entry.name.role != .sidecar {
      if entry.name.role == .image, byStem[entry.name.stem] != nil {
        byStem[entry.name.stem]!.items.append(entry)
      } else {
        addSingle(entry)
      }
    }
    for var unit in byStem.values {
      unit.items = sorted(unit.items)
      unit.sidecars = sorted(unit.sidecars)
      unit.sidecarProblem = problem(unit.sidecars) { _ in true }
      if unit.items.count > 1 {
        unit.sidecarProblem = "the sidecar has \(unit.items.count) images of its name; drop one image with each sidecar"
      }
      mark(&unit)
      units.append(unit)
    }
  }

  private mutating func addSingle(_ entry: DropUnit.Entry) {
    var unit = DropUnit(kind: .file, items: [entry])
    mark(&unit)
    units.append(unit)
  }

  /// Gives the items' own markers to the unit; it is marked when each has one.
  private mutating func mark(_ unit: inout DropUnit) {
    let own = unit.items.compactMap { markers.removeValue(forKey: Markers.name($0.file.name.bytes, station)) }
    unit.markers += own
    if !own.isEmpty, own.count == unit.items.count { unit.isMarked = true }
  }

  private func problem(_ sidecars: [DropUnit.Entry], pairs: (DropUnit.Entry) -> Bool) -> String? {
    if sidecars.count > 1 { return "\(sidecars.count) sidecars for one batch; drop one" }
    guard let sidecar = sidecars.first, !pairs(sidecar) else { return nil }
    return "no image in the folder has the name of the sidecar \(sidecar.file.name)"
  }

  private func sorted(_ entries: [DropUnit.Entry]) -> [DropUnit.Entry] {
    entries.sorted { naturallyPrecedes($0.file.name.bytes, $1.file.name.bytes) }
  }
}
