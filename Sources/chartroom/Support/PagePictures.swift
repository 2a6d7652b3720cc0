import Formats
import Glibc
import Model
import Pipeline
import System

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

  /// Draws every page that can be decoded.
  /// - Returns: by page, where its picture is.
  func draw(_ site: Site) async throws -> [Int: FilePath] {
    let pool = try makeWorkers(site.configuration.limits)
    defer { pool.close() }
    let probe = try LabelProbe(pool: pool, configuration: site.configuration)
    var drawn: [Int: FilePath] = [:]
    for (file, pages) in pagesOfFile {
      _ = try await probe.read(file, withPictures: true, only: Set(pages.keys)) { seen in
        guard let page = pages[seen.frame], let picture = seen.picture else { return }
        try Files.write(place(page), picture)
        drawn[page] = place(page)
      }
    }
    return drawn
  }

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
