import Decoding
import Model
import Reading

/// A page as it is stored, in gray, with what the reader saw drawn over it (`labels read --picture`): green around labels,
/// blue around patch codes, red around regions that nothing could read, each with its symbology and text.
///
/// Made in the worker that has the raster; only the finished file leaves it.
struct PagePicture {
  /// Bytes of one picture: a page of photographs at 600 dpi stays under it.
  static let bytesMax = 64 << 20

  private static let grays = 252
  private static let red = UInt8(252)
  private static let green = UInt8(253)
  private static let blue = UInt8(254)
  private static let white = UInt8(255)
  /// Longer texts are cut; they would cover the page.
  private static let charactersMax = 80

  private let width: Int
  private let height: Int
  private var pixels: [UInt8]
  /// Pixels of one dot of the letters, and of the thickness of a line: a page is at least 640 dots wide.
  private let dot: Int

  init(_ raster: Raster) {
    (width, height) = (raster.width, raster.height)
    dot = max(1, min(raster.width, raster.height) / 640)
    switch raster.depth {
    case .gray: pixels = raster.bytes.map { UInt8(Int($0) * (Self.grays - 1) / 255) }
    case .bilevel:
      pixels = []
      pixels.reserveCapacity(width * height)
      for y in 0..<height {
        for x in 0..<width {
          let isBlack = raster.bytes[y * raster.rowBytes + x / 8] >> (7 - x % 8) & 1 == 1
          pixels.append(isBlack ? 0 : UInt8(Self.grays - 1))
        }
      }
    }
  }

  mutating func draw(_ marks: PageMarks) {
    for quad in marks.unreadable { draw(quad, "unreadable", Self.red) }
    for label in marks.labels {
      let text = label.text.description
      draw(
        label.quad, label.symbology.rawValue + (text.isEmpty ? "" : " " + text),
        label.symbology.isPatch ? Self.blue : Self.green)
    }
  }

  /// The PNG file; nil where it would be larger than ``bytesMax``.
  func file() -> [UInt8]? {
    let gray = (0..<Self.grays).map { UInt8($0 * 255 / (Self.grays - 1)) }
    return encodePNG(
      width: width, height: height,
      colors: gray.map { ($0, $0, $0) } + [(214, 0, 0), (0, 140, 0), (0, 70, 230), (255, 255, 255)], pixels: pixels,
      bytesMax: Self.bytesMax)
  }

  // MARK: Strokes

  /// The outline, and its words above it, or below where there is no room above.
  private mutating func draw(_ quad: Quad, _ words: String, _ color: UInt8) {
    for (from, to) in zip(quad.corners, quad.corners.dropFirst() + quad.corners.prefix(1)) { line(from, to, color) }
    let lineHeight = (PictureFont.height + 2) * dot
    let above = quad.top - lineHeight - 2 * dot
    write(words, x: quad.left, y: above >= 0 ? above : min(quad.bottom + 3 * dot, height - lineHeight), color)
  }

  private mutating func line(_ from: Point, _ to: Point, _ color: UInt8) {
    // A quad that reaches far beyond the page is drawn as far as the page goes.
    let steps = min(max(abs(to.x - from.x), abs(to.y - from.y), 1), 4 * (width + height))
    for step in 0...steps {
      let x = from.x + (to.x - from.x) * step / steps
      let y = from.y + (to.y - from.y) * step / steps
      fill(x - dot..<x + dot, y - dot..<y + dot, color)
    }
  }

  private mutating func write(_ words: String, x: Int, y: Int, _ color: UInt8) {
    let shown = words.unicodeScalars.prefix(Self.charactersMax)
    let advance = (PictureFont.width + 1) * dot
    let left = max(0, min(x, width - shown.count * advance))
    fill(left..<left + shown.count * advance + dot, y..<y + (PictureFont.height + 2) * dot, Self.white)
    for (place, scalar) in shown.enumerated() {
      for row in 0..<PictureFont.height {
        for column in 0..<PictureFont.width where PictureFont.isInk(scalar, column: column, row: row) {
          let (dotX, dotY) = (left + place * advance + (column + 1) * dot, y + (row + 1) * dot)
          fill(dotX..<dotX + dot, dotY..<dotY + dot, color)
        }
      }
    }
  }

  private mutating func fill(_ x: Range<Int>, _ y: Range<Int>, _ color: UInt8) {
    let columns = x.clamped(to: 0..<width)
    for row in y.clamped(to: 0..<height) {
      for column in columns { pixels[row * width + column] = color }
    }
  }
}
