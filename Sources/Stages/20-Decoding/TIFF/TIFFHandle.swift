import CTIFFShim
import Formats

/// One open TIFF in libtiff, with one page selected.
///
/// Not copyable in spirit: made, used and closed within one call of ``decodePage(of:format:frame:limits:)``.
final class TIFFHandle {
  let context: LibraryContext
  private let handle: OpaquePointer
  private(set) var page = ctiff_page()

  /// - Parameters:
  ///   - offset: of the frame's directory.
  ///   - allocationMax: bytes of any one allocation inside libtiff.
  init(_ source: any ByteSource, directoryAt offset: Int, allocationMax: Int) throws(DecodeError) {
    context = LibraryContext(source, judge: judgeTIFF)
    let opened = ctiff_open(
      context.pointer,
      { pointer, offset, buffer, size in LibraryContext.at(pointer).read(at: offset, into: buffer!, count: Int(size)) },
      { pointer, isError, module, text in
        let context = LibraryContext.at(pointer)
        let words = "\(module.map { String(cString: $0) } ?? ""): \(text.map { String(cString: $0) } ?? "")"
        context.take(LibraryMessage(isError: isError != 0, isAboutPixels: context.isReadingPixels, text: words))
      }, context.size, Int64(allocationMax))
    guard let opened else { throw context.failure("the file's header cannot be read") }
    handle = opened
    guard ctiff_select(handle, UInt64(offset), &page) == 0 else {
      throw context.failure("its directory cannot be read")
    }
    try context.check()
  }

  deinit { ctiff_close(handle) }

  var width: Int { Int(page.width) }
  var height: Int { Int(page.height) }
  var blockWidth: Int { Int(page.block_width) }
  var blockHeight: Int { Int(page.block_height) }
  var rowBytes: Int { Int(page.row_bytes) }
  var blockBytes: Int { Int(page.block_bytes) }
  var bits: Int { Int(page.bits_per_sample) }
  var samples: Int { Int(page.samples_per_pixel) }
  /// Strips or tiles of one plane.
  var blocksPerPlane: Int { isSeparate ? Int(page.blocks) / max(1, samples) : Int(page.blocks) }
  var isSeparate: Bool { page.planar == 2 && samples > 1 }
  var isTiled: Bool { page.is_tiled != 0 }

  func useJPEGRGB() throws(DecodeError) {
    guard ctiff_use_jpeg_rgb(handle, &page) == 0 else { throw context.failure("its JPEG data cannot be converted") }
  }

  /// Red, green and blue of each entry, 16 bits each; nil without a colour map.
  func palette() -> [(UInt16, UInt16, UInt16)]? {
    var red: UnsafePointer<UInt16>?
    var green: UnsafePointer<UInt16>?
    var blue: UnsafePointer<UInt16>?
    guard bits <= 16, ctiff_palette(handle, &red, &green, &blue) == 0, let red, let green, let blue else { return nil }
    return (0..<1 << bits).map { (red[$0], green[$0], blue[$0]) }
  }

  /// Decodes strip or tile `index` whole.
  /// - Throws: also when libtiff calls it a success but said otherwise.
  func readBlock(_ index: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DecodeError) {
    let got = ctiff_read_block(handle, UInt32(index), buffer.baseAddress, Int64(buffer.count))
    try context.check()
    guard got == Int64(buffer.count) else { throw context.failure("strip \(index + 1) holds too few pixels") }
  }

  /// Decodes the next row of a strip image.
  func readRow(_ row: Int, into buffer: UnsafeMutableRawPointer) throws(DecodeError) {
    let result = ctiff_read_row(handle, UInt32(row), buffer)
    try context.check()
    guard result == 0 else { throw context.failure("row \(row + 1) cannot be decoded") }
  }

  /// Whether the last strip, whose rows were read one by one, goes on with rows that are not padding, which is all alike.
  /// Nothing can be read through this handle afterwards.
  /// - Parameter rowsMax: rows that are looked at.
  func goesOn(rowsMax: Int) throws(DecodeError) -> Bool {
    let rows = Int(ctiff_extend(handle, &page, UInt32(clamping: rowsMax)))
    context.isBehindLastRow = true
    var first: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: rowBytes)
    for row in 0..<rows {
      let result = bytes.withUnsafeMutableBytes { ctiff_read_row(handle, UInt32(height + row), $0.baseAddress) }
      try context.check()
      if result != 0 || context.isAtEnd { return false }
      if first.isEmpty { first = bytes } else if bytes != first { return true }
    }
    return false
  }

  var isConvertible: Bool { ctiff_rgba_ok(handle) == 1 }

  /// Decodes a strip or tile through libtiff's general converter.
  func readRGBA(column: Int, row: Int, into pixels: UnsafeMutableBufferPointer<UInt32>) throws(DecodeError) {
    let result = ctiff_read_rgba(handle, UInt32(column), UInt32(row), pixels.baseAddress)
    try context.check()
    guard result == 0 else { throw context.failure("the pixels from row \(row + 1) cannot be decoded") }
  }
}
