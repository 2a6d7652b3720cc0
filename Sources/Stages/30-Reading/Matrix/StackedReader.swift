import Model

/// Finds and reads PDF417, whose rows are bars and whose start and stop patterns are like nothing else on a page: where
/// one shows, a symbol stands, whether it can be read or not.
///
/// The barcode library reads its rows from left to right and level only, so the crop is turned by quarters and its slant
/// taken out first.
struct StackedReader: Sendable {
  /// From an end of the symbol to beyond its other end: 8 columns of 17 modules of 10 mil, or 4 of 20 mil. And beside it.
  static let alongInches = 3.2
  static let acrossInches = 0.3
  /// Pixels a pixel: less is no matter to the library.
  static let slantMin = 0.02

  let view: PageView
  private(set) var symbols: [PlacedSymbol] = []
  private(set) var unread: [Box] = []

  init(_ view: PageView) { self.view = view }

  /// `upright`: ends seen in rows of the page; `lying`: in its columns, x and y exchanged.
  ///
  /// `textures`: what its rows look like from afar; where one touches an end it is the symbol's.
  mutating func read(upright: [StackedEnds.End], lying: [StackedEnds.End], textures: [Box]) {
    var judged: [Box] = []
    let ends = upright.map { ($0, $0.box, false) } + lying.map { ($0, $0.box.transposed, true) }
    for (end, box, isLying) in ends.sorted(by: { $0.0.lines > $1.0.lines })
    where end.lines >= StackedEnds.linesMin && !MatrixReader.isCovered(box, by: judged) {
      let (along, across) = (view.pixels(Self.alongInches), view.pixels(Self.acrossInches))
      let crop = (isLying ? box.grown(across, along) : box.grown(along, across))
        .clipped(toWidth: view.bits.width, height: view.bits.height)
      let before = symbols.count
      if read(crop, isLying: isLying) {
        judged += symbols[before...].map { $0.box.grown(across / 2, across / 2) }
      } else if end.isSure {
        let whole = textures.filter { !$0.intersection(box.grown(across, across)).isEmpty && $0.area < crop.area }
          .reduce(box) { $0.union($1) }
        judged.append(whole)
        unread.append(whole)
      }
    }
  }

  private mutating func read(_ crop: Box, isLying: Bool) -> Bool {
    let natural = view.gray?.crop(crop) ?? view.bits.luminance(of: crop)
    for image in [natural, view.bits.medianLuminance(of: crop)] {
      var level = isLying ? image.turned() : image
      let slant = BarProfile.slant(of: level, 0..<level.height)
      for quarters in isLying ? [1, 3] : [0, 2] {
        if quarters >= 2 { level = level.turned().turned() }
        // Turned by half a circle it slants the same way.
        for slant in abs(slant) < Self.slantMin ? [0] : [slant, 0]
        where take(level, slant: slant, quarters: quarters, crop) { return true }
      }
    }
    return false
  }

  private mutating func take(_ image: GrayImage, slant: Double, quarters: Int, _ crop: Box) -> Bool {
    let level = slant == 0 ? image : image.levelled(slant)
    let found = Symbols.find([.pdf417], in: level, rotate: false, isBilevel: view.gray == nil)
    var isRead = false
    for symbol in found where !symbol.bytes.isEmpty && !Self.isBlank(symbol.bytes) {
      isRead = true
      let corners = Self.whole(symbol.corners, in: level).map { corner -> Point in
        let slanted = level.slanted(corner, slant)
        let place = back(slanted, quarters: quarters, crop)
        return Point(place.x + crop.left, place.y + crop.top)
      }
      symbols.append(
        PlacedSymbol(symbology: .pdf417, bytes: symbol.bytes, isGS1: symbol.isGS1, rows: 1, corners: corners))
    }
    return isRead
  }

  /// Codewords of nothing but 0 are a word of every Reed–Solomon code, and read as capital As: damage, not a text.
  private static func isBlank(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 == UInt8(ascii: "A") } }

  /// Of a symbol whose start or stop pattern was not seen the library names only the other edge (the rest stands at
  /// 0, 0): then it reaches to where its rows end.
  private static func whole(_ corners: [Point], in image: GrayImage) -> [Point] {
    let unseen = corners.map { $0 == Point(0, 0) }
    guard unseen.contains(true) else { return corners }
    let (top, bottom) = unseen[0] || unseen[3] ? (corners[1], corners[2]) : (corners[0], corners[3])
    let rows = max(0, min(top.y, bottom.y))..<min(image.height, max(top.y, bottom.y) + 1)
    var (left, right) = (image.width, 0)
    for x in 0..<image.width where rows.count(where: { image.pixels[$0 * image.width + x] < 128 }) * 10 > rows.count {
      left = min(left, x)
      right = max(right, x)
    }
    guard left < right else { return corners }
    return [Point(left, top.y), Point(right, top.y), Point(right, bottom.y), Point(left, bottom.y)]
  }

  /// From the crop turned clockwise `quarters` times to the crop as it is.
  private func back(_ point: Point, quarters: Int, _ crop: Box) -> Point {
    switch quarters {
    case 1: Point(point.y, crop.height - 1 - point.x)
    case 2: Point(crop.width - 1 - point.x, crop.height - 1 - point.y)
    case 3: Point(crop.width - 1 - point.y, point.x)
    default: point
    }
  }
}

extension GrayImage {
  /// Rows moved back by `slant` pixels a row and columns by as much the other way: a small turn. White comes in at the
  /// margins.
  func levelled(_ slant: Double) -> GrayImage {
    var result = GrayImage(width: width, height: height)
    // In 1/65536 of a pixel; half a pixel to round.
    let length = (1 + slant * slant).squareRoot()
    let (along, across) = (Int(65536 / length), Int(65536 * slant / length))
    for y in 0..<height {
      var fromX = -(width / 2) * along + (y - height / 2) * across + ((width / 2) << 16) + 32768
      var fromY = (y - height / 2) * along + (width / 2) * across + ((height / 2) << 16) + 32768
      for x in 0..<width {
        let (column, row) = (fromX >> 16, fromY >> 16)
        if column >= 0, row >= 0, column < width, row < height {
          result.pixels[y &* width &+ x] = pixels[row &* width &+ column]
        }
        fromX &+= along
        fromY &-= across
      }
    }
    return result
  }

  /// Where a pixel of the levelled image stood before.
  func slanted(_ point: Point, _ slant: Double) -> Point {
    let (x, y) = (Double(point.x - width / 2), Double(point.y - height / 2))
    let length = (1 + slant * slant).squareRoot()
    return Point(
      Int(((x + slant * y) / length).rounded()) + width / 2, Int(((y - slant * x) / length).rounded()) + height / 2)
  }
}
