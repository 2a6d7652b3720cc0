import CTIFFShim
import Formats

/// How a page's pixels are read: decided from its tags before anything is allocated.
enum TIFFKind {
  /// One bit, one sample.
  case bilevel(zeroIsBlack: Bool)
  /// Samples of 1 to 16 bits that ``GrayConverter`` knows.
  case samples(SampleMeaning, AlphaChannel?)
  /// YCbCr outside JPEG: libtiff's general converter.
  case converted
}

/// Compressions that scanners write, by tag number (TIFF 6.0 §3, §9–§11, §13; TIFF Technical Notes 2 and 5).
private let readCompressions: [Int: String] = [
  1: "none", 2: "CCITT 1-D", 3: "CCITT G3", 4: "CCITT G4", 5: "LZW", 7: "JPEG", 8: "Deflate", 32_773: "PackBits",
  32_946: "Deflate", 32_771: "CCITT 1-D, word aligned",
]
private let refusedCompressions: [Int: String] = [
  6: "old-style JPEG", 32_766: "NeXT", 32_809: "ThunderScan", 32_909: "PixarLog", 34_661: "JBIG", 34_676: "LogLuv",
  34_677: "LogLuv", 34_712: "JPEG 2000", 34_887: "LERC", 34_925: "LZMA", 50_000: "Zstandard", 50_001: "WebP",
  50_002: "JPEG XL",
]

func checkCompression(_ compression: Int) throws(DecodeError) {
  guard readCompressions[compression] == nil else { return }
  let name = refusedCompressions[compression].map { " (\($0))" } ?? ""
  throw .unsupported("the page is compressed by method \(compression)\(name), which is not read")
}

extension TIFFHandle {
  /// PhotometricInterpretation, or what its absence must mean.
  private var photometric: Int {
    if page.has_photometric != 0 { return Int(page.photometric) }
    if samples >= 3 { return 2 }
    return (2...4).contains(page.compression) || page.compression == 32_771 ? 0 : 1
  }

  var isSigned: Bool { page.sample_format == 2 }

  private var alpha: AlphaChannel? {
    page.alpha_sample < 0 ? nil : AlphaChannel(sample: Int(page.alpha_sample), isAssociated: page.alpha_kind == 1)
  }

  /// - Throws: ``DecodeError/unsupported(_:)`` for kinds that no scanner writes.
  func kind() throws(DecodeError) -> TIFFKind {
    // 1 unsigned, 2 signed, 4 undefined (TIFF 6.0 §19).
    guard [1, 2, 4].contains(page.sample_format) else {
      throw .unsupported("the page has real or complex samples, which are not read")
    }
    guard (1...16).contains(bits) else { throw .unsupported("the page has \(bits) bits per sample; 1 to 16 are read") }
    if isTiled, !blockWidth.isMultiple(of: 8) {
      throw .unsupported("the page has tiles of \(blockWidth) pixels, not 16 or 32 …")
    }
    if isSigned, bits < 8 || ![0, 1].contains(photometric) {
      throw .unsupported("the page has signed samples that are not gray, which are not read")
    }
    switch photometric {
    case 0 where samples == 1 && bits == 1: return .bilevel(zeroIsBlack: false)
    case 1 where samples == 1 && bits == 1: return .bilevel(zeroIsBlack: true)
    case 0: return try samples(.inverseGray)
    case 1: return try samples(.gray)
    case 2: return try samples(.rgb)
    case 3: return try paletteKind()
    case 5: return try cmykKind()
    case 6: return try yCbCrKind()
    case 8, 9: return try samples(samples < 3 ? .gray : .lightness)
    default: throw .unsupported("the page has photometric interpretation \(photometric), which is not read")
    }
  }

  private func samples(_ meaning: SampleMeaning) throws(DecodeError) -> TIFFKind {
    guard samples >= meaning.colorSamples else {
      throw .undecodable("the page has \(samples) samples per pixel where its colours need \(meaning.colorSamples)")
    }
    return .samples(meaning, alpha.flatMap { $0.sample < meaning.colorSamples ? nil : $0 })
  }

  private func paletteKind() throws(DecodeError) -> TIFFKind {
    guard let palette = palette() else { throw .undecodable("the page has no colour map") }
    // Old writers stored 8-bit values in the 16-bit map; libtiff reads such maps so, too.
    let isNarrow = palette.allSatisfy { $0.0 < 256 && $0.1 < 256 && $0.2 < 256 }
    let lumas = palette.map { entry in
      isNarrow
        ? luma(UInt8(entry.0), UInt8(entry.1), UInt8(entry.2))
        : luma(UInt8(entry.0 >> 8), UInt8(entry.1 >> 8), UInt8(entry.2 >> 8))
    }
    if bits == 1, samples == 1, Set(lumas) == [0, 255] { return .bilevel(zeroIsBlack: lumas[0] == 0) }
    return try samples(.palette(lumas))
  }

  private func cmykKind() throws(DecodeError) -> TIFFKind {
    guard page.ink_set <= 1, samples >= 4 else {
      throw .unsupported("the page has inks other than CMYK, which are not read")
    }
    return try samples(.cmyk)
  }

  private func yCbCrKind() throws(DecodeError) -> TIFFKind {
    if page.compression == 7, !isSeparate, samples == 3 {
      try useJPEGRGB()
      return try samples(.rgb)
    }
    guard isConvertible else { throw .unsupported("the page has YCbCr samples in a layout that is not read") }
    return .converted
  }
}
