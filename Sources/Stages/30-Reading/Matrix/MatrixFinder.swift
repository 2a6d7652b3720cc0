import Model

/// Whose finder pattern stands in a box: cheap signs that it is worth a call of the barcode library, by which nearly all
/// text and pictures are spared one.
struct MatrixFinder: Sendable {
  /// Lines in which a pattern must show.
  static let linesMin = 3
  static let bullseyeLinesMin = 2
  /// Modules of fewer pixels are noise.
  static let moduleMin = 1.5

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
