/// A page's scan lines in one direction.
struct ScanLines: Sendable {
  /// A row a line.
  let bits: Bitmap
  /// Pixels of the page from one line to the next.
  let pitch: Int
}
