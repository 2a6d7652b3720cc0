/// A page's pixels, the only heavy value; never lives past Reading.
public struct Raster: Sendable {
  public enum Depth: Sendable {
    /// One bit a pixel, most significant bit first, 1 is black; each row padded to whole bytes, padding bits 0.
    case bilevel
    /// One byte a pixel, 0 is black, 255 is white.
    case gray
  }
  /// Pixels.
  public var width: Int
  public var height: Int
  public var depth: Depth
  /// `height * rowBytes` bytes.
  public var bytes: [UInt8]
  /// Bytes a row: `(width + 7) / 8` for bilevel, `width` for gray.
  public var rowBytes: Int

  public init(width: Int, height: Int, depth: Depth, bytes: [UInt8]) {
    self.width = width
    self.height = height
    self.depth = depth
    self.bytes = bytes
    rowBytes = depth == .bilevel ? (width + 7) / 8 : width
    precondition(bytes.count == rowBytes * height, "a raster has height × rowBytes bytes")
  }
}
