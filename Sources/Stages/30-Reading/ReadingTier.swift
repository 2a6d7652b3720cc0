import Model

/// Which look at a page read a label.
public enum ReadingTier: String, CaseIterable, Sendable {
  /// First tier: scan lines of the whole page.
  case lines
  /// Second tier: a region of bars, by the ink along them.
  case profile
  /// Symbols in two dimensions.
  case matrix
  /// Any of these, of a part of the page that leans and was turned.
  case level
  case patch
}

/// What was read on a page and by which look, without the page's account of its ink: evidence for the misread run.
public struct TieredLabels: Sendable {
  /// In no order; places in stored pixels.
  public var labels: [(label: RawLabel, tier: ReadingTier)]
  /// Label-like regions that nothing could read.
  public var unreadable: [Quad]
}

/// Reads a page as ``readPage(_:dpi:options:)`` does, and says which tier read each label. It may abort as that one may.
public func readLabels(_ raster: Raster, dpi: [Double]?) -> TieredLabels {
  let view = PageView(raster, dpi: dpi)
  var reader = PageReader(view)
  reader.read()
  return TieredLabels(
    labels: reader.tieredSymbols.map { (label($0.symbol, view), $0.tier) },
    unreadable: reader.unreadable.map(view.stored))
}
