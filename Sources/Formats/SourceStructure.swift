/// Bounds of a walk, each against files made to be endless.
public struct StructureLimits: Hashable, Sendable {
  /// Bytes of a file; RULES *Limits by default*: 2 GB.
  public var bytesMax: Int
  /// IFDs in the main chain of a file.
  public var framesMax: Int
  /// Entries in one IFD. No known writer comes near; libtiff draws the same line.
  public var entriesMax: Int
  /// Strips or tiles in one frame: 12 × 120 in at 300 dpi in tiles of 16 × 16, four planes.
  public var stripsMax: Int
  /// Strips or tiles over all frames: a table may be shared, and each frame costs a walk over it.
  public var stripsInFileMax: Int
  /// Pixels; more is a `problem` of the frame. Far above what is decoded, which Decoding judges (`too-large`).
  public var widthMax: Int
  public var heightMax: Int
  /// Chunks of a PNG.
  public var chunksMax: Int
  /// Strip bytes over all frames, where strips may share bytes: twice the largest file.
  public var codedBytesMax: Int

  public init(
    bytesMax: Int = 2 << 30, framesMax: Int = 65_535, entriesMax: Int = 4096, stripsMax: Int = 2 << 20,
    stripsInFileMax: Int = 16 << 20, widthMax: Int = Int(Int32.max), heightMax: Int = Int(Int32.max),
    chunksMax: Int = 4 << 20,
    codedBytesMax: Int = 4 << 30
  ) {
    self.bytesMax = bytesMax
    self.framesMax = framesMax
    self.entriesMax = entriesMax
    self.stripsMax = stripsMax
    self.stripsInFileMax = stripsInFileMax
    self.widthMax = widthMax
    self.heightMax = heightMax
    self.chunksMax = chunksMax
    self.codedBytesMax = codedBytesMax
  }
}

/// One IFD of a TIFF's main chain, or a PNG's only image: a page, whether or not a decoder likes it (I3).
public struct FrameStructure: Hashable, Sendable, Codable {
  /// Of the IFD in the file; 0 for a PNG.
  public var offset: Int
  /// Stored pixels, before any Orientation; 0 where the file does not say.
  public var width: Int
  public var height: Int
  /// Of the first sample.
  public var bitsPerSample: Int
  public var samplesPerPixel: Int
  /// TIFF tag 259; 0 for a PNG.
  public var compression: Int
  /// TIFF tag 262; a PNG's colour type.
  public var photometric: Int
  /// TIFF tag 274, 1 to 8; 1 where absent or absurd, and for a PNG.
  public var orientation: Int
  /// [x, y] in pixels per inch, to two decimals; nil where absent, without unit or absurd.
  public var dpi: [Double]?
  /// Why the frame cannot be copied or decoded, as a sentence; nil: sound as far as structure tells.
  public var problem: String?
  /// Whether ``copyFrames(_:of:to:)`` can take it out of its file: false with a ``problem`` and for old-style JPEG.
  public var isCopyable: Bool
  /// Strips that a TIFF's tables name beyond those that its size needs: rows that the page says it does not have.
  public var stripsBeyond: Int

  public init(
    offset: Int, width: Int = 0, height: Int = 0, bitsPerSample: Int = 1, samplesPerPixel: Int = 1,
    compression: Int = 1,
    photometric: Int = 0, orientation: Int = 1, dpi: [Double]? = nil, problem: String? = nil, isCopyable: Bool = true,
    stripsBeyond: Int = 0
  ) {
    self.offset = offset
    self.width = width
    self.height = height
    self.bitsPerSample = bitsPerSample
    self.samplesPerPixel = samplesPerPixel
    self.compression = compression
    self.photometric = photometric
    self.orientation = orientation
    self.dpi = dpi
    self.problem = problem
    self.isCopyable = isCopyable
    self.stripsBeyond = stripsBeyond
  }
}

/// What a file holds, by walking its own structure: the count of pages that everything later must account for (I3).
public struct SourceStructure: Hashable, Sendable {
  public var format: SourceFormat
  /// In the order of the chain.
  public var frames: [FrameStructure]
  /// The first thing that is missing and may still come, as a sentence: an IFD or strip beyond the end, no IEND yet, a CRC that
  /// does not fit; nil: nothing is. Damage that no waiting heals (a loop, absurd tags) is told in a `problem` alone.
  public var missing: String?
  /// Why the frames cannot all be counted, as a sentence: the chain breaks, loops or is too long. Those listed stand; the rest
  /// is one hole. A frame's own damage stands in ``FrameStructure/problem``.
  public var problem: String?

  public init(format: SourceFormat, frames: [FrameStructure], missing: String? = nil, problem: String?) {
    self.format = format
    self.frames = frames
    self.missing = missing
    self.problem = problem
  }

  /// No waiting would bring more.
  public var isComplete: Bool { missing == nil }
}
