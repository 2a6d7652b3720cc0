import Formats
import Journaling
import Model
import System

/// What a batch's files hold, before any rule is applied.
struct Examination: Sendable {
  struct Source: Sendable {
    var name: EscapedText
    var bytes: Int
    var sha256: ContentDigest
    /// nil where the chain of frames breaks, loops or cannot be counted.
    var frames: Int?
    var format: SourceFormat
    /// One a frame, and one more for the rest of a chain that breaks: the pages of I3.
    var readings: [PageReading]
    /// Holds a page that cannot be copied by itself.
    var mustStayWhole: Bool
    /// Its frames were counted and not looked at; ``readings`` holds places only.
    var isSkipped = false
  }
  var sources: [Source]
  var sidecar: GivenSidecar?

  /// A source as the journal knows it.
  func key(of source: Int) -> SourceKey {
    SourceKey(sha256: sources[source].sha256, sidecar: sidecar?.sha256)
  }
}

/// A sidecar's bytes and what they say; `value` is nil where it is malformed.
struct GivenSidecar: Sendable {
  var name: EscapedText
  var bytes: [UInt8]
  var sha256: ContentDigest
  var value: Sidecar?
  var problem: String?
}

/// Walks, hashes, decodes and reads the files of one batch. Only facts leave it.
struct Examiner: Sendable {
  /// Frames handed to a worker at once: enough to keep it busy, few enough that a killed worker costs little.
  private static let framesPerJob = 8

  let pool: WorkerPool
  let configuration: Configuration
  /// Pages read so far, for the progress line.
  let onPages: @Sendable (Int) -> Void

  /// - Parameters:
  ///   - before: pages of the batch that come before this source's: only its first ``InkPrint/pagesMax`` have a print.
  ///   - skipping: whether a source with these bytes needs no reading (it repeats what was taken before).
  func examine(
    _ file: Descriptor, name: EscapedText, after before: Int, skipping: (ContentDigest) async throws -> Bool
  ) async throws -> Examination.Source {
    let source = try FileSource(file)
    let digest = try sha256(of: source)
    let limits = StructureLimits(
      bytesMax: configuration.decoding.fileBytesMax, framesMax: configuration.decoding.framesMax)
    let structure = try walkStructure(of: source, limits: limits)
    var readings: [PageReading]
    var isSkipped = false
    switch structure.format {
    case .unsupported(let what):
      readings = [
        Self.hole(.unsupported, "This is \(what), not a TIFF or PNG image. Scan to TIFF or PNG, or file it by hand.")
      ]
    case .tiff, .png:
      if source.count > configuration.decoding.fileBytesMax {
        readings = [
          Self.hole(.tooLarge, "The file has \(source.count) bytes, more than \(configuration.decoding.fileBytesMax).")
        ]
        break
      }
      isSkipped = try await skipping(digest)
      readings =
        isSkipped
        ? structure.frames.map { _ in Self.hole(.undecodable, "not read: its bytes were taken before") }
        : try await read(structure, of: file, printedFrames: max(0, InkPrint.pagesMax - before))
      if let problem = structure.problem {
        readings.append(Self.hole(.undecodable, "After frame \(structure.frames.count): \(problem). Rescan the rest."))
      } else if structure.frames.isEmpty {
        readings = [Self.hole(.undecodable, "The file has no page that can be counted. Rescan it.")]
      }
    }
    let isCounted = structure.problem == nil && !structure.frames.isEmpty
    return Examination.Source(
      name: name, bytes: source.count, sha256: digest, frames: isCounted ? structure.frames.count : nil,
      format: structure.format, readings: readings,
      mustStayWhole: !isCounted || readings.contains { $0.hole.map { !$0.copyable } ?? false }, isSkipped: isSkipped)
  }

  private static func hole(_ reason: ExceptionReason, _ detail: String) -> PageReading {
    .hole(Hole(reason: reason, detail: detail, copyable: false))
  }

  /// All frames, in order; ranges of them go to whichever worker is free (I9: facts only are kept).
  /// - Throws: ``PipelineError/unread(frame:errno:)`` where the disk or the machine refused: that is no fault of a page.
  private func read(
    _ structure: SourceStructure, of file: Descriptor, printedFrames: Int
  ) async throws -> [PageReading] {
    let frames = structure.frames.enumerated().map { WorkerFrame(index: $0.offset, structure: $0.element) }
    let limits = PageLimits(configuration)
    let format: WorkerJob.Format = structure.format == .png ? .png : .tiff
    // A short file is shared out evenly, so that no worker idles while another has it all.
    let perJob = max(1, min(Self.framesPerJob, (frames.count + pool.count - 1) / pool.count))
    let starts = Array(stride(from: 0, to: frames.count, by: perJob))
    var readings = [PageReading?](repeating: nil, count: frames.count)
    try await withThrowingTaskGroup(of: [WorkerAnswer].self) { group in
      var next = 0
      func add() {
        let part = Array(frames[starts[next]..<min(starts[next] + perJob, frames.count)])
        next += 1
        let job = WorkerJob(format: format, frames: part, limits: limits, printedFrames: printedFrames)
        group.addTask { await pool.read(job, source: file) }
      }
      while next < min(starts.count, pool.count * 2) { add() }
      while let answers = try await group.next() {
        for answer in answers {
          if let errno = answer.sourceErrno { throw PipelineError.unread(frame: answer.index, errno: errno) }
          readings[answer.index] = answer.reading
        }
        onPages(answers.count)
        if next < starts.count { add() }
      }
    }
    return readings.map { $0! }
  }
}
