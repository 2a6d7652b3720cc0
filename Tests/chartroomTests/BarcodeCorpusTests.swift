import Foundation
import Model
import TestSupport
import Testing

/// Barcodes by other people (`../shared/corpora/barcodes` beside the package), mostly photographs taken by hand, with the
/// text that their own projects expect and with what zxing-cpp 1.4.0 and 3.1.1 made of the same files in MANIFEST.tsv.
@Suite struct `Labels: barcodes by other people` {
  /// PNG files only: a page never comes as a JPEG file. Hits of ours, of zxing-cpp 1.4.0 and of 3.1.1, of so many files.
  private static let expected: [String: [Int]] = [
    "code128": [43, 41, 44, 44], "code39": [18, 18, 22, 22], "itf": [21, 25, 26, 26], "codabar": [14, 16, 16, 16],
  ]

  /// What else is read. Code 39 says what its bars say: whether they mean full ASCII or Code 32 nobody can see. Two
  /// pictures show a second label.
  private static let otherTexts = [
    "zxing-cpp/code39-1/code32-1.png": ["code39 3PRM8N"], "zxing-cpp/code39-2/wide.png": ["code39 A+A-1234"],
    "zxing-cpp/code39-2/2.png": ["code39 12+A+B"], "zxing/code39-2/2.png": ["code39 12+A+B"],
    "zxing/code39-3/02.png": ["code39 001EC947D49B"], "zxing/code39-3/08.png": ["code39 001EC9476B0A"],
  ]

  @Test func `linear barcodes are read as their makers say`() throws {
    guard let corpus = try Corpus() else { return }
    let groups = Self.expected.keys.sorted()
    let files = corpus.files.filter { groups.contains($0.group) && $0.text != nil }
    let read = try corpus.read(files)
    var hits: [String: [Int]] = [:]
    var others: [String: [String]] = [:]
    for file in files {
      let wanted = normal(file.text!, file.group)
      let texts = read[file.path] ?? []
      let isHit = texts.contains { normal($0.text, $0.symbology) == wanted }
      for (place, counts) in [isHit, file.isReadBy14, file.isReadBy31, true].enumerated() {
        hits[file.group, default: [0, 0, 0, 0]][place] += counts ? 1 : 0
      }
      let rest = texts.filter { normal($0.text, $0.symbology) != wanted }
      if !rest.isEmpty { others[file.path] = rest.map { "\($0.symbology) \(EscapedText(bytes: $0.text))" } }
    }
    for group in groups {
      let counts = hits[group] ?? []
      print("\(group): ours \(counts[0]), zxing-cpp 1.4.0 \(counts[1]), 3.1.1 \(counts[2]) of \(counts[3])")
    }
    #expect(hits == Self.expected)
    #expect(others == Self.otherTexts)
    withKnownIssue("small modules in gray pictures without a resolution") {
      #expect(hits.values.map { $0[0] }.reduce(0, +) >= hits.values.map { $0[1] }.reduce(0, +))
    }
  }

  @Test func `nothing is read where there is no barcode`() throws {
    guard let corpus = try Corpus() else { return }
    let files = corpus.files.filter { $0.group == "falsepositives" || $0.group == "none" }
    #expect(files.count == 44)
    #expect(try corpus.read(files).filter { !$0.value.isEmpty }.isEmpty)
  }

  /// GS and FNC1 are left out, as are a last line feed and the start and stop letters of Codabar.
  private func normal(_ text: [UInt8], _ group: String) -> [UInt8] {
    var text = text.filter { $0 != 0x1D }
    if text.last == 0x0A { text.removeLast() }
    guard group == "codabar" else { return text }
    let isEnd = { (byte: UInt8) in (0x41...0x44).contains(byte & 0xDF) }
    return Array(text.drop(while: isEnd).reversed().drop(while: isEnd).reversed())
  }
}

private struct Corpus {
  struct File {
    var path: String
    var group: String
    /// Nil where nothing, or nothing certain, stands in it.
    var text: [UInt8]?
    var isReadBy14: Bool
    var isReadBy31: Bool
  }

  let folder = ProjectFolder.corpora + "/barcodes"
  var files: [File]

  /// Nil where the folder is absent.
  init?() throws {
    guard let manifest = try? String(contentsOfFile: folder + "/MANIFEST.tsv", encoding: .utf8) else {
      print("SKIPPED: no corpus of barcodes beside the package")
      return nil
    }
    files = manifest.split(separator: "\n").dropFirst().compactMap { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count >= 12, columns[0].hasSuffix(".png") else { return nil }
      let group = String(columns[1].drop { $0 != "/" }.dropFirst())
      return File(
        path: columns[0], group: group, text: Self.text(columns[2]), isReadBy14: columns[10].hasPrefix("HIT"),
        isReadBy31: columns[11].hasPrefix("HIT"))
    }
  }

  /// `text=…` with \0 and \xHH; what is not ASCII is Latin-1 in these symbologies.
  private static func text(_ column: String) -> [UInt8]? {
    guard column.hasPrefix("text=") else { return nil }
    let plain = column.dropFirst(5).replacingOccurrences(of: "\\0", with: "\0")
      .replacingOccurrences(of: "\\x1d", with: "\u{1D}")
    return plain.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  /// By path. All files in one call of the built program, in a folder without a configuration.
  func read(_ files: [File]) throws -> [String: [(symbology: String, text: [UInt8])]] {
    let place = TemporaryFolder()
    let arguments = ["labels", "read", "--json"] + files.map { folder + "/" + $0.path }
    let result = try Program(folder: place.text).start(arguments).wait()
    #expect(result.status == 0, "\(result.errors.prefix(500))")
    var read: [String: [(symbology: String, text: [UInt8])]] = [:]
    for page in result.objects {
      let path = String((page["file"] as? String ?? "").dropFirst(folder.count + 1))
      read[path] = (page["labels"] as? [[String: Any]] ?? []).map { label in
        (label["symbology"] as? String ?? "", EscapedText(escaped: label["text"] as? String ?? "").bytes)
      }
    }
    #expect(read.count == files.count)
    return read
  }
}
