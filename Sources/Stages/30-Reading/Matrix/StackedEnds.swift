/// Where the start or stop pattern of a PDF417 shows in scan lines: in lines that follow one another, at places that move
/// slowly. Like the start of a linear symbol it is told from one comparison of runs.
struct StackedEnds: Sendable {
  /// Lines that must show it for a look, and for being sure that a symbol stands there.
  static let linesMin = 3
  static let linesSure = 5
  static let shareSure = 0.7
  static let slantMax = 0.2
  /// Pixels; less is texture.
  static let moduleMin = 1.9
  static let gapLines = 4

  struct End: Sendable {
    /// In the frame of the lines.
    var box: Box
    var lines: Int
    var first: Int
    var last: Int
    var isSure: Bool {
      lines >= linesSure && Double(lines) >= shareSure * Double(last - first + 1)
    }
  }

  let pitch: Int
  private(set) var ends: [End] = []

  init(pitch: Int) { self.pitch = pitch }

  /// `runs` as ``Bitmap/runs(of:margin:into:)`` gives them.
  mutating func add(_ runs: [Int32], origin: Int32, line: Int) {
    guard runs.count > 9 else { return }
    var at = 1
    while at + 7 < runs.count {
      // A bar of seven or eight modules beside runs of one: far wider than both its neighbours.
      let (first, last) = (runs[at], runs[at &+ 6])
      if first >= runs[at &+ 1] &* 4 && first >= runs[at &+ 2] &* 4
        || last >= runs[at &+ 5] &* 4 && last >= runs[at &+ 4] &* 4, isEnd(runs, at)
      {
        let left = Int(runs[0..<at].reduce(origin, +))
        add(Box(left: left, top: line * pitch, right: left + length(runs, at), bottom: (line + 1) * pitch), line)
      }
      at &+= 2
    }
  }

  private func length(_ runs: [Int32], _ at: Int) -> Int { Int(runs[at..<at + 7].reduce(0, +)) }

  private mutating func add(_ box: Box, _ line: Int) {
    let match = ends.lastIndex { end in
      line - end.last <= Self.gapLines && line > end.last
        && abs(end.box.left - box.left) <= 4 + Int(Self.slantMax * Double(box.top - end.box.top))
    }
    guard let match else {
      ends.append(End(box: box, lines: 1, first: line, last: line))
      return
    }
    ends[match].lines += 1
    ends[match].last = line
    ends[match].box = ends[match].box.union(box)
  }

  /// ISO/IEC 15438 §5.3.4: start 8 1 1 1 1 1 1 3, stop 7 1 1 3 1 1 1 2 1; from the right they are read backwards.
  private func isEnd(_ runs: [Int32], _ at: Int) -> Bool {
    Self.isRatio(runs, at, [8, 1, 1, 1, 1, 1, 1], total: 14)
      || Self.isRatio(runs, at, [1, 1, 1, 1, 1, 1, 8], total: 14)
      || Self.isRatio(runs, at, [7, 1, 1, 3, 1, 1, 1, 2, 1], total: 18)
      || at >= 3 && Self.isRatio(runs, at - 2, [1, 2, 1, 1, 1, 3, 1, 1, 7], total: 18)
  }

  /// Whether the runs are so many modules wide, give or take half a module.
  private static func isRatio(_ runs: [Int32], _ at: Int, _ modules: [Double], total: Double) -> Bool {
    guard at + modules.count < runs.count else { return false }
    let module = Double(runs[at..<at + modules.count].reduce(0, +)) / total
    guard module >= moduleMin else { return false }
    let slack = module * 0.5 + 0.6
    return modules.indices.allSatisfy { abs(Double(runs[at + $0]) - module * modules[$0]) <= slack }
  }
}
