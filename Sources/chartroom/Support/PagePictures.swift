import Formats
import Glibc
import Model
import Pipeline
import System

/// What `exceptions show --pictures FOLDER` drew of one document: every page is in one of the two.
struct DrawnPages {
  /// By page: where its picture is.
  var pictures: [Int: FilePath] = [:]
  /// By page: why it has none, as a sentence.
  var reasons: [Int: String] = [:]
}

/// The pictures of `exceptions show --pictures FOLDER`: one PNG a page. What is there already is never replaced.
struct PagePictures {
  private let folder: FilePath
  private let detail: ExceptionDetail
  private let prefix: String
  var document: DocumentID { detail.state.document.id }

  /// - Throws: where it can be seen beforehand that nothing can be written.
  init(folder typed: String, of detail: ExceptionDetail, named prefix: String = "page-") throws {
    folder = absolutePath(typed)
    self.detail = detail
    self.prefix = prefix
    do {
      guard try Files.stat(folder)?.kind == .folder else {
        throw VerbError.usage("\(EscapedText(typed)) is no folder; make it first.")
      }
      for page in detail.pages where try Files.exists(place(page.page)) {
        throw VerbError.usage("\(Wording.path(place(page.page))) is there already and is never replaced.")
      }
    } catch let error as SystemError { throw VerbError.failed("\(error)") }
  }

  /// Draws every page that can be decoded. Of every other one it says why not: whoever decides must not take a page that is missing among
  /// the pictures for one that is not there.
  func draw(_ site: Site) async throws -> DrawnPages {
    let pool = try makeWorkers(site.configuration.limits)
    defer { pool.close() }
    let probe = try LabelProbe(pool: pool, configuration: site.configuration)
    var drawn = DrawnPages()
    var problems: [FilePath: String] = [:]
    for (file, pages) in pagesOfFile {
      problems[file] = try await probe.read(file, withPictures: true, only: Set(pages.keys)) { seen in
        guard let page = pages[seen.frame] else { return }
        guard let picture = seen.picture else {
          drawn.reasons[page] = seen.reading.hole?.detail ?? Self.tooLarge
          return
        }
        try Files.write(place(page), picture)
        drawn.pictures[page] = place(page)
      }
    }
    for page in detail.pages.map(\.page) where drawn.pictures[page] == nil && drawn.reasons[page] == nil {
      // Its file is no image, or the chain of frames does not lead to it.
      let problem = detail.files[page].map { problems[$0.path] ?? "The file has no frame \($0.frame)." }
      drawn.reasons[page] = problem ?? "Its file is not in the archive; run `chartroom verify`."
    }
    return drawn
  }

  private static let tooLarge = "Its picture would have more than 64 MiB; open the image itself."

  /// By file: pages by their frames in it.
  private var pagesOfFile: [FilePath: [Int: Int]] {
    var files: [FilePath: [Int: Int]] = [:]
    for (page, place) in detail.files { files[place.path, default: [:]][place.frame] = page }
    return files
  }

  private func place(_ page: Int) -> FilePath {
    let digits = String(page)
    return folder.appending(prefix + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".png")
  }
}
