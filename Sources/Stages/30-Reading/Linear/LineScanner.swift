import Model

/// Looks for whole symbols in the runs of one line, from the left and from the right.
///
/// A symbol begins after paper that is at least five modules wide, which hardly any run of text or ruling has before it:
/// this one comparison spares nearly all the rest.
struct LineScanner {
  /// What stood in a line, and where, in the unit of its runs from the line's beginning.
  struct Find: Sendable {
    var symbol: LineSymbol
    /// Where the symbol's first bar begins as it is read, and where its last one ends: `start > end` when read from the right.
    var start: Int32
    var end: Int32
  }

  /// A second look at what certainly is a barcode: Code 128, which has a check character, may have text closer to it.
  let isSecondLook: Bool

  init(isSecondLook: Bool = false) { self.isSecondLook = isSecondLook }

  private var reversed: [Int32] = []
  private var values: [UInt8] = []

  /// `runs`: white, black … white, an odd number; the first begins at `origin` (negative where the line was lengthened).
  mutating func find(in runs: [Int32], origin: Int32, each: (Find) -> Void) {
    guard runs.count >= 9 else { return }
    runs.withUnsafeBufferPointer { lengths in
      let runs = BarRuns(lengths: lengths, margin: max(0, -origin))
      scan(runs) { symbol in
        let start = origin + runs.sum(0, symbol.runs.lowerBound)
        each(Find(symbol: symbol, start: start, end: start + runs.sum(symbol.runs.lowerBound, symbol.runs.count)))
      }
    }
    reversed.removeAll(keepingCapacity: true)
    reversed.append(contentsOf: runs.reversed())
    let total = runs.reduce(0, &+)
    let kept = reversed
    kept.withUnsafeBufferPointer { lengths in
      let runs = BarRuns(lengths: lengths, margin: max(0, -origin))
      scan(runs) { symbol in
        let start = runs.sum(0, symbol.runs.lowerBound)
        let end = start + runs.sum(symbol.runs.lowerBound, symbol.runs.count)
        each(Find(symbol: symbol, start: origin + total - start, end: origin + total - end))
      }
    }
  }

  private mutating func scan(_ runs: BarRuns, _ each: (LineSymbol) -> Void) {
    let last = runs.count - 5
    let quiet: Int32 = isSecondLook ? 2 : 5
    guard last >= 1 else { return }
    var at = 1
    while at <= last {
      let four = runs[at] &+ runs[at &+ 1] &+ runs[at &+ 2] &+ runs[at &+ 3]
      // Four runs of a start character are at most eight modules.
      if runs[at &- 1] &* 8 >= four &* quiet, let symbol = read(runs, at) {
        each(symbol)
        at = symbol.runs.upperBound | 1
        continue
      }
      at &+= 2
    }
  }

  private mutating func read(_ runs: BarRuns, _ at: Int) -> LineSymbol? {
    Code128.read(runs, at: at, quiet: isSecondLook ? 2 : Code128.quietModules, values: &values)
      ?? Code39.read(runs, at: at, values: &values)
      ?? Interleaved2of5.read(runs, at: at, values: &values) ?? Codabar.read(runs, at: at, values: &values)
      ?? EAN.read(runs, at: at, values: &values)
  }
}
