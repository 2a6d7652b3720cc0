/// The name that was probably meant: fewest typing errors (insertion, deletion, change, swap of neighbours), capitals
/// counting as small letters; of equals the first. nil only where there is nothing to choose from.
func nearestName(to text: String, among names: [String]) -> (name: String, distance: Int)? {
  names.map { (name: $0, distance: typingErrors(text.lowercased(), $0.lowercased())) }.min { $0.distance < $1.distance }
}

/// Optimal string alignment distance (Damerau 1964), on at most 100 characters of either text.
private func typingErrors(_ a: String, _ b: String) -> Int {
  let a = Array(a.prefix(100))
  let b = Array(b.prefix(100))
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      let change = rows[i][j] + (a[i] == b[j] ? 0 : 1)
      var least = min(change, rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
      row.append(least)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
