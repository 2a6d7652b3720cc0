import Formats
import Model

/// One frame to decode and read, by its place in the file.
struct WorkerFrame: Hashable, Sendable, Codable {
  /// From 0 in the file.
  var index: Int
  var structure: FrameStructure
}

/// What a worker is asked: some frames of the file whose descriptor comes with the message.
struct WorkerJob: Hashable, Sendable, Codable {
  enum Format: String, Hashable, Sendable, Codable { case tiff, png }
  var format: Format
  var frames: [WorkerFrame]
  var limits: PageLimits
  /// Frames whose index is lower are answered with their print.
  var printedFrames = 0
  /// Asks for a picture of each page too (`labels read --picture`).
  var wantsPictures = false
}

/// The part of the configuration that a worker needs.
struct PageLimits: Hashable, Sendable, Codable {
  var pixelsMax: Int
  var ratioMax: Int
  var markMillimetres: Double
  var borderMillimetres: Double

  init(_ configuration: Configuration) {
    pixelsMax = configuration.decoding.pixelsMax
    ratioMax = configuration.decoding.ratioMax
    markMillimetres = configuration.reading.markMillimetres
    borderMillimetres = configuration.reading.borderMillimetres
  }
}

/// What a worker answers, one message a frame, in the order asked. Facts, never a raster; where the job asks for pictures,
/// the PNG file follows in messages of ``pieceBytes``, the last one perhaps shorter.
struct WorkerAnswer: Hashable, Sendable, Codable {
  /// Of the picture in one message, well below the longest that there may be.
  static let pieceBytes = 1 << 20

  var index: Int
  var reading: PageReading
  /// CPU time of this frame.
  var milliseconds: Double
  /// Length of the picture that follows, at most `PagePicture.bytesMax`; nil: none was asked for, or none could be made.
  var pictureBytes: Int?
  /// The disk refused the frame's bytes (errno(3)), or no worker could be started: nothing is known of the page, and
  /// ``reading`` says only so. The work is to be done again later.
  var sourceErrno: Int32?
  /// Put together from what followed; no part of the message.
  var picture: [UInt8]?

  private enum CodingKeys: String, CodingKey { case index, reading, milliseconds, pictureBytes, sourceErrno }
}
