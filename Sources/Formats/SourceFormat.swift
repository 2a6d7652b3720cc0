/// What a file is, by its first bytes; names and extensions are not asked.
public enum SourceFormat: Hashable, Sendable {
  case tiff, png
  /// With words for a sentence: "a PDF", "a JPEG", "text", "an empty file", "unknown data".
  case unsupported(String)

  /// Whether a file has no content yet: empty, or zeros where every format has its mark. Copies over a network begin so, and
  /// some writers lay the whole file out before they fill it.
  /// - Throws: ``SourceError``.
  public static func isUnwritten(_ source: any ByteSource) throws -> Bool {
    try source.read(at: 0, count: min(512, source.count)).allSatisfy { $0 == 0 }
  }

  /// - Throws: ``SourceError``.
  public static func of(_ source: any ByteSource) throws -> SourceFormat {
    if source.count == 0 { return .unsupported("an empty file") }
    let head = try source.read(at: 0, count: min(512, source.count))
    for (offset, magic, format) in signatures where head.dropFirst(offset).starts(with: magic) { return format }
    if head.count >= 4, head.count < 8, pngSignature.starts(with: head) { return .png }
    if isMP4Brand(head, ["heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"]) {
      return .unsupported("a HEIC image")
    }
    if isMP4Brand(head, ["avif", "avis"]) { return .unsupported("an AVIF image") }
    if source.count >= 132, head.dropFirst(128).starts(with: Array("DICM".utf8)) { return .unsupported("a DICOM file") }
    if head.starts(with: Array("RIFF".utf8)), head.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      return .unsupported("a WebP image")
    }
    // "BM" alone could begin a text; the two reserved words of a BMP header are zero.
    if head.starts(with: Array("BM".utf8)), head.count >= 26, head[6..<10].allSatisfy({ $0 == 0 }) {
      return .unsupported("a BMP")
    }
    if looksLikeText(head) { return .unsupported("text") }
    return .unsupported(head.allSatisfy { $0 == 0 } ? "zero bytes only" : "unknown data")
  }
}

let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

/// Offset, bytes found there, what it then is. The first that fits wins.
private let signatures: [(Int, [UInt8], SourceFormat)] = [
  (0, pngSignature, .png),
  (0, [0x49, 0x49, 0x2A, 0x00], .tiff), (0, [0x4D, 0x4D, 0x00, 0x2A], .tiff),  // TIFF 6.0 §2
  (0, [0x49, 0x49, 0x2B, 0x00], .tiff), (0, [0x4D, 0x4D, 0x00, 0x2B], .tiff),  // BigTIFF
  (0, Array("%PDF-".utf8), .unsupported("a PDF")),
  (0, [0xFF, 0xD8, 0xFF], .unsupported("a JPEG")),
  (0, Array("GIF8".utf8), .unsupported("a GIF")),
  (0, [0x50, 0x4B, 0x03, 0x04], .unsupported("a ZIP archive or office document")),
  (0, [0x50, 0x4B, 0x05, 0x06], .unsupported("a ZIP archive or office document")),
  (0, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .unsupported("an old office document")),
  (0, [0x1F, 0x8B], .unsupported("a gzip archive")),
  (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .unsupported("a 7z archive")),
  (0, Array("%!PS".utf8), .unsupported("PostScript")),
  (0, Array("{\\rtf".utf8), .unsupported("an RTF document")),
  (0, Array("8BPS".utf8), .unsupported("a Photoshop image")),
  (0, [0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20], .unsupported("a JPEG 2000 image")),
  (0, [0xFF, 0x4F, 0xFF, 0x51], .unsupported("a JPEG 2000 image")),
  (0, [0x97, 0x4A, 0x42, 0x32, 0x0D, 0x0A, 0x1A, 0x0A], .unsupported("a JBIG2 image")),
  (0, [0x8A, 0x4D, 0x4E, 0x47], .unsupported("an MNG animation")),
  (0, [0x41, 0x54, 0x26, 0x54], .unsupported("a DjVu document")),
]

private func isMP4Brand(_ head: [UInt8], _ brands: [String]) -> Bool {
  head.count >= 12 && head[4..<8].elementsEqual("ftyp".utf8)
    && brands.contains(String(decoding: head[8..<12], as: UTF8.self))
}

/// UTF-8 or UTF-16 with a mark, without control characters other than white space.
private func looksLikeText(_ head: [UInt8]) -> Bool {
  if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return true }
  guard head.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }) else { return false }
  // A character may be cut at the end of what was read.
  return (0...3).contains { cut in String(validating: head.dropLast(cut), as: UTF8.self) != nil }
}
