import Model

/// What entries with a zone or forms must know of the page that a label stands on.
public struct GrammarPage: Sendable {
  /// How a stored page must be turned for a viewer: degrees clockwise, nil where unknown; `mirrored`: flipped left to
  /// right before that (FORMATS *Page digest and coordinates*).
  public typealias View = (rotation: Int?, mirrored: Bool)

  /// Stored pixels.
  var width: Int
  var height: Int
  /// What the page's labels say about how it lies.
  var view: @Sendable ([Label]) -> View

  public init(width: Int, height: Int, view: @escaping @Sendable ([Label]) -> View) {
    self.width = width
    self.height = height
    self.view = view
  }

  /// Whether the middle of a label stands in a zone of the page as viewed. Where nobody knows how the page lies, any of
  /// the four turns will do: a label that counts for too much ends with a person, one that is overlooked lets its page
  /// continue the document before it.
  func contains(_ quad: Quad, in zone: LabelZone, seen view: View) -> Bool {
    let across = Double(quad.corners.reduce(0) { $0 + $1.x }) / 4 / Double(max(1, width))
    let down = Double(quad.corners.reduce(0) { $0 + $1.y }) / 4 / Double(max(1, height))
    let x = view.mirrored ? 1 - across : across
    let turns = [0: (x, down), 90: (1 - down, x), 180: (1 - x, 1 - down), 270: (down, 1 - x)]
    return turns.contains { turn, place in
      (view.rotation == nil || view.rotation == turn) && zone.contains(x: place.0, y: place.1)
    }
  }
}
