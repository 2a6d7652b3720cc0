import Assembling
import Formats
import Journaling
import Model
import Reading
import System

/// What the reader sees on one page of any file: one line of `labels read`.
public struct PageProbe: Sendable {
  /// From 0 in its file.
  public var frame: Int
  /// Frames of the file.
  public var frames: Int
  public var reading: PageReading
  /// After the grammar; texts always stand there.
  public var labels: [Label]
  public var rotation: Int?
  /// CPU time of the worker, drawing left out.
  public var milliseconds: Double
  /// A PNG file, where pictures were asked for; nil for a page that could not be decoded, or whose picture is too large.
  public var picture: [UInt8]?
}

/// Reads labels off any TIFF or PNG, without a site: for trying out scanners, labels and grammars.
///
/// The pages go through the same workers and the same grammar as a batch's do.
public struct LabelProbe: Sendable {
  private let pool: WorkerPool
  private let grammar: GrammarReader
  private let limits: PageLimits
  private let structureLimits: StructureLimits

  /// - Parameter configuration: grammar and limits; one without entries reads labels and gives them no meaning.
  /// - Throws: `GrammarError`.
  public init(pool: WorkerPool, configuration: Configuration) throws {
    self.pool = pool
    grammar = try GrammarReader(
      LabelGrammar(entries: configuration.reading.labels), foreignKey: [], showForeignText: true)
    limits = PageLimits(configuration)
    structureLimits = StructureLimits(
      bytesMax: configuration.decoding.fileBytesMax, framesMax: configuration.decoding.framesMax)
  }

  /// Hands over every page in the file's order.
  /// - Parameters:
  ///   - withPictures: draws what was seen on each page; at most 64 MiB each, and twice as many pages in hand as workers.
  ///   - wanted: frames, from 0; nil: all.
  /// - Returns: why the file, or the rest of it, could not be read, as a sentence; nil: all of it was.
  /// - Throws: `SystemError`, `SourceError`.
  public func read(
    _ path: FilePath, withPictures: Bool = false, only wanted: Set<Int>? = nil, onPage: (PageProbe) throws -> Void
  ) async throws -> String? {
    let file = try Descriptor.openRegular(path)
    let structure = try walkStructure(of: FileSource(file), limits: structureLimits)
    if case .unsupported(let what) = structure.format { return "This is \(what), not a TIFF or PNG image." }
    try await probe(structure, of: file, withPictures, wanted, onPage)
    if let problem = structure.problem { return "After frame \(structure.frames.count): \(problem)." }
    return structure.frames.isEmpty ? "The file has no page that can be counted." : nil
  }

  /// One frame a job, so that the first page of a long file shows soon. Keeps all workers busy and hands the pages
  /// over in order; what waits for its turn is bounded by the window.
  private func probe(
    _ structure: SourceStructure, of file: Descriptor, _ withPictures: Bool, _ wanted: Set<Int>?,
    _ onPage: (PageProbe) throws -> Void
  ) async throws {
    let format: WorkerJob.Format = structure.format == .png ? .png : .tiff
    let frames = structure.frames
    let order = frames.indices.filter { wanted?.contains($0) ?? true }
    let window = pool.count * 2
    var waiting: [Int: WorkerAnswer] = [:]
    try await withThrowingTaskGroup(of: [WorkerAnswer].self) { group in
      var next = 0
      var shown = 0
      func add() {
        let job = WorkerJob(
          format: format, frames: [WorkerFrame(index: order[next], structure: frames[order[next]])], limits: limits,
          wantsPictures: withPictures)
        next += 1
        group.addTask { await pool.read(job, source: file) }
      }
      while next < min(window, order.count) { add() }
      while let answers = try await group.next() {
        for answer in answers { waiting[answer.index] = answer }
        while shown < order.count, let answer = waiting.removeValue(forKey: order[shown]) {
          try onPage(page(answer, of: frames.count))
          shown += 1
          if next < order.count { add() }
        }
      }
    }
  }

  private func page(_ answer: WorkerAnswer, of frames: Int) -> PageProbe {
    let facts = answer.reading.facts
    let labels = grammar.labels(from: facts?.labels ?? [], given: [], on: facts.map(GrammarPage.init))
    return PageProbe(
      frame: answer.index, frames: frames, reading: answer.reading, labels: labels,
      rotation: facts.flatMap { pageRotation(orientation: $0.orientation, labels: labels).rotation },
      milliseconds: answer.milliseconds, picture: answer.picture)
  }
}
