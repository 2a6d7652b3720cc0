import CPNGShim

/// An image of palette indexes as a PNG file: for pictures that people look at, never for pages that are kept.
///
/// Calls libpng, so like ``decodePage(of:format:frame:limits:)`` it runs only in a worker process.
/// - Parameters:
///   - colors: 1 to 256, red, green and blue; every pixel is an index into them.
///   - pixels: height × width indexes.
///   - bytesMax: of the file.
/// - Returns: nil where it would be larger.
public func encodePNG(
  width: Int, height: Int, colors: [(UInt8, UInt8, UInt8)], pixels: [UInt8], bytesMax: Int
) -> [UInt8]? {
  precondition(width > 0 && height > 0 && pixels.count == width * height, "as many pixels as width and height say")
  precondition((1...256).contains(colors.count), "1 to 256 colours")
  final class File {
    var bytes: [UInt8] = []
    let bytesMax: Int
    init(bytesMax: Int) { self.bytesMax = bytesMax }
  }
  let file = File(bytesMax: bytesMax)
  let result = withExtendedLifetime(file) {
    cpng_write_indexed(
      Unmanaged.passUnretained(file).toOpaque(),
      { context, bytes, size in
        let file = Unmanaged<File>.fromOpaque(context!).takeUnretainedValue()
        guard file.bytes.count + size <= file.bytesMax else { return -1 }
        file.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: size))
        return 0
      }, UInt32(width), UInt32(height), colors.flatMap { [$0.0, $0.1, $0.2] }, Int32(colors.count), pixels)
  }
  return result == 0 ? file.bytes : nil
}
