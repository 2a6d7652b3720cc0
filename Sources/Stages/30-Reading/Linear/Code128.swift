import Model

/// Code 128 and GS1-128 (ISO/IEC 15417): characters of three bars and three spaces, 11 modules, with a check character.
///
/// Characters are told by the distances between like edges, which ink spread leaves alone (ISO/IEC 15417 Annex A), and
/// confirmed by the sum of their bars, which is even in every character: one module of ink too many or too few, as a pen
/// stroke along a bar leaves it, makes it odd. Reading from the right the stop character comes first; the scanner turns
/// the runs round instead.
enum Code128 {
  static let quietModules: Int32 = 5
  /// Characters of a symbol, start and check character included. A line over a page has room for no more.
  static let charactersMax = 128
  /// A character may be so much wider or narrower than the one before (of 16): paper that stretches, a page fed unevenly.
  static let widthSlack: Int32 = 2
  /// Modules by which the sum of a character's bars may differ from the symbol's mean ink spread, in 1/100.
  static let barSlack: Int32 = 80

  /// The symbol whose first bar is run `first`, if one stands there with `quiet` modules of paper before and after it.
  static func read(_ runs: BarRuns, at first: Int, quiet: Int32 = quietModules, values: inout [UInt8]) -> LineSymbol? {
    guard first + 6 * 4 + 1 <= runs.count else { return nil }
    var width = runs.sum(first, 6)
    guard runs[first - 1] * 11 >= quiet * width else { return nil }
    let start = value(runs, first, width)
    guard start >= startA, start <= startC else { return nil }
    values.removeAll(keepingCapacity: true)
    values.append(start)
    var spreads: (sum: Int32, low: Int32, high: Int32) = (0, Int32.max, Int32.min)
    note(&spreads, runs, first, width, start)
    var at = first + 6
    while at + 7 <= runs.count, values.count <= charactersMax {
      let next = runs.sum(at, 6)
      guard abs(next - width) * 16 <= width * widthSlack + 16 else { return nil }
      let value = value(runs, at, next)
      if value == stop { return finish(runs, first..<at, next, quiet, values, spreads) }
      guard value < startA else { return nil }
      note(&spreads, runs, at, next, value)
      width = next
      values.append(value)
      at += 6
    }
    return nil
  }

  // MARK: One character

  private static let startA: UInt8 = 103
  private static let startC: UInt8 = 105
  private static let stop: UInt8 = 106
  private static let none: UInt8 = 255

  /// The character of six runs that are `width` long, by the four distances between like edges, in modules.
  @inline(__always) private static func value(_ runs: BarRuns, _ at: Int, _ width: Int32) -> UInt8 {
    let (a, b, c, d, e) = (runs[at], runs[at + 1], runs[at + 2], runs[at + 3], runs[at + 4])
    // Rounded 11 × distance / width.
    let double = width &* 2
    let first = ((a &+ b) &* 22 &+ width) / double
    let second = ((b &+ c) &* 22 &+ width) / double
    let third = ((c &+ d) &* 22 &+ width) / double
    let fourth = ((d &+ e) &* 22 &+ width) / double
    guard (first | second | third | fourth) & ~7 == 0 else { return none }
    return byDistances[Int(first << 9 | second << 6 | third << 3 | fourth)]
  }

  /// How much wider the character's bars are than they should be, in 1/100 module.
  private static func note(
    _ spreads: inout (sum: Int32, low: Int32, high: Int32), _ runs: BarRuns, _ at: Int, _ width: Int32, _ value: UInt8
  ) {
    let bars = runs[at] + runs[at + 2] + runs[at + 4]
    let spread = bars * 1100 / width - Int32(barSums[Int(value)]) * 100
    spreads.sum += spread
    spreads.low = min(spreads.low, spread)
    spreads.high = max(spreads.high, spread)
  }

  private static func finish(
    _ runs: BarRuns, _ place: Range<Int>, _ width: Int32, _ quiet: Int32, _ values: [UInt8],
    _ spreads: (sum: Int32, low: Int32, high: Int32)
  ) -> LineSymbol? {
    let (first, at) = (place.lowerBound, place.upperBound)
    // The stop's last bar is two modules, paper follows.
    let last = runs[at + 6] * 11
    guard last >= width, last <= width * 7 / 2, at + 7 < runs.count, runs[at + 7] * 11 >= quiet * width else {
      return nil
    }
    let mean = spreads.sum / Int32(values.count)
    guard spreads.high - mean <= barSlack, mean - spreads.low <= barSlack, abs(mean) <= 250 else { return nil }
    guard values.count >= 3 else { return nil }
    var sum = Int(values[0])
    for place in 1..<values.count - 1 { sum += place * Int(values[place]) }
    guard sum % 103 == Int(values[values.count - 1]), let text = Code128Text(values.dropLast()) else { return nil }
    return LineSymbol(symbology: .code128, bytes: text.bytes, isGS1: text.isGS1, runs: first..<at + 7)
  }

  // MARK: Tables

  /// ISO/IEC 15417 Table 1: widths of bars and spaces in modules, by value; 103…105 are the start characters and 106 the
  /// stop without its last bar.
  static let patterns: [String] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "233111",
  ]

  private static let widths: [[Int]] = patterns.map { $0.utf8.map { Int($0 - UInt8(ascii: "0")) } }
  private static let barSums: [UInt8] = widths.map { UInt8($0[0] + $0[2] + $0[4]) }
  private static let byDistances: [UInt8] = {
    var table = [UInt8](repeating: none, count: 4096)
    for (value, widths) in widths.enumerated() {
      let distances = (0..<4).map { widths[$0] + widths[$0 + 1] }
      table[distances.reduce(0) { $0 << 3 | $1 }] = UInt8(value)
    }
    return table
  }()
}

/// The text of a Code 128's values: code sets A, B and C, shifts and function characters (ISO/IEC 15417 §4.3.4).
struct Code128Text {
  private(set) var bytes: [UInt8] = []
  /// FNC1 in first position: GS1 data (§4.3.4.3 a).
  private(set) var isGS1 = false

  private enum Set { case a, b, c }

  /// `values`: start character first, without check character and stop. Nil where they make no text.
  init?(_ values: ArraySlice<UInt8>) {
    guard let start = values.first, (103...105).contains(start) else { return nil }
    var set: Set = start == 103 ? .a : start == 104 ? .b : .c
    var isShifted = false
    // FNC4: once for the next character, twice until it comes twice again (§4.3.4.4): bytes from 128 on.
    var isHighLocked = false
    var isHighNext = false
    for (place, value) in values.dropFirst().enumerated() {
      let now: Set = isShifted ? (set == .a ? .b : .a) : set
      isShifted = false
      switch (now, value) {
      case (.c, 0...99):
        bytes.append(UInt8(ascii: "0") + value / 10)
        bytes.append(UInt8(ascii: "0") + value % 10)
      case (.a, 0...95), (.b, 0...95):
        let character = now == .a && value >= 64 ? value - 64 : value + 32
        bytes.append(isHighLocked != isHighNext ? character + 128 : character)
        isHighNext = false
      case (_, 102):
        if place == 0 { isGS1 = true } else { bytes.append(0x1D) }
      case (.a, 98), (.b, 98): isShifted = true
      case (.a, 101), (.b, 100):
        if isHighNext { isHighLocked.toggle() }
        isHighNext.toggle()
      case (_, 99): set = .c
      case (_, 100): set = .b
      case (_, 101): set = .a
      // FNC2 and FNC3 are for readers that collect or are being set up; the text is the same without them.
      case (.a, 96), (.a, 97), (.b, 96), (.b, 97): break
      default: return nil
      }
    }
    guard !bytes.isEmpty else { return nil }
  }
}
