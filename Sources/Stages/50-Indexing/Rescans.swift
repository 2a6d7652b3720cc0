import Model

// RULES *Twice*: another scan of the same paper has other bytes. It is known by its labels, which say the same at the same places, and
// by its ink, once it is laid over the other: shifted, turned by a few degrees, darker or lighter on the whole.
//
// A print of 96 × 96 cells sees a line of handwriting, or a signature, and not what it says. Two copies of one typed form that differ in
// digits alone look alike to it (fixtures/README.md *Possible duplicates* has the numbers): it only ever holds a document for a person,
// and a type of such forms has a short window (`documentTypes.*.duplicateDays`).

/// Whether two documents, page by page, look like two scans of the same sheets. Pure; what a pair of pages costs is in the same place.
public func looksLikeRescan(_ one: [PageFingerprint], of other: [PageFingerprint]) -> Bool {
  one.count == other.count && !one.isEmpty
    && zip(one, other).allSatisfy { pair in
      haveSameLabels(pair.0, pair.1) && haveSameSize(pair.0, pair.1) && isAlike(pair.0, pair.1)
    }
}

/// Up to which two pages are alike in ink, as ``difference(_:_:)`` has it.
public let differenceMax = InkOverlay.differenceMax

/// What is left of two pages' ink where they differ most, when one is laid over the other; whatever their labels say.
public func difference(_ one: PageFingerprint, _ other: PageFingerprint) -> Float {
  turns(one, other).map { turn in
    var overlay = InkOverlay(one, other, turn: turn)
    return overlay.fit() ? overlay.difference : .infinity
  }.min() ?? .infinity
}

private func haveSameLabels(_ one: PageFingerprint, _ other: PageFingerprint) -> Bool {
  one.marks.map(\.text).sorted() == other.marks.map(\.text).sorted()
}

/// Scanners cut the same sheet differently by a few millimetres.
private func haveSameSize(_ one: PageFingerprint, _ other: PageFingerprint) -> Bool {
  func isNear(_ a: Int, _ b: Int) -> Bool { abs(a - b) * 100 <= max(a, b) * 4 }
  return isNear(one.width, other.width) && isNear(one.height, other.height)
    || !(one.isUpright && other.isUpright) && isNear(one.width, other.height) && isNear(one.height, other.width)
}

/// Where it is not known which way is up, all four are tried.
private func turns(_ one: PageFingerprint, _ other: PageFingerprint) -> [Int] {
  if one.isUpright && other.isUpright { return [0] }
  let isLengthwise = { (page: PageFingerprint) in page.height >= page.width }
  return isLengthwise(one) == isLengthwise(other) ? [0, 180] : [90, 270]
}

private func isAlike(_ one: PageFingerprint, _ other: PageFingerprint) -> Bool {
  turns(one, other).contains { turn in
    var overlay = InkOverlay(one, other, turn: turn)
    return overlay.fit() && overlay.difference <= InkOverlay.differenceMax && overlay.marksLieTogether
  }
}
