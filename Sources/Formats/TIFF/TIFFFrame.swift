/// What a frame's tags say of its picture, with TIFF 6.0's defaults where they are silent.
struct TIFFFrame {
  var directory: TIFFDirectory
  var width = 0
  var height = 0
  /// One number a sample, or one for all.
  var bitsPerSample: [Int] = [1]
  var samplesPerPixel = 1
  var compression = 1
  /// 0 where absent: the tag has no default (TIFF 6.0 §3 requires it).
  var photometric = 0
  var fillOrder = 1
  var orientation = 1
  var planar = 1
  var predictor = 1
  /// Luma samples across and down to one pair of chroma; [2, 2] where absent (TIFF 6.0 §21).
  var subSampling: [Int] = [2, 2]
  var dpi: [Double]?
  var isTiled = false
  /// Of a strip or tile; a strip's width is the image's.
  var blockWidth = 0
  var blockHeight = 0
  var offsets: TIFFEntry?
  var byteCounts: TIFFEntry?

  /// - Throws: ``SourceError``. Absurd tags are judged by ``layoutDamage(limits:)``.
  init(_ directory: TIFFDirectory, _ reader: TIFFReader) throws {
    self.directory = directory
    func value(_ tag: TIFFTag) throws -> Int? { try reader.integer(directory[tag]) }
    width = try value(.imageWidth) ?? 0
    height = try value(.imageLength) ?? 0
    if let bits = directory[.bitsPerSample] {
      let values = try reader.integers(bits, max: 16)
      if !values.isEmpty { bitsPerSample = Set(values).count == 1 ? [values[0]] : values }
    }
    samplesPerPixel = try value(.samplesPerPixel) ?? 1
    compression = try value(.compression) ?? 1
    photometric = try value(.photometric) ?? 0
    fillOrder = try value(.fillOrder) ?? 1
    planar = try value(.planar) ?? 1
    predictor = try value(.predictor) ?? 1
    if let tag = directory[.yCbCrSubSampling] {
      let values = try reader.integers(tag, max: 2)
      if values.count == 2 { subSampling = values }
    }
    if let turn = try value(.orientation), (1...8).contains(turn) { orientation = turn }
    dpi = try TIFFFrame.dpi(directory, reader)
    isTiled = directory[.tileOffsets] != nil || directory[.tileWidth] != nil
    offsets = isTiled ? directory[.tileOffsets] ?? directory[.stripOffsets] : directory[.stripOffsets]
    byteCounts = isTiled ? directory[.tileByteCounts] ?? directory[.stripByteCounts] : directory[.stripByteCounts]
    blockWidth = isTiled ? try value(.tileWidth) ?? 0 : width
    blockHeight = isTiled ? try value(.tileLength) ?? 0 : min(height, try value(.rowsPerStrip) ?? Int.max)
    if !isTiled, blockHeight == 0 { blockHeight = height }
  }

  private static func dpi(_ directory: TIFFDirectory, _ reader: TIFFReader) throws -> [Double]? {
    let unit = try reader.integer(directory[.resolutionUnit]) ?? 2
    guard unit == 2 || unit == 3, let x = try reader.real(directory[.xResolution]),
      let y = try reader.real(directory[.yResolution])
    else { return nil }
    return plausibleDPI(x, y, factor: unit == 3 ? 2.54 : 1)
  }

  /// Strips or tiles that the size demands, all planes together; nil where the numbers are absurd.
  var blocksExpected: Int? {
    guard blockWidth > 0, blockHeight > 0 else { return nil }
    let across = isTiled ? (width - 1) / blockWidth + 1 : 1
    let (plane, overflow) = across.multipliedReportingOverflow(by: (height - 1) / blockHeight + 1)
    let (all, overflow2) = plane.multipliedReportingOverflow(by: planar == 2 ? samplesPerPixel : 1)
    return overflow || overflow2 ? nil : all
  }
}

/// [x, y] in pixels per inch, to two decimals so that 11,811 pixels a metre is 300; nil where no scanner could mean it.
func plausibleDPI(_ x: Double, _ y: Double, factor: Double) -> [Double]? {
  let values = [x, y].map { ($0 * factor * 100).rounded() / 100 }
  return values.allSatisfy { $0 >= 1 && $0 <= 100_000 } ? values : nil
}
