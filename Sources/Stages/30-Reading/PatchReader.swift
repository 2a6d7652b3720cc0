import Model

/// Patch codes (Kodak A-61599): four bars and three spaces, wide 0.20 in, narrow and spaces 0.08 in, parallel to the
/// leading edge and at least 0.75 in long. No barcode, table or ruling has bars of these widths.
///
/// Upside down 1 is 6 and 3 is T: the edge of the page that is nearer is the leading one.
struct PatchReader: Sendable {
  static let totalInches = 0.80
  /// Print and copy may scale, and fax machines do.
  static let scaleRange = 0.78...1.25
  /// In units of a narrow bar, after the ink's spread is taken out.
  static let narrowTolerance = 0.3
  static let wideTolerance = 0.45
  /// Paper before and after the bars; the edge of the page is paper. In a barcode whose resolution is not what the file
  /// says four bars may have these widths, but no such gap.
  static let quietInches = 0.15
  static let quietSureInches = 0.4
  static let lengthMinInches = 0.7
  /// Shorter ones must show in nearly every line and stand alone, longer ones in two thirds.
  static let lengthSureInches = 1.6
  /// Interruptions of the bars: a hole, a stamp, a pen stroke.
  static let gapMaxInches = 0.45
  /// By so much a hole in the outer bar, or its shadow, moves that bar's edge.
  static let bulgeInches = 0.2
  static let slantMax = 0.2

  static let patterns: [String: Symbology] = [
    "WWNN": .patch1, "WNNW": .patch2, "WNWN": .patch3, "NWWN": .patch4, "NNWW": .patch6, "NWNW": .patchT,
  ]

  /// One patch code across the bands: same pattern, edges that move slowly.
  private struct Track {
    var pattern: String
    var first: Int
    var last: Int
    var hits: Int
    var left: Int
    var right: Int
    var leftmost: Int
    var rightmost: Int
    /// Lines in which wide paper is on both sides.
    var alone: Int
  }

  private struct Hit {
    var pattern: String
    var left: Int
    var right: Int
    var isAlone: Bool
  }

  let dpi: Double
  /// Pixels from line to line.
  let pitch: Int
  private var tracks: [Track] = []

  init(dpi: Double, pitch: Int) {
    self.dpi = dpi
    self.pitch = pitch
  }

  /// Specks and pinholes on a line of a noisy page are no bars and no spaces.
  static let speckInches = 0.02

  /// The same line without specks, each joined with what stands on both sides.
  static func withoutSpecks(_ runs: [Int32], dpi: Double) -> [Int32] {
    let speck = Int32(speckInches * dpi)
    var kept: [Int32] = []
    var at = 0
    while at < runs.count {
      if at > 0, runs[at] <= speck, at + 1 < runs.count {
        kept[kept.count - 1] += runs[at] + runs[at + 1]
        at += 2
      } else {
        kept.append(runs[at])
        at += 1
      }
    }
    return kept
  }

  /// Notes the patch codes in one more line; `runs` as ``Bitmap/runs(of:margin:into:)`` gives them.
  mutating func add(_ runs: [Int32], origin: Int32, line: Int) {
    let gapMax = max(1, Int(Self.gapMaxInches * dpi) / pitch)
    // A space between two bars, with the ink's spread.
    let space = Int32(dpi * 0.08 * 0.4)...Int32(dpi * 0.08 * 1.9)
    guard runs.count > 8 else { return }
    var at = 1
    while at + 7 < runs.count {
      if space.contains(runs[at + 1]), space.contains(runs[at + 3]), space.contains(runs[at + 5]),
        let hit = hit(runs, at, origin: origin)
      {
        add(hit, line: line, gapMax: gapMax)
      }
      at += 2
    }
  }

  /// The patch codes of all lines; `isTransposed` where these are columns of the page. `width`: of a line.
  func symbols(isTransposed: Bool, width: Int) -> [PlacedSymbol] {
    joined.filter(isLongEnough).compactMap { symbol($0, isTransposed: isTransposed, width: width) }
  }

  /// Where a sheet is punched through the code's outer bar, its edge jumps and the code goes on as another track: one code.
  private var joined: [Track] {
    let (gapMax, bulge) = (max(1, Int(Self.gapMaxInches * dpi) / pitch), Int(Self.bulgeInches * dpi))
    var result: [Track] = []
    for track in tracks.sorted(by: { ($0.first, $0.last) < ($1.first, $1.last) }) {
      let before = result.lastIndex {
        $0.pattern == track.pattern && track.first - $0.last <= gapMax
          && abs($0.leftmost - track.leftmost) <= bulge && abs($0.rightmost - track.rightmost) <= bulge
      }
      guard let before else {
        result.append(track)
        continue
      }
      result[before].last = max(result[before].last, track.last)
      result[before].hits += track.hits
      result[before].alone += track.alone
      result[before].leftmost = min(result[before].leftmost, track.leftmost)
      result[before].rightmost = max(result[before].rightmost, track.rightmost)
    }
    return result
  }

  /// The four bars that begin with run `at`, if they are a patch code's.
  private func hit(_ runs: [Int32], _ at: Int, origin: Int32) -> Hit? {
    var length: Int32 = 0
    for run in at..<at + 7 { length += runs[run] }
    let total = Double(length)
    guard Self.scaleRange.contains(total / dpi / Self.totalInches) else { return nil }
    let (before, after) = (Double(runs[at - 1]) / dpi, Double(runs[at + 7]) / dpi)
    guard min(before, after) >= Self.quietInches, max(before, after) >= Self.quietSureInches else { return nil }
    let unit = total / 10
    let spaces = [1, 3, 5].map { Double(runs[at + $0]) / unit }
    let spread = 1 - spaces.reduce(0, +) / 3
    guard spaces.allSatisfy({ abs($0 + spread - 1) <= Self.narrowTolerance }), abs(spread) <= 0.5 else { return nil }
    var pattern = ""
    for bar in [0, 2, 4, 6] {
      let size = Double(runs[at + bar]) / unit - spread
      if abs(size - 1) <= Self.narrowTolerance {
        pattern += "N"
      } else if abs(size - 2.5) <= Self.wideTolerance {
        pattern += "W"
      } else {
        return nil
      }
    }
    guard Self.patterns[pattern] != nil else { return nil }
    let left = Int(runs[0..<at].reduce(origin, +))
    return Hit(
      pattern: pattern, left: left, right: left + Int(length), isAlone: min(before, after) >= Self.quietSureInches)
  }

  private mutating func add(_ hit: Hit, line: Int, gapMax: Int) {
    let match = tracks.lastIndex { track in
      let passed = line - track.last
      let slack = 3 + Int(Self.slantMax * Double(pitch * passed))
      return track.pattern == hit.pattern && passed <= gapMax && abs(track.left - hit.left) <= slack
        && abs(track.right - hit.right) <= slack
    }
    guard let match else {
      tracks.append(
        Track(
          pattern: hit.pattern, first: line, last: line, hits: 1, left: hit.left, right: hit.right, leftmost: hit.left,
          rightmost: hit.right, alone: hit.isAlone ? 1 : 0))
      return
    }
    tracks[match].last = line
    tracks[match].hits += 1
    tracks[match].left = hit.left
    tracks[match].right = hit.right
    tracks[match].leftmost = min(tracks[match].leftmost, hit.left)
    tracks[match].rightmost = max(tracks[match].rightmost, hit.right)
    tracks[match].alone += hit.isAlone ? 1 : 0
  }

  private func isLongEnough(_ track: Track) -> Bool {
    let lines = track.last - track.first + 1
    let length = Double(lines * pitch) / dpi
    let share = Double(track.hits) / Double(lines)
    if length >= Self.lengthSureInches { return share >= 0.66 }
    return length >= Self.lengthMinInches && share >= 0.9 && Double(track.alone) >= 0.8 * Double(track.hits)
  }

  private func symbol(_ track: Track, isTransposed: Bool, width: Int) -> PlacedSymbol? {
    let isLeftLeading = track.leftmost + track.rightmost <= width
    let pattern = isLeftLeading ? track.pattern : String(track.pattern.reversed())
    guard let symbology = Self.patterns[pattern] else { return nil }
    let frame = Box(
      left: track.leftmost, top: track.first * pitch, right: track.rightmost, bottom: (track.last + 1) * pitch)
    let box = isTransposed ? frame.transposed : frame
    let corners = [
      Point(box.left, box.top), Point(box.right - 1, box.top), Point(box.right - 1, box.bottom - 1),
      Point(box.left, box.bottom - 1),
    ]
    // The leading edge is the label's upper one. In the transposed frame left is the page's top.
    let first =
      switch (isTransposed, isLeftLeading) {
      case (true, true): 0
      case (true, false): 2
      case (false, true): 3
      case (false, false): 1
      }
    return PlacedSymbol(
      symbology: symbology, bytes: [], isGS1: false, rows: track.hits,
      corners: (0..<4).map { corners[(first + $0) % 4] })
  }
}
