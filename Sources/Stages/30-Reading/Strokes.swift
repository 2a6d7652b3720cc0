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
    /// Its place in `strokes`, which may have become another's part.
    let stroke: Int
  }

  private let bits: Bitmap
  /// In the order of rows and columns.
  private var runs: [Run] = []
  private var strokes: [Stroke] = []
  /// Of each stroke: one that comes before it and that it is a part of, or itself.
  private var parents: [Int] = []
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
        let (left, right) = (max(edges[place], box.left), min(edges[place + 1], box.right))
        guard left < right else { continue }
        while next < above.upperBound, runs[next].right < left { next += 1 }
        var stroke: Int?
        // The last run that touches this one may touch the one to its right as well.
        var other = next
        while other < above.upperBound, runs[other].left <= right {
          let root = root(runs[other].stroke)
          stroke = stroke.map { unite($0, root) } ?? root
          other += 1
        }
        let at = stroke ?? strokes.count
        let run = Box(left: left, top: y, right: right, bottom: y + 1)
        if stroke == nil {
          strokes.append(Stroke(box: run, ink: right - left))
          parents.append(at)
        } else {
          strokes[at].box = strokes[at].box.union(run)
          strokes[at].ink += right - left
        }
        runs.append(Run(y: y, left: left, right: right, stroke: at))
        longest = max(longest, strokes[at].length)
        if longest >= enough { return }
      }
      above = start..<runs.count
    }
  }

  /// The picture without the strokes that `isLeftOut`; nil where there are none.
  func bitmap(without isLeftOut: (Stroke) -> Bool) -> Bitmap? {
    // One that is a part of another comes behind it.
    var isOut: [Bool] = []
    for (stroke, parent) in parents.enumerated() {
      isOut.append(parent == stroke ? isLeftOut(strokes[stroke]) : isOut[parent])
    }
    guard isOut.contains(true) else { return nil }
    var result = bits
    for run in runs where isOut[run.stroke] {
      result.erase(Box(left: run.left, top: run.y, right: run.right, bottom: run.y + 1))
    }
    return result
  }

  private mutating func unite(_ one: Int, _ other: Int) -> Int {
    if one == other { return one }
    let (kept, gone) = (min(one, other), max(one, other))
    parents[gone] = kept
    strokes[kept].box = strokes[kept].box.union(strokes[gone].box)
    strokes[kept].ink += strokes[gone].ink
    return kept
  }

  private mutating func root(_ stroke: Int) -> Int {
    var stroke = stroke
    while parents[stroke] != stroke {
      // Shorter ways for those who ask next.
      parents[stroke] = parents[parents[stroke]]
      stroke = parents[stroke]
    }
    return stroke
  }
}
