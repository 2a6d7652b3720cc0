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

/// What a worker answers, one message a frame, in the order asked. Facts, never a raster.
struct WorkerAnswer: Hashable, Sendable, Codable {
  var index: Int
  var reading: PageReading
  /// CPU time of this frame.
  var milliseconds: Double
}
