import Model

/// The second look at a region of bars: the ink is summed along the bars, which specks, gaps of faded print and strokes
/// across cannot hide, and edges are taken where the sum crosses the middle between paper and ink, to a sixteenth of a
/// pixel.
///
/// The bars' slant is found first: it is the one at which the sums differ most from column to column. The region is then
/// read in windows along the bars (all of it, parts of it), with three limits between paper and ink. As many windows must
/// agree as ``LineVotes/linesMin(_:)`` asks of lines, and a text that more than a third as many windows contradict was not read.
struct BarProfile {
  /// In sixteenths of a pixel.
  static let unit: Int32 = 16
  /// Of the way from paper to ink: for even print, faded print, spread ink.
  static let limits = [8, 5, 11]
  static let slantMax = 0.42
  static let windowRowsMin = 8
  static let quietInches = 0.3
  /// Windows as parts of the region's height.
  static let windows: [(from: Double, to: Double)] = [
    (0, 1), (0, 0.5), (0.5, 1), (0.25, 0.75), (0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1),
  ]
  static let sliceRows = 6
  /// Of a narrow bar or space: less is a line of the scanner's feeder or a dead dot of the printer's head.
  static let thinShare = 0.55

  /// Luminance, 0…255, `width` a row, in the reader's frame.
  private(set) var ink: GrayImage
  private let crop: Box
  /// The region inside the crop.
  let top: Int
  let bottom: Int
  let left: Int
  let right: Int
  let slope: Double
  /// Pixels down for each column to the right by which the columns of `ink` were moved up, away from the middle column, so that a
  /// label that lies aslant is level; 0: as it lies.
  private let fall: Double

  let dpi: Double
  private let region: Box

  /// - Parameter fall: of the line on which the bars stand, pixels down for each column to the right.
  init(_ box: Box, in reader: LinearReader, fall: Double = 0) {
    region = box
    self.fall = fall
    let view = reader.view
    dpi = view.dpi
    let size = reader.isTransposed ? (view.bits.height, view.bits.width) : (view.bits.width, view.bits.height)
    // A region that lies aslant reaches beyond its box.
    let crop = box.grown(view.pixels(Self.quietInches), reader.lines.pitch)
      .clipped(toWidth: size.0, height: size.1)
    self.crop = crop
    let page = reader.isTransposed ? crop.transposed : crop
    var ink = view.gray?.crop(page) ?? view.bits.luminance(of: page)
    if reader.isTransposed { ink = ink.transposed() }
    left = box.left - crop.left
    right = box.right - crop.left
    var rows = max(0, box.top - crop.top)..<min(crop.height, box.bottom - crop.top)
    if fall != 0 {
      ink = ink.levelled(fall: fall)
      rows = ink.inkedRows(share: Self.levelInkShare)
    }
    self.ink = ink
    (top, bottom) = (rows.lowerBound, rows.upperBound)
    slope = Self.slant(of: ink, top..<max(top + 1, bottom))
  }

  private struct Reading {
    var symbol: LineSymbol
    var windows: Set<Range<Int>>
    var start: Int32
    var end: Int32
    var top: Int
    var bottom: Int
  }

  /// The same region, levelled where its bars lean so much that no straight line need cross them all; nil where they do not. Bars and
  /// the line they stand on are at right angles.
  func levelled(in reader: LinearReader) -> BarProfile? {
    abs(slope) >= Self.levelSlopeMin ? BarProfile(region, in: reader, fall: -slope) : nil
  }

  /// 4°: a Code 39 of twelve characters is ten times as long as high and leaves little more.
  static let levelSlopeMin = 0.07
  /// Of the fullest row's ink, what rows of a levelled label have.
  static let levelInkShare = 0.3

  /// What two windows agree on: large ones first, then slices of a few rows, for a stroke along the bars that leaves
  /// room to read only here and there.
  func read(in reader: LinearReader) -> [PlacedSymbol] {
    let height = Double(bottom - top)
    let large = Self.windows.map { top + Int(height * $0.from)..<top + Int(height * $0.to) }
      .filter { $0.count >= Self.windowRowsMin }
    var readings: [Reading] = []
    collect(large, limits: Self.limits, into: &readings)
    var agreed = agreed(readings)
    if agreed.isEmpty, fall == 0, let mended = FeederLines(beside: region, in: reader).mended(ink, of: crop) {
      var profile = self
      profile.ink = mended
      profile.collect(large, limits: Self.limits, into: &readings)
      agreed = self.agreed(readings)
    }
    if agreed.isEmpty {
      collect(large, limits: [Self.limits[0]], thinShare: Self.thinShare, into: &readings)
      agreed = self.agreed(readings)
    }
    if agreed.isEmpty {
      let slices = stride(from: top, to: bottom - Self.sliceRows, by: Self.sliceRows).map { $0..<$0 + Self.sliceRows }
      collect(slices, limits: [Self.limits[0]], into: &readings)
      agreed = self.agreed(readings)
    }
    return agreed.map { place($0, in: reader) }
  }

  /// - Parameter thinShare: runs of less than so much of a narrow bar are no bars; 0: all are.
  private func collect(
    _ windows: [Range<Int>], limits: [Int], thinShare: Double = 0, into readings: inout [Reading]
  ) {
    var scanner = LineScanner(isSecondLook: true)
    for rows in windows {
      let sums = self.sums(rows)
      for limit in limits {
        var (runs, origin) = runs(sums, limit: limit)
        if thinShare > 0, !Self.dropThin(&runs, share: thinShare) { continue }
        scanner.find(in: runs, origin: origin) { found in
          let match = readings.firstIndex {
            $0.symbol.symbology == found.symbol.symbology && $0.symbol.bytes == found.symbol.bytes
              && abs($0.start - found.start) <= 24 * Self.unit
          }
          if let match {
            readings[match].windows.insert(rows)
            readings[match].top = min(readings[match].top, rows.lowerBound)
            readings[match].bottom = max(readings[match].bottom, rows.upperBound)
          } else {
            readings.append(
              Reading(
                symbol: found.symbol, windows: [rows], start: found.start, end: found.end, top: rows.lowerBound,
                bottom: rows.upperBound))
          }
        }
      }
    }
  }

  /// Joins runs that are too thin to be bars or spaces with what stands on both sides; false where there are none. A third of a
  /// symbol's runs and more are of one module, so the run at a third, by length, is a narrow one.
  private static func dropThin(_ runs: inout [Int32], share: Double) -> Bool {
    guard runs.count > 8 else { return false }
    let narrow = runs.dropFirst().dropLast().sorted()[(runs.count - 2) / 3]
    let thin = Int32(share * Double(narrow))
    var kept: [Int32] = [runs[0]]
    var at = 1
    while at < runs.count {
      if runs[at] <= thin, at + 1 < runs.count {
        kept[kept.count - 1] += runs[at] + runs[at + 1]
        at += 2
      } else {
        kept.append(runs[at])
        at += 1
      }
    }
    defer { runs = kept }
    return kept.count < runs.count
  }

  private func agreed(_ readings: [Reading]) -> [Reading] {
    readings.filter { reading in
      reading.windows.count >= LineVotes.linesMin(reading.symbol)
        && !readings.contains {
          $0.symbol.bytes != reading.symbol.bytes && overlap($0, reading)
            && $0.windows.count * 3 > reading.windows.count
        }
    }
  }

  private func place(_ reading: Reading, in reader: LinearReader) -> PlacedSymbol {
    let line = { (row: Int) in Int((Double(row - (self.top + self.bottom) / 2) * self.slope).rounded()) }
    let (left, right) = (
      Int(min(reading.start, reading.end) / Self.unit), Int(max(reading.start, reading.end) / Self.unit)
    )
    let frame = [
      Point(left + line(reading.top), reading.top), Point(right + line(reading.top), reading.top),
      Point(right + line(reading.bottom), reading.bottom - 1), Point(left + line(reading.bottom), reading.bottom - 1),
    ].map { Point($0.x + crop.left, $0.y + crop.top + Int((Double($0.x - ink.width / 2) * fall).rounded())) }
    return PlacedSymbol(
      reading.symbol, corners: reader.corners(frame, isForward: reading.start < reading.end),
      rows: reading.windows.count)
  }

  private func overlap(_ a: Reading, _ b: Reading) -> Bool {
    min(max(a.start, a.end), max(b.start, b.end)) > max(min(a.start, a.end), min(b.start, b.end))
  }

  /// Mean ink of each column of the rows, 0…255 × 16, each row moved along the slant; column 0 is the crop's left edge at
  /// the region's middle row.
  func sums(_ rows: Range<Int>) -> [Int32] {
    let count = Int32(rows.count)
    return Self.sums(of: ink, stride(from: rows.lowerBound, to: rows.upperBound, by: 1), (top + bottom) / 2, slope)
      .map { $0 * 16 / count }
  }

  /// Sums of the columns' ink over the rows, each row moved by `slant` pixels a row away from the middle one.
  private static func sums(of ink: GrayImage, _ rows: StrideTo<Int>, _ middle: Int, _ slant: Double) -> [Int32] {
    var sums = [Int32](repeating: 0, count: ink.width)
    let width = ink.width
    ink.pixels.withUnsafeBufferPointer { pixels in
      sums.withUnsafeMutableBufferPointer { sums in
        // Of as many rows as 16 bits can hold.
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: width) { part in
          part.initialize(repeating: 0)
          var count = 0
          func add() {
            for x in 0..<width {
              sums[x] &+= Int32(part[x])
              part[x] = 0
            }
            count = 0
          }
          for row in rows {
            let shift = Int((Double(row - middle) * slant).rounded())
            let line = row &* width &+ shift
            for x in max(0, -shift)..<max(max(0, -shift), min(width, width - shift)) {
              part[x] &+= UInt16(255 &- pixels[line &+ x])
            }
            count += 1
            if count == 257 { add() }
          }
          add()
        }
      }
    }
    return sums
  }

  /// Edges where the sums cross the limit between the paper and the ink around them.
  func runs(_ sums: [Int32], limit: Int) -> (runs: [Int32], origin: Int32) {
    let width = sums.count
    let reach = max(8, crop.height / 4)
    let (low, high) = Self.extremes(sums, reach: reach)
    // Where ink and paper hardly differ there is nothing to tell apart.
    let ceiling = sums.max() ?? 0
    let contrastMin = max(ceiling / 4, 16 * 12)
    var runs: [Int32] = []
    let margin = LinearReader.paperMargin * Self.unit
    var last = -margin
    var isBlack = false
    var before: Int32 = 0
    for x in 0..<width {
      let range = high[x] - low[x]
      let threshold = range < contrastMin ? Int32.max / 2 : low[x] + range * Int32(limit) / 16
      let value = sums[x]
      let black = value >= threshold
      if black != isBlack {
        // Between the middles of the pixels x - 1 and x.
        var place = Int32(x) * Self.unit - Self.unit / 2
        if threshold < Int32.max / 4, value != before {
          place += min(Self.unit, max(0, (threshold - before) * Self.unit / (value - before)))
        }
        runs.append(max(1, place - last))
        last = max(last + 1, place)
        isBlack = black
      }
      before = value
    }
    if isBlack {
      runs.append(Int32(width) * Self.unit - last)
      last = Int32(width) * Self.unit
    }
    runs.append(Int32(width) * Self.unit - last + margin)
    return (runs, -margin)
  }

  /// Smallest and largest value within `reach` columns.
  private static func extremes(_ values: [Int32], reach: Int) -> (low: [Int32], high: [Int32]) {
    // By blocks of `reach`, then the neighbours' blocks: coarse, which does no harm to a limit.
    let starts = Array(stride(from: 0, to: values.count, by: reach))
    let blocks = starts.map { values[$0..<min(values.count, $0 + reach)] }
    let lowest = blocks.map { $0.min() ?? .max }
    let highest = blocks.map { $0.max() ?? .min }
    var (low, high) = (values, values)
    for (at, block) in blocks.enumerated() {
      let (before, after) = (max(0, at - 1), min(blocks.count - 1, at + 1))
      let (least, most) = (
        min(lowest[before], lowest[at], lowest[after]), max(highest[before], highest[at], highest[after])
      )
      for x in block.indices { (low[x], high[x]) = (least, most) }
    }
    return (low, high)
  }

  /// Pixels to the right for each row down: the slant at which the columns' sums differ most from their neighbours'.
  static func slant(of ink: GrayImage, _ rows: Range<Int>) -> Double {
    var best = (score: -1.0, slant: 0.0)
    func look(_ slant: Double, step: Int) {
      let score = sharpness(of: ink, rows, slant: slant, step: step)
      if score > best.score { best = (score, slant) }
    }
    for slant in stride(from: -slantMax, through: slantMax, by: 0.03) { look(slant, step: 3) }
    for delta in [-0.02, -0.01, 0.01, 0.02] { look(best.slant + delta, step: 3) }
    let coarse = best.slant
    best.score = -1
    for delta in [-0.0075, -0.005, -0.0025, 0, 0.0025, 0.005, 0.0075] { look(coarse + delta, step: 2) }
    return best.slant
  }

  private static func sharpness(of ink: GrayImage, _ rows: Range<Int>, slant: Double, step: Int) -> Double {
    let sums = sums(
      of: ink, stride(from: rows.lowerBound, to: rows.upperBound, by: step), (rows.lowerBound + rows.upperBound) / 2,
      slant)
    var total = 0
    for (one, next) in zip(sums, sums.dropFirst()) { total &+= Int(next &- one) &* Int(next &- one) }
    return Double(total)
  }
}

extension GrayImage {
  /// Each column moved up by `fall` pixels for each column right of the middle one, white where nothing was.
  fileprivate func levelled(fall: Double) -> GrayImage {
    var result = GrayImage(width: width, height: height)
    for x in 0..<width {
      let shift = Int((Double(x - width / 2) * fall).rounded())
      for y in max(0, -shift)..<max(max(0, -shift), min(height, height - shift)) {
        result.pixels[y * width + x] = pixels[(y + shift) * width + x]
      }
    }
    return result
  }

  /// From the first to the last row with at least so much of the fullest row's ink.
  fileprivate func inkedRows(share: Double) -> Range<Int> {
    let ink = (0..<height).map { y in pixels[y * width..<(y + 1) * width].reduce(0) { $0 + Int(255 - $1) } }
    let least = Int(share * Double(ink.max() ?? 0))
    guard let first = ink.firstIndex(where: { $0 > least }), let last = ink.lastIndex(where: { $0 > least }) else {
      return 0..<0
    }
    return first..<last + 1
  }
}
