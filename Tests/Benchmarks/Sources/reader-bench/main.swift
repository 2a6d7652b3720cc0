import Foundation
import Model
import Reading

// Chartroom's reader over a folder of PBM or PGM pages: `reader-bench SET FOLDER REPEAT SETTING [FIRST]`.
//
// Writes the lines that Tests/Benchmarks/README.md describes under "Lines". What it calls may abort; `run` then counts
// the page as aborted and starts again with the page behind it (`FIRST`, from 0).

/// What is measured. A further setting is one line.
let settings: [String: (Raster) -> Marks] = [
  "all": { raster in
    let marks = readPage(raster, dpi: [300, 300], options: ReadingOptions())
    return Marks(labels: marks.labels, unreadable: marks.unreadable)
  },
  // The first tier alone: linear symbols and patch codes.
  "linear": { Marks(labels: readScanLines($0, dpi: [300, 300]), unreadable: []) },
]

struct Marks {
  let labels: [RawLabel]
  let unreadable: [Quad]
}

struct BadPage: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): neither a PBM (P4) nor a PGM (P5) that this program reads" }
}

/// Milliseconds of processor time of this thread.
func cpuMilliseconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
  return Double(now.tv_sec) * 1e3 + Double(now.tv_nsec) / 1e6
}

/// A page as `pages/scanner.py` writes it: no comments in the header.
func load(_ url: URL) throws -> Raster {
  let data = try Data(contentsOf: url)
  let isBilevel = data.starts(with: Data("P4\n".utf8))
  guard isBilevel || data.starts(with: Data("P5\n".utf8)) else { throw BadPage(path: url.path) }
  var fields: [Int] = []
  var at = 3
  while fields.count < (isBilevel ? 2 : 3) {
    guard let end = data[at...].firstIndex(where: { $0 == 0x20 || $0 == 0x0A }),
      let number = Int(String(decoding: data[at..<end], as: UTF8.self))
    else { throw BadPage(path: url.path) }
    fields.append(number)
    at = end + 1
  }
  return Raster(width: fields[0], height: fields[1], depth: isBilevel ? .bilevel : .gray, bytes: [UInt8](data[at...]))
}

/// Printable ASCII but for `%`; every other byte as `%XX`.
func escaped(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let isPlain = (0x21...0x7E).contains(byte) && byte != 0x25
    return isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
  }.joined()
}

func written(_ quad: Quad) -> String { quad.corners.map { "\($0.x),\($0.y)" }.joined(separator: " ") }

func measure(_ url: URL, _ head: String, repeats: Int, _ read: (Raster) -> Marks) throws {
  let page = try load(url)
  var times: [Double] = []
  var marks: Marks?
  for _ in 0..<repeats {
    let start = cpuMilliseconds()
    marks = read(page)
    times.append(cpuMilliseconds() - start)
  }
  times.sort()
  print("page\t\(head)\t\(String(format: "%.4f", times[times.count / 2]))\t0")
  for label in marks?.labels ?? [] {
    print("read\t\(head)\t\(label.symbology.rawValue)\t\(escaped(label.text.bytes))\t\(written(label.quad))")
  }
  for region in marks?.unreadable ?? [] { print("unreadable\t\(head)\t\(written(region))") }
  fflush(nil)
}

/// The places of a page that may be symbols in two dimensions, with what is weighed of them: `fit.py` reads these lines.
func weigh(_ url: URL, _ head: String) throws {
  for place in weighedPlaces(try load(url), dpi: [300, 300]) {
    print("place\t\(head)\t\(written(place.quad))\t\(place.terms.map { String($0) }.joined(separator: " "))")
  }
}

/// What may be left of labels, with its traits and what a glance shows: `fit_remains.py` and
/// `fit_glance.py` read these lines.
func judge(_ url: URL, _ head: String) throws {
  let found = remainsCandidates(try load(url), dpi: [300, 300])
  for quad in found.read { print("covered\t\(head)\t\(written(quad))") }
  for place in found.candidates {
    let values = [place.traits, place.glance].map { $0.map { String($0) }.joined(separator: " ") }
    print("candidate\t\(head)\t\(written(place.quad))\t\(values.joined(separator: "\t"))")
  }
}

let arguments = CommandLine.arguments
guard arguments.count >= 5, let repeats = Int(arguments[3]), repeats > 0,
  ["places", "remains"].contains(arguments[4]) || settings[arguments[4]] != nil
else {
  FileHandle.standardError.write(Data("usage: reader-bench SET FOLDER REPEAT SETTING [FIRST]\n".utf8))
  exit(64)
}
let first = arguments.count > 5 ? Int(arguments[5]) ?? 0 : 0
let pages = try FileManager.default.contentsOfDirectory(
  at: URL(filePath: arguments[2]), includingPropertiesForKeys: nil
)
.filter { ["pbm", "pgm"].contains($0.pathExtension) }
.sorted { $0.lastPathComponent < $1.lastPathComponent }
for page in pages.dropFirst(first) {
  let head = "chartroom\t\(arguments[4])\t\(arguments[1])\t\(page.lastPathComponent)"
  if let read = settings[arguments[4]] {
    try measure(page, head, repeats: repeats, read)
  } else if arguments[4] == "places" {
    try weigh(page, head)
  } else {
    try judge(page, head)
  }
}
