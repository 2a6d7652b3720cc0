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
  static let narrowTolerance = 0.45
  static let wideTolerance = 0.6
  /// Paper before and after the bars; the edge of the page is paper. In a barcode whose resolution is not what the file
  /// says four bars may have these widths, but no such gap.
  static let quietInches = 0.15
  static let quietSureInches = 0.4
  static let lengthMinInches = 0.7
  /// Shorter ones must show in nearly every line and stand alone, longer ones in two thirds.
  static let lengthSureInches = 1.6
  /// Interruptions of the bars: a hole, a stamp, a pen stroke.
  static let gapMaxInches = 0.45
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

  /// Patch codes whose bars stand upright in the frame of `regions`; `isTransposed` when that is the page's transposed one.
  static func read(_ regions: BarRegions, isTransposed: Bool) -> [PlacedSymbol] {
    let bands = regions.middle
    var tracks: [Track] = []
    var edges: [Int] = []
    let gapMax = max(1, Int(gapMaxInches * regions.dpi) / regions.bandRows)
    for band in 0..<bands.height {
      edges.removeAll(keepingCapacity: true)
      bands.appendEdges(of: band, to: &edges)
      guard edges.count >= 8 else { continue }
      for start in stride(from: 0, through: edges.count - 8, by: 2) {
        guard let hit = hit(edges, at: start, width: bands.width, dpi: regions.dpi) else { continue }
        add(hit, band: band, gapMax: gapMax, bandRows: regions.bandRows, to: &tracks)
      }
    }
    return tracks.filter { isLongEnough($0, regions) }
      .compactMap { symbol($0, regions, isTransposed: isTransposed) }
  }

  /// The four bars that begin at `edges[start]`, if they are a patch code's.
  private static func hit(_ edges: [Int], at start: Int, width: Int, dpi: Double) -> Hit? {
    let total = Double(edges[start + 7] - edges[start])
    guard scaleRange.contains(total / dpi / totalInches) else { return nil }
    let before = start == 0 ? .infinity : Double(edges[start] - edges[start - 1]) / dpi
    let after = start + 8 < edges.count ? Double(edges[start + 8] - edges[start + 7]) / dpi : .infinity
    guard min(before, after) >= quietInches, max(before, after) >= quietSureInches else { return nil }
    let unit = total / 10
    let spaces = [1, 3, 5].map { Double(edges[start + $0 + 1] - edges[start + $0]) / unit }
    let spread = 1 - spaces.reduce(0, +) / 3
    guard spaces.allSatisfy({ abs($0 + spread - 1) <= narrowTolerance }), abs(spread) <= 0.5 else { return nil }
    var pattern = ""
    for bar in [0, 2, 4, 6] {
      let size = Double(edges[start + bar + 1] - edges[start + bar]) / unit - spread
      if abs(size - 1) <= narrowTolerance {
        pattern += "N"
      } else if abs(size - 2.5) <= wideTolerance {
        pattern += "W"
      } else {
        return nil
      }
    }
    guard patterns[pattern] != nil else { return nil }
    return Hit(
      pattern: pattern, left: edges[start], right: edges[start + 7], isAlone: min(before, after) >= quietSureInches)
  }

  private static func add(_ hit: Hit, band: Int, gapMax: Int, bandRows: Int, to tracks: inout [Track]) {
    let match = tracks.lastIndex { track in
      let passed = band - track.last
      let slack = 3 + Int(slantMax * Double(bandRows * passed))
      return track.pattern == hit.pattern && passed <= gapMax && abs(track.left - hit.left) <= slack
        && abs(track.right - hit.right) <= slack
    }
    guard let match else {
      tracks.append(
        Track(
          pattern: hit.pattern, first: band, last: band, hits: 1, left: hit.left, right: hit.right, leftmost: hit.left,
          rightmost: hit.right, alone: hit.isAlone ? 1 : 0))
      return
    }
    tracks[match].last = band
    tracks[match].hits += 1
    tracks[match].left = hit.left
    tracks[match].right = hit.right
    tracks[match].leftmost = min(tracks[match].leftmost, hit.left)
    tracks[match].rightmost = max(tracks[match].rightmost, hit.right)
    tracks[match].alone += hit.isAlone ? 1 : 0
  }

  private static func isLongEnough(_ track: Track, _ regions: BarRegions) -> Bool {
    let bands = track.last - track.first + 1
    let length = Double(bands * regions.bandRows) / regions.dpi
    let share = Double(track.hits) / Double(bands)
    if length >= lengthSureInches { return share >= 0.66 }
    return length >= lengthMinInches && share >= 0.9 && Double(track.alone) >= 0.8 * Double(track.hits)
  }

  private static func symbol(_ track: Track, _ regions: BarRegions, isTransposed: Bool) -> PlacedSymbol? {
    let isLeftLeading = track.leftmost + track.rightmost <= regions.middle.width
    let pattern = isLeftLeading ? track.pattern : String(track.pattern.reversed())
    guard let symbology = patterns[pattern] else { return nil }
    let frame = Box(
      left: track.leftmost, top: track.first * regions.bandRows, right: track.rightmost,
      bottom: (track.last + 1) * regions.bandRows)
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
