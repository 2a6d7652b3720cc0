import Model

/// A page's black pixels in 64-bit words: what all of our own statistics work on.
///
/// The most significant bit of a word is its leftmost pixel; 1 is black; bits right of `width` are 0.
struct Bitmap: Sendable {
  let width: Int
  let height: Int
  /// `(width + 63) / 64`.
  let rowWords: Int
  /// `height * rowWords` words.
  var words: [UInt64]

  /// All white.
  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    rowWords = (width + 63) / 64
    words = [UInt64](repeating: 0, count: rowWords * height)
  }

  subscript(x: Int, y: Int) -> Bool {
    get { (words[y * rowWords + x >> 6] << UInt64(x & 63)) >> 63 == 1 }
    set {
      let bit = UInt64(1) << UInt64(63 - x & 63)
      if newValue { words[y * rowWords + x >> 6] |= bit } else { words[y * rowWords + x >> 6] &= ~bit }
    }
  }

  var blackCount: Int { words.reduce(0) { $0 &+ $1.nonzeroBitCount } }

  /// Black pixels of a whole row.
  func blackCount(ofRow y: Int) -> Int {
    var count = 0
    for index in y * rowWords..<(y + 1) * rowWords { count &+= words[index].nonzeroBitCount }
    return count
  }

  /// Makes a box white.
  mutating func erase(_ box: Box) {
    let box = box.clipped(toWidth: width, height: height)
    guard !box.isEmpty else { return }
    let first = box.left >> 6
    let last = (box.right - 1) >> 6
    let head = ~UInt64(0) >> UInt64(box.left & 63)
    let tail = ~UInt64(0) << UInt64(63 - (box.right - 1) & 63)
    for y in box.top..<box.bottom {
      for index in first...last {
        var mask = ~UInt64(0)
        if index == first { mask &= head }
        if index == last { mask &= tail }
        words[y * rowWords + index] &= ~mask
      }
    }
  }
}

/// An upright rectangle of pixels; `right` and `bottom` are exclusive.
struct Box: Hashable, Sendable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  var width: Int { right - left }
  var height: Int { bottom - top }
  var isEmpty: Bool { left >= right || top >= bottom }
  var area: Int { isEmpty ? 0 : width * height }

  /// Larger by so many pixels on each side.
  func grown(_ x: Int, _ y: Int) -> Box { Box(left: left - x, top: top - y, right: right + x, bottom: bottom + y) }

  func clipped(toWidth width: Int, height: Int) -> Box {
    Box(left: max(0, left), top: max(0, top), right: min(width, right), bottom: min(height, bottom))
  }

  func intersection(_ other: Box) -> Box {
    Box(
      left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
      bottom: min(bottom, other.bottom))
  }

  mutating func move(_ x: Int, _ y: Int) {
    self = Box(left: left + x, top: top + y, right: right + x, bottom: bottom + y)
  }

  func union(_ other: Box) -> Box {
    Box(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }

  /// x and y exchanged, as in a transposed bitmap.
  var transposed: Box { Box(left: top, top: left, right: bottom, bottom: right) }
}

extension Box {
  /// The smallest box around the points.
  init(_ points: [Point]) {
    self.init(
      left: points.map(\.x).min()!, top: points.map(\.y).min()!, right: points.map(\.x).max()! + 1,
      bottom: points.map(\.y).max()! + 1)
  }
}
