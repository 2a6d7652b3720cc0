import Model

/// How pages are read. Lengths in millimetres, so that they hold at any resolution.
public struct ReadingOptions: Sendable, Hashable {
  /// A page whose marks are all at most this large is blank for sure.
  public var markMillimetres: Double
  /// What lies in this border is never a mark: shadows of the paper's edge. RULES *Sheets*.
  public var borderMillimetres: Double
  /// A page with a mark of more than so many times `markMillimetres` is inked for sure; between the two it is nearly blank.
  public var doubtfulFactor = 2.0
  /// Gray levels (of 255) by which a pencil stroke is at least darker than the paper around it.
  public var faintContrast = 10
  /// Around a label, for its quiet zone and the line for human readers; its ink is not counted as ink outside labels.
  public var labelMarginInches = 0.15

  public init(markMillimetres: Double = 1, borderMillimetres: Double = 5) {
    self.markMillimetres = markMillimetres
    self.borderMillimetres = borderMillimetres
  }
}

/// What stands on a page: facts, never a raster.
public struct PageMarks: Sendable, Hashable {
  /// Labels and patch codes, top to bottom, then left to right; places in stored pixels.
  public var labels: [RawLabel]
  /// Label-like regions that nothing could read, in the same order.
  public var unreadable: [Quad]
  /// Black pixels as a share of all, 0…1, from every eighth row at 300 dpi and without single specks.
  public var ink: Double
  /// The same outside labels and patch codes.
  public var inkOutsideLabels: Double
  public var blankness: Blankness
  /// nil for a page of no size.
  public var print: InkPrint?
  /// `missing-dpi`, `low-resolution`: notes for the page, never a reason.
  public var notes: [String]
}

/// Engine and version, for the manifest's `decidedBy.reader`.
public let readerVersion = "chartroom 11 + zxing-cpp \(Symbols.version)"

/// Under this many dots an inch a page gets the note `low-resolution`. RULES *Limits by default*.
let resolutionMin = 200.0

/// Reads one page. Pure, but runs third-party code on bytes from outside that may abort: only a worker process calls it.
///
/// - Parameter dpi: `[x, y]` as the file says; nil where it does not (letter paper is assumed).
public func readPage(_ raster: Raster, dpi: [Double]?, options: ReadingOptions) -> PageMarks {
  guard raster.width > 0, raster.height > 0 else {
    return PageMarks(labels: [], unreadable: [], ink: 0, inkOutsideLabels: 0, blankness: .blank, print: nil, notes: [])
  }
  let view = PageView(raster, dpi: dpi)
  var reader = PageReader(view)
  reader.read()
  let found = reader.symbols
  let unreadable = reader.unreadable
  let ink = Ink(
    reader.lines, labels: found.map(\.box), margin: view.pixels(options.labelMarginInches),
    border: view.pixels(options.borderMillimetres / 25.4))
  let isBare = found.isEmpty && unreadable.isEmpty
  return PageMarks(
    labels: found.map { label($0, view) }.sorted(by: readingOrder),
    unreadable: unreadable.map(view.stored).sorted { ($0.top, $0.left) < ($1.top, $1.left) },
    ink: ink.share, inkOutsideLabels: ink.shareOutsideLabels,
    blankness: isBare ? BlankTest(view: view, options: options).blankness() : .inked,
    print: view.bits.inkPrint(border: view.pixels(options.borderMillimetres / 25.4)), notes: notes(dpi))
}

/// The first tier alone, for benchmarks: linear symbols and patch codes that scan lines show, in no order. Never calls
/// third-party code.
public func readScanLines(_ raster: Raster, dpi: [Double]?) -> [RawLabel] {
  guard raster.width > 0, raster.height > 0 else { return [] }
  let view = PageView(raster, dpi: dpi)
  return [false, true].flatMap { isTransposed in
    var reader = LinearReader(view, isTransposed: isTransposed)
    reader.readLines()
    return reader.symbols.map { label($0, view) }
  }
}

/// What is weighed of each place that may be a symbol in two dimensions, for fitting the weights to pages
/// (`Tests/Benchmarks/fit.py`). Never calls third-party code.
public func weighedPlaces(_ raster: Raster, dpi: [Double]?) -> [(quad: Quad, terms: [Double])] {
  guard raster.width > 0, raster.height > 0 else { return [] }
  let view = PageView(raster, dpi: dpi)
  let matrix = MatrixReader(
    view, rows: LinearReader(view, isTransposed: false).lines, columns: LinearReader(view, isTransposed: true).lines)
  return matrix.weighed().map { (view.stored($0.box), $0.likelihood.terms) }
}

/// The boxes of a page that may be what is left of labels, in stored pixels, with their traits and what a glance shows, and what
/// was read: for the fits of ``LabelForest`` and ``GlanceForest`` alone.
public func remainsCandidates(_ raster: Raster, dpi: [Double]?) -> (
  candidates: [(quad: Quad, traits: [Float], glance: [Float])], read: [Quad]
) {
  guard raster.width > 0, raster.height > 0 else { return ([], []) }
  let view = PageView(raster, dpi: dpi)
  var reader = PageReader(view)
  reader.read()
  let boxes = reader.symbols.map(\.box)
  let remains = Remains(view, InkBlocks(view), besides: boxes)
  return (
    remains.candidates(found: reader.left).map { box in
      (
        view.stored(box), LabelTraits(box, in: remains.view, noise: remains.ink.noise).values,
        LabelGlance(box, in: remains.view, noise: remains.ink.noise).values
      )
    }, boxes.map(view.stored)
  )
}

func label(_ symbol: PlacedSymbol, _ view: PageView) -> RawLabel {
  let corners = symbol.corners.map(view.stored)
  return RawLabel(
    symbology: symbol.symbology, text: EscapedText(bytes: symbol.bytes), isGS1: symbol.isGS1,
    quad: Quad(corners[0], corners[1], corners[2], corners[3]), rows: symbol.rows)
}

private func readingOrder(_ a: RawLabel, _ b: RawLabel) -> Bool {
  (a.quad.top, a.quad.left, a.text) < (b.quad.top, b.quad.left, b.text)
}

private func notes(_ dpi: [Double]?) -> [String] {
  guard let dpi else { return ["missing-dpi"] }
  return dpi.contains { $0 < resolutionMin } ? ["low-resolution"] : []
}

/// Black pixels as shares of the page, from its scan lines: single specks do not count, so that dust makes no separator a
/// page of text.
struct Ink: Sendable {
  let share: Double
  let shareOutsideLabels: Double

  /// - Parameters:
  ///   - margin: pixels around a label that belong to it.
  ///   - border: pixels at the page's edges where the scanner draws shadows of the paper, which are no ink outside labels.
  init(_ lines: ScanLines, labels: [Box], margin: Int, border: Int) {
    let bits = lines.bits
    let area = Double(max(1, bits.width * bits.height))
    share = Double(bits.blackCount) / area
    var rest = bits
    for label in labels {
      let box = label.grown(margin, margin)
      rest.erase(
        Box(left: box.left, top: box.top / lines.pitch, right: box.right, bottom: box.bottom / lines.pitch + 1))
    }
    let inside = Box(
      left: border, top: border / lines.pitch, right: bits.width - border, bottom: bits.height - border / lines.pitch)
    shareOutsideLabels = Double(inside.isEmpty ? rest.blackCount : rest.blackCount(in: inside)) / area
  }
}
