/// Bounds of one page's pixels, checked before anything is allocated for them.
public struct DecodeLimits: Hashable, Sendable {
  /// Pixels of a page: 12 × 120 in at 300 dpi (RULES *Limits by default*).
  public var pixelsMax: Int
  /// Bytes that one page's decoding may hold at once: the raster in gray and, for layouts that cannot be read row by row, the
  /// page once more in four samples of a byte.
  public var bytesMax: Int
  /// Decoded bytes for one coded byte. A white G4 page gives its width in pixels, deflate at most 1,032; beyond the widest page
  /// that we take the size in the header is a lie.
  public var ratioMax: Int

  public init(pixelsMax: Int = 3600 * 36_000, bytesMax: Int = 5 * 3600 * 36_000, ratioMax: Int = 36_000) {
    self.pixelsMax = pixelsMax
    self.bytesMax = bytesMax
    self.ratioMax = ratioMax
  }
}
