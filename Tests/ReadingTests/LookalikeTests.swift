import Model
import Testing

@testable import Reading

@Suite struct `Reading: what looks like a label and is none` {
  private func unreadable(_ page: PageCanvas) -> [Quad] {
    readPage(page.bilevel, dpi: [300, 300], options: ReadingOptions()).unreadable
  }

  /// Specks, one in so many pixels, wherever `isLid` says.
  private func speckled(
    oneIn: UInt64, _ x: Range<Int>, _ y: Range<Int>, isLid: (_ x: Int, _ y: Int) -> Bool
  ) -> PageCanvas {
    var page = PageCanvas()
    var random = Steps(state: 3)
    for row in y {
      for column in x where random.next() % oneIn == 0 && isLid(column, row) {
        page.pixels[row * page.width + column] = 0
      }
    }
    return page
  }

  @Test(arguments: [UInt64(2), 4, 12, 20]) func `a punched hole over a speckled lid is no label`(oneIn: UInt64) {
    var page = speckled(oneIn: oneIn, 50..<140, 1450..<1550) { x, y in
      (x - 95) * (x - 95) + (y - 1500) * (y - 1500) <= 36 * 36
    }
    #expect(unreadable(page) == [])
    // A line of the form beside it.
    page.fill(134..<600, 1520..<1524)
    #expect(unreadable(page) == [])
  }

  @Test func `square specks of a faded label at the page's edge are a label all the same`() {
    for side in [60, 75, 90] {
      let page = speckled(oneIn: 5, 60..<60 + side, 1460..<1460 + side) { x, y in x / 5 % 3 != 1 || y / 5 % 2 == 0 }
      #expect(unreadable(page).count == 1, "side \(side)")
    }
  }

  @Test(arguments: [UInt64(5), 20], 0...3)
  func `a corner that is turned down over a speckled lid is no label`(oneIn: UInt64, turns: Int) {
    for (across, down) in [(130, 130), (120, 200), (95, 70)] {
      let page = speckled(oneIn: oneIn, 0..<across, 0..<down) { x, y in x * down + y * across < across * down }
      #expect(unreadable(page.turned(times: turns)) == [], "\(across) × \(down)")
    }
  }

  @Test func `specks of a faded label in a corner are a label all the same`() {
    for turns in 0...3 {
      let page = speckled(oneIn: 5, 20..<260, 20..<140) { x, _ in x / 6 % 3 != 1 }
      #expect(unreadable(page.turned(times: turns)).count == 1)
    }
  }

  @Test(arguments: [(33, 18, 4, 7), (64, 26, 5, 5), (47, 24, 8, 6)])
  func `a wall of bricks is no label`(width: Int, height: Int, mortar: Int, rows: Int) {
    var page = PageCanvas()
    for row in 0..<rows {
      let y = 700 + row * (height + mortar)
      let right = 600 + 4 * (width + mortar) - mortar
      for column in 0..<5 {
        let left = 600 + column * (width + mortar) - row % 2 * (width + mortar) / 2
        // The wall is four bricks wide: every second row begins and ends with half a one.
        if left < right { page.fill(max(600, left)..<min(left + width, right), y..<y + height) }
      }
    }
    #expect(unreadable(page) == [])
  }

  @Test(arguments: [9, 12], [14, 24]) func `a printer's screen is no faded label`(pitch: Int, dots: Int) {
    for (along, across) in [(pitch, 0), (pitch, pitch), (pitch, pitch / 3)] {
      var page = PageCanvas()
      for row in 0..<dots {
        for column in 0..<dots {
          // Darker to the right.
          let (x, y) = (1100 + column * along - row * across, 900 + row * along + column * across)
          let side = 1 + column * 3 / dots
          page.fill(x..<x + side, y..<y + side)
        }
      }
      #expect(unreadable(page) == [], "\(along), \(across)")
    }
  }

  @Test func `dotted lines are no faded label`() {
    var page = PageCanvas()
    var random = Steps(state: 5)
    for line in 0..<4 {
      var x = 600
      while x < 800 {
        page.fill(x..<x + 2, 900 + 12 * line..<902 + 12 * line)
        x += 4 + Int(random.next() % 5)
      }
    }
    #expect(unreadable(page) == [])
  }
}
