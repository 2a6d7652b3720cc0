import Model

// RULES *Limits by default*: "a size unlike the batch's others is a note, never an exception."
//
// Decided where RULES are silent: the size is that of the paper, so a page that does not say its resolution is not judged; a
// page that lies on its side is as large as one that stands. The batch's size is that of more than half of its pages; without
// such a majority no page is unlike the others.

/// Share by which a side may differ from the batch's and still be the same paper: scanners crop by a few millimetres, and Letter
/// differs from A4 by 6 %.
private let sizeTolerance = 0.05

/// A note for each page whose paper is of another size than that of most pages.
/// - Complexity: O(n log n) in pages.
func unusualSizeNotes(_ pages: [BatchPage]) -> [Int: [String]] {
  let sizes = pages.compactMap { page in paperSize(of: page).map { (page.page, $0) } }
  // Where more than half agree, the middle one of each side is theirs.
  let usual = PaperSize(short: middle(sizes.map(\.1.short)), long: middle(sizes.map(\.1.long)))
  let unlike = sizes.filter { !$0.1.isLike(usual) }
  guard unlike.count * 2 < sizes.count else { return [:] }
  return Dictionary(uniqueKeysWithValues: unlike.map { ($0.0, [Note.unusualSize]) })
}

/// Inches.
private struct PaperSize {
  var short: Double
  var long: Double

  func isLike(_ other: PaperSize) -> Bool {
    abs(short - other.short) <= sizeTolerance * other.short && abs(long - other.long) <= sizeTolerance * other.long
  }
}

private func paperSize(of page: BatchPage) -> PaperSize? {
  guard let facts = page.reading.facts, let dpi = facts.dpi, dpi.count == 2, dpi.allSatisfy({ $0 > 0 }) else {
    return nil
  }
  let (width, height) = (Double(facts.width) / dpi[0], Double(facts.height) / dpi[1])
  return PaperSize(short: min(width, height), long: max(width, height))
}

private func middle(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
