import Decoding
import FoundationEssentials
import Formats
import Glibc
import Model
import Reading
import System

/// The body of a worker process: decodes and reads frames for its parent until the parent closes the channel.
///
/// Knows nothing of sites, journals or archives. Third-party C and C++ runs here and nowhere else.
/// - Returns: the process's exit code.
public func runWorker() -> Int32 {
  let channel = WorkerChannel()
  // Before the first byte from outside.
  guard confineWorker() != .failed else { return 1 }
  while let (bytes, descriptor) = try? channel.receive() {
    guard let descriptor, let job = try? JSONDecoder().decode(WorkerJob.self, from: Data(bytes)),
      let source = try? FileSource(descriptor)
    else { return 1 }
    for frame in job.frames {
      let started = cpuMilliseconds()
      var picture: [UInt8]?
      var milliseconds: Double?
      let watched = WatchedSource(source)
      let reading = readFrame(frame, of: watched, job: job) { raster, marks in
        milliseconds = cpuMilliseconds() - started
        if job.wantsPictures { picture = pagePicture(raster, marks) }
      }
      let answer = WorkerAnswer(
        index: frame.index, reading: reading, milliseconds: milliseconds ?? cpuMilliseconds() - started,
        pictureBytes: picture?.count, sourceErrno: watched.refusal)
      guard let message = try? canonicalJSON(answer), (try? channel.send(message)) != nil else { return 1 }
      guard (try? send(picture ?? [], over: channel)) != nil else { return 1 }
    }
  }
  return 0
}

private func send(_ picture: [UInt8], over channel: WorkerChannel) throws {
  for start in stride(from: 0, to: picture.count, by: WorkerAnswer.pieceBytes) {
    try channel.send(Array(picture[start..<min(start + WorkerAnswer.pieceBytes, picture.count)]))
  }
}

private func pagePicture(_ raster: Raster, _ marks: PageMarks) -> [UInt8]? {
  guard raster.width > 0, raster.height > 0 else { return nil }
  var picture = PagePicture(raster)
  picture.draw(marks)
  return picture.file()
}

/// Bytes in, facts out.
/// - Parameter look: sees the pixels and what was found on them, once, where the page could be read.
func readFrame(
  _ frame: WorkerFrame, of source: any ByteSource, job: WorkerJob, look: (Raster, PageMarks) -> Void = { _, _ in }
) -> PageReading {
  let format: SourceFormat = job.format == .tiff ? .tiff : .png
  let digest =
    frame.structure.problem == nil ? try? pageDigest(of: source, format: format, frame: frame.structure) : nil
  func hole(_ reason: ExceptionReason, _ what: String) -> PageReading {
    let advice = "Look at the original and rescan the page."
    return .hole(
      Hole(
        reason: reason, detail: "Frame \(frame.index + 1): \(what). \(advice)", sha256: digest,
        copyable: frame.structure.isCopyable && digest != nil))
  }
  if let problem = frame.structure.problem { return hole(.undecodable, problem) }
  do {
    let page = try decodePage(of: source, format: format, frame: frame.structure, limits: job.limits.decoding)
    guard let digest else { return hole(.undecodable, "its coded bytes cannot be found") }
    guard frame.structure.isCopyable else {
      return hole(.undecodable, "it is coded in a way that cannot be kept by itself")
    }
    let marks = readPage(page.raster, dpi: page.dpi, options: job.limits.reading)
    look(page.raster, marks)
    return .page(
      PageFacts(
        width: page.raster.width, height: page.raster.height, dpi: page.dpi, orientation: page.orientation,
        sha256: digest,
        ink: rounded(marks.ink), inkOutsideLabels: rounded(marks.inkOutsideLabels), blankness: marks.blankness,
        print: frame.index < job.printedFrames ? marks.print : nil,
        labels: marks.labels, unreadable: marks.unreadable, notes: page.notes + marks.notes))
  } catch {
    switch error {
    case .undecodable(let what): return hole(.undecodable, what)
    case .tooLarge(let what): return hole(.tooLarge, what)
    case .unsupported(let what): return hole(.unsupported, what)
    }
  }
}

/// Six digits are more than ink can mean, and keep manifests readable.
private func rounded(_ share: Double) -> Double { (share * 1_000_000).rounded() / 1_000_000 }

private func cpuMilliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
}

extension PageLimits {
  var decoding: DecodeLimits { DecodeLimits(pixelsMax: pixelsMax, ratioMax: ratioMax) }
  var reading: ReadingOptions { ReadingOptions(markMillimetres: markMillimetres, borderMillimetres: borderMillimetres) }
}

/// Remembers that the disk refused: the libraries only know that a read failed, and a page is not damaged by that.
private final class WatchedSource: ByteSource {
  private let source: any ByteSource
  /// errno(3) of the first read that failed.
  private(set) var refusal: Int32?

  init(_ source: any ByteSource) { self.source = source }
  var count: Int { source.count }
  func read(at offset: Int, count: Int) throws -> [UInt8] {
    do { return try source.read(at: offset, count: count) } catch {
      if case SourceError.io(let errno) = error { refusal = refusal ?? errno }
      throw error
    }
  }
}
