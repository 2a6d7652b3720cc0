/// What ink hangs together, pixel by pixel, corners included: a letter, a line, a border around a sticker, a speck, some modules of a
/// symbol.
struct Strokes: Sendable {
  struct Stroke: Sendable {
    var box: Box
    /// Black pixels.
    var ink: Int

    /// Width or height, whichever is larger.
    var length: Int { max(box.width, box.height) }
  }

  /// Black pixels of a row, one beside the other; `right` is exclusive.
  private struct Run {
    let y: Int
    let left: Int
    let right: Int
  }

  private let bits: Bitmap
  /// In the order of rows and columns.
  private var runs: [Run] = []
  /// Of each run: one of the same stroke that comes before it, or itself.
  private var parents: [Int] = []
  /// Of each run that has none before it: its stroke so far.
  private var strokes: [Stroke] = []
  /// Length of the longest stroke.
  private(set) var longest = 0

  /// `box`: what lies outside is cut off. Looks no further once a stroke is `enough` pixels long.
  init(_ bits: Bitmap, in box: Box? = nil, enough: Int = .max) {
    self.bits = bits
    let box = box ?? Box(left: 0, top: 0, right: bits.width, bottom: bits.height)
    var edges: [Int] = []
    var above = 0..<0
    for y in box.top..<max(box.top, box.bottom) {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      let start = runs.count
      var next = above.lowerBound
      for place in stride(from: 0, to: edges.count - 1, by: 2) {
        let run = Run(y: y, left: max(edges[place], box.left), right: min(edges[place + 1], box.right))
        guard run.left < run.right else { continue }
        var root = add(run)
        while next < above.upperBound, runs[next].right < run.left { next += 1 }
        // The last run that touches this one may touch the one to its right as well.
        var other = next
        while other < above.upperBound, runs[other].left <= run.right {
          root = unite(root, other)
          other += 1
        }
        longest = max(longest, strokes[root].length)
        if longest >= enough { return }
      }
      above = start..<runs.count
    }
  }

  /// The picture without the strokes that `isLeftOut`; nil where there are none.
  func bitmap(without isLeftOut: (Stroke) -> Bool) -> Bitmap? {
    var result: Bitmap?
    // Of each run: whether its stroke is left out. The first run of a stroke comes before all others.
    var isOut = [Bool](repeating: false, count: runs.count)
    for (index, run) in runs.enumerated() {
      isOut[index] = parents[index] == index ? isLeftOut(strokes[index]) : isOut[root(index)]
      if isOut[index] {
        if result == nil { result = bits }
        result?.erase(Box(left: run.left, top: run.y, right: run.right, bottom: run.y + 1))
      }
    }
    return result
  }

  private mutating func add(_ run: Run) -> Int {
    runs.append(run)
    parents.append(parents.count)
    strokes.append(
      Stroke(box: Box(left: run.left, top: run.y, right: run.right, bottom: run.y + 1), ink: run.right - run.left))
    return parents.count - 1
  }

  private mutating func unite(_ one: Int, _ other: Int) -> Int {
    let (first, second) = (root(one), root(other))
    if first == second { return first }
    let (kept, gone) = (min(first, second), max(first, second))
    parents[gone] = kept
    strokes[kept].box = strokes[kept].box.union(strokes[gone].box)
    strokes[kept].ink += strokes[gone].ink
    // Shorter ways for those who ask next.
    parents[one] = kept
    parents[other] = kept
    return kept
  }

  private func root(_ index: Int) -> Int {
    var index = index
    while parents[index] != index { index = parents[index] }
    return index
  }
}
