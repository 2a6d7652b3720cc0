import Model
import Testing

@testable import Reading

@Suite struct `Reading: what cannot be read` {
  private func read(_ page: PageCanvas) -> PageMarks {
    readPage(page.bilevel, dpi: [300, 300], options: ReadingOptions())
  }

  private func labelled(_ name: String = "code128") throws -> PageCanvas {
    var page = PageCanvas()
    page.draw(try Sample("text"), at: Point(200, 1200), module: 1)
    page.draw(try Sample(name), at: Point(1400, 400), module: 4)
    return page
  }

  @Test(arguments: ["code128", "code39"], 0...3)
  func `a damaged label reads as unreadable, never as another patient`(name: String, turns: Int) throws {
    var page = try labelled(name)
    // Two strips torn off across every bar's line, and a pen that crosses what is left.
    let width = try Sample(name).width * 4
    for part in [1, 3] { page.fill(1400 + width * part / 5..<1400 + width * part / 5 + 50, 380..<570, 255) }
    page.stroke(from: Point(1380, 420), to: Point(1400 + width, 540), width: 6)
    page.stroke(from: Point(1380, 520), to: Point(1400 + width, 430), width: 6)
    let marks = read(page.turned(times: turns))
    #expect(marks.labels == [])
    #expect(marks.unreadable.count == 1)
    #expect(marks.blankness == .inked)
  }

  @Test(arguments: ["code128", "datamatrix", "qr"])
  func `specks that are left of a faded label are reported, on paper without noise`(name: String) throws {
    var page = try labelled(name)
    var random = Steps(state: 7)
    for y in 380..<800 {
      for x in 1380..<2400 where random.next() % 100 >= 12 { page.pixels[y * page.width + x] = 255 }
    }
    #expect(read(page).labels == [])
    #expect(read(page).unreadable.count == 1)
    page.addNoise(perThousand: 20)
    #expect(read(page).unreadable == [])
  }

  @Test func `a label with blots from end to end of its bars is reported, a crossed box is not`() throws {
    var page = try labelled()
    let width = try Sample("code128").width * 4
    for part in [2, 5] { page.fill(1400 + width * part / 8..<1400 + width * (part + 1) / 8 + 30, 390..<560) }
    #expect(read(page).labels == [])
    #expect(read(page).unreadable.count == 1)
    page = PageCanvas()
    page.fill(400..<460, 600..<660)
    page.fill(405..<455, 605..<655, 255)
    page.stroke(from: Point(405, 605), to: Point(452, 652), width: 4)
    page.stroke(from: Point(405, 652), to: Point(452, 605), width: 4)
    #expect(read(page).unreadable == [])
  }

  @Test func `a good label stuck beside a torn one is read, and the torn one reported`() throws {
    var page = try labelled()
    page.draw(try Sample("code128-other"), at: Point(1400, 640))
    for part in [1, 3] { page.fill(1400 + part * 100..<1450 + part * 100, 600..<820, 255) }
    page.stroke(from: Point(1390, 650), to: Point(1900, 780), width: 6)
    let marks = read(page)
    #expect(marks.labels.map(\.text.description) == ["MRN12345674"])
    #expect(marks.unreadable.count == 1)
    #expect(marks.unreadable.first.map { $0.distance(to: marks.labels[0].quad) < 118 } == true)
  }

  @Test func `text close above a read label is no label, though bars stand in one block with it`() throws {
    var page = PageCanvas()
    page.draw(try Sample("text"), at: Point(1360, 552), module: 1)
    page.fill(1932..<2550, 552..<1112, 255)
    page.fill(1360..<1932, 792..<1112, 255)
    page.draw(try Sample("code128"), at: Point(1400, 800), module: 4, bars: 100)
    let marks = read(page)
    #expect(marks.labels.map(\.text.description) == ["MRN12345674"])
    #expect(marks.unreadable == [])
  }

  @Test func `a symbol in two dimensions with a blot over it is unreadable`() throws {
    var page = PageCanvas()
    page.draw(try Sample("datamatrix"), at: Point(1400, 400), module: 8)
    for x in stride(from: 1400, to: 1528, by: 40) { page.fill(x..<x + 14, 396..<540) }
    let marks = read(page)
    #expect(marks.labels == [])
    #expect(marks.unreadable.count == 1)
  }

  @Test(arguments: [4.0, 5.8, 8])
  func `the grain of blank paper is no label`(deviation: Double) throws {
    var page = PageCanvas(paper: 225)
    var random = Steps(state: 5)
    for at in page.pixels.indices {
      // Twelve even numbers make a normal one, of deviation 1 when they are from 0 to 1.
      let sum = (0..<12).reduce(0) { sum, _ in sum + Int(random.next() & 0xFFFF) }
      let value = 225 + deviation * (Double(sum) / 65_536 - 6)
      page.pixels[at] = UInt8(max(0, min(255, value.rounded())))
    }
    let marks = readPage(page.gray, dpi: [300, 300], options: ReadingOptions())
    #expect(marks.labels == [] && marks.unreadable == [])
  }

  @Test func `text of any size is no label`() throws {
    for module in 1...3 {
      var page = PageCanvas()
      let text = try Sample("text")
      for y in stride(from: 150, to: 3000, by: text.height * module) {
        page.draw(text, at: Point(150, y), module: module)
      }
      let marks = read(page)
      #expect(marks.labels == [] && marks.unreadable == [])
      page.addNoise(perThousand: 20)
      #expect(read(page).unreadable == [])
    }
  }

  @Test(arguments: [8, 12, 24, 40, 70])
  func `tables, combs, millimetre paper and hatching are no labels`(pitch: Int) {
    for line in 1...4 {
      var page = PageCanvas()
      for x in stride(from: 200, to: 1200, by: pitch) { page.fill(x..<x + line, 200..<1000) }
      for x in stride(from: 1400, to: 2400, by: pitch) { page.fill(x..<x + line, 200..<1000) }
      for y in stride(from: 200, to: 1000, by: pitch) { page.fill(1400..<2400, y..<y + line) }
      for y in stride(from: 1400, to: 2200, by: pitch) { page.fill(200..<2400, y..<y + line) }
      let marks = read(page)
      #expect(marks.labels == [] && marks.unreadable == [], "lines of \(line)")
    }
  }

  @Test func `dithered and coarse pictures are no labels`() {
    var page = PageCanvas()
    var random = Steps(state: 5)
    for y in 300..<1300 {
      for x in 300..<1300 where random.next() % 100 < UInt64(x / 15) { page.pixels[y * 2550 + x] = 0 }
    }
    for y in 1500..<2500 {
      for x in 300..<1300 where (x % 10) * (x % 10) + (y % 10) * (y % 10) < x / 20 { page.pixels[y * 2550 + x] = 0 }
    }
    let marks = read(page)
    #expect(marks.labels == [] && marks.unreadable == [])
  }
}
