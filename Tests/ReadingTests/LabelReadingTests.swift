import Model
import Testing

@testable import Reading

@Suite struct `Reading: labels` {
  private func read(_ raster: Raster, dpi: [Double]? = [300, 300]) -> PageMarks {
    readPage(raster, dpi: dpi, options: ReadingOptions())
  }
  private func texts(_ marks: PageMarks) -> [String] { marks.labels.map(\.text.description) }

  @Test(arguments: [Symbology.code128, .code39, .datamatrix, .qr, .pdf417, .aztec], 0...3)
  func `every symbology is read on pages turned by quarters, and says how the page lies`(kind: Symbology, turns: Int)
    throws
  {
    var page = PageCanvas()
    page.draw(try Sample("text"), at: Point(200, 1200), module: 1)
    page.draw(try Sample(kind.rawValue), at: Point(1400, 300), module: kind.isMatrix ? 6 : 3)
    let marks = read(page.turned(times: turns).bilevel)
    #expect(marks.labels.map(\.symbology) == [kind])
    #expect(texts(marks) == ["MRN12345674"])
    #expect(marks.labels.first?.quad.turn == (360 - 90 * turns) % 360)
    #expect(marks.unreadable == [])
  }

  @Test func `ITF and Codabar are read too, as labels that the grammar will find foreign`() throws {
    var page = PageCanvas()
    page.draw(try Sample("itf"), at: Point(1400, 300))
    page.draw(try Sample("codabar"), at: Point(1400, 900))
    let marks = read(page.bilevel)
    #expect(marks.labels.map(\.symbology) == [.itf, .codabar])
    #expect(marks.labels.first?.text.description == "12345670")
  }

  @Test(arguments: [1, 2])
  func `a line that dust on the glass draws down the page beside or between bars hides none of them`(line: Int) throws {
    let sample = try Sample("code128")
    var isReadThroughout = true
    for x in stride(from: 1410, to: 1400 + 4 * sample.width, by: 37) {
      var page = PageCanvas()
      page.draw(sample, at: Point(1400, 300))
      page.fill(x..<x + line, 0..<3300)
      let marks = read(page.bilevel)
      #expect(texts(marks) == ["MRN12345674"] || texts(marks) == [], "a line at \(x)")
      if texts(marks).isEmpty { isReadThroughout = false }
    }
    #expect(isReadThroughout)
  }

  @Test(arguments: [Symbology.datamatrix, .qr, .aztec])
  func `a symbol of three pixels a module is read, also among text that fills the page, black and white or gray`(
    kind: Symbology
  ) throws {
    var page = PageCanvas()
    let (text, sample) = (try Sample("text"), try Sample(kind.rawValue))
    for y in stride(from: 150, to: 3000, by: text.height + 10) { page.draw(text, at: Point(150, y), module: 1) }
    page.fill(1960..<2100 + 3 * sample.width, 1460..<1540 + 3 * sample.width, 255)
    page.draw(sample, at: Point(2000, 1500), module: 3)
    #expect(texts(read(page.bilevel)) == ["MRN12345674"])
    #expect(texts(read(page.gray)) == ["MRN12345674"])
  }

  @Test func `two equal labels on one page are two labels, though the barcode library aborts on them`() throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1400, 300))
    page.draw(try Sample("code128"), at: Point(300, 2600))
    page.draw(try Sample("code128"), at: Point(1400, 2600))
    #expect(texts(read(page.bilevel)) == ["MRN12345674", "MRN12345674", "MRN12345674"])
  }

  @Test func `a label's quad goes around its bars`() throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1400, 304), module: 4, bars: 160)
    let quad = try #require(read(page.bilevel).labels.first?.quad)
    #expect(abs(quad.left - 1400) <= 4 && abs(quad.right - (1400 + 4 * 123)) <= 4)
    #expect(abs(quad.top - 304) <= 12 && abs(quad.bottom - 464) <= 12)
  }

  @Test func `the check character of a HIBC label may be a space, and is kept`() throws {
    var page = PageCanvas()
    page.draw(try Sample("hibc-code128"), at: Point(1200, 300))
    #expect(texts(read(page.bilevel)) == ["+/AC13000179 "])
  }

  @Test(arguments: ["gs1-128", "gs1-datamatrix"])
  func `a GS1 symbol says that it is one`(name: String) throws {
    var page = PageCanvas()
    page.draw(try Sample(name), at: Point(1200, 300), module: name == "gs1-128" ? 4 : 6)
    page.draw(try Sample("code128"), at: Point(1200, 900))
    let marks = read(page.bilevel)
    #expect(texts(marks) == ["8018376104250021234569", "MRN12345674"])
    #expect(marks.labels.map(\.isGS1) == [true, false])
  }

  @Test(arguments: [-0.09, -0.04, 0.03, 0.09])
  func `labels fed aslant by up to five degrees are read`(slant: Double) throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1300, 500))
    page.draw(try Sample("datamatrix"), at: Point(700, 1500), module: 6)
    #expect(texts(read(page.slanted(slant).bilevel)).sorted() == ["MRN12345674", "MRN12345674"])
  }

  @Test(arguments: [-0.2, -0.12, 0.12, 0.2])
  func `a sticker so low and long and aslant that no level line crosses all its bars is read`(slant: Double) throws {
    for isLying in [false, true] {
      var page = PageCanvas()
      page.draw(try Sample("code39"), at: Point(1000, 1000), bars: 70)
      let marks = read((isLying ? page.slanted(slant).turned() : page.slanted(slant)).bilevel)
      #expect(texts(marks) == ["MRN12345674"])
      #expect(marks.unreadable == [])
    }
  }

  @Test(arguments: ["code128", "code39", "datamatrix", "qr", "pdf417", "aztec"], [-40.0, -17, 13, 25, 45, 70])
  func `a sticker is read however it was stuck on, and its quad is around it`(name: String, degrees: Double) throws {
    let sample = try Sample(name)
    var page = PageCanvas()
    let high = sample.height == 1 ? 150 : sample.height * 5
    page.draw(sample, at: Point(1275 - sample.width * 5 / 2, 1650 - high / 2), module: 5)
    let marks = read(page.leaning(degrees).bilevel)
    #expect(texts(marks) == ["MRN12345674"])
    #expect(marks.unreadable == [])
    let quad = try #require(marks.labels.first?.quad)
    #expect(abs((quad.left + quad.right) / 2 - 1275) < 40 && abs((quad.top + quad.bottom) / 2 - 1650) < 40)
  }

  @Test(arguments: ["datamatrix", "qr", "aztec"], [8, 12, 20])
  func `a symbol is read that stands close to the sticker's border and to bold text`(name: String, gap: Int) throws {
    let sample = try Sample(name)
    for isGray in [false, true] {
      var page = PageCanvas(paper: isGray ? 235 : 255)
      let (left, top) = (600, 900)
      let (right, bottom) = (left + sample.width * 4, top + sample.height * 4)
      page.draw(sample, at: Point(left, top))
      for line in [top - gap - 3, bottom + 200] { page.fill(left - gap - 3..<right + 600, line..<line + 3, 40) }
      for line in [left - gap - 3, right + 600] { page.fill(line..<line + 3, top - gap - 3..<bottom + 200, 40) }
      for letter in 0..<5 {
        let x = right + gap + 60 * letter
        page.fill(x..<x + 12, top..<top + 60)
        page.fill(x..<x + 40, top + 24..<top + 36)
      }
      #expect(texts(read(isGray ? page.gray : page.bilevel)) == ["MRN12345674"])
    }
  }

  @Test(arguments: ["datamatrix", "qr", "aztec"], [(gap: 4, degrees: 0.0), (6, 1.5), (9, -4)])
  func `a symbol is read in the corner of a sticker on a crowded form`(
    name: String, put: (gap: Int, degrees: Double)
  ) throws {
    let sample = try Sample(name)
    var page = PageCanvas()
    for line in stride(from: 100, to: 3200, by: 60) {
      page.fill(100..<2450, line..<line + 3)
      page.fill(min(line, 2447)..<min(line, 2447) + 3, 100..<3200)
    }
    for box in 0..<900 where box % 5 == 0 {
      let (x, y) = (103 + box % 39 * 60, 103 + box / 39 * 60)
      page.fill(x..<x + 57, y..<y + 57)
    }
    let (left, top, right, bottom) = (600, 900, 1400, 1300)
    page.fill(left..<right, top..<bottom)
    page.fill(left + 3..<right - 3, top + 3..<bottom - 3, 255)
    page.draw(sample, at: Point(left + 3 + put.gap, top + 3 + put.gap))
    for letter in 0..<12 { page.fill(800 + letter * 45..<812 + letter * 45, 920..<980) }
    #expect(texts(read(page.leaning(put.degrees).bilevel)) == ["MRN12345674"])
  }

  @Test func `a symbol is read beside what reaches around it`() throws {
    var page = PageCanvas()
    page.fill(0..<2550, 40..<200)
    page.fill(0..<300, 40..<600)
    page.fill(700..<900, 40..<600)
    page.draw(try Sample("aztec"), at: Point(313, 212))
    #expect(texts(read(page.bilevel)) == ["MRN12345674"])
  }

  @Test(arguments: [5, 8, 9, 10, 12], [0.0, 0.7, -3])
  func `a QR code is read however large its modules are`(module: Int, degrees: Double) throws {
    var page = PageCanvas()
    page.draw(try Sample("qr-link"), at: Point(1100, 1500), module: module)
    let marks = read(page.leaning(degrees).bilevel)
    #expect(texts(marks) == ["https://www.example.org/lungs/9871"])
    #expect(marks.unreadable == [])
  }

  @Test(arguments: [10, 30, 50])
  func `salt and pepper does not hide a label`(perThousand: Int) throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1300, 500))
    page.draw(try Sample("code39"), at: Point(1300, 1000))
    page.addNoise(perThousand: perThousand)
    #expect(texts(read(page.bilevel)) == ["MRN12345674", "MRN12345674"])
  }

  @Test func `faded print, its bars only dots, is read`() throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1300, 500))
    var random = Steps(state: 7)
    for at in 0..<page.pixels.count where page.pixels[at] == 0 && random.next() & 1 == 0 { page.pixels[at] = 255 }
    #expect(texts(read(page.bilevel)) == ["MRN12345674"])
  }

  @Test func `gray pages in uneven light are read`() throws {
    var page = PageCanvas(paper: 240)
    page.draw(try Sample("code128"), at: Point(1300, 500), ink: 60)
    page.draw(try Sample("qr"), at: Point(500, 1500), module: 6, ink: 60)
    var random = Steps(state: 3)
    for y in 0..<page.height {
      for x in 0..<page.width {
        let light = 1 - 0.35 * Double(x) / Double(page.width)
        let value = Double(page.pixels[y * page.width + x]) * light + Double(random.next() % 9) - 4
        page.pixels[y * page.width + x] = UInt8(max(0, min(255, value)))
      }
    }
    #expect(texts(read(page.gray)) == ["MRN12345674", "MRN12345674"])
  }

  @Test func `on a fax of 204 × 98 dpi labels are read and placed in stored pixels`() throws {
    var full = PageCanvas(width: 1728, height: 2200)
    full.draw(try Sample("code128"), at: Point(900, 400), module: 3, bars: 120)
    full.draw(try Sample("datamatrix"), at: Point(300, 1200), module: 6)
    var fax = PageCanvas(width: 1728, height: 1100)
    for y in 0..<fax.height {
      fax.pixels.replaceSubrange(y * 1728..<(y + 1) * 1728, with: full.pixels[y * 2 * 1728..<(y * 2 + 1) * 1728])
    }
    let marks = read(fax.bilevel, dpi: [204, 98])
    #expect(texts(marks) == ["MRN12345674", "MRN12345674"])
    #expect(marks.notes == ["low-resolution"])
    let quad = try #require(marks.labels.first?.quad)
    #expect(abs(quad.top - 200) <= 8 && abs(quad.bottom - 260) <= 8 && abs(quad.left - 900) <= 4)
  }

  @Test func `a page without resolution is taken for letter paper, with a note`() throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1300, 500))
    let marks = read(page.bilevel, dpi: nil)
    #expect(texts(marks) == ["MRN12345674"])
    #expect(marks.notes == ["missing-dpi"])
  }

  @Test func `ink outside labels leaves out the label, its quiet zone and the line below it`() throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1300, 500))
    page.fill(1300..<1700, 660..<685)
    let marks = read(page.bilevel)
    #expect(marks.ink > 0.004)
    #expect(marks.inkOutsideLabels == 0)
    page.fill(300..<400, 2000..<2100)
    // To a scan line: eight rows of a hundred pixels.
    #expect(abs(read(page.bilevel).inkOutsideLabels - 10_000 / (2550 * 3300)) < 800 / (2550 * 3300))
  }

  @Test func `reading the same page twice gives the same facts`() throws {
    var page = PageCanvas()
    page.draw(try Sample("code128"), at: Point(1300, 500))
    page.draw(try Sample("pdf417"), at: Point(300, 1500), module: 5)
    let raster = page.bilevel
    #expect(read(raster) == read(raster))
  }

  @Test func `pages of any size, down to one pixel, do no harm`() {
    for (width, height) in [(1, 1), (1, 3000), (3000, 1), (63, 65), (64, 64), (200, 7)] {
      #expect(read(PageCanvas(width: width, height: height, paper: 0).bilevel).labels == [])
      #expect(read(PageCanvas(width: width, height: height).gray, dpi: nil).labels == [])
    }
  }
}
