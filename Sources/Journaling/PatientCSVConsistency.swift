import Model

/// Rows that say the same stand once. Of rows that contradict one another none is taken: nobody can tell which is
/// right (I6).
func withoutContradictions(
  _ rows: [PatientCSVRow<Encounter>], _ rejects: inout [PatientCSV.Reject]
) -> [PatientCSVRow<Encounter>] {
  agreeing(rows, key: { [$0.patient.authority, $0.visit] }, what: "visit", &rejects) { $0 == $1 }
}

/// A number may be merged into several patients (it is then nobody's for certain), but cannot be both merged and a
/// patient of its own.
func withoutContradictions(_ rows: [PatientCSVRow<Patient>], _ rejects: inout [PatientCSV.Reject]) -> [PatientCSVRow<
  Patient
>] {
  agreeing(rows, key: \.key, what: "number", &rejects) { a, b in
    a == b || (a.mergedInto != nil && b.mergedInto != nil && a.mergedInto != b.mergedInto)
  }
}

private func agreeing<Value: Hashable, Key: Hashable>(
  _ rows: [PatientCSVRow<Value>], key: (Value) -> Key, what: String, _ rejects: inout [PatientCSV.Reject],
  fits: (Value, Value) -> Bool
) -> [PatientCSVRow<Value>] {
  var firstLines: [Key: PatientCSVRow<Value>] = [:]
  var contradicted: [Key: Int] = [:]
  for row in rows {
    let key = key(row.value)
    if let first = firstLines[key] {
      if !fits(first.value, row.value) { contradicted[key] = contradicted[key] ?? row.line }
    } else {
      firstLines[key] = row
    }
  }
  var seen: Set<Value> = []
  return rows.filter { row in
    let key = key(row.value)
    guard let second = contradicted[key], let first = firstLines[key]?.line else {
      return seen.insert(row.value).inserted
    }
    let other = row.line == first ? second : first
    rejects.append(.init(line: row.line, reason: "contradicts line \(other) about the same \(what); neither is taken"))
    return false
  }
}

/// Without the merges that lead in a circle inside the file, e.g. A into B and B into A.
///
/// Takes away, again and again, the numbers that are merged into nothing that is left and those that nothing left is
/// merged into. What remains lies on circles (or between two of them).
func withoutCircles(_ rows: [PatientCSVRow<Patient>], _ rejects: inout [PatientCSV.Reject]) -> [PatientCSVRow<Patient>]
{
  let links = Set(rows.compactMap { row in row.value.mergedInto.map { MergeLink(from: row.value.key, into: $0) } })
  guard !links.isEmpty else { return rows }
  let inner = MergeLink.onCircles(MergeLink.onCircles(links, from: \.into, into: \.from), from: \.from, into: \.into)
  guard !inner.isEmpty else { return rows }
  return rows.filter { row in
    guard let into = row.value.mergedInto, inner.contains(MergeLink(from: row.value.key, into: into)) else {
      return true
    }
    rejects.append(
      .init(line: row.line, reason: "the number is merged in a circle: following merged_into leads back to it"))
    return false
  }
}

private struct MergeLink: Hashable {
  var from: PatientKey
  var into: PatientKey

  /// The links that remain when numbers without a link onwards are taken away until there are none (Kahn's order), in
  /// time proportional to the links. `from` and `into` say which way is onwards.
  static func onCircles(
    _ links: Set<MergeLink>, from: KeyPath<MergeLink, PatientKey>, into: KeyPath<MergeLink, PatientKey>
  ) -> Set<MergeLink> {
    var onwards: [PatientKey: Int] = [:]
    var backwards: [PatientKey: [MergeLink]] = [:]
    for link in links {
      onwards[link[keyPath: from], default: 0] += 1
      backwards[link[keyPath: into], default: []].append(link)
    }
    var ended = backwards.keys.filter { onwards[$0] == nil }
    var left = links
    while let key = ended.popLast() {
      for link in backwards[key] ?? [] {
        left.remove(link)
        onwards[link[keyPath: from], default: 0] -= 1
        if onwards[link[keyPath: from]] == 0 { ended.append(link[keyPath: from]) }
      }
    }
    return left
  }
}
