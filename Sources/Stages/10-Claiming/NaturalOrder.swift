/// Names as people number them: runs of digits compare as numbers, everything else bytewise; names that are equal so
/// (`p1`, `p01`) compare bytewise. A strict total order of byte strings, the same on every machine.
public func naturallyPrecedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  var i = 0
  var j = 0
  while i < a.count, j < b.count {
    if isDigit(a[i]), isDigit(b[j]) {
      let x = number(a, &i)
      let y = number(b, &j)
      if x.count != y.count { return x.count < y.count }
      if x != y { return x.lexicographicallyPrecedes(y) }
    } else {
      if a[i] != b[j] { return a[i] < b[j] }
      i += 1
      j += 1
    }
  }
  if (i < a.count) != (j < b.count) { return j < b.count }
  return a.lexicographicallyPrecedes(b)
}

func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

/// The run of digits at `at` without leading zeros; `at` then stands behind it. Any length: never turned into an integer.
private func number(_ name: [UInt8], _ at: inout Int) -> ArraySlice<UInt8> {
  let start = at
  while at < name.count, isDigit(name[at]) { at += 1 }
  return name[start..<at].drop { $0 == 48 }
}
