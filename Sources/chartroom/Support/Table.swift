/// Rows of plain text in columns, for a person's eyes. Cells are printed as they are: names and texts are escaped
/// already.
struct Table {
  private let header: [String]
  private var rows: [[String]] = []
  /// Columns whose cells end at the same place: numbers.
  private let rightAligned: Set<Int>

  init(_ header: [String], rightAligned: Set<Int> = []) {
    self.header = header
    self.rightAligned = rightAligned
  }

  var isEmpty: Bool { rows.isEmpty }

  /// - Parameter cells: as many as the header has.
  mutating func add(_ cells: [String]) { rows.append(cells) }

  func print() {
    for line in lines() { Output.line(line) }
  }

  /// The header, then the rows; the last column is never padded.
  func lines() -> [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return rightAligned.contains(column) ? padding + row[column] : row[column] + padding
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
