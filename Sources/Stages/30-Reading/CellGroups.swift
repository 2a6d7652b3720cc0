/// Connected groups of cells in a grid.
struct CellGroups: Sendable {
  struct Group: Sendable {
    /// In cells.
    var cells: Box
    var count: Int
  }

  /// In the order of their first cells, row by row.
  let boxes: [Group]

  /// Cells of a row that are connected; `right` is exclusive, and between two of them less than `reachX` cells are not marked.
  private struct Run {
    let row: Int
    let left: Int
    let right: Int
    let count: Int
    /// A run of the same group that comes before this one; or this one.
    var parent: Int
  }

  /// Cells count as connected when they are at most `reachX` columns and `reachY` rows apart; `reachX` is at least 1.
  init(marked: [Bool], columns: Int, rows: Int, reachX: Int, reachY: Int) {
    precondition(marked.count >= columns * rows && reachX > 0)
    var runs: [Run] = []
    // The first run of each row, and of the row behind the last.
    var firsts: [Int] = []
    firsts.reserveCapacity(rows + 1)
    for row in 0..<rows {
      firsts.append(runs.count)
      Self.append(row, of: marked, columns: columns, reachX: reachX, to: &runs)
    }
    firsts.append(runs.count)
    runs.withUnsafeMutableBufferPointer { runs in
      for row in 0..<rows where firsts[row] < firsts[row + 1] {
        for above in max(0, row - reachY)..<row {
          Self.join(firsts[row]..<firsts[row + 1], firsts[above]..<firsts[above + 1], of: runs, reachX: reachX)
        }
      }
    }
    var boxes: [Group] = []
    // Of each run that has none before it: its group's place.
    var places = [Int](repeating: 0, count: runs.count)
    for (index, run) in runs.enumerated() {
      if run.parent == index {
        places[index] = boxes.count
        boxes.append(
          Group(cells: Box(left: run.left, top: run.row, right: run.right, bottom: run.row + 1), count: run.count))
      } else {
        // The run that it points at comes before it, and so is known.
        let place = places[run.parent]
        places[index] = place
        boxes[place].cells.left = min(boxes[place].cells.left, run.left)
        boxes[place].cells.right = max(boxes[place].cells.right, run.right)
        boxes[place].cells.bottom = run.row + 1
        boxes[place].count += run.count
      }
    }
    self.boxes = boxes
  }

  private static func append(_ row: Int, of marked: [Bool], columns: Int, reachX: Int, to runs: inout [Run]) {
    marked.withUnsafeBytes { marked in
      let start = row &* columns
      var open: (left: Int, last: Int, count: Int)?
      func close() {
        guard let run = open else { return }
        runs.append(Run(row: row, left: run.left, right: run.last + 1, count: run.count, parent: runs.count))
      }
      var column = 0
      while column < columns {
        // Most cells are empty: eight at once.
        if column &+ 8 <= columns, marked.loadUnaligned(fromByteOffset: start &+ column, as: UInt64.self) == 0 {
          column &+= 8
          continue
        }
        if marked[start &+ column] != 0 {
          if let run = open, column &- run.last <= reachX {
            open = (run.left, column, run.count &+ 1)
          } else {
            close()
            open = (column, column, 1)
          }
        }
        column &+= 1
      }
      close()
    }
  }

  /// Joins the runs of two rows that are connected. In every `reachX` cells between its ends a run has one that is marked, so that what comes
  /// as close to the run comes as close to such a cell.
  private static func join(
    _ row: Range<Int>, _ above: Range<Int>, of runs: UnsafeMutableBufferPointer<Run>, reachX: Int
  ) {
    func root(_ index: Int) -> Int {
      var index = index
      while runs[index].parent != index {
        // Shorter ways for those who ask next.
        runs[index].parent = runs[runs[index].parent].parent
        index = runs[index].parent
      }
      return index
    }
    var next = above.lowerBound
    for index in row {
      while next < above.upperBound, runs[next].right &+ reachX <= runs[index].left { next &+= 1 }
      var other = next
      while other < above.upperBound, runs[other].left < runs[index].right &+ reachX {
        let (one, two) = (root(index), root(other))
        if one != two { runs[max(one, two)].parent = min(one, two) }
        other &+= 1
      }
    }
  }
}
