import Model

/// How a viewer must turn a stored page (FORMATS *Page digest and coordinates*).
///
/// - Parameters:
///   - orientation: TIFF 6.0 §8 Orientation, 1…8; anything else counts as 1.
///   - labels: the page's labels. Printed ones (type, page, separator, header) tell how the page lies in its stored pixels and win
///     over the tag; patient and encounter labels are stuck on by hand and tell nothing.
/// - Returns: `rotation` in degrees clockwise, 0, 90, 180 or 270; nil where unknown (Orientation 1, which most scanners write
///   whatever they see, and no printed label). `mirrored`: the page must be flipped left to right *before* it is turned.
public func pageRotation(orientation: Int, labels: [Label]) -> (rotation: Int?, mirrored: Bool) {
  let tagged = [2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270][orientation]
  let mirrored = [2, 4, 5, 7].contains(orientation)
  let printed: [LabelMeaning] = [.type, .page, .separator, .header]
  let turns = Set(
    labels.filter { $0.origin == .page && $0.isSound && $0.meaning.map(printed.contains) == true }.compactMap(
      \.quad?.turn))
  // A mirrored page turns its labels' frames over, and labels that lie differently cannot both be right.
  if let turn = turns.first, turns.count == 1, !mirrored { return (turn, false) }
  return (tagged, mirrored)
}
