import Glibc

extension GrayImage {
  /// By how much the edges lean, all taken together as if each quarter turn were the same: -π/4 ... π/4 clockwise; and how many of
  /// them agree, 0…1.
  var tilt: (angle: Double, share: Double) {
    let soft = softened()
    guard soft.width > 2, soft.height > 2 else { return (0, 0) }
    var (real, imaginary, weight) = (0.0, 0.0, 0.0)
    soft.pixels.withUnsafeBufferPointer { pixels in
      let width = soft.width
      // Every second pixel of every second row is enough.
      for y in stride(from: 1, to: soft.height &- 1, by: 2) {
        var at = y &* width &+ 1
        let end = (y &+ 1) &* width &- 1
        while at < end {
          let across = Int32(pixels[at &+ 1]) &- Int32(pixels[at &- 1])
          let down = Int32(pixels[at &+ width]) &- Int32(pixels[at &- width])
          at &+= 2
          // Paper, and ink throughout.
          if across | down == 0 { continue }
          let (dx, dy) = (Double(across), Double(down))
          let square = dx * dx + dy * dy
          // The fourth power of a number of the plane, as long as its second.
          let (a, b) = (dx * dx - dy * dy, 2 * dx * dy)
          let share = 1 / square
          real += (a * a - b * b) * share
          imaginary += 2 * a * b * share
          weight += square
        }
      }
    }
    guard weight > 0 else { return (0, 0) }
    return (atan2(imaginary, real) / 4, (real * real + imaginary * imaginary).squareRoot() / weight)
  }
}
