import Testing

@testable import Reading

/// What is found by runs is what a look at each cell or pixel finds.
@Suite struct `Reading: what hangs together` {
  private func random(_ width: Int, _ height: Int, seed: UInt64, percent: UInt64) -> Bitmap {
    var random = Steps(state: seed)
    var bits = Bitmap(width: width, height: height)
    for y in 0..<height { for x in 0..<width where (random.next() >> 33) % 100 < percent { bits[x, y] = true } }
    return bits
  }

  /// Places by group, groups by their first place: cell by cell.
  private func groups(_ bits: Bitmap, reachX: Int, reachY: Int) -> [[(x: Int, y: Int)]] {
    var left = bits
    var groups: [[(x: Int, y: Int)]] = []
    for y in 0..<bits.height {
      for x in 0..<bits.width where left[x, y] {
        left[x, y] = false
        var group = [(x: x, y: y)]
        var next = 0
        while next < group.count {
          let at = group[next]
          next += 1
          for other in max(0, at.y - reachY)...min(bits.height - 1, at.y + reachY) {
            for place in max(0, at.x - reachX)...min(bits.width - 1, at.x + reachX) where left[place, other] {
              left[place, other] = false
              group.append((place, other))
            }
          }
        }
        groups.append(group)
      }
    }
    return groups
  }

  private func box(_ group: [(x: Int, y: Int)]) -> Box {
    let (xs, ys) = (group.map(\.x).sorted(), group.map(\.y).sorted())
    return Box(left: xs[0], top: ys[0], right: xs[xs.count - 1] + 1, bottom: ys[ys.count - 1] + 1)
  }

  @Test(arguments: [UInt64(3), 8, 20, 60], [(1, 1), (3, 2), (2, 2), (1, 3)])
  func `groups of cells are those that a walk from cell to cell finds, in its order`(
    percent: UInt64, reach: (x: Int, y: Int)
  ) {
    for (seed, width) in [(UInt64(1), 67), (2, 5), (3, 64), (4, 1)] {
      let bits = random(width, 40, seed: seed &+ percent, percent: percent)
      let marked = (0..<40).flatMap { y in (0..<width).map { bits[$0, y] } }
      let found = CellGroups(marked: marked, columns: width, rows: 40, reachX: reach.x, reachY: reach.y).boxes
      let expected = groups(bits, reachX: reach.x, reachY: reach.y)
      #expect(found.map(\.cells) == expected.map(box))
      #expect(found.map(\.count) == expected.map(\.count))
    }
  }

  @Test(arguments: [UInt64(5), 20, 40, 70])
  func `strokes are pixels that touch, and leaving some out leaves the others as they are`(percent: UInt64) {
    let bits = random(130, 50, seed: percent, percent: percent)
    let expected = groups(bits, reachX: 1, reachY: 1)
    let strokes = Strokes(bits)
    #expect(strokes.longest == expected.map { max(box($0).width, box($0).height) }.max())
    var without = bits
    for group in expected where box(group).width > 3 {
      for place in group { without[place.x, place.y] = false }
    }
    var left: [Int] = []
    let result = strokes.bitmap { stroke in
      if stroke.box.width <= 3 { left.append(stroke.ink) }
      return stroke.box.width > 3
    }
    #expect((result ?? bits).words == without.words)
    #expect(left.sorted() == expected.filter { box($0).width <= 3 }.map(\.count).sorted())
  }

  @Test func `no stroke is longer than the look before it says that one may be`() {
    for percent in [UInt64(1), 3, 8, 20, 50] {
      for seed in UInt64(1)...8 {
        let bits = random(150, 90, seed: seed, percent: percent)
        let longest = Strokes(bits).longest
        #expect(longest == 0 || bits.mayHaveStrokes(ofLength: longest))
        #expect(!bits.mayHaveStrokes(ofLength: 151))
      }
    }
    // Two words that nothing joins.
    var page = Bitmap(width: 200, height: 60)
    for x in 0..<80 { for y in [10, 40] { page[x + y, y] = true } }
    #expect(page.mayHaveStrokes(ofLength: 80) && !page.mayHaveStrokes(ofLength: 81))
  }

  @Test(arguments: [1, 63, 64, 65, 130]) func `colour changes of rows and columns are counted`(width: Int) {
    let bits = random(width, 33, seed: 7, percent: 45)
    func black(_ x: Int, _ y: Int) -> Bool { (0..<width).contains(x) && (0..<33).contains(y) && bits[x, y] }
    let rows = (0..<33).reduce(0) { sum, y in sum + (0...width).count { black($0, y) != black($0 - 1, y) } }
    let columns = (0..<width).reduce(0) { sum, x in sum + (0...33).count { black(x, $0) != black(x, $0 - 1) } }
    #expect(bits.changes.rows == rows)
    #expect(bits.changes.columns == columns)
  }

  @Test(arguments: [2, 3, 4, 7]) func `an enlarged picture lies between its pixels, rounded`(factor: Int) {
    var random = Steps(state: 6)
    let (width, height) = (9, 7)
    let pixels = (0..<width * height).map { _ in UInt8(truncatingIfNeeded: random.next() >> 40) }
    let image = GrayImage(width: width, height: height, pixels: pixels)
    let large = image.enlargedSmoothly(factor)
    #expect(large.width == width * factor && large.height == height * factor)
    func weights(_ place: Int, _ count: Int) -> (Int, Int, Double) {
      let at = min(Double(count - 1), max(0, (Double(place) + 0.5) / Double(factor) - 0.5))
      return (Int(at), min(count - 1, Int(at) + 1), at - at.rounded(.down))
    }
    for y in 0..<large.height {
      for x in 0..<large.width {
        let (left, right, across) = weights(x, width)
        let (upper, lower, down) = weights(y, height)
        func row(_ y: Int) -> Double {
          Double(image.pixels[y * width + left]) * (1 - across) + Double(image.pixels[y * width + right]) * across
        }
        let exact = row(upper) * (1 - down) + row(lower) * down
        #expect(abs(Double(large.pixels[y * large.width + x]) - exact) <= 0.51)
      }
    }
  }
}
