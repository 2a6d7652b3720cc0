import Model

/// What stands on the page with paper around it: blocks of cells that hold ink, from every row of the page.
///
/// Words and lines of text become blocks too; what a block is, others must ask. Both the search for small symbols and the
/// search for what is left of labels begin here.
struct InkBlocks: Sendable {
  /// Black pixels of a cell of 16 × 16 pixels (at 300 dpi) that is no paper; on a noisy page so many times more than most
  /// of its cells have.
  static let blackMin: UInt16 = 4
  static let noiseFactor: UInt16 = 3

  /// Black pixels by cell.
  let texture: Texture
  /// Pixels of a cell's side.
  let size: Int
  /// Black pixels of most cells.
  let noise: UInt16
  /// Black pixels of a cell that is no paper.
  let limit: UInt16
  /// Connected cells with ink; places in cells.
  let groups: [CellGroups.Group]

  init(_ view: PageView) {
    let scale = max(1, Int((view.dpi / 300).rounded()))
    texture = Texture(blackOf: view.bits).merged(scale)
    size = Texture.size * scale
    noise = Self.median(texture.black)
    limit = max(Self.blackMin * UInt16(scale * scale), Self.noiseFactor * noise)
    let inked = texture.black.map { [limit] in $0 >= limit }
    groups = CellGroups(marked: inked, columns: texture.columns, rows: texture.rows, reachX: 1, reachY: 1).boxes
  }

  /// Connected places of two by two cells with at least so much ink, more than text has, whatever stands beside them: a label's own
  /// text often does.
  func dense(_ share: Double) -> [CellGroups.Group] {
    let least = Int(share * Double(4 * size * size))
    let marked = texture.windows(Texture.Wanted(black: least...Int.max))
    return CellGroups(marked: marked, columns: texture.columns, rows: texture.rows, reachX: 1, reachY: 1).boxes
  }

  /// A box of cells in pixels of the page.
  func pixels(_ cells: Box, in view: PageView) -> Box {
    Box(left: cells.left * size, top: cells.top * size, right: cells.right * size, bottom: cells.bottom * size)
      .clipped(toWidth: view.bits.width, height: view.bits.height)
  }

  /// Of cells, whose counts are at most 255 where it matters.
  private static func median(_ counts: [UInt16]) -> UInt16 {
    var histogram = [Int](repeating: 0, count: 256)
    for count in counts { histogram[Int(min(255, count))] += 1 }
    var before = 0
    for (value, count) in histogram.enumerated() {
      before += count
      if before * 2 > counts.count { return UInt16(value) }
    }
    return 0
  }
}
