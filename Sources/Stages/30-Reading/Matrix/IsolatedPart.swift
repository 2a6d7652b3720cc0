import Model

/// What is printed close together, without what stands beside it: a symbol apart from the sticker's border, its text and the lines of the
/// form, however near they are.
///
/// Modules of a symbol touch or are a module apart; a border keeps its distance, or nobody's reader would find the symbol. So ink is
/// connected in small cells, and each connected piece is seen on white paper of its own.
struct IsolatedPart: Sendable {
  /// Side of a cell; black pixels of it in sixteenths that make it inked.
  static let cellInches = 1.0 / 75
  static let inkedSixteenths = 3
  /// Around a dense place, in which the piece is looked for.
  static let reachInches = 0.12
  static let sideInches = 0.1...1.8
  /// A rectangular DataMatrix is up to four times as long as high.
  static let aspectMax = 4.5
  static let inkMin = 0.2
  /// Of its own box a border has fewer cells, and is no piece.
  static let fillMin = 0.2
  /// Of a border, or another line: how long it is, and if it goes on beyond what is looked at; and how much of its box is ink.
  static let frameInchesMin = (whole: 0.6, cut: 0.3)
  static let frameInkMax = 0.3
  /// White paper around it.
  static let marginInches = 0.2

  /// The piece alone.
  let view: PageView
  /// Where it is there.
  let box: Box
  /// Where the upper left pixel of `view` is on the page.
  private let origin: Point

  /// Of a piece that is looked at before others.
  static let squareAspectMax = 1.5

  /// A piece of the page that may be a symbol.
  struct Piece: Sendable {
    var box: Box
    /// Nothing else stands in its box.
    var isWhole: Bool
  }

  /// Pieces of a symbol's size and with its changes of colour in and around dense places of the page, the likeliest first: words are
  /// longer than high, and smaller.
  static func pieces(around places: [Box], of page: PageView) -> [Piece] {
    var found: [Box: Bool] = [:]
    for place in places {
      for piece in pieces(around: place, of: page) {
        found[piece.box, default: false] = found[piece.box] ?? false || piece.isWhole
      }
    }
    func rank(_ box: Box) -> (Int, Int, Int, Int) {
      let isSquare = Double(max(box.width, box.height)) <= squareAspectMax * Double(min(box.width, box.height))
      return (isSquare ? 0 : 1, -box.area, box.top, box.left)
    }
    return found.map { Piece(box: $0.key, isWhole: $0.value) }.sorted { rank($0.box) < rank($1.box) }
  }

  private static func pieces(around place: Box, of page: PageView) -> [Piece] {
    let reach = page.pixels(reachInches)
    let crop = place.grown(reach, reach).clipped(toWidth: page.bits.width, height: page.bits.height)
    let bits = page.bits.crop(crop)
    let lengthMin = (whole: page.pixels(frameInchesMin.whole), cut: page.pixels(frameInchesMin.cut))
    let inside = Box(left: 1, top: 1, right: crop.width - 1, bottom: crop.height - 1)
    // A corner of a border may be as close to a symbol as its modules are to one another. A line through a symbol has modules on it, and
    // so it is looked at with the lines, too.
    var unframed: Bitmap?
    if bits.mayHaveStrokes(ofLength: min(lengthMin.whole, lengthMin.cut)) {
      unframed = Strokes(bits).bitmap { stroke in
        stroke.length >= (stroke.box.intersection(inside) == stroke.box ? lengthMin.whole : lengthMin.cut)
          && Double(stroke.ink) <= frameInkMax * Double(stroke.box.area)
      }
    }
    return (pieces(of: bits, dpi: page.dpi) + (unframed.map { pieces(of: $0, dpi: page.dpi) } ?? [])).map { piece in
      var piece = piece
      piece.box.move(crop.left, crop.top)
      return piece
    }
  }

  private static func pieces(of bits: Bitmap, dpi: Double) -> [Piece] {
    let cell = max(2, Int(cellInches * dpi))
    let counts = bits.blackCounts(ofCells: cell)
    let least = max(1, cell * cell * inkedSixteenths / 16)
    let groups = CellGroups(
      marked: counts.counts.map { Int($0) >= least }, columns: counts.columns, rows: counts.rows, reachX: 1, reachY: 1)
    var pieces: [Piece] = []
    var united: [Box] = []
    for group in groups.boxes where Double(group.count) >= fillMin * Double(group.cells.area) {
      let cells = group.cells
      // A module or two by itself; what lies in a symbol's box is in it anyway.
      if max(cells.width, cells.height) < 3 { continue }
      var box = Box(
        left: cells.left * cell, top: cells.top * cell, right: cells.right * cell, bottom: cells.bottom * cell
      ).clipped(toWidth: bits.width, height: bits.height)
      pieces.append(Piece(box: box, isWhole: false))
      // A symbol with a white module all around a part of it.
      while let other = united.firstIndex(where: { !$0.intersection(box).isEmpty }) {
        box = box.union(united.remove(at: other))
      }
      united.append(box)
    }
    let whole = Set(united)
    pieces.removeAll { whole.contains($0.box) }
    pieces += united.map { Piece(box: $0, isWhole: true) }
    return pieces.filter { piece in
      let (short, long) = (
        Double(min(piece.box.width, piece.box.height)), Double(max(piece.box.width, piece.box.height))
      )
      return sideInches.contains(short / dpi) && long <= sideInches.upperBound * dpi && long <= aspectMax * short
        && Double(bits.blackCount(in: piece.box)) >= inkMin * Double(piece.box.area)
        && hasModules(bits.crop(piece.box))
    }
  }

  /// As many colour changes a line as modules have; letters and lines have fewer.
  private static func hasModules(_ bits: Bitmap) -> Bool {
    let changes = bits.changes
    let rows = Double(changes.rows) / Double(max(1, bits.height))
    let columns = Double(changes.columns) / Double(max(1, bits.width))
    return min(rows, columns) >= MatrixEvidence.changesAloneMin
      && max(rows, columns) >= MatrixEvidence.changesMoreAloneMin
  }

  init(_ piece: Box, of page: PageView) {
    let margin = page.pixels(Self.marginInches)
    box = Box(left: margin, top: margin, right: margin + piece.width, bottom: margin + piece.height)
    origin = Point(piece.left - margin, piece.top - margin)
    var bits = page.bits.crop(piece.grown(margin, margin))
    let (width, height) = (bits.width, bits.height)
    for outside in [
      Box(left: 0, top: 0, right: width, bottom: margin), Box(left: 0, top: box.bottom, right: width, bottom: height),
      Box(left: 0, top: 0, right: margin, bottom: height), Box(left: box.right, top: 0, right: width, bottom: height),
    ] { bits.erase(outside) }
    let gray = page.gray.map { gray in
      let paper = gray.crop(piece).lightest
      var image = GrayImage(width: width, height: height, pixels: [UInt8](repeating: paper, count: width * height))
      for y in 0..<piece.height {
        let from = (piece.top + y) * gray.width + piece.left
        let to = (margin + y) * width + margin
        image.pixels.replaceSubrange(to..<to + piece.width, with: gray.pixels[from..<from + piece.width])
      }
      return image
    }
    view = PageView(bits: bits, gray: gray, dpi: page.dpi)
  }

  func place(_ point: Point) -> Point { Point(point.x + origin.x, point.y + origin.y) }

  func place(_ box: Box) -> Box {
    var box = box
    box.move(origin.x, origin.y)
    return box
  }
}
