import Model

/// Whose finder pattern stands in a box: cheap signs that it is worth a call of the barcode library, by which nearly all
/// text and pictures are spared one.
struct MatrixFinder: Sendable {
  /// Lines in which a pattern must show.
  static let linesMin = 3
  static let bullseyeLinesMin = 2
  /// Share of a side's lines that begin on one straight line: the solid sides of a DataMatrix.
  static let straightMin = 0.8
  /// Modules of fewer pixels are noise.
  static let moduleMin = 1.5

  private let rows: Bitmap
  private let columns: Bitmap

  /// `box` is what is black there, without paper around.
  init(_ box: Box, of bits: Bitmap) {
    rows = bits.crop(box)
    columns = rows.transposed()
  }

  var symbologies: Set<Symbology> {
    var found: Set<Symbology> = []
    var (squares, stacked, bullseyes) = (0, 0, 0)
    for bits in [rows, columns] {
      var edges: [Int] = []
      bullseyes = 0
      for y in 0..<bits.height {
        edges.removeAll(keepingCapacity: true)
        bits.appendEdges(of: y, to: &edges)
        for at in stride(from: 0, to: edges.count - 5, by: 2) {
          if y & 1 == 0 {
            if Self.isRatio(edges, at, [1, 1, 3, 1, 1], total: 7) { squares += 1 }
            if edges.count - at > 8, Self.isStacked(edges, at) { stacked += 1 }
          }
          if edges.count - at > 9, Self.isRatio(edges, at, [1, 1, 1, 1, 1, 1, 1, 1, 1], total: 9) { bullseyes += 1 }
        }
      }
      if bullseyes >= Self.bullseyeLinesMin { found.insert(.aztec) }
    }
    if squares >= Self.linesMin { found.insert(.qr) }
    if stacked >= Self.linesMin { found.insert(.pdf417) }
    if hasSolidCorner { found.insert(.datamatrix) }
    return found
  }

  /// Whether the start or stop pattern of a PDF417 shows, at any quarter turn.
  var hasStackedEnd: Bool {
    var edges: [Int] = []
    for bits in [rows, columns] {
      var count = 0
      for y in stride(from: 0, to: bits.height, by: 4) {
        edges.removeAll(keepingCapacity: true)
        bits.appendEdges(of: y, to: &edges)
        if edges.count > 8 {
          for at in stride(from: 0, to: edges.count - 8, by: 2) where Self.isStacked(edges, at) {
            count += 1
            break
          }
        }
      }
      if count >= Self.linesMin { return true }
    }
    return false
  }

  /// ISO/IEC 15438 §5.3.4: start 8 1 1 1 1 1 1 3, stop 7 1 1 3 1 1 1 2 1; from the right they are read backwards.
  private static func isStacked(_ edges: [Int], _ at: Int) -> Bool {
    isRatio(edges, at, [8, 1, 1, 1, 1, 1, 1], total: 14) || isRatio(edges, at, [1, 1, 1, 1, 1, 1, 8], total: 14)
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

  /// Two sides that meet are solid and straight.
  private var hasSolidCorner: Bool {
    let (left, right) = Self.straightSides(rows)
    guard left || right else { return false }
    let (top, bottom) = Self.straightSides(columns)
    return top || bottom
  }

  private static func straightSides(_ bits: Bitmap) -> (first: Bool, last: Bool) {
    var firsts: [Int] = []
    var lasts: [Int] = []
    var edges: [Int] = []
    for y in 0..<bits.height {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      firsts.append(edges.first ?? bits.width)
      lasts.append(edges.last ?? 0)
    }
    return (isStraight(firsts), isStraight(lasts))
  }

  private static func isStraight(_ places: [Int]) -> Bool {
    let part = places.count / 4
    guard part >= 4 else { return false }
    let upper = places[part / 2..<part / 2 + part].sorted()[part / 2]
    let lower = places[places.count - part - part / 2..<places.count - part / 2].sorted()[part / 2]
    let slope = Double(lower - upper) / Double(places.count - 2 * part)
    let start = Double(upper) - slope * Double(part)
    let straight = places.indices.count { abs(Double(places[$0]) - start - slope * Double($0)) <= 2 }
    return Double(straight) >= straightMin * Double(places.count)
  }
}
