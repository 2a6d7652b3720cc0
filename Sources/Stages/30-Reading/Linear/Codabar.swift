import Model

/// Codabar (EN 798; NW-7): characters of four bars and three spaces, two or three of them wide, between start and stop
/// characters A to D, which belong to the text. No check character of its own.
enum Codabar {
  /// A part of a symbol may be one as well: nearly all the paper that the standard wants (10 modules) must be there.
  static let quietModules: Int32 = 8
  /// Start, stop and five characters between them: fewer stand in rows of bars by chance.
  static let charactersMin = 7
  static let charactersMax = 64

  static func read(_ runs: BarRuns, at first: Int, values: inout [UInt8]) -> LineSymbol? {
    guard first + 8 * charactersMin <= runs.count else { return nil }
    // A start character is four narrow runs and three wide ones: 10 to 13 modules.
    let width = runs.sum(first, 7)
    guard runs[first - 1] * 12 >= quietModules * width else { return nil }
    guard let start = startCharacter(runs, first) else { return nil }
    var bars = WideNarrow()
    var spaces = WideNarrow()
    note(runs, first, start, &bars, &spaces)
    guard bars.areApart, spaces.areApart else { return nil }
    values.removeAll(keepingCapacity: true)
    values.append(characters[start])
    var at = first + 8
    while at + 7 < runs.count, values.count <= charactersMax {
      guard runs[at - 1] * 12 <= width * 5, let place = character(runs, at, bars, spaces) else { return nil }
      let next = runs.sum(at, 7)
      let isEnd = place >= firstOfEnds
      // Characters with two wide runs are as much narrower as a wide run is wider than a narrow one.
      guard next * 16 <= width * 18 + 16, next * 16 >= width * (isEnd ? 14 : 10) - 16 else { return nil }
      values.append(characters[place])
      if isEnd {
        guard values.count >= charactersMin, runs[at + 7] * 12 >= quietModules * width else { return nil }
        return LineSymbol(symbology: .codabar, bytes: values, runs: first..<at + 7)
      }
      note(runs, at, place, &bars, &spaces)
      at += 8
    }
    return nil
  }

  /// A to D have one wide bar of four and two wide spaces of three: the limits come from their own runs.
  private static func startCharacter(_ runs: BarRuns, _ at: Int) -> Int? {
    let wideBar = max(max(runs[at], runs[at + 2]), max(runs[at + 4], runs[at + 6]))
    let narrowSpace = min(runs[at + 1], min(runs[at + 3], runs[at + 5]))
    var key = 0
    for place in 0..<7 {
      let isWide = place & 1 == 0 ? runs[at + place] == wideBar : runs[at + place] != narrowSpace
      key = key << 1 | (isWide ? 1 : 0)
    }
    guard let place = byWidths[key], place >= firstOfEnds else { return nil }
    return place
  }

  @inline(__always) private static func character(
    _ runs: BarRuns, _ at: Int, _ bars: WideNarrow, _ spaces: WideNarrow
  ) -> Int? {
    var key = 0
    for place in 0..<7 {
      let isWide = place & 1 == 0 ? bars.isWide(runs[at &+ place]) : spaces.isWide(runs[at &+ place])
      guard let isWide else { return nil }
      key = key << 1 | (isWide ? 1 : 0)
    }
    return byWidths[key]
  }

  private static func note(
    _ runs: BarRuns, _ at: Int, _ character: Int, _ bars: inout WideNarrow, _ spaces: inout WideNarrow
  ) {
    for place in 0..<7 {
      let isWide = patterns[character] >> (6 - place) & 1 == 1
      switch (place & 1 == 0, isWide) {
      case (true, true): bars.addWide(runs[at + place])
      case (true, false): bars.addNarrow(runs[at + place])
      case (false, true): spaces.addWide(runs[at + place])
      case (false, false): spaces.addNarrow(runs[at + place])
      }
    }
  }

  private static let characters = Array("0123456789-$:/.+ABCD".utf8)
  private static let firstOfEnds = 16

  /// EN 798 Table 1, in the order of `characters`: seven runs, 1 is wide.
  static let patterns = [
    0b0000011, 0b0000110, 0b0001001, 0b1100000, 0b0010010, 0b1000010, 0b0100001, 0b0100100, 0b0110000, 0b1001000,
    0b0001100, 0b0011000, 0b1000101, 0b1010001, 0b1010100, 0b0010101, 0b0011010, 0b0101001, 0b0001011, 0b0001110,
  ]

  private static let byWidths: [Int?] = (0..<128).map { patterns.firstIndex(of: $0) }
}
