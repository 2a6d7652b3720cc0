import Model

/// A symbol with its place on the page, in pixels of the view.
struct PlacedSymbol: Sendable {
  var symbology: Symbology
  var bytes: [UInt8]
  var isGS1: Bool
  var rows: Int
  /// In the symbol's own frame: top left, top right, bottom right, bottom left.
  var corners: [Point]

  var box: Box { Box(corners) }
}
