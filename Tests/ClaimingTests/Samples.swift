import Claiming
import Model
import System

/// The smallest TIFF: one bilevel frame, 8 × `rows` pixels, its strip at the end of the file.
func smallTIFF(rows: Int = 16, fill: UInt8 = 0xEE) -> [UInt8] {
  let entries: [(UInt16, UInt16, UInt32)] = [
    (256, 4, 8), (257, 4, UInt32(rows)), (258, 3, 1), (259, 3, 1), (262, 3, 0), (273, 4, 122), (277, 3, 1),
    (278, 4, UInt32(rows)),
    (279, 4, UInt32(rows)),
  ]
  func le<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
  var bytes: [UInt8] = [0x49, 0x49, 0x2A, 0] + le(UInt32(8)) + le(UInt16(entries.count))
  for (tag, type, value) in entries { bytes += le(tag) + le(type) + le(UInt32(1)) + le(value) }
  bytes += le(UInt32(0))
  return bytes + [UInt8](repeating: fill, count: rows - 1) + [0xEE]
}

/// Drives a tracker with what scans would see; times are seconds of a clock that only the test moves.
struct Drill {
  var tracker: ReadinessTracker
  var now = 0.0
  var wall = Timestamp(microseconds: 1_800_000_000_000_000)
  /// What a look into a file of this name says.
  var verdicts: [String: FileVerdict] = [:]
  var place = StationPlace(folder: EscapedText("desk"))
  private var inodes: [String: UInt64] = [:]

  init(_ station: Station = .init(), rules: ClaimingRules = .init(), waiting: [WaitingFile] = []) {
    tracker = ReadinessTracker(rules: rules, station: { _ in station }, waiting: waiting)
  }

  /// One look at these files (name, bytes) after so many seconds.
  mutating func look(after seconds: Double = 0, _ files: [(String, Int)], limit: Int = 100) -> DropReport {
    now += seconds
    wall = wall.adding(seconds: seconds)
    tracker.beginScan()
    for (name, size) in files { tracker.see(file(name, size), at: now) }
    tracker.endScan()
    for file in tracker.toInspect(at: now, limit: 1000) {
      tracker.note(verdicts[file.name.description] ?? .whole(frames: 1), on: file)
    }
    return tracker.report(at: now, wall: wall, limit: limit)
  }

  mutating func look(after seconds: Double = 0, _ names: String...) -> DropReport {
    look(after: seconds, names.map { ($0, 100) })
  }

  mutating func file(_ name: String, _ size: Int) -> DropFile {
    let inode = inodes[name, default: UInt64(inodes.count + 1)]
    inodes[name] = inode
    return DropFile(
      place: place, name: EscapedText(name),
      identity: FileIdentity(device: 1, inode: inode, size: size, modified: Int64(size)))
  }
}

extension DropReport {
  /// Ready batches as one line each: `a.tif b.tif +sidecar.json @marker ! problem`.
  var lines: [String] {
    ready.map { batch in
      var line = batch.items.map(\.name.description).joined(separator: " ")
      if let sidecar = batch.sidecar { line += " +\(sidecar.name)" }
      for marker in batch.markers { line += " @\(marker.name)" }
      switch batch.problem {
      case .badSidecar: line += " !bad-sidecar"
      case .incomplete: line += " !incomplete"
      case nil: break
      }
      return line
    }
  }
}
