/// Whether anything was written on a page (RULES *Sheets*): `blank` for sure, `nearlyBlank` between the sure and the
/// doubtful limit (kept, with a note), else `inked`.
public enum Blankness: String, Codable, Hashable, Sendable {
  case blank, nearlyBlank, inked
}

/// What a worker found out about one page: facts, never a raster.
public struct PageFacts: Hashable, Sendable, Codable {
  /// Stored pixels, before any Orientation tag.
  public var width: Int
  public var height: Int
  /// Dots per inch `[x, y]`; nil where the file does not say.
  @Nullable public var dpi: [Double]?
  /// TIFF 6.0 §8 Orientation, 1…8; 1 for PNG.
  public var orientation: Int
  /// Digest of the coded image (FORMATS *Page digest*).
  public var sha256: ContentDigest
  /// Black pixels as a share of all, 0…1.
  public var ink: Double
  /// The same outside labels and patch codes.
  public var inkOutsideLabels: Double
  public var blankness: Blankness
  /// As stored; nil beyond ``InkPrint/pagesMax``, and in what an older release saw.
  public var print: InkPrint?
  /// Labels and patch codes, top to bottom, then left to right.
  public var labels: [RawLabel]
  /// Label-like regions that nothing could read.
  public var unreadable: [Quad]
  /// Words of our own about the page (`low-resolution`, …).
  public var notes: [String]

  public init(
    width: Int, height: Int, dpi: [Double]?, orientation: Int, sha256: ContentDigest, ink: Double,
    inkOutsideLabels: Double,
    blankness: Blankness, print: InkPrint? = nil, labels: [RawLabel], unreadable: [Quad], notes: [String] = []
  ) {
    self.width = width
    self.height = height
    self.dpi = dpi
    self.orientation = orientation
    self.sha256 = sha256
    self.ink = ink
    self.inkOutsideLabels = inkOutsideLabels
    self.blankness = blankness
    self.print = print
    self.labels = labels
    self.unreadable = unreadable
    self.notes = notes
  }
}

/// A page that could not be decoded. It may have been a separator or another patient's first page.
public struct Hole: Hashable, Sendable, Codable {
  /// `undecodable`, `tooLarge` or `unsupported`.
  public var reason: ExceptionReason
  /// A sentence for a person.
  public var detail: String
  /// Page digest, where the coded bytes could be found.
  @Nullable public var sha256: ContentDigest?
  /// Whether the frame can be copied strip by strip into an object of its own; otherwise the whole source is kept.
  public var copyable: Bool
  public init(reason: ExceptionReason, detail: String, sha256: ContentDigest? = nil, copyable: Bool) {
    self.reason = reason
    self.detail = detail
    self.sha256 = sha256
    self.copyable = copyable
  }
}

/// The outcome of decoding and reading one frame.
public enum PageReading: Hashable, Sendable, Codable {
  case page(PageFacts)
  case hole(Hole)

  public var facts: PageFacts? { if case .page(let facts) = self { facts } else { nil } }
  public var hole: Hole? { if case .hole(let hole) = self { hole } else { nil } }
}
