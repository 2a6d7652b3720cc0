import ArgumentParser
import Formats
import Model
import Pipeline
import Reading
import System

/// What the reader sees, on any file; needs no site.
struct LabelsVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "labels", abstract: "Reads the labels of any TIFF or PNG.", subcommands: [LabelsReadVerb.self])
}

struct LabelsReadVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Shows what the reader sees on files; nothing is filed.",
    discussion: """
      Takes the label grammar from --config, or from pipeline.json in the current folder if there is one and it is \
      good; without either, labels are read and given no meaning. Texts are always shown, also those of no entry.

      --picture draws the pages as they are stored, with an outline and the text of each label (green), patch code (blue) \
      and region that nothing could read (red). OUT is a PNG file; for several pages they are OUT-001.png, OUT-002.png … \
      Nothing is ever replaced.
      """)

  @Option(name: .long, help: "A site's configuration file, for its label grammar.")
  var config: String?

  @Flag(name: .long, help: "One JSON object a page on standard output.")
  var json = false

  @Option(name: .long, help: ArgumentHelp("Draw what was seen on the pages, as PNG.", valueName: "out"))
  var picture: String?

  @Argument(help: "TIFF or PNG files.")
  var files: [String]

  func run() async throws {
    try finish(
      await reporting {
        let configuration = try grammarSource()
        let pool = try makeWorkers(configuration.limits)
        defer { pool.close() }
        let probe = try LabelProbe(pool: pool, configuration: configuration)
        var pictures = try picture.map { try PictureFiles(out: $0, files: files.count) }
        if !json { Output.line("Reader: \(readerVersion)") }
        var failed = false
        for file in files where try await !read(EscapedText(file), absolutePath(file), probe, &pictures) {
          failed = true
        }
        return failed ? ExitStatus.failed : ExitStatus.done
      })
  }

  private func grammarSource() throws -> Configuration {
    let standard = "pipeline.json"
    guard let path = try config ?? (Files.exists(absolutePath(standard)) ? standard : nil) else {
      return Configuration()
    }
    do {
      let configuration = try loadConfiguration(bytes: Files.read(absolutePath(path), limit: configurationBytesMax))
      // What `config check` would refuse may be tried out here; what does not compile cannot.
      _ = try GrammarReader(
        LabelGrammar(entries: configuration.reading.labels), foreignKey: [], showForeignText: true)
      return configuration
    } catch {
      if config == nil {
        Output.error(
          "pipeline.json in this folder is not used (see chartroom config check): labels are read and given no meaning."
        )
        return Configuration()
      }
      if error is ConfigurationError { throw error }
      throw VerbError.site("The configuration cannot be used: \(error)")
    }
  }

  /// - Returns: whether every page of the file could be read.
  private func read(
    _ name: EscapedText, _ path: FilePath, _ probe: LabelProbe, _ pictures: inout PictureFiles?
  ) async throws -> Bool {
    var isWhole = true
    do {
      let problem = try await probe.read(path, withPictures: pictures != nil) { page in
        if page.reading.hole != nil { isWhole = false }
        let drawn = try pictures?.write(page)
        if json { try Output.json(PageLine(file: name, page, picture: drawn)) } else { tell(name, page, drawn) }
      }
      guard let problem else { return isWhole }
      try tellProblem(name, problem)
    } catch let error as SystemError { try tellProblem(name, "\(error)") }
    return false
  }

  private func tellProblem(_ name: EscapedText, _ problem: String) throws {
    if json { try Output.json(ProblemLine(file: name, error: problem)) } else { Output.error("\(name): \(problem)") }
  }

  private func tell(_ name: EscapedText, _ page: PageProbe, _ picture: FilePath?) {
    switch page.reading {
    case .hole(let hole): Output.line("\(name), frame \(page.frame): not decoded: \(hole.detail)")
    case .page(let facts):
      let dpi =
        facts.dpi.map { "\(Int($0[0].rounded())) × \(Int(($0.count > 1 ? $0[1] : $0[0]).rounded())) dpi" }
        ?? "no resolution"
      let turn = page.rotation.map { $0 == 0 ? "upright" : "turn \($0)°" } ?? "rotation unknown"
      Output.line(
        "\(name), frame \(page.frame): \(facts.width) × \(facts.height) px, \(dpi), \(turn), "
          + "\(Wording.count(page.labels.count, "label")), \(Int(page.milliseconds.rounded())) ms")
      for label in page.labels { Output.line("  " + LabelWording.evidence(label)) }
      for quad in facts.unreadable { Output.line("  unreadable region at \(LabelWording.corners(quad))") }
      if let picture { Output.line("  picture: \(Wording.path(picture))") }
    }
  }
}

/// One page, as FORMATS *--json output* has it.
private struct PageLine: Encodable {
  struct LabelLine: Encodable {
    var symbology: Symbology
    @Nullable var text: EscapedText?
    @Nullable var entry: String?
    var fields: [String: String]
    var check: CheckState
    @Nullable var quad: Quad?
    var rows: Int
  }
  struct Region: Encodable { var quad: Quad }

  var file: EscapedText
  var frame: Int
  @Nullable var width: Int?
  @Nullable var height: Int?
  @Nullable var dpi: [Double]?
  @Nullable var rotation: Int?
  var labels: [LabelLine]
  var unreadable: [Region]
  var milliseconds: Double
  /// Why the page could not be decoded.
  @Nullable var error: String?
  /// Engine and version.
  let reader = readerVersion
  /// Path of the picture, where one was asked for and could be made.
  @Nullable var picture: EscapedText?

  init(file: EscapedText, _ page: PageProbe, picture: FilePath?) {
    let facts = page.reading.facts
    self.file = file
    frame = page.frame
    width = facts?.width
    height = facts?.height
    dpi = facts?.dpi
    rotation = page.rotation
    labels = page.labels.map {
      LabelLine(
        symbology: $0.symbology, text: $0.text, entry: $0.entry, fields: $0.fields, check: $0.check, quad: $0.quad,
        rows: $0.rows)
    }
    unreadable = (facts?.unreadable ?? []).map(Region.init)
    milliseconds = (page.milliseconds * 100).rounded() / 100
    error = page.reading.hole?.detail
    self.picture = picture.map { EscapedText(bytes: $0.bytes) }
  }
}

private struct ProblemLine: Encodable {
  var file: EscapedText
  var error: String
}
