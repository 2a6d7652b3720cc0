import Formats
import Model
import Pipeline
import System

/// Where the pictures of `labels read --picture OUT` go: OUT itself where there is one page, else OUT with `-001`, `-002` …
/// before its suffix, counted over all files. What is there already is never replaced: it might be a scan.
struct PictureFiles {
  private let out: FilePath
  private let name: EscapedText
  private let isNumbered: Bool
  private var count = 0

  /// - Parameter files: how many are read.
  /// - Throws: where it can be seen beforehand that nothing can be written.
  init(out typed: String, files: Int) throws {
    out = absolutePath(typed)
    name = EscapedText(typed)
    isNumbered = files > 1
    do {
      guard try Files.stat(out.parent) != nil else { throw refusal("its folder is not there; make it first") }
      guard try Files.stat(out) == nil else {
        throw refusal("something is there already and is never replaced; remove it or name another file")
      }
    } catch let error as SystemError { throw refusal("\(error)") }
  }

  /// Writes the next page's picture.
  /// - Returns: where it is; nil for a page that has none.
  mutating func write(_ page: PageProbe) throws -> FilePath? {
    count += 1
    guard let picture = page.picture else {
      guard page.reading.hole == nil else { return nil }
      throw refusal(
        "the picture of frame \(page.frame) would have more than 64 MiB; scan the page at a lower resolution")
    }
    let path = isNumbered || page.frames > 1 ? numbered() : out
    do { try Files.write(path, picture) } catch { throw refusal("\(error)") }
    return path
  }

  private func numbered() -> FilePath {
    let digits = String(count)
    let number = Array(("-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits).utf8)
    let last = out.lastName
    let dot = last.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? last.count
    return out.parent.appending(Array(last[..<dot]) + number + Array(last[dot...]))
  }

  private func refusal(_ why: String) -> VerbError {
    .failed("The picture \(name) cannot be written: \(why)\(why.hasSuffix(".") ? "" : ".")")
  }
}
