/// One entry of a directory; its value stays in the file.
struct TIFFEntry {
  var tag: Int
  var type: Int
  var count: Int
  /// Where the value's bytes begin: in the entry itself when they fit there.
  var valueOffset: Int
  /// Bytes of the value; nil for a type that nobody knows or a count that overflows.
  var byteCount: Int?

  /// Bytes of one value of `type` (TIFF 6.0 §2, TIFF Technical Note 1, BigTIFF); nil for an unknown type.
  static func size(ofType type: Int) -> Int? {
    switch type {
    case 1, 2, 6, 7: 1
    case 3, 8: 2
    case 4, 9, 11, 13: 4
    case 5, 10, 12, 16, 17, 18: 8
    default: nil
    }
  }

  /// SHORT, LONG, LONG8 and for sizes also BYTE, and the two IFD types: the types of counts and offsets.
  var isUnsignedInteger: Bool { [1, 3, 4, 13, 16, 18].contains(type) }

  /// One number or more that everybody reads alike: of signed and of IFD types some readers take the value and others the default.
  var isPlainNumber: Bool { [1, 3, 4, 16].contains(type) && count > 0 }
}

/// One directory (IFD). Only the first entry of each tag counts, as for every reader.
struct TIFFDirectory {
  var offset: Int
  /// In the order of the file, which need not be that of the tags.
  var entries: [TIFFEntry]
  /// Tags that stood there twice.
  var repeated: [Int]
  /// Offset of the next directory; 0 after the last.
  var next: Int

  subscript(tag: TIFFTag) -> TIFFEntry? { entries.first { $0.tag == tag.rawValue } }
}

/// The tags that the walk and the copy know by name (TIFF 6.0 §8 ff.).
enum TIFFTag: Int {
  case imageWidth = 256, imageLength = 257, bitsPerSample = 258, compression = 259, photometric = 262, fillOrder = 266
  case stripOffsets = 273, orientation = 274, samplesPerPixel = 277, rowsPerStrip = 278, stripByteCounts = 279
  case xResolution = 282, yResolution = 283, planar = 284
  case freeOffsets = 288, freeByteCounts = 289, resolutionUnit = 296
  case predictor = 317, colorMap = 320, tileWidth = 322, tileLength = 323, tileOffsets = 324, tileByteCounts = 325
  case subIFDs = 330, jpegTables = 347, globalParameters = 400, yCbCrSubSampling = 530
  case jpegInterchangeFormat = 513, jpegInterchangeFormatLength = 514
  case jpegQTables = 519, jpegDCTables = 520, jpegACTables = 521
  case exif = 34665, gps = 34853, makerNote = 37500, interoperability = 40965
}

extension TIFFTag {
  /// Tags by which ``TIFFFrame`` tells where each strip ends and what it holds.
  static let layout: Set<Int> = Set(
    [
      imageWidth, imageLength, bitsPerSample, compression, photometric, fillOrder, samplesPerPixel, rowsPerStrip,
      planar, predictor, tileWidth, tileLength, yCbCrSubSampling,
    ].map(\.rawValue))

  /// Tags that pixels are made from, strips and their tables aside: without one of them, or with its default in its
  /// place, the same strips are another picture. Beyond those named above: T4Options, T6Options (TIFF 6.0 §11), InkSet (§16),
  /// ExtraSamples (§18), SampleFormat (§19), YCbCr and its black and white (§20 f.).
  static let coding = layout.union([colorMap, jpegTables].map(\.rawValue) + [292, 293, 332, 338, 339, 529, 532])

  /// Tags whose values are never offsets, even where their type says so: they are copied as they are.
  static let plain = coding.union(
    [stripByteCounts, tileByteCounts, orientation, xResolution, yResolution, resolutionUnit].map(\.rawValue))
}
