/// 8-bit luminance, 0 black, `width` bytes a row: what the barcode library is given.
struct GrayImage: Sendable {
  let width: Int
  let height: Int
  var pixels: [UInt8]

  /// All white.
  init(width: Int, height: Int) {
    self.width = max(0, width)
    self.height = max(0, height)
    pixels = [UInt8](repeating: 255, count: self.width * self.height)
  }

  init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "one byte a pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A part of it; what lies outside is white.
  func crop(_ box: Box) -> GrayImage {
    var result = GrayImage(width: box.width, height: box.height)
    let inside = box.clipped(toWidth: width, height: height)
    guard !inside.isEmpty else { return result }
    for y in inside.top..<inside.bottom {
      let from = y * width + inside.left
      let to = (y - box.top) * box.width + inside.left - box.left
      result.pixels.replaceSubrange(to..<to + inside.width, with: pixels[from..<from + inside.width])
    }
    return result
  }

  /// x and y exchanged; by tiles, because rows far apart share no cache line.
  func transposed() -> GrayImage {
    var result = GrayImage(width: height, height: width)
    let (width, height, tile) = (width, height, 32)
    pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { turned in
        for top in stride(from: 0, to: height, by: tile) {
          for left in stride(from: 0, to: width, by: tile) {
            for x in left..<min(width, left &+ tile) {
              for y in top..<min(height, top &+ tile) { turned[x &* height &+ y] = pixels[y &* width &+ x] }
            }
          }
        }
      }
    }
    return result
  }

  /// Turned clockwise by a quarter: what stood at (x, y) stands at (height − 1 − y, x).
  func turned() -> GrayImage {
    var result = GrayImage(width: height, height: width)
    for y in 0..<height {
      for x in 0..<width { result.pixels[x * height + height - 1 - y] = pixels[y * width + x] }
    }
    return result
  }

  /// Left and right exchanged.
  func mirrored() -> GrayImage {
    var result = GrayImage(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width { result.pixels[y * width + width - 1 - x] = pixels[y * width + x] }
    }
    return result
  }

  /// Makes a box as light as `value`.
  mutating func fill(_ box: Box, with value: UInt8 = 255) {
    let box = box.clipped(toWidth: width, height: height)
    guard !box.isEmpty else { return }
    for y in box.top..<box.bottom {
      for x in box.left..<box.right { pixels[y * width + x] = value }
    }
  }

  /// Lighter than nine in ten pixels: paper.
  var lightest: UInt8 {
    var histogram = [Int](repeating: 0, count: 256)
    for pixel in pixels { histogram[Int(pixel)] += 1 }
    var lighter = 0
    for value in stride(from: 255, to: 0, by: -1) {
      lighter += histogram[value]
      if lighter * 10 >= pixels.count { return UInt8(value) }
    }
    return 255
  }
}
