import Model

/// A page as the readers see it: square pixels, black or white, and the gray behind them where there is any.
///
/// A fax of 204 × 98 dpi is seen with every row twice; places are mapped back to stored pixels by ``stored(_:)``.
struct PageView: Sendable {
  let bits: Bitmap
  /// Same size as `bits`; nil for a bilevel page.
  let gray: GrayImage?
  /// View pixels a stored pixel.
  let scaleX: Int
  let scaleY: Int
  /// Of the view.
  let dpi: Double

  /// Pages are taken for letter paper where the file does not say, or says nonsense; small ones for a photograph of a part.
  static let assumedInchesAcross = 8.5
  static let assumedDPIMin = 150.0
  static let dpiRange = 50.0...2400.0

  init(_ raster: Raster, dpi given: [Double]?) {
    let known = given.flatMap { $0.count == 2 && $0.allSatisfy(Self.dpiRange.contains) ? $0 : nil }
    let assumed = max(Self.assumedDPIMin, Double(min(raster.width, raster.height)) / Self.assumedInchesAcross)
    let (x, y) = known.map { ($0[0], $0[1]) } ?? (assumed, assumed)
    scaleX = x < y ? min(4, Int((y / x).rounded())) : 1
    scaleY = y < x ? min(4, Int((x / y).rounded())) : 1
    dpi = max(Self.dpiRange.lowerBound, (x * Double(scaleX) + y * Double(scaleY)) / 2)
    switch raster.depth {
    case .bilevel:
      bits = Bitmap(
        packed: raster.bytes, rowBytes: raster.rowBytes, width: raster.width, height: raster.height, scaleX: scaleX,
        scaleY: scaleY)
      gray = nil
    case .gray:
      let image = GrayImage(width: raster.width, height: raster.height, pixels: raster.bytes)
        .stretched(x: scaleX, y: scaleY)
      gray = image
      bits = image.binarized(block: max(4, Int(dpi / 19)))
    }
  }

  /// Of a part of a page that was drawn anew, in its square pixels.
  init(bits: Bitmap, gray: GrayImage?, dpi: Double) {
    self.init(bits: bits, gray: gray, scaleX: 1, scaleY: 1, dpi: dpi)
  }

  /// The same page with paper in these boxes.
  func erasing(_ boxes: [Box]) -> PageView {
    var (bits, gray) = (bits, gray)
    for box in boxes.map({ $0.clipped(toWidth: bits.width, height: bits.height) }) where !box.isEmpty {
      bits.erase(box)
      if let paper = gray?.crop(box).lightest { gray?.fill(box, with: paper) }
    }
    return PageView(bits: bits, gray: gray, scaleX: scaleX, scaleY: scaleY, dpi: dpi)
  }

  private init(bits: Bitmap, gray: GrayImage?, scaleX: Int, scaleY: Int, dpi: Double) {
    (self.bits, self.gray, self.dpi) = (bits, gray, dpi)
    (self.scaleX, self.scaleY) = (scaleX, scaleY)
  }

  /// So many inches in pixels of the view.
  func pixels(_ inches: Double) -> Int { Int((inches * dpi).rounded()) }

  /// A place of the view in stored pixels.
  func stored(_ point: Point) -> Point { Point(point.x / scaleX, point.y / scaleY) }
  func stored(_ box: Box) -> Quad {
    let first = stored(Point(box.left, box.top))
    let last = stored(Point(box.right - 1, box.bottom - 1))
    return Quad(left: first.x, top: first.y, right: last.x, bottom: last.y)
  }
}

extension GrayImage {
  /// Every pixel `x` wide and `y` high.
  func stretched(x: Int, y: Int) -> GrayImage {
    if x == 1, y == 1 { return self }
    var result = GrayImage(width: width * x, height: height * y)
    for row in 0..<result.height {
      for column in 0..<result.width {
        result.pixels[row * result.width + column] = pixels[row / y * width + column / x]
      }
    }
    return result
  }
}
