import Model
import Testing

@testable import Reading

@Suite struct `Reading: patch codes` {
  private static let bars: [(Symbology, String)] = [
    (.patch1, "WWNN"), (.patch2, "WNNW"), (.patch3, "WNWN"), (.patch4, "NWWN"), (.patch6, "NNWW"), (.patchT, "NWNW"),
  ]

  private func read(_ raster: Raster, dpi: [Double] = [300, 300]) -> PageMarks {
    readPage(raster, dpi: dpi, options: ReadingOptions())
  }

  @Test(arguments: 0...3) func `each patch code is read however the sheet was fed, by its nearer edge`(turns: Int)
    throws
  {
    for (kind, bars) in Self.bars {
      var page = PageCanvas()
      page.patch(bars, at: Point(700, 180), length: 1200)
      page.draw(try Sample("text"), at: Point(300, 900), module: 1)
      let marks = read(page.turned(times: turns).bilevel)
      #expect(marks.labels.map(\.symbology) == [kind])
      #expect(marks.labels.first?.quad.turn == (360 - 90 * turns) % 360)
    }
  }

  @Test func `a sheet that is punched through the edge of its patch code has one code`() {
    for (kind, bars) in Self.bars {
      var page = PageCanvas()
      page.patch(bars, at: Point(350, 150), length: 1800)
      for x in [800, 1650] { page.punch(at: Point(x, 165), radius: 36) }
      let labels = read(page.bilevel).labels
      #expect(labels.map(\.symbology) == [kind])
      #expect(labels.first.map { $0.quad.right - $0.quad.left } ?? 0 > 1750)
    }
  }

  @Test func `a patch code is read aslant, in noise, short, and at 200 dpi`() {
    for (kind, bars) in Self.bars {
      var page = PageCanvas(width: 1700, height: 2200)
      page.patch(bars, at: Point(600, 200), length: 160, dpi: 200)
      #expect(read(page.bilevel, dpi: [200, 200]).labels.map(\.symbology) == [kind])
      page = PageCanvas()
      page.patch(bars, at: Point(700, 300), length: 1200)
      page = page.slanted(0.08)
      page.addNoise(perThousand: 30)
      #expect(read(page.bilevel).labels.map(\.symbology) == [kind])
    }
  }

  @Test func `the ink of a patch code is none outside labels`() {
    var page = PageCanvas()
    page.patch("NWNW", at: Point(700, 180), length: 1200)
    let marks = read(page.bilevel)
    #expect(marks.ink > 0.02)
    #expect(marks.inkOutsideLabels == 0)
  }

  @Test func `a patch code on gray paper with noise is read`() {
    var page = PageCanvas(paper: 190)
    page.patch("NWNW", at: Point(700, 180), length: 1200)
    var random = Steps(state: 3)
    for at in page.pixels.indices {
      let noise = Int(random.next() % 80) - 40
      page.pixels[at] = UInt8(max(0, min(255, Int(page.pixels[at]) + noise)))
    }
    #expect(read(page.gray).labels.map(\.symbology) == [.patchT])
  }

  @Test func `the scanner's shadow along the paper's edge is no ink beside a patch, a line of text is`() {
    var page = PageCanvas()
    page.patch("NWNW", at: Point(700, 180), length: 1200)
    page.fill(0..<40, 0..<3300)
    #expect(read(page.bilevel).inkOutsideLabels == 0)
    page.fill(300..<1300, 2000..<2040)
    #expect(read(page.bilevel).inkOutsideLabels > 0.004)
  }

  @Test func `rulings, bars of a form and barcodes at a wrong resolution are no patch codes`() throws {
    var page = PageCanvas()
    for y in stride(from: 300, to: 3000, by: 48) { page.fill(200..<2300, y..<y + 24) }
    #expect(read(page.bilevel).labels == [])
    page = PageCanvas()
    for module in [8, 12, 16] {
      page = PageCanvas()
      page.draw(try Sample("itf"), at: Point(100, 300), module: module, bars: 900)
      page.draw(try Sample("code39"), at: Point(-300, 1500), module: module, bars: 900)
      #expect(read(page.bilevel).labels.filter(\.symbology.isPatch) == [])
    }
  }
}
