import Model

/// EAN-13 and UPC-A (ISO/IEC 15420), the codes of goods: read so that a sticker on a page is foreign and not taken for a
/// label that nobody could read. Digits of two bars and two spaces, seven modules, with a check digit.
enum EAN {
  static let quietModules: Int32 = 5
  /// Guard, six digits, middle, six digits, guard.
  private static let runsCount = 3 + 24 + 5 + 24 + 3

  static func read(_ runs: BarRuns, at first: Int, values: inout [UInt8]) -> LineSymbol? {
    guard first + runsCount < runs.count else { return nil }
    // 95 modules in all.
    let total = runs.sum(first, runsCount)
    guard runs[first - 1] * 95 >= quietModules * total, runs[first + runsCount] * 95 >= quietModules * total,
      isGuard(runs, first, 3, total), isGuard(runs, first + 27, 5, total), isGuard(runs, first + 56, 3, total)
    else { return nil }
    values.removeAll(keepingCapacity: true)
    var parities = 0
    for place in 0..<12 {
      let at = first + 3 + place * 4 + (place >= 6 ? 5 : 0)
      guard let (digit, isEven) = digit(runs, at, total) else { return nil }
      if place < 6 { parities = parities << 1 | (isEven ? 1 : 0) } else if isEven { return nil }
      values.append(digit)
    }
    guard let leading = leadingDigits.firstIndex(of: parities) else { return nil }
    values.insert(UInt8(leading), at: 0)
    var sum = 0
    for (place, digit) in values.enumerated() { sum += place & 1 == 1 ? Int(digit) * 3 : Int(digit) }
    guard sum % 10 == 0 else { return nil }
    let text = values.map { UInt8(ascii: "0") + $0 }
    // An EAN-13 that begins with 0 is a UPC-A.
    return LineSymbol(
      symbology: leading == 0 ? .upca : .ean13, bytes: leading == 0 ? Array(text.dropFirst()) : text,
      runs: first..<first + runsCount)
  }

  /// Runs of one module each.
  private static func isGuard(_ runs: BarRuns, _ at: Int, _ count: Int, _ total: Int32) -> Bool {
    (0..<count).allSatisfy { runs[at + $0] * 190 >= total && runs[at + $0] * 95 <= total * 2 }
  }

  /// By the distances between like edges; even parity is set G on the left.
  private static func digit(_ runs: BarRuns, _ at: Int, _ total: Int32) -> (digit: UInt8, isEven: Bool)? {
    let width = runs.sum(at, 4)
    guard width * 95 >= total * 6, width * 95 <= total * 8 else { return nil }
    var best: (error: Int32, digit: UInt8, isEven: Bool) = (.max, 0, false)
    var second = Int32.max
    for (digit, widths) in patterns.enumerated() {
      for isEven in [false, true] {
        var error: Int32 = 0
        for place in 0..<4 {
          error += abs(runs[at + place] * 7 - widths[isEven ? 3 - place : place] * width)
        }
        if error < best.error {
          second = best.error
          best = (error, UInt8(digit), isEven)
        } else {
          second = min(second, error)
        }
      }
    }
    // Of 7 × width: two modules in all at most, and clearly better than any other.
    guard best.error <= width * 2, second > best.error + width / 2 else { return nil }
    return (best.digit, best.isEven)
  }

  /// ISO/IEC 15420 Table 1, number set A (and, colours exchanged, C); B is A from the right.
  private static let patterns: [[Int32]] = [
    [3, 2, 1, 1], [2, 2, 2, 1], [2, 1, 2, 2], [1, 4, 1, 1], [1, 1, 3, 2], [1, 2, 3, 1], [1, 1, 1, 4], [1, 3, 1, 2],
    [1, 2, 1, 3], [3, 1, 1, 2],
  ]

  /// Table 3: which of the six left digits are of set B, by leading digit.
  private static let leadingDigits = [
    0b000000, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010,
  ]
}
