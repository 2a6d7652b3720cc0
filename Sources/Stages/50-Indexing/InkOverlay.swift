import Model

/// One page's ink laid over another's: the shift and the turn at which the two differ least, and what then is left.
struct InkOverlay {
  /// Found by measuring (fixtures/README.md *Possible duplicates*).
  static let differenceMax: Float = 0.125
  /// From where a label stands on one page to where it stands on the other, in thousandths of the page's height, once the pages are
  /// laid over one another: 5 mm on letter paper. A label that is stuck on by hand is hardly ever stuck so twice.
  static let markDistanceMax = 18.0
  /// Share of a page's ink that may be left where a page is laid roughly over another: another form is mostly beyond.
  private static let roughCostMax: Float = 0.55

  private let side = InkPrint.side
  private let layer: InkLayer
  private let marks: [PageFingerprint.Mark]
  private let otherMarks: [PageFingerprint.Mark]
  private var pose = InkPose()

  /// - Parameter turn: of the other page, by which it is laid over this one: 0, 90, 180 or 270 degrees clockwise.
  init(_ one: PageFingerprint, _ other: PageFingerprint, turn: Int) {
    layer = InkLayer(
      side: side, ink: one.ink.shares, other: other.ink.turned(clockwise: turn).shares,
      aspect: Float(one.height) / Float(max(1, one.width)))
    marks = one.marks
    otherMarks = other.marks.map { $0.turned(clockwise: turn) }
  }

  // MARK: Fitting

  /// 6 cells are 13 mm on letter paper; two scans that are askew by 2° each to either side differ by 4°.
  private static let shiftMax: Float = 6
  private static let turns: [Float] = [-3, -1, 1, 3].map { $0 * .pi / 180 }

  /// From rough to fine: most pages are of another form, and a few cells show it.
  /// - Returns: false: they are nothing like one another.
  mutating func fit() -> Bool {
    guard search(layer.reduced(by: 8), step: Self.shiftMax) <= Self.roughCostMax,
      search(layer.reduced(by: 4), step: 2) <= Self.roughCostMax
    else { return false }
    climb(on: layer.reduced(by: 2), from: 1, to: 0.1)
    climb(on: layer, from: 0.2, to: 0.02)
    return true
  }

  /// Tries shifts and turns, and keeps the best.
  /// - Returns: what is left there.
  private mutating func search(_ rough: InkLayer, step: Float) -> Float {
    var best = (cost: Float.infinity, pose: pose)
    for turn in Self.turns {
      for y in stride(from: -Self.shiftMax, through: Self.shiftMax, by: step) {
        for x in stride(from: -Self.shiftMax, through: Self.shiftMax, by: step) {
          let tried = InkPose(x: x, y: y, turn: turn)
          let cost = rough.compare(at: tried).cost
          if cost < best.cost { best = (cost, tried) }
        }
      }
    }
    pose = best.pose
    return best.cost
  }

  /// Downhill in ever smaller steps, in cells at the page's edge.
  private mutating func climb(on layer: InkLayer, from first: Float, to last: Float) {
    var cost = layer.compare(at: pose).cost
    var step = first
    while step > last {
      let atEdge = step * 2 / Float(side)
      let moves: [(path: WritableKeyPath<InkPose, Float>, length: Float)] = [
        (\.x, step), (\.y, step), (\.turn, atEdge), (\.zoom, atEdge),
      ]
      var best = (cost: cost, pose: pose)
      for (path, length) in moves {
        for way in [length, -length] {
          var tried = pose
          tried[keyPath: path] += way
          let left = layer.compare(at: tried).cost
          if left < best.cost - 1e-6 { best = (left, tried) }
        }
      }
      if best.cost < cost { (cost, pose) = best } else { step /= 2 }
    }
  }

  // MARK: What is left

  /// Mean of the cells that differ most, each by what it may differ by where so much ink lies: a signature is a few cells, and on
  /// the whole page it would be lost among the print.
  var difference: Float {
    var own = [Float](repeating: 0, count: side * side)
    var other = own
    layer.visit(pose) { at, a, b in
      own[at] = a
      other[at] = b
    }
    // Another threshold makes strokes thicker, more so where they are fine: the other page is weighed around each cell by itself.
    let both = InkSums(zip(own, other).map { $0 * $1 }, side: side)
    let squares = InkSums(other.map { $0 * $0 }, side: side)
    var rest = own
    var weight = own
    for row in 0..<side {
      for column in 0..<side {
        let at = row * side + column
        let gain = (both.around(row, column) + 1e-4) / (squares.around(row, column) + 1e-4)
        let expected = min(max(gain, 0.6), 1.7) * other[at]
        rest[at] = own[at] - expected
        weight[at] = own[at] + expected
      }
    }
    let (left, ink) = (smoothed(rest), smoothed(weight))
    let cells = zip(left, ink).map { abs($0) / (0.02 + max($1, 0).squareRoot()) }
    return cells.sorted(by: >).prefix(Self.cellsCompared).reduce(0, +) / Float(Self.cellsCompared)
  }

  private static let cellsCompared = 20

  private func smoothed(_ cells: [Float]) -> [Float] {
    blurred(blurred(cells, step: 1, side: side), step: side, side: side)
  }

  /// Whether each label stands where the same one stands on the other page.
  var marksLieTogether: Bool {
    var open = otherMarks
    for mark in marks {
      let near = open.indices.filter { open[$0].text == mark.text }.min {
        distance(mark, open[$0]) < distance(mark, open[$1])
      }
      guard let near, distance(mark, open[near]) <= Self.markDistanceMax else { return false }
      open.remove(at: near)
    }
    return open.isEmpty
  }

  /// In thousandths of the height.
  private func distance(_ mark: PageFingerprint.Mark, _ other: PageFingerprint.Mark) -> Double {
    let cell = 1000 / Double(side)
    let (x, y) = (Double(mark.x) / cell - Double(side) / 2, Double(mark.y) / cell - Double(side) / 2)
    let (turn, aspect) = (Double(pose.turn), Double(layer.aspect))
    let foundX = x + Double(pose.x) - turn * y * aspect
    let foundY = y + Double(pose.y) + turn * x / aspect
    let awayX = (foundX + Double(side) / 2) * cell - Double(other.x)
    let awayY = (foundY + Double(side) / 2) * cell - Double(other.y)
    return (awayX * awayX / (aspect * aspect) + awayY * awayY).squareRoot()
  }
}

extension PageFingerprint.Mark {
  fileprivate func turned(clockwise degrees: Int) -> PageFingerprint.Mark {
    var mark = self
    (mark.x, mark.y) =
      switch degrees {
      case 90: (1000 - y, x)
      case 180: (1000 - x, 1000 - y)
      case 270: (y, 1000 - x)
      default: (x, y)
      }
    return mark
  }
}

/// Each value with a quarter of either neighbour and half of itself; what lies beyond the page is nothing.
private func blurred(_ cells: [Float], step: Int, side: Int) -> [Float] {
  let other = step == 1 ? side : 1
  var result = cells
  for line in 0..<side {
    for place in 0..<side {
      let at = line * other + place * step
      let before = place > 0 ? cells[at - step] : 0
      let after = place < side - 1 ? cells[at + step] : 0
      result[at] = (before + after) / 4 + cells[at] / 2
    }
  }
  return result
}
