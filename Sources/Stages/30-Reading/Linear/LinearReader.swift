import Model

/// Reads linear symbols whose bars stand upright in one frame: the page's own, or (`isTransposed`) the page with x and y
/// exchanged, where bars that lie stand.
///
/// First tier: scan lines of the whole page, every eighth row at 300 dpi. Second tier, only for regions that look like a
/// label and were not read: ``BarProfile``.
struct LinearReader: Sendable {
  /// A scan line begins and ends on paper: the page lies on a white sheet.
  static let paperMargin: Int32 = 1000

  let view: PageView
  let isTransposed: Bool
  let lines: ScanLines
  private let faint: Bitmap
  /// Found by the second tier.
  private(set) var regions: BarRegions?
  private(set) var symbols: [PlacedSymbol] = []
  private(set) var stackedEnds: StackedEnds
  /// Regions of bars that nothing read, whatever they are, in this reader's frame.
  private(set) var left: [Box] = []

  init(_ view: PageView, isTransposed: Bool) {
    self.view = view
    self.isTransposed = isTransposed
    let scale = view.dpi / 300
    if isTransposed {
      let every = max(1, Int(scale.rounded()))
      let (bits, faint) = view.bits.sampledColumns(every: every)
      lines = ScanLines(bits: bits, pitch: 8 * every)
      self.faint = faint
    } else {
      let pitch = max(3, Int((8 * scale).rounded()))
      let (bits, faint) = view.bits.sampledRows(pitch: pitch, spacing: max(1, Int(scale.rounded())))
      lines = ScanLines(bits: bits, pitch: pitch)
      self.faint = faint
    }
    stackedEnds = StackedEnds(pitch: lines.pitch)
  }

  /// First tier: all lines, for linear symbols, patch codes and the ends of PDF417.
  mutating func readLines() {
    var scanner = LineScanner()
    var patches = PatchReader(dpi: view.dpi, pitch: lines.pitch)
    var votes = LineVotes(pitch: lines.pitch)
    var runs: [Int32] = []
    for line in 0..<lines.bits.height {
      lines.bits.runs(of: line, margin: Self.paperMargin, into: &runs)
      scanner.find(in: runs, origin: -Self.paperMargin) { found in
        votes.add(found.symbol, line: line, start: Int(found.start), end: Int(found.end))
      }
      stackedEnds.add(runs, origin: -Self.paperMargin, line: line)
      // Where a limit was drawn through gray noise there are specks in every line.
      if view.gray != nil { runs = PatchReader.withoutSpecks(runs, dpi: view.dpi) }
      patches.add(runs, origin: -Self.paperMargin, line: line)
    }
    for patch in patches.symbols(isTransposed: isTransposed, width: lines.bits.width) {
      symbols.append(patch)
      erase(isTransposed ? patch.box.transposed : patch.box)
    }
    for track in votes.agreed() { take(track) }
  }

  /// Second tier: every region by its profile along the bars.
  /// - Parameter read: what needs no second look, boxes of the page.
  mutating func retryRegions(besides read: [Box]) {
    regions = BarRegions(lines: lines, faint: faint, dpi: view.dpi)
    for box in read { erase(isTransposed ? box.transposed : box) }
    for box in regions?.boxes() ?? [] {
      let profile = BarProfile(box, in: self)
      var read = profile.read(in: self)
      if read.isEmpty { read = profile.levelled(in: self)?.read(in: self) ?? [] }
      for symbol in read {
        symbols.append(symbol)
        erase(isTransposed ? symbol.box.transposed : symbol.box)
      }
      if read.isEmpty { left.append(box) }
    }
  }

  /// Forgets what others read; the box is in this reader's frame.
  mutating func erase(_ box: Box) { regions?.erase(box.grown(BarRegions.cellPixels, 0)) }

  private mutating func take(_ track: LineVotes.Track) {
    // The line in the middle shows where the bars are; from there they are followed up and down.
    let line = track.first.line + (track.last.line - track.first.line) / 2
    let start = (track.first.start + track.last.start) / 2
    let end = (track.first.end + track.last.end) / 2
    let placed = place(track.symbol, start: start, end: end, line: line, rows: track.lines)
    symbols.append(placed.symbol)
    erase(placed.span)
  }

  /// The symbol's corners on the page: one scan line names it, the bars show how far it goes up and down. `span` is the
  /// upright box in this reader's frame.
  private func place(_ symbol: LineSymbol, start: Int, end: Int, line: Int, rows: Int) -> (
    symbol: PlacedSymbol, span: Box
  ) {
    let extent = BarExtent(
      from: min(start, end), to: max(start, end) - 1, y: line * lines.pitch, bands: lines.bits,
      bandRows: lines.pitch)
    return (
      PlacedSymbol(symbol, corners: corners(extent.corners, isForward: start < end), rows: rows), extent.box
    )
  }

  /// From upper left, upper right, lower right, lower left in this reader's frame to the symbol's own corners on the page.
  func corners(_ frame: [Point], isForward: Bool) -> [Point] {
    var corners = frame
    // Own frame: from the start of the symbol to its stop is rightwards. In the transposed frame right and down are
    // exchanged, so what is the upper edge there is the lower one on the page.
    if isForward == isTransposed { corners = [corners[3], corners[2], corners[1], corners[0]] }
    if !isForward { corners = [corners[1], corners[0], corners[3], corners[2]] }
    return isTransposed ? corners.map { Point($0.y, $0.x) } : corners
  }
}

extension PlacedSymbol {
  init(_ symbol: LineSymbol, corners: [Point], rows: Int) {
    self.init(
      symbology: symbol.symbology, bytes: symbol.bytes, isGS1: symbol.isGS1, rows: rows, corners: corners)
  }
}
