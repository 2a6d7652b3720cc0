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
    let tile = 32
    for top in stride(from: 0, to: height, by: tile) {
      for left in stride(from: 0, to: width, by: tile) {
        for x in left..<min(width, left + tile) {
          for y in top..<min(height, top + tile) { result.pixels[x * height + y] = pixels[y * width + x] }
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

  /// Every pixel `factor` × `factor` large.
  func enlarged(_ factor: Int) -> GrayImage {
    var result = GrayImage(width: width * factor, height: height * factor)
    for y in 0..<result.height {
      let from = y / factor * width
      for x in 0..<result.width { result.pixels[y * result.width + x] = pixels[from + x / factor] }
    }
    return result
  }

  /// `factor` times as large, each pixel between its four neighbours (bilinear).
  func enlargedSmoothly(_ factor: Int) -> GrayImage {
    var result = GrayImage(width: width * factor, height: height * factor)
    guard width > 0, height > 0 else { return result }
    // In 1 / (2 factor) of a pixel, from the middle of the first.
    let unit = 2 * factor
    func neighbours(_ place: Int, _ count: Int) -> (from: Int, to: Int, share: Int) {
      let at = min((count - 1) * unit, max(0, 2 * place + 1 - factor))
      return (at / unit, min(count - 1, at / unit + 1), at % unit)
    }
    let columns = (0..<result.width).map { neighbours($0, width) }
    for y in 0..<result.height {
      let row = neighbours(y, height)
      let (upper, lower) = (row.from * width, row.to * width)
      for x in 0..<result.width {
        let column = columns[x]
        let above =
          Int(pixels[upper + column.from]) * (unit - column.share) + Int(pixels[upper + column.to]) * column.share
        let below =
          Int(pixels[lower + column.from]) * (unit - column.share) + Int(pixels[lower + column.to]) * column.share
        let sum = above * (unit - row.share) + below * row.share
        result.pixels[y * result.width + x] = UInt8((sum + unit * unit / 2) / (unit * unit))
      }
    }
    return result
  }

  /// Makes a box white.
  mutating func erase(_ box: Box) {
    let box = box.clipped(toWidth: width, height: height)
    guard !box.isEmpty else { return }
    for y in box.top..<box.bottom {
      for x in box.left..<box.right { pixels[y * width + x] = 255 }
    }
  }
}
