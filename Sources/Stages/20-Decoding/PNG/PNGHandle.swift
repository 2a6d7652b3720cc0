import CPNGShim
import Formats

/// One open PNG in libpng. Made, used and closed within one call of ``decodePage(of:format:frame:limits:)``.
final class PNGHandle {
  let context: LibraryContext
  private let handle: OpaquePointer
  private(set) var image = cpng_image()

  /// Longest ancillary chunk that libpng may hold. 8 MB: profiles and texts are far below.
  private static let chunkBytesMax = 8 << 20

  /// - Parameter sideMax: pixels of the longer side.
  init(_ source: any ByteSource, sideMax: Int) throws(DecodeError) {
    context = LibraryContext(source, judge: judgePNG)
    let opened = cpng_open(
      context.pointer,
      { pointer, offset, buffer, size in LibraryContext.at(pointer).read(at: offset, into: buffer!, count: size) },
      { pointer, isError, text in
        let context = LibraryContext.at(pointer)
        let words = text.map { String(cString: $0) } ?? ""
        context.take(LibraryMessage(isError: isError != 0, isAboutPixels: context.isReadingPixels, text: words))
      }, context.size, UInt32(clamping: sideMax), Self.chunkBytesMax, &image)
    guard let opened else { throw context.failure("its header cannot be read") }
    handle = opened
    try context.check()
  }

  deinit { cpng_close(handle) }

  /// - Parameter keepsBits: packed one-bit samples as stored; otherwise 8 bits a channel.
  func start(keepsBits: Bool) throws(DecodeError) {
    context.isReadingPixels = true
    try require(cpng_start(handle, keepsBits ? 1 : 0, &image), "its pixels cannot be read")
  }

  func readRow(into row: UnsafeMutableBufferPointer<UInt8>) throws(DecodeError) {
    precondition(row.count >= image.row_bytes)
    try require(cpng_read_row(handle, row.baseAddress), "a row cannot be decoded")
  }

  func readImage(into rows: UnsafeMutableBufferPointer<UInt8>, rowBytes: Int) throws(DecodeError) {
    precondition(rowBytes >= image.row_bytes && rows.count >= rowBytes * Int(image.height))
    try require(cpng_read_image(handle, rows.baseAddress, rowBytes, image.height), "its pixels cannot be decoded")
  }

  /// Reads to the end: only there the compressed data's own checksum is compared.
  func finish() throws(DecodeError) { try require(cpng_finish(handle), "its end cannot be read") }

  private func require(_ result: Int32, _ what: String) throws(DecodeError) {
    try context.check()
    guard result == 0 else { throw context.failure(what) }
  }
}
