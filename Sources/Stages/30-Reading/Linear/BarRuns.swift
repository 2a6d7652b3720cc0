import Model

/// The runs of one scan line in one direction: white, black, white … white, so that every odd index is a bar.
///
/// Lengths in any unit: whole pixels from scan lines, sixteenths of a pixel from profiles; only their ratios count.
struct BarRuns {
  let lengths: UnsafeBufferPointer<Int32>
  /// By so much the first and the last run were lengthened: beyond the page is paper, but nobody has seen it.
  var margin: Int32 = 0

  var count: Int { lengths.count }
  @inline(__always) subscript(index: Int) -> Int32 { lengths[index] }

  /// So much paper was seen in a white run.
  @inline(__always) func seen(_ index: Int) -> Int32 {
    index == 0 || index == count &- 1 ? lengths[index] &- margin : lengths[index]
  }

  /// Sum of `count` runs from `first` on.
  @inline(__always) func sum(_ first: Int, _ count: Int) -> Int32 {
    var sum: Int32 = 0
    for index in first..<first &+ count { sum &+= lengths[index] }
    return sum
  }
}

/// What one line says: a whole symbol between its quiet zones, its own checks passed.
struct LineSymbol: Hashable, Sendable {
  var symbology: Symbology
  var bytes: [UInt8]
  var isGS1 = false
  /// The run of the first bar, and the one after the last bar.
  var runs: Range<Int>
}
