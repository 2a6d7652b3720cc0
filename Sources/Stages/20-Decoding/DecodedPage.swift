import Model

/// One page's pixels and what its file says of them.
public struct DecodedPage: Sendable {
  /// Bilevel for images of one bit and one sample, gray for all others; stored order, before any Orientation.
  public var raster: Raster
  /// [x, y] in pixels per inch; nil where unknown.
  public var dpi: [Double]?
  /// TIFF Orientation, 1 to 8.
  public var orientation: Int
  /// What was forgiven, in words for the manifest's `notes`; most pages have none.
  public var notes: [String]
  public init(raster: Raster, dpi: [Double]?, orientation: Int, notes: [String] = []) {
    self.raster = raster
    self.dpi = dpi
    self.orientation = orientation
    self.notes = notes
  }
}
