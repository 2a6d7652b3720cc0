/// Two widths told apart: how the symbologies without a grid (Code 39, Interleaved 2 of 5, Codabar) are read.
///
/// Bars and spaces have limits of their own, because ink that spreads widens the one and narrows the other. The start
/// character shows both widths of both; from there the limits follow the symbol.
struct WideNarrow {
  /// Sums of the narrow and of the wide runs seen, and how many.
  private var narrow: (sum: Int32, count: Int32) = (0, 0)
  private var wide: (sum: Int32, count: Int32) = (0, 0)

  @inline(__always) mutating func addNarrow(_ length: Int32) {
    narrow.sum &+= length
    narrow.count &+= 1
  }
  @inline(__always) mutating func addWide(_ length: Int32) {
    wide.sum &+= length
    wide.count &+= 1
  }

  /// Lets the runs that were seen long ago count less, as a camera that is held aslant asks for: of eight narrow runs half
  /// are forgotten.
  mutating func follow() {
    guard narrow.count >= 8, wide.count >= 2 else { return }
    narrow = (narrow.sum * (narrow.count / 2) / narrow.count, narrow.count / 2)
    wide = (wide.sum * (wide.count / 2) / wide.count, wide.count / 2)
  }

  /// Whether the two are as far apart as the symbologies ask for (wide is 2 to 3 times narrow), ink spread allowed for.
  var areApart: Bool {
    // wide / narrow between 1.4 and 6.
    let (n, w) = (narrow.sum * wide.count, wide.sum * narrow.count)
    return w * 10 >= n * 14 && w <= n * 6
  }

  /// Whether a run is wide; nil where it is neither, being far outside both or too near the middle of the two.
  ///
  /// `slack`: the middle part that is nobody's, in 1/16 of the difference on each side.
  @inline(__always) func isWide(_ length: Int32, slack: Int32 = 1) -> Bool? {
    // Everything times narrow.count × wide.count.
    let n = narrow.sum &* wide.count
    let w = wide.sum &* narrow.count
    let value = length &* narrow.count &* wide.count
    let distance = (value &* 2 &- n &- w) &* 8
    let limit = (w &- n) &* slack
    if distance > limit { return value &* 2 <= w &* 2 &+ (w &- n) &* 3 / 2 ? true : nil }
    if distance < -limit { return true && value &* 2 >= n &* 2 &- (w &- n) &* 3 / 2 ? false : nil }
    return nil
  }

  /// Whether a run is as wide as the others of its kind: two fifths and a pixel more or less at most. A bar that a cut
  /// has gone through is not.
  func isUsual(_ length: Int32, isWide: Bool) -> Bool {
    let kind = isWide ? wide : narrow
    return abs(length * kind.count - kind.sum) * 5 <= kind.sum * 2 + kind.count * 5
  }
}
