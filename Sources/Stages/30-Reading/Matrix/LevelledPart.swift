import Glibc
import Model

/// A part of a page, turned so that what lies aslant there stands upright: stickers are put on by hand.
///
/// The barcode library finds an Aztec that leans by 12° no longer, finder patterns and the grid of modules are not looked for beyond
/// ``ModuleGrid/slantMax``, and bars that lean by more than 20° cross too few lines. Here everything that looks at labels sees them as
/// if they had been put on straight.
struct LevelledPart: Sendable {
  /// Less is left to those who look at the page as it is.
  static let tiltMin = 7 * Double.pi / 180
  /// Share of the edges that must agree on a tilt, of small boxes and of larger ones: labels have edges in one or two directions, writing
  /// and logos in all. Of clean labels on generated pages 0.35 and 0.58 were the least.
  static let shareMin = (small: 0.3, large: 0.4)
  static let smallInches = 0.4
  /// Of larger ones every second pixel is enough.
  static let halvedInches = 1.2
  /// Shorter and longer side of the box around what leans.
  static let sideInches = 0.2...2.8
  static let lengthInchesMax = 4.2
  static let inkRange = 0.09...0.75
  static let marginInches = 0.12
  /// What is read closer to the part's edge may go on beyond it.
  static let edgeInches = 0.04

  /// The part, level: what is in the box, and what is around it as far as the turned box reaches.
  let view: PageView
  private let turn: Turn

  /// nil where nothing lies aslant, or nothing of a label's size.
  init?(_ box: Box, of page: PageView) {
    let (short, long) = (Double(min(box.width, box.height)), Double(max(box.width, box.height)))
    guard Self.sideInches.contains(short / page.dpi), long <= Self.lengthInchesMax * page.dpi,
      Self.inkRange.contains(Double(page.bits.blackCount(in: box)) / Double(max(1, box.area)))
    else { return nil }
    let ink = page.bits.luminance(of: box)
    let tilt = (long > Self.halvedInches * page.dpi ? ink.halved() : ink.softened()).tilt
    guard abs(tilt.angle) >= Self.tiltMin,
      tilt.share >= (short < Self.smallInches * page.dpi ? Self.shareMin.small : Self.shareMin.large)
    else { return nil }
    let turn = Turn(about: box, angle: tilt.angle, margin: page.pixels(Self.marginInches))
    let source = turn.source.clipped(toWidth: page.bits.width, height: page.bits.height)
    let black = turn.level(page.bits.luminance(of: source), from: source)
    view = PageView(
      bits: black.thresholded(), gray: page.gray.map { turn.level($0.crop(source), from: source) } ?? black,
      dpi: page.dpi)
    self.turn = turn
  }

  /// A symbol of the level part, on the page; nil where it stands at the part's edge.
  func placed(_ symbol: PlacedSymbol) -> PlacedSymbol? {
    guard isWhole(symbol.box) else { return nil }
    var symbol = symbol
    symbol.corners = symbol.corners.map(turn.place)
    return symbol
  }

  /// Whether it does not go on beyond the part.
  func isWhole(_ box: Box) -> Bool {
    let edge = view.pixels(Self.edgeInches)
    let inner = Box(left: edge, top: edge, right: view.bits.width - edge, bottom: view.bits.height - edge)
    return box.intersection(inner) == box
  }

  /// The smallest upright box of the page around one of the level part.
  func place(_ box: Box) -> Box {
    Box(
      [(box.left, box.top), (box.right - 1, box.top), (box.right - 1, box.bottom - 1), (box.left, box.bottom - 1)]
        .map { turn.place(Point($0.0, $0.1)) })
  }
}

/// A turn of a part of the page about its middle.
private struct Turn: Sendable {
  /// Of the level part.
  let width: Int
  let height: Int
  /// What of the page is needed; some of it may lie beyond the page.
  let source: Box
  private let middleX: Double
  private let middleY: Double
  private let cosine: Double
  private let sine: Double

  /// `angle`: of what is to be level, clockwise from the right, radians.
  init(about box: Box, angle: Double, margin: Int) {
    (cosine, sine) = (cos(angle), sin(angle))
    (middleX, middleY) = (Double(box.left + box.right) / 2, Double(box.top + box.bottom) / 2)
    func around(_ width: Int, _ height: Int, _ cosine: Double, _ sine: Double) -> (width: Int, height: Int) {
      let (w, h) = (Double(width), Double(height))
      return (Int((w * abs(cosine) + h * abs(sine)).rounded(.up)), Int((w * abs(sine) + h * abs(cosine)).rounded(.up)))
    }
    let level = around(box.width, box.height, cosine, sine)
    (width, height) = (level.width + 2 * margin, level.height + 2 * margin)
    let back = around(width, height, cosine, sine)
    let (left, top) = (Int(middleX) - back.width / 2 - 1, Int(middleY) - back.height / 2 - 1)
    source = Box(left: left, top: top, right: left + back.width + 3, bottom: top + back.height + 3)
  }

  /// The part, level, out of `image`, which is `source` of the page; between four pixels (bilinear), white beyond it.
  func level(_ image: GrayImage, from source: Box) -> GrayImage {
    var result = GrayImage(width: width, height: height)
    // In 1/65536 of a pixel, so that the steps of a long row add up to it; of which 1/256 count between pixels.
    let unit = 65_536.0
    let (stepX, stepY) = (Int((cosine * unit).rounded()), Int((sine * unit).rounded()))
    image.pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { level in
        for y in 0..<height {
          let start = page(0.5, Double(y) + 0.5)
          var across = Int(((start.x - 0.5 - Double(source.left)) * unit).rounded())
          var down = Int(((start.y - 0.5 - Double(source.top)) * unit).rounded())
          for x in 0..<width {
            let (column, row) = (across >> 16, down >> 16)
            if column >= 0, row >= 0, column + 1 < image.width, row + 1 < image.height {
              let at = row * image.width + column
              let (fx, fy) = (across >> 8 & 255, down >> 8 & 255)
              let above = Int(pixels[at]) * (256 - fx) + Int(pixels[at + 1]) * fx
              let below = Int(pixels[at + image.width]) * (256 - fx) + Int(pixels[at + image.width + 1]) * fx
              level[y * width + x] = UInt8((above * (256 - fy) + below * fy + 32_768) >> 16)
            }
            across += stepX
            down += stepY
          }
        }
      }
    }
    return result
  }

  /// A pixel of the level part on the page.
  func place(_ point: Point) -> Point {
    let there = page(Double(point.x) + 0.5, Double(point.y) + 0.5)
    return Point(Int(there.x.rounded(.down)), Int(there.y.rounded(.down)))
  }

  private func page(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    let (across, down) = (x - Double(width) / 2, y - Double(height) / 2)
    return (across * cosine - down * sine + middleX, across * sine + down * cosine + middleY)
  }
}

extension GrayImage {
  /// What is darker than the middle.
  fileprivate func thresholded() -> Bitmap {
    var bits = Bitmap(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width where pixels[y * width + x] < 128 { bits[x, y] = true }
    }
    return bits
  }
}
