/// What ink hangs together, pixel by pixel, corners included: a letter, a line, a border around a sticker, a module or several.
struct Strokes: Sendable {
  struct Stroke: Sendable {
    fileprivate(set) var box: Box
    /// Black pixels.
    fileprivate(set) var ink: Int
  }

  /// A run of black pixels; `right` is exclusive.
  private struct Run {
    let y: Int
    let left: Int
    let right: Int
    /// A run of the same stroke that was there before, or itself.
    var before: Int
  }

  private let bits: Bitmap
  private var runs: [Run] = []

  init(_ bits: Bitmap) {
    self.bits = bits
    var edges: [Int] = []
    var above = 0..<0
    for y in 0..<bits.height {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      let start = runs.count
      var next = above.lowerBound
      for at in stride(from: 0, to: edges.count, by: 2) {
        let index = runs.count
        runs.append(Run(y: y, left: edges[at], right: edges[at + 1], before: index))
        while next < above.upperBound, runs[next].right < edges[at] { next += 1 }
        // The last run that touches this one may touch the one to the right as well.
        var other = next
        while other < above.upperBound, runs[other].left <= edges[at + 1] {
          unite(index, other)
          other += 1
        }
      }
      above = start..<runs.count
    }
  }

  private func first(_ index: Int) -> Int {
    var index = index
    while runs[index].before != index { index = runs[index].before }
    return index
  }

  private mutating func unite(_ one: Int, _ other: Int) {
    let (a, b) = (first(one), first(other))
    let root = min(a, b)
    runs[a].before = root
    runs[b].before = root
    runs[one].before = root
  }

  /// The picture without the strokes that `isLeftOut`; nil where there are none.
  func bitmap(without isLeftOut: (Stroke) -> Bool) -> Bitmap? {
    var strokes: [Stroke] = []
    // Of each run: its stroke.
    var places = [Int](repeating: 0, count: runs.count)
    for index in runs.indices {
      let run = runs[index]
      let box = Box(left: run.left, top: run.y, right: run.right, bottom: run.y + 1)
      let root = first(index)
      if root == index {
        places[index] = strokes.count
        strokes.append(Stroke(box: box, ink: box.area))
      } else {
        // The first run of a stroke comes before all others.
        places[index] = places[root]
        strokes[places[root]].box = strokes[places[root]].box.union(box)
        strokes[places[root]].ink += box.area
      }
    }
    let isOut = strokes.map(isLeftOut)
    guard isOut.contains(true) else { return nil }
    var result = bits
    for (run, place) in zip(runs, places) where isOut[place] {
      result.erase(Box(left: run.left, top: run.y, right: run.right, bottom: run.y + 1))
    }
    return result
  }
}
