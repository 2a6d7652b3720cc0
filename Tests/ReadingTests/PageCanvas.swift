import Glibc
import Model
import TestSupport

/// A page to draw on, in gray, before it is "scanned". Everything is deterministic.
struct PageCanvas {
  var width: Int
  var height: Int
  var pixels: [UInt8]

  init(width: Int = 2550, height: Int = 3300, paper: UInt8 = 255) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: paper, count: width * height)
  }

  mutating func fill(_ x: Range<Int>, _ y: Range<Int>, _ value: UInt8 = 0) {
    for row in y.clamped(to: 0..<height) {
      for column in x.clamped(to: 0..<width) { pixels[row * width + column] = value }
    }
  }

  /// A straight stroke of a pen.
  mutating func stroke(from a: Point, to b: Point, width pen: Int, _ value: UInt8 = 0) {
    let steps = max(1, max(abs(b.x - a.x), abs(b.y - a.y)))
    for step in 0...steps {
      let x = a.x + (b.x - a.x) * step / steps
      let y = a.y + (b.y - a.y) * step / steps
      fill(x..<x + pen, y..<y + pen, value)
    }
  }

  /// A sample at `module` pixels a module; a linear one (one row) is drawn `bars` pixels high.
  mutating func draw(_ sample: Sample, at place: Point, module: Int = 4, bars: Int = 150, ink: UInt8 = 0) {
    let tall = sample.height == 1 ? bars : module
    for row in 0..<sample.height {
      for column in 0..<sample.width where sample[column, row] {
        fill(
          place.x + column * module..<place.x + (column + 1) * module,
          place.y + row * tall..<place.y + (row + 1) * tall, ink)
      }
    }
  }

  /// A patch code with its leading edge up: bars of 0.08 in (N) and 0.20 in (W) with spaces of 0.08 in.
  mutating func patch(_ bars: String, at place: Point, length: Int, dpi: Int = 300) {
    var y = place.y
    for bar in bars {
      let size = bar == "W" ? dpi / 5 : dpi * 2 / 25
      fill(place.x..<place.x + length, y..<y + size)
      y += size + dpi * 2 / 25
    }
  }

  /// The page turned clockwise by 90 degrees.
  func turned() -> PageCanvas {
    var result = PageCanvas(width: height, height: width)
    for y in 0..<height {
      for x in 0..<width { result.pixels[x * height + height - 1 - y] = pixels[y * width + x] }
    }
    return result
  }

  func turned(times: Int) -> PageCanvas { (0..<times).reduce(self) { page, _ in page.turned() } }

  /// Fed aslant: rows and columns are sheared by `slant` pixels a pixel.
  func slanted(_ slant: Double) -> PageCanvas {
    var result = PageCanvas(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width {
        let fromX = x + Int((Double(y) * slant).rounded())
        let fromY = y - Int((Double(x) * slant).rounded())
        if (0..<width).contains(fromX), (0..<height).contains(fromY) {
          result.pixels[y * width + x] = pixels[fromY * width + fromX]
        }
      }
    }
    return result
  }

  /// As it lies when it was put on by hand: turned about the middle of the page, clockwise in degrees.
  func leaning(_ degrees: Double) -> PageCanvas {
    var result = PageCanvas(width: width, height: height)
    let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    let (middleX, middleY) = (Double(width) / 2, Double(height) / 2)
    for y in 0..<height {
      for x in 0..<width {
        let (right, down) = (Double(x) - middleX, Double(y) - middleY)
        let fromX = Int((right * cosine + down * sine + middleX).rounded())
        let fromY = Int((down * cosine - right * sine + middleY).rounded())
        if (0..<width).contains(fromX), (0..<height).contains(fromY) {
          result.pixels[y * width + x] = pixels[fromY * width + fromX]
        }
      }
    }
    return result
  }

  /// A hole that is punched through the page, black as what lies behind it.
  mutating func punch(at middle: Point, radius: Int) {
    for y in -radius...radius {
      let half = Int(Double(radius * radius - y * y).squareRoot())
      fill(middle.x - half..<middle.x + half + 1, middle.y + y..<middle.y + y + 1)
    }
  }

  /// Salt and pepper: so many pixels in a thousand become black or white.
  mutating func addNoise(perThousand: Int, seed: UInt64 = 1) {
    var random = Steps(state: seed)
    for at in 0..<pixels.count where random.next() % 1000 < UInt64(perThousand) {
      pixels[at] = random.next() & 1 == 0 ? 0 : 255
    }
  }

  var bilevel: Raster {
    let rowBytes = (width + 7) / 8
    var bytes = [UInt8](repeating: 0, count: rowBytes * height)
    for y in 0..<height {
      for x in 0..<width where pixels[y * width + x] < 128 { bytes[y * rowBytes + x / 8] |= 0x80 >> UInt8(x % 8) }
    }
    return Raster(width: width, height: height, depth: .bilevel, bytes: bytes)
  }

  var gray: Raster { Raster(width: width, height: height, depth: .gray, bytes: pixels) }
}

/// Knuth's linear congruential generator: the same page every time.
struct Steps: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}

/// A PBM file (P4) of the folder `Samples`.
struct Sample {
  let width: Int
  let height: Int
  private let bytes: [UInt8]

  init(_ name: String) throws {
    let file = try readWhole(ProjectFolder.path + "/Tests/ReadingTests/Samples/\(name).pbm")
    var at = 2
    func number() -> Int {
      var value = 0
      while file[at] <= 32 { at += 1 }
      while file[at] > 32 {
        value = value * 10 + Int(file[at] - 48)
        at += 1
      }
      return value
    }
    width = number()
    height = number()
    bytes = Array(file[(at + 1)...])
  }

  subscript(x: Int, y: Int) -> Bool { bytes[y * ((width + 7) / 8) + x / 8] & (0x80 >> UInt8(x % 8)) != 0 }
}
