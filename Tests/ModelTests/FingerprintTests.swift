import Model
import Testing

@Suite struct `Model: fingerprints` {
  private let side = InkPrint.side

  /// Ink in one cell.
  private func print(x: Int, y: Int) -> InkPrint {
    var shares = [Float](repeating: 0, count: side * side)
    shares[y * side + x] = 0.5
    return InkPrint(shares: shares)
  }

  @Test func `a print is read back from its text, and other texts are none`() {
    let print = InkPrint(shares: (0..<side * side).map { Float($0 % 101) / 150 })
    #expect(InkPrint(print.description) == print)
    #expect(print.description.utf8.count == 6144)
    #expect(print.cells.max() == 15 && print.cells.min() == 0)
    #expect(InkPrint(String(print.description.dropLast())) == nil)
    #expect(InkPrint(print.description.replacing("A", with: "-")) == nil)
  }

  @Test func `a page that lies sideways or in a mirror is turned as a viewer turns it`() {
    let corner = print(x: 2, y: 0)
    #expect(corner.turned(clockwise: 0) == corner)
    #expect(corner.turned(clockwise: 90) == print(x: side - 1, y: 2))
    #expect(corner.turned(clockwise: 180) == print(x: side - 3, y: side - 1))
    #expect(corner.turned(clockwise: 270) == print(x: 0, y: side - 3))
    #expect(corner.turned(clockwise: 90, mirrored: true) == print(x: side - 1, y: side - 3))
  }

  @Test func `a label stands where the upright page has it, whichever way the page was fed`() throws {
    func mark(_ rotation: Int, _ quad: Quad, width: Int, height: Int) throws -> (Int, Int) {
      let label = Label(symbology: .code128, text: EscapedText("DOCLAB"), entry: "type", meaning: .type, quad: quad)
      let entry = Manifest.Page(
        page: 1, source: 0, frame: 0, sheet: 1, disposition: .filed, document: nil, patientBy: nil, width: width,
        height: height, dpi: [300, 300], rotation: rotation, mirrored: false, sha256: .zero, ink: 0, labels: [label],
        unreadable: [], notes: [])
      let page = try #require(PageFingerprint(entry, ink: print(x: 0, y: 0)))
      #expect(page.width == 1000 && page.height == 2000)
      return (page.marks[0].x, page.marks[0].y)
    }
    // Upper left, 100 px wide and 60 px high, on a sheet of 300 × 600 px.
    #expect(try mark(0, Quad(left: 0, top: 0, right: 100, bottom: 60), width: 300, height: 600) == (166, 50))
    #expect(try mark(180, Quad(left: 200, top: 540, right: 300, bottom: 600), width: 300, height: 600) == (167, 50))
    #expect(try mark(90, Quad(left: 0, top: 200, right: 60, bottom: 300), width: 600, height: 300) == (167, 50))
    #expect(try mark(270, Quad(left: 540, top: 0, right: 600, bottom: 100), width: 600, height: 300) == (166, 50))
  }
}
