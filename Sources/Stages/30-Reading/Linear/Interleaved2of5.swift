import Model

/// Interleaved 2 of 5 (ISO/IEC 16390): digits in pairs, one in five bars, the other in the five spaces between them.
///
/// The weakest symbology that is read: no check character, a short start and stop, and a part of a symbol may be a symbol.
/// So nearly all the paper is asked for that the standard wants on both sides, most of it seen on the page; ends that no
/// cut has left thinner than the other bars; at least eight digits; and more lines that agree than of any other.
enum Interleaved2of5 {
  static let quietModules: Int32 = 9
  /// Of these so many on the page: at its edge a symbol may be cut.
  static let quietSeenModules: Int32 = 6
  static let digitsMin = 8
  static let digitsMax = 64

  static func read(_ runs: BarRuns, at first: Int, values: inout [UInt8]) -> LineSymbol? {
    guard first + 4 + 10 + 3 < runs.count else { return nil }
    // Start: four narrow runs.
    let start = runs.sum(first, 4)
    guard isQuiet(runs, first - 1, start) else { return nil }
    let (low, high) = (
      min(min(runs[first], runs[first + 1]), min(runs[first + 2], runs[first + 3])),
      max(max(runs[first], runs[first + 1]), max(runs[first + 2], runs[first + 3]))
    )
    guard high <= low * 5 / 2 + 1 else { return nil }
    // 4 narrow; a pair is 6 narrow and 4 wide ones of 2 to 3 modules: 14 to 18 modules.
    let width = runs.sum(first + 4, 10)
    guard width * 4 >= start * 12, width * 4 <= start * 21 else { return nil }
    values.removeAll(keepingCapacity: true)
    var limits = Limits(bars: WideNarrow(), spaces: WideNarrow())
    var at = first + 4
    while at + 3 < runs.count, values.count <= digitsMax {
      if values.count >= digitsMin, isStop(runs, at, limits), isStart(runs, first, limits) {
        return LineSymbol(symbology: .itf, bytes: values, runs: first..<at + 3)
      }
      guard at + 10 + 3 < runs.count, abs(runs.sum(at, 10) - width) * 8 <= width + 8,
        let bar = digit(runs, at), let space = digit(runs, at + 1)
      else { return nil }
      note(runs, at, bar, &limits.bars)
      note(runs, at + 1, space, &limits.spaces)
      guard limits.bars.areApart, limits.spaces.areApart else { return nil }
      values.append(UInt8(ascii: "0") + UInt8(bar))
      values.append(UInt8(ascii: "0") + UInt8(space))
      at += 10
    }
    return nil
  }

  /// Whether run `paper` is as wide as the start's or the stop's `four` modules ask for.
  private static func isQuiet(_ runs: BarRuns, _ paper: Int, _ four: Int32) -> Bool {
    runs[paper] * 4 >= quietModules * four && runs.seen(paper) * 4 >= quietSeenModules * four
  }

  private struct Limits {
    var bars: WideNarrow
    var spaces: WideNarrow
  }

  /// Four narrow runs as wide as all the others.
  private static func isStart(_ runs: BarRuns, _ at: Int, _ limits: Limits) -> Bool {
    limits.bars.isUsual(runs[at], isWide: false) && limits.spaces.isUsual(runs[at + 1], isWide: false)
      && limits.bars.isUsual(runs[at + 2], isWide: false) && limits.spaces.isUsual(runs[at + 3], isWide: false)
  }

  /// Wide bar, narrow space, narrow bar, paper.
  private static func isStop(_ runs: BarRuns, _ at: Int, _ limits: Limits) -> Bool {
    guard limits.bars.isWide(runs[at]) == true, limits.spaces.isWide(runs[at + 1]) == false,
      limits.bars.isWide(runs[at + 2]) == false, limits.bars.isUsual(runs[at], isWide: true),
      limits.spaces.isUsual(runs[at + 1], isWide: false), limits.bars.isUsual(runs[at + 2], isWide: false)
    else { return false }
    // Stop is 4 or 5 modules.
    return isQuiet(runs, at + 3, runs.sum(at, 3))
  }

  /// The digit of every other run from `at` on: its two widest must stand apart from the other three.
  @inline(__always) private static func digit(_ runs: BarRuns, _ at: Int) -> Int? {
    let total = runs[at] &+ runs[at &+ 2] &+ runs[at &+ 4] &+ runs[at &+ 6] &+ runs[at &+ 8]
    var key = 0
    var wideLeast = Int32.max
    var narrowMost: Int32 = 0
    for place in 0..<5 {
      let length = runs[at &+ place &* 2]
      // Wider than the mean.
      let isWide = length &* 5 > total
      key = key << 1 | (isWide ? 1 : 0)
      if isWide { wideLeast = min(wideLeast, length) } else { narrowMost = max(narrowMost, length) }
    }
    guard let digit = byWidths[key], wideLeast &* 4 >= narrowMost &* 5 else { return nil }
    return digit
  }

  private static func note(_ runs: BarRuns, _ at: Int, _ digit: Int, _ limits: inout WideNarrow) {
    for place in 0..<5 {
      if patterns[digit] >> (4 - place) & 1 == 1 {
        limits.addWide(runs[at + place * 2])
      } else {
        limits.addNarrow(runs[at + place * 2])
      }
    }
  }

  /// ISO/IEC 16390 Table 1, by digit: five runs, 1 is wide.
  static let patterns = [
    0b00110, 0b10001, 0b01001, 0b11000, 0b00101, 0b10100, 0b01100, 0b00011, 0b10010, 0b01010,
  ]

  private static let byWidths: [Int?] = (0..<32).map { patterns.firstIndex(of: $0) }
}
