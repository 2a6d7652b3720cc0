import Model

/// Where one page lies on another.
struct InkPose {
  /// Cells of a print.
  var x: Float = 0
  var y: Float = 0
  /// Radians, clockwise.
  var turn: Float = 0
  /// By how much the other page is larger, as a share: scanners' rollers differ by half a percent.
  var zoom: Float = 0
}

/// Two prints in cells of one size, one to be laid over the other.
struct InkLayer {
  let side: Int
  let ink: [Float]
  let other: [Float]
  /// Height of a cell by its width.
  let aspect: Float

  /// With cells so many times larger each way.
  func reduced(by factor: Int) -> InkLayer {
    InkLayer(side: side / factor, ink: means(ink, factor), other: means(other, factor), aspect: aspect)
  }

  private func means(_ cells: [Float], _ factor: Int) -> [Float] {
    let reduced = side / factor
    var sums = [Float](repeating: 0, count: reduced * reduced)
    for row in 0..<reduced * factor {
      for column in 0..<reduced * factor {
        sums[row / factor * reduced + column / factor] += cells[row * side + column]
      }
    }
    return sums.map { $0 / Float(factor * factor) }
  }

  /// - Returns: what is left of this page's ink, as a share of it, and by how much the other one is lighter.
  func compare(at pose: InkPose) -> (cost: Float, gain: Float) {
    withUnsafeTemporaryAllocation(of: (Float, Float).self, capacity: side * side) { pairs in
      var count = 0
      var (own, both, squares): (Float, Float, Float) = (0, 0, 0)
      visit(pose) { _, a, b in
        own += a
        both += a * b
        squares += b * b
        pairs.initializeElement(at: count, to: (a, b))
        count += 1
      }
      // Another threshold makes strokes thicker all over the page.
      let gain = min(max(both / max(squares, 1e-9), 0.6), 1.7)
      var rest: Float = 0
      for index in 0..<count { rest += abs(pairs[index].0 - gain * pairs[index].1) }
      return (rest / (own + 1e-6), gain)
    }
  }

  /// Cells of this page, but for the outermost, with what lies over each of the other one; bilinear.
  @inline(__always)
  func visit(_ pose: InkPose, _ body: (_ at: Int, _ ink: Float, _ other: Float) -> Void) {
    let middle = Float(side - 1) / 2
    let last = Float(side - 1)
    let scale = Float(side) / Float(InkPrint.side)
    let (shiftX, shiftY) = (pose.x * scale, pose.y * scale)
    ink.withUnsafeBufferPointer { ink in
      other.withUnsafeBufferPointer { other in
        for row in 1..<side - 1 {
          let left = shiftX - pose.turn * (Float(row) - middle) * aspect - pose.zoom * middle
          let top = Float(row) + shiftY + pose.zoom * (Float(row) - middle)
          for column in 1..<side - 1 {
            let x = Float(column) * (1 + pose.zoom) + left
            let y = top + pose.turn * (Float(column) - middle) / aspect
            guard x >= 0, y >= 0, x < last, y < last else { continue }
            let (cellX, cellY) = (Int(x), Int(y))
            let (restX, restY) = (x - Float(cellX), y - Float(cellY))
            let at = cellY &* side &+ cellX
            let above = other[at] * (1 - restX) + other[at &+ 1] * restX
            let below = other[at &+ side] * (1 - restX) + other[at &+ side &+ 1] * restX
            body(row &* side &+ column, ink[row &* side &+ column], above * (1 - restY) + below * restY)
          }
        }
      }
    }
  }
}
