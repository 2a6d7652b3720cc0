import Model
import Testing

@testable import Reading

@Suite struct `Reading: blank pages` {
  private func blankness(_ raster: Raster) -> Blankness {
    readPage(raster, dpi: [300, 300], options: ReadingOptions()).blankness
  }

  @Test func `specks under a millimetre and shadows inside the border leave a page blank`() {
    var page = PageCanvas()
    page.fill(0..<40, 0..<3300)
    page.fill(0..<2550, 3260..<3300)
    var random = Steps(state: 2)
    for _ in 0..<60 {
      let (x, y) = (Int(random.next() % 2400) + 70, Int(random.next() % 3100) + 70)
      page.fill(x..<x + 1 + Int(random.next() % 4), y..<y + 1 + Int(random.next() % 4))
    }
    #expect(blankness(page.bilevel) == .blank)
    #expect(blankness(page.gray) == .blank)
    page.addNoise(perThousand: 5)
    #expect(blankness(page.bilevel) == .blank)
  }

  @Test func `a mark over one millimetre is nearly blank, over two it is ink`() {
    var page = PageCanvas()
    page.fill(1000..<1011, 1000..<1011)
    #expect(blankness(page.bilevel) == .blank)
    page.fill(1000..<1018, 1000..<1004)
    #expect(blankness(page.bilevel) == .nearlyBlank)
    page.stroke(from: Point(1000, 1000), to: Point(1030, 1030), width: 3)
    #expect(blankness(page.bilevel) == .inked)
  }

  /// A disc near the page's left edge, one pixel in so many black.
  private func disc(oneIn: UInt64, from inner: Int = 0) -> PageCanvas {
    var page = PageCanvas()
    var random = Steps(state: 3)
    for y in -36...36 {
      for x in -36...36 {
        let square = x * x + y * y
        if square <= 36 * 36, square >= inner * inner, random.next() % oneIn == 0 {
          page.pixels[(1500 + y) * page.width + 130 + x] = 0
        }
      }
    }
    return page
  }

  @Test(arguments: [UInt64(1), 2, 4, 10]) func `a punched hole is no mark, what else stands there is`(oneIn: UInt64) {
    var page = disc(oneIn: oneIn)
    #expect(blankness(page.bilevel) == .blank)
    #expect(blankness(page.gray) == .blank)
    // Dust beside it.
    page.fill(186..<192, 1540..<1545)
    #expect(blankness(page.bilevel) == .blank)
    page.fill(1000..<1030, 1000..<1030)
    #expect(blankness(page.bilevel) == .inked)
  }

  @Test func `a ring that was drawn is not blank, nor what is round and far from the edge`() {
    #expect(blankness(disc(oneIn: 1, from: 28).bilevel) == .inked)
    var page = PageCanvas()
    for y in -36...36 {
      for x in -36...36 where x * x + y * y <= 36 * 36 { page.pixels[(1500 + y) * page.width + 1200 + x] = 0 }
    }
    #expect(blankness(page.bilevel) == .inked)
  }

  @Test func `a pencil tick is not blank`() {
    var page = PageCanvas(width: 1275, height: 1650, paper: 244)
    var random = Steps(state: 4)
    for at in 0..<page.pixels.count { page.pixels[at] -= UInt8(random.next() % 5) }
    #expect(readPage(page.gray, dpi: [150, 150], options: ReadingOptions()).blankness == .blank)
    page.stroke(from: Point(600, 800), to: Point(620, 830), width: 3, 214)
    page.stroke(from: Point(620, 830), to: Point(690, 765), width: 3, 214)
    #expect(readPage(page.gray, dpi: [150, 150], options: ReadingOptions()).blankness != .blank)
  }

  @Test func `a pencil stroke that thresholding broke into dots is not blank`() {
    var page = PageCanvas()
    for step in 0..<20 { page.fill(1000 + step * 7..<1004 + step * 7, 1500 - step * 5..<1504 - step * 5) }
    #expect(blankness(page.bilevel) == .nearlyBlank)
  }

  @Test func `print that shines through from the reverse side is not blank`() throws {
    var page = PageCanvas(paper: 245)
    page.draw(try Sample("text"), at: Point(300, 600), module: 1, ink: 222)
    #expect(blankness(page.gray) != .blank)
  }

  @Test func `a lamp that falls off and paper that is not white do not make ink`() {
    var page = PageCanvas()
    for y in 0..<page.height {
      for x in 0..<page.width { page.pixels[y * page.width + x] = UInt8(200 - x / 40 - y / 60) }
    }
    #expect(blankness(page.gray) == .blank)
  }
}
