import Model

/// Finds and reads PDF417, whose rows are bars and whose start and stop patterns are like nothing else on a page: where
/// one shows, a symbol stands, whether it can be read or not.
///
/// The barcode library reads its rows from left to right and level only, so the crop is turned by quarters and its slant
/// taken out first.
struct StackedReader: Sendable {
  /// Around the texture: bars of 17 modules of up to 25 mil, or any part of the symbol where only bars were seen.
  static let alongInches = 0.7
  static let acrossInches = 0.25
  static let sideMaxInches = 6.0

  let view: PageView
  private(set) var symbols: [PlacedSymbol] = []
  private(set) var unread: [Box] = []

  init(_ view: PageView) { self.view = view }

  mutating func read(_ candidates: [Box]) {
    var judged: [Box] = []
    for candidate in candidates {
      guard Double(max(candidate.width, candidate.height)) <= Self.sideMaxInches * view.dpi,
        !MatrixReader.isCovered(candidate, by: judged)
      else { continue }
      let (x, y) = (view.pixels(Self.alongInches), view.pixels(Self.acrossInches))
      let area = (candidate.width >= candidate.height ? candidate.grown(x, y) : candidate.grown(y, x))
        .clipped(toWidth: view.bits.width, height: view.bits.height)
      guard let end = MatrixFinder.stackedEnd(in: area, of: view.bits) else { continue }
      let crop = area.union(end.box).grown(y, y).clipped(toWidth: view.bits.width, height: view.bits.height)
      judged.append(crop)
      if !read(crop), end.isSure { unread.append(candidate.intersection(crop).union(end.box)) }
    }
  }

  private mutating func read(_ crop: Box) -> Bool {
    let natural = view.gray?.crop(crop) ?? view.bits.luminance(of: crop)
    for image in [natural, view.bits.medianLuminance(of: crop)] {
      var turned = image
      for quarters in 0..<4 {
        if quarters > 0 { turned = turned.turned() }
        for slant in slants(of: turned) where take(turned, slant: slant, quarters: quarters, crop) { return true }
      }
    }
    return false
  }

  /// As it is first, then with the slant that its bars show.
  private func slants(of image: GrayImage) -> [Double] {
    let slant = BarProfile.slant(of: image, 0..<image.height)
    return abs(slant) < 0.02 ? [0] : [0, slant]
  }

  private mutating func take(_ image: GrayImage, slant: Double, quarters: Int, _ crop: Box) -> Bool {
    let level = slant == 0 ? image : image.levelled(slant)
    let found = Symbols.find([.pdf417], in: level, rotate: false, isBilevel: view.gray == nil)
    var isRead = false
    for symbol in found where !symbol.bytes.isEmpty {
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
    for y in 0..<height {
      for x in 0..<width {
        let from = slanted(Point(x, y), slant)
        if from.x >= 0, from.y >= 0, from.x < width, from.y < height {
          result.pixels[y * width + x] = pixels[from.y * width + from.x]
        }
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
