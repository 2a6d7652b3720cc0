import Model

/// Whose finder pattern stands in a box: cheap signs that it is worth a call of the barcode library, by which nearly all
/// text and pictures are spared one.
struct MatrixFinder: Sendable {
  /// Lines in which a pattern must show.
  static let linesMin = 3
  static let bullseyeLinesMin = 2
  /// Modules of fewer pixels are noise.
  static let moduleMin = 1.5
  /// Of every so many lines a PDF417's ends are looked for in one.
  static let stackedStep = 2
  /// Lines of a PDF417's end, and their share of the lines between the first and the last, that make it sure.
  static let stackedLinesSure = 8
  static let stackedShareSure = 0.6
  static let stackedModuleMin = 1.9
  static let slantMax = 0.2

  private let rows: Bitmap
  private let columns: Bitmap

  /// `bits`: what is black there, without paper around.
  init(_ bits: Bitmap) {
    rows = bits
    columns = rows.transposed()
  }

  /// QR by its finder squares (ISO/IEC 18004 §6.3.3), Aztec by its bullseye (ISO/IEC 24778 §7), seen in both directions.
  var symbologies: Set<Symbology> {
    let (across, down) = (Self.patterns(rows), Self.patterns(columns))
    var found: Set<Symbology> = []
    if min(across.squares, down.squares) >= Self.linesMin { found.insert(.qr) }
    if min(across.bullseyes, down.bullseyes) >= Self.bullseyeLinesMin { found.insert(.aztec) }
    return found
  }

  private static func patterns(_ bits: Bitmap) -> (squares: Int, bullseyes: Int) {
    var edges: [Int] = []
    var (squares, bullseyes) = (0, 0)
    for y in 0..<bits.height {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      for at in stride(from: 0, to: edges.count - 5, by: 2) {
        if isRatio(edges, at, [1, 1, 3, 1, 1], total: 7) { squares += 1 }
        if edges.count - at > 9, isRatio(edges, at, [1, 1, 1, 1, 1, 1, 1, 1, 1], total: 9) { bullseyes += 1 }
      }
    }
    return (squares, bullseyes)
  }

  /// Where the start or stop pattern of a PDF417 stands, at any quarter turn: in lines that follow one another, at places
  /// that move slowly.
  static func stackedEnd(in box: Box, of page: Bitmap) -> StackedEnd? {
    let rows = page.crop(box)
    var best = stackedEnd(in: rows)
    if best?.isSure != true, var end = stackedEnd(in: rows.transposed()), end.lines > best?.lines ?? 0 {
      end.box = end.box.transposed
      best = end
    }
    best?.box.move(box.left, box.top)
    return best
  }

  struct StackedEnd: Sendable {
    var box: Box
    /// In which it shows.
    var lines: Int
    var isSure: Bool {
      lines >= stackedLinesSure
        && Double(lines * stackedStep) >= stackedShareSure * Double(max(min(box.width, box.height), max(box.width, box.height) / 4))
    }
  }

  private static func stackedEnd(in bits: Bitmap) -> StackedEnd? {
    var tracks: [StackedEnd] = []
    var edges: [Int] = []
    for y in stride(from: 0, to: bits.height, by: stackedStep) {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      guard edges.count > 7 else { continue }
      for at in stride(from: 0, to: edges.count - 7, by: 2) where isStacked(edges, at) {
        let (left, right) = (edges[at], edges[at + 7])
        let match = tracks.firstIndex { track in
          let passed = y - track.box.bottom
          return passed <= 8 * stackedStep
            && abs(track.box.left - left) <= 3 + Int(slantMax * Double(y - track.box.top))
        }
        if let match {
          tracks[match].lines += 1
          tracks[match].box = tracks[match].box.union(Box(left: left, top: y, right: right, bottom: y + 1))
        } else {
          tracks.append(StackedEnd(box: Box(left: left, top: y, right: right, bottom: y + 1), lines: 1))
        }
      }
    }
    return tracks.filter { $0.lines >= linesMin }.max { $0.lines < $1.lines }
  }

  /// ISO/IEC 15438 §5.3.4: start 8 1 1 1 1 1 1 3, stop 7 1 1 3 1 1 1 2 1; from the right they are read backwards.
  private static func isStacked(_ edges: [Int], _ at: Int) -> Bool {
    // Seven runs are at least 14 modules.
    guard Double(edges[at + 7] - edges[at]) >= 14 * stackedModuleMin else { return false }
    return isRatio(edges, at, [8, 1, 1, 1, 1, 1, 1], total: 14) || isRatio(edges, at, [1, 1, 1, 1, 1, 1, 8], total: 14)
      || isRatio(edges, at, [7, 1, 1, 3, 1, 1, 1, 2, 1], total: 18)
      || isRatio(edges, at, [1, 2, 1, 1, 1, 3, 1, 1, 7], total: 18)
  }

  /// Whether the runs from `edges[at]` on are so many modules wide, give or take half a module.
  private static func isRatio(_ edges: [Int], _ at: Int, _ modules: [Int], total: Int) -> Bool {
    guard at + modules.count < edges.count else { return false }
    let module = Double(edges[at + modules.count] - edges[at]) / Double(total)
    guard module >= moduleMin else { return false }
    let slack = module * 0.5 + 0.6
    for place in 0..<modules.count
    where abs(Double(edges[at + place + 1] - edges[at + place]) - module * Double(modules[place])) > slack {
      return false
    }
    return true
  }
}
