import Glibc

extension GrayImage {
  /// By how much the edges lean, all taken together as if each quarter turn were the same: -π/4 ... π/4 clockwise; and how many of
  /// them agree, 0…1.
  var tilt: (angle: Double, share: Double) {
    let soft = softened()
    guard soft.width > 2, soft.height > 2 else { return (0, 0) }
    var (real, imaginary, weight) = (0.0, 0.0, 0.0)
    soft.pixels.withUnsafeBufferPointer { pixels in
      // Every second pixel of every second row is enough.
      for y in stride(from: 1, to: soft.height - 1, by: 2) {
        for at in stride(from: y * soft.width + 1, to: (y + 1) * soft.width - 1, by: 2) {
          let dx = Double(Int(pixels[at + 1]) - Int(pixels[at - 1]))
          let dy = Double(Int(pixels[at + soft.width]) - Int(pixels[at - soft.width]))
          let square = dx * dx + dy * dy
          guard square > 0 else { continue }
          // The fourth power of a number of the plane, as long as its second.
          let (a, b) = (dx * dx - dy * dy, 2 * dx * dy)
          real += (a * a - b * b) / square
          imaginary += 2 * a * b / square
          weight += square
        }
      }
    }
    guard weight > 0 else { return (0, 0) }
    return (atan2(imaginary, real) / 4, (real * real + imaginary * imaginary).squareRoot() / weight)
  }

  /// The mean of 3 × 3 pixels; the edge stays as it is.
  func softened() -> GrayImage {
    guard width > 2, height > 2 else { return self }
    var result = self
    var sums = [Int](repeating: 0, count: width)
    pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { soft in
        for y in 1..<height - 1 {
          for x in 0..<width {
            let at = y * width + x
            sums[x] = Int(pixels[at - width]) + Int(pixels[at]) + Int(pixels[at + width])
          }
          for x in 1..<width - 1 { soft[y * width + x] = UInt8((sums[x - 1] + sums[x] + sums[x + 1]) / 9) }
        }
      }
    }
    return result
  }
}
