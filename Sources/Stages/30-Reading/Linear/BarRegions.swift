/// Where upright bars stand: the coarse statistics that find label-like regions (one direction of a page).
///
/// The page is looked at in bands of about 0.027 in. In a barcode neighbouring bands show the same dense colour changes;
/// in text they do so only within the height of a letter, in tables and rulings the changes are too few, in pictures the
/// bands differ. Inches and shares are from generated pages (7 mil to 20 mil modules, skew to 20°) and text of 6 to 48 pt.
struct BarRegions: Sendable {
  /// Pixels of a cell along the bands: half a word.
  static let cellPixels = 32
  /// Colour changes an inch that bars have at least: a 20 mil Code 128 has 27, boxes for letters have 20.
  static let changesPerInchMin = 24.0
  /// Bars may move by this share of the changes from band to band (skew) and still be the same bars.
  static let driftMax = 0.75
  /// Bars that lean more are looked for in vain: 20°.
  static let slantMax = 0.37
  static let heightMinInches = 0.15
  static let widthMinInches = 0.4
  /// The most regions of a page that are looked at: more are texture, not labels.
  static let regionsMax = 24

  /// Pixels from one scan line to the next.
  let bandRows: Int
  let dpi: Double
  /// The scan lines.
  let middle: Bitmap
  /// Cells in a row of cells.
  let columns: Int
  /// Cell (band, column) looks like bars that go on in the next band.
  private var marked: [Bool]

  var rows: Int { max(0, middle.height - 1) }

  /// Scan lines of faded print that are taken together: bars of scattered specks are bars again.
  static let faintLines = 3

  init(lines: ScanLines, faint: Bitmap, dpi: Double) {
    self.dpi = dpi
    bandRows = lines.pitch
    middle = lines.bits
    columns = middle.rowWords * 2
    marked = Self.mark(middle, dpi: dpi, bandRows: bandRows)
    let united = faint.united(Self.faintLines)
    let fromFaint = Self.mark(united, dpi: dpi, bandRows: bandRows * Self.faintLines)
    for row in 0..<min(rows, max(0, united.height - 1) * Self.faintLines) {
      let line = row / Self.faintLines * columns
      for column in 0..<columns where fromFaint[line + column] { marked[row * columns + column] = true }
    }
  }

  /// Forgets what stands in the box (in pixels), so that what is left can be looked at alone.
  mutating func erase(_ box: Box) {
    let left = max(0, box.left / Self.cellPixels)
    let right = min(columns, (box.right + Self.cellPixels - 1) / Self.cellPixels)
    let top = max(0, box.top / bandRows - 1)
    let bottom = min(rows, (box.bottom + bandRows - 1) / bandRows + 1)
    guard left < right, top < bottom else { return }
    for row in top..<bottom {
      for column in left..<right { marked[row * columns + column] = false }
    }
  }

  /// Boxes (in pixels) around connected cells, largest first. Gaps of two cells (a torn strip, a stroke) are bridged.
  func boxes() -> [Box] {
    let groups = CellGroups(marked: marked, columns: columns, rows: rows, reachX: 3, reachY: 2)
    let widthMin = Int(Self.widthMinInches * dpi)
    let heightMin = Int(Self.heightMinInches * dpi)
    return groups.boxes.lazy
      .filter { $0.count * 3 >= $0.cells.area || $0.count * 6 >= $0.cells.area && isAslant($0.cells) }
      .map { group in
        Box(
          left: group.cells.left * Self.cellPixels, top: group.cells.top * bandRows,
          right: min(middle.width, group.cells.right * Self.cellPixels), bottom: (group.cells.bottom + 1) * bandRows)
      }
      .filter { $0.width >= widthMin && $0.height >= heightMin }
      .sorted { $0.area > $1.area }
      .prefix(Self.regionsMax).map { $0 }
  }

  /// What lies from one corner to the other: a low, long label that was stuck on aslant fills little of its box.
  private func isAslant(_ cells: Box) -> Bool {
    var (count, x, y, xx, yy, xy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for row in cells.top..<cells.bottom {
      for column in cells.left..<cells.right where marked[row * columns + column] {
        let (across, down) = (Double(column - cells.left), Double(row - cells.top))
        count += 1
        x += across
        y += down
        xx += across * across
        yy += down * down
        xy += across * down
      }
    }
    let (spreadX, spreadY) = (xx - x * x / count, yy - y * y / count)
    return spreadX > 0 && spreadY > 0 && abs(xy - x * y / count) >= Self.aslantMin * (spreadX * spreadY).squareRoot()
  }

  /// Correlation of columns and rows.
  static let aslantMin = 0.8

  /// Cells whose surroundings change colour often, in the same places as the band below, over the height of a label.
  private static func mark(_ bands: Bitmap, dpi: Double, bandRows: Int) -> [Bool] {
    let rows = max(0, bands.height - 1)
    let columns = bands.rowWords * 2
    guard rows > 0 else { return [] }
    let changes = bands.rowChanges()
    let half = max(1, Int((dpi / 300).rounded()))
    let windowInches = Double((2 * half + 1) * cellPixels) / dpi
    let changesMin = Int(changesPerInchMin * windowInches * 0.85)
    let length = max(2, Int(heightMinInches * dpi) / bandRows)
    var totals = [UInt8](repeating: 0, count: rows * columns)
    // What two bands have in common, with `half` cells of nothing on both sides.
    var common = [UInt8](repeating: 0, count: columns + 2 * half)
    changes.withUnsafeBufferPointer { changes in
      common.withUnsafeMutableBufferPointer { common in
        totals.withUnsafeMutableBufferPointer { totals in
          for row in 0..<rows {
            let line = row &* columns
            for column in 0..<columns {
              common[column &+ half] = min(changes[line &+ column], changes[line &+ columns &+ column])
            }
            for column in 0..<columns where changes[line &+ column] > 0 {
              var total = 0
              for other in column...column &+ 2 &* half { total &+= Int(common[other]) }
              if total >= changesMin { totals[line &+ column] = UInt8(min(255, total)) }
            }
          }
        }
      }
    }
    var marked = [Bool](repeating: false, count: rows * columns)
    let shiftMax = min(12, Int(slantMax * Double(bandRows)))
    // Whether the next band shows the same costs most, and lines of text change colour often over a few bands only.
    eachTall(in: totals, rows: rows, columns: columns, length: length) { row, column in
      marked[row &* columns &+ column] = bands.goesOn(
        in: row, from: (column &- half) &* cellPixels, words: half &+ 1, shiftMax: shiftMax,
        within: Int(Double(totals[row &* columns &+ column]) * driftMax) + 2)
    }
    keepTall(&marked, rows: rows, columns: columns, length: length)
    return marked
  }

  /// Calls `each` for the cells that are not 0 in stretches of `length` cells and more downwards; two cells of 0 do not
  /// end a stretch.
  private static func eachTall(
    in cells: [UInt8], rows: Int, columns: Int, length: Int, _ each: (_ row: Int, _ column: Int) -> Void
  ) {
    cells.withUnsafeBufferPointer { cells in
      // Of each column's open stretch the first (-1: none is open) and the last row.
      withUnsafeTemporaryAllocation(of: (first: Int, last: Int).self, capacity: columns) { open in
        open.initialize(repeating: (-1, -1))
        func close(_ column: Int) {
          let (first, last) = open[column]
          if first >= 0, last - first + 1 >= length {
            for row in first...last where cells[row &* columns &+ column] != 0 { each(row, column) }
          }
          open[column].first = -1
        }
        for row in 0..<rows {
          for column in 0..<columns where cells[row &* columns &+ column] != 0 {
            if open[column].first >= 0, row &- open[column].last > 3 { close(column) }
            if open[column].first < 0 { open[column].first = row }
            open[column].last = row
          }
        }
        for column in 0..<columns { close(column) }
      }
    }
  }

  /// Keeps only what goes on downwards for `length` cells; a stroke across (two cells) does not end it.
  private static func keepTall(_ marked: inout [Bool], rows: Int, columns: Int, length: Int) {
    var isUsed = [Bool](repeating: false, count: columns)
    for row in 0..<rows {
      for column in 0..<columns where marked[row &* columns &+ column] { isUsed[column] = true }
    }
    for column in 0..<columns where isUsed[column] {
      var row = 0
      while row < rows {
        guard marked[row * columns + column] else {
          row += 1
          continue
        }
        var end = row
        var count = 0
        var gap = 0
        var at = row
        while at < rows, gap <= 2 {
          if marked[at * columns + column] {
            count += 1
            end = at
            gap = 0
          } else {
            gap += 1
          }
          at += 1
        }
        let isTall = end - row + 1 >= length && count * 9 >= (end - row + 1) * 5
        for cell in row...end { marked[cell * columns + column] = isTall }
        row = end + 1
      }
    }
  }
}
