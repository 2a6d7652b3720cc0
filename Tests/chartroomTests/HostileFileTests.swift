import Foundation
import Glibc
import TestSupport
import Testing

/// Files made to break whoever opens them. All of them lie in one folder beside good ones; one run takes them all.
@Suite(.serialized) struct HostileFileTests {
  /// What must come of a file.
  struct Expected {
    /// Frames that could be counted; nil: not all could.
    var frames: Int?
    /// Pages in the manifest: a chain that breaks has one more, its rest.
    var pages: Int
    /// Each that its documents may be exceptions for; empty: none of its pages may be an exception.
    var reasons: Set<String>
    init(frames: Int?, pages: Int, _ reasons: Set<String>) {
      self.frames = frames
      self.pages = pages
      self.reasons = reasons
    }
    static func one(_ reasons: String...) -> Expected { Expected(frames: 1, pages: 1, Set(reasons)) }
    static func none(_ reasons: String...) -> Expected { Expected(frames: nil, pages: 1, Set(reasons)) }
    static let sound = one()
    /// Read or refused, as the library likes: it cost nothing, and nothing was filed.
    static let any = one("undecodable", "unsupported", "too-large", "no-label", "no-type", "")
  }

  typealias Files = [(name: String, bytes: [UInt8], expected: Expected)]

  // MARK: The files

  static func giants() -> Files {
    func tiff(_ width: Int, _ height: Int) -> [UInt8] {
      RawTIFF.onePage(strip: RawTIFF.whiteRows(64)) {
        $0.set(256, 4, [width])
        $0.set(257, 4, [height])
      }
    }
    func png(_ width: Int, _ height: Int) -> [UInt8] {
      var file = RawPNG(width: width, height: height)
      file.chunk("IDAT", RawPNG.zeros(1000))
      file.end()
      return file.bytes
    }
    let most = Int(UInt32.max)
    let signed = Int(Int32.max)
    return [
      ("giant-2-32.tif", tiff(most, most), .one("undecodable", "too-large")),
      ("giant-2-31.tif", tiff(signed, signed), .one("undecodable", "too-large")),
      ("giant-wide.tif", tiff(signed, 1), .one("undecodable", "too-large")),
      ("giant-high.tif", tiff(1, signed), .one("undecodable", "too-large")),
      ("giant-2-31.png", png(signed, signed), .one("too-large")),
      ("giant-2-32.png", png(most, most), .one("undecodable", "too-large")),
      ("empty-sides.tif", tiff(0, 0), .one("undecodable")),
      ("empty-sides.png", png(0, 0), .one("undecodable")),
    ]
  }

  /// 20,000 × 20,000 pixels in kilobytes.
  static func bombs() -> Files {
    func png(_ side: Int, bits: UInt8) -> [UInt8] {
      var file = RawPNG(width: side, height: side, bitDepth: bits)
      file.chunk("IDAT", RawPNG.zeros((side * Int(bits) + 7) / 8 * side + side))
      file.end()
      return file.bytes
    }
    func deflated(_ side: Int, inflatesTo bytes: Int) -> [UInt8] {
      RawTIFF.onePage(width: side, height: side, strip: RawPNG.zeros(bytes)) {
        $0.set(258, 3, [8])
        $0.set(259, 3, [8])
        $0.set(262, 3, [1])
      }
    }
    return [
      ("bomb-g4.tif", RawTIFF.onePage(width: 20_000, height: 20_000), .one("too-large")),
      ("bomb-1-bit.png", png(20_000, bits: 1), .one("too-large")),
      ("bomb-8-bit.png", png(20_000, bits: 8), .one("too-large")),
      ("bomb-deflate.tif", deflated(20_000, inflatesTo: 400_000_000), .one("too-large")),
      // Small pages whose strip would go on for ever: what is read is a page's worth.
      ("bomb-strip.tif", deflated(100, inflatesTo: 1_000_000_000), .any),
      // As large as may be: no bomb, only a large white or black page.
      ("large-g4.tif", RawTIFF.onePage(width: 11_000, height: 11_000), .sound),
    ]
  }

  static func chains() -> Files {
    func pages(_ count: Int, _ end: (inout RawTIFF, [Int]) -> Void) -> [UInt8] {
      var file = RawTIFF()
      let strip = file.append(RawTIFF.whiteRows(64))
      let offsets = (0..<count).map { _ in
        file.page(RawTIFF.whitePage(width: 64, height: 64, strip: strip, stripBytes: 8))
      }
      end(&file, offsets)
      return file.bytes
    }
    let cut = Expected(frames: nil, pages: 4, ["undecodable"])
    return [
      ("loop-to-itself.tif", pages(3) { $0.point(to: $1[2]) }, cut),
      ("loop-to-the-first.tif", pages(3) { $0.point(to: $1[0]) }, cut),
      ("loop-to-the-header.tif", pages(3) { file, _ in file.point(to: 0x4949) }, cut),
      ("chain-leaves-the-file.tif", pages(3) { file, _ in file.point(to: 1_000_000) }, cut),
      ("chain-into-a-strip.tif", pages(3) { file, _ in file.point(to: 8) }, cut),
      (
        "chain-into-garbage.tif",
        pages(3) { file, _ in
          let at = file.append([0xFF, 0xFF] + [UInt8](repeating: 0x55, count: 400))
          file.point(to: at)
        }, cut
      ),
      ("pages-4000.tif", pages(4000) { _, _ in }, Expected(frames: 4000, pages: 4000, [])),
    ]
  }

  static func lyingTags() -> Files {
    func page(_ tag: Int, _ type: Int, _ values: [Int], count: Int? = nil) -> [UInt8] {
      RawTIFF.onePage { $0.set(tag, type, values, count: count) }
    }
    let damaged = Expected.one("undecodable", "unsupported", "too-large")
    return [
      ("lies-strip-outside.tif", page(273, 4, [1 << 30]), damaged),
      ("lies-strip-bytes.tif", page(279, 4, [Int(UInt32.max)]), damaged),
      ("lies-strip-count.tif", page(273, 4, [8], count: Int(UInt32.max)), damaged),
      ("lies-no-strip-bytes.tif", page(279, 4, [0]), damaged),
      ("lies-bits.tif", page(258, 3, [65_535]), damaged),
      ("lies-samples.tif", page(277, 3, [65_535]), damaged),
      ("lies-compression.tif", page(259, 3, [65_000]), damaged),
      ("lies-jpeg.tif", page(259, 3, [7]), damaged),
      ("lies-old-jpeg.tif", page(259, 3, [6]), damaged),
      ("lies-lzw.tif", page(259, 3, [5]), damaged),
      ("lies-photometric.tif", page(262, 3, [4]), .any),
      ("lies-planar.tif", page(284, 3, [77]), Expected.one("undecodable", "unsupported")),
      (
        "lies-tiles.tif",
        RawTIFF.onePage {
          $0.set(322, 4, [1 << 30]); $0.set(323, 4, [1 << 30])
        }, damaged
      ),
      (
        "lies-tile-0.tif",
        RawTIFF.onePage {
          $0.set(322, 4, [0]); $0.set(323, 4, [0])
        }, damaged
      ),
      ("lies-resolution.tif", page(282, 4, [0]), .any),
      ("lies-orientation.tif", page(274, 3, [99]), .any),
      ("lies-exif-loop.tif", page(34_665, 4, [8]), .any),
    ]
  }

  static func chunks() -> Files {
    func black(_ change: (inout RawPNG) -> Void) -> [UInt8] {
      var file = RawPNG.black()
      change(&file)
      file.end()
      return file.bytes
    }
    func before(_ type: String, _ data: [UInt8]) -> [UInt8] {
      var file = RawPNG(width: 64, height: 64)
      file.chunk(type, data)
      file.chunk("IDAT", RawPNG.zeros(9 * 64))
      file.end()
      return file.bytes
    }
    let keyword = Array("Comment".utf8) + [0]
    let gigabyte = RawPNG.zeros(1_000_000_000)
    return [
      ("chunk-text-bomb.png", before("zTXt", keyword + [0] + gigabyte), .sound),
      ("chunk-itext-bomb.png", before("iTXt", keyword + [1, 0, 0, 0] + gigabyte), .sound),
      ("chunk-profile-bomb.png", before("iCCP", keyword + [0] + gigabyte), .sound),
      ("chunk-text-large.png", before("tEXt", keyword + [UInt8](repeating: 65, count: 20 << 20)), .sound),
      (
        "chunk-100000-texts.png",
        black { file in for _ in 0..<100_000 { file.chunk("tEXt", keyword + [65]) } }, .sound
      ),
      ("chunk-unknown.png", before("prVt", [UInt8](repeating: 1, count: 1 << 20)), .sound),
      ("chunk-palette.png", before("PLTE", [UInt8](repeating: 1, count: 3 * 300)), .one("undecodable")),
      ("chunk-unknown-critical.png", before("CRIT", [1, 2, 3]), .one("undecodable")),
      // What would inflate to a gigabyte behind the last row is not read.
      (
        "chunk-endless-image.png",
        {
          var file = RawPNG(width: 64, height: 64)
          file.chunk("IDAT", gigabyte)
          file.end()
          return file.bytes
        }(), .any
      ),
      (
        "chunk-absurd-length.png",
        {
          var file = RawPNG(width: 64, height: 64)
          file.chunk("IDAT", RawPNG.zeros(9 * 64), length: Int(UInt32.max))
          return file.bytes
        }(), .one("undecodable")
      ),
    ]
  }

  // MARK: The run

  private func site() throws -> SampleSite {
    let site = try SampleSite { object in
      var claiming = object["claiming"] as! [String: Any]
      claiming["incompleteMinutes"] = 0
      object["claiming"] = claiming
      // Half a gigabyte: what is refused must be refused before it is tried.
      object["limits"] = ["workerBytesMax": 512 << 20, "pageSecondsMax": 120]
    }
    try site.importPatients()
    return site
  }

  private func file(_ files: Files) throws {
    let site = try site()
    for file in files { try Data(file.bytes).write(to: URL(fileURLWithPath: "\(site.drop)/front-desk/\(file.name)")) }
    try site.drop("archive/front-desk/good-merged-mrn.tif", into: "front-desk", as: "z-good.tif")
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result.errors)")
    let manifests = try site.manifests()
    for file in files {
      let manifest = try #require(
        manifests.first { ($0["sources"] as! [[String: Any]])[0]["name"] as? String == file.name })
      expect(file.expected, of: file.name, manifest)
    }
    let good = try #require(
      manifests.first { ($0["sources"] as! [[String: Any]])[0]["name"] as? String == "z-good.tif" })
    #expect(good.counts["filed"] == 2, "the file beside them is filed (I8)")
    #expect(try site.names(in: "drop/front-desk") == [])
    let verified = try site.program.run("verify")
    #expect(verified.status == 0, "\(verified.output)")
  }

  private func expect(_ expected: Expected, of name: String, _ manifest: [String: Any]) {
    let frames = (manifest["sources"] as! [[String: Any]])[0]["frames"] as? Int
    #expect(frames == expected.frames, "\(name)")
    #expect(manifest.counts["pages"] == expected.pages, "\(name)")
    #expect(manifest.counts["filed"] == 0, "\(name)")
    let reasons = Set(manifest.documents.flatMap { $0["reasons"] as? [String] ?? [] })
    if expected.reasons.contains("") {
      #expect(reasons.isSubset(of: expected.reasons), "\(name): \(reasons)")
    } else if expected.reasons.isEmpty {
      // Whatever it shows, it could be read: an ordinary page without a label, or a blank one.
      #expect(reasons.isSubset(of: ["no-label", "no-type"]), "\(name): \(reasons)")
    } else {
      #expect(!reasons.isDisjoint(with: expected.reasons), "\(name): \(reasons)")
    }
    let evidence = manifest.documents.flatMap { $0["evidence"] as? [[String: Any]] ?? [] }
    for finding in evidence {
      let detail = finding["detail"] as? String ?? ""
      #expect(!detail.contains("died") && !detail.contains("longer than"), "\(name): \(detail)")
    }
  }

  @Test func `giant dimensions are refused before any memory is taken`() throws { try file(Self.giants()) }
  @Test func `a bomb is refused by what its header says, and never set off`() throws { try file(Self.bombs()) }
  @Test func `a chain that loops or breaks keeps its pages, and its rest is a hole, not the end`() throws {
    try file(Self.chains())
  }
  @Test func `tags that lie cost their page`() throws { try file(Self.lyingTags()) }
  @Test func `chunks that swell cost nothing`() throws { try file(Self.chunks()) }

  @Test func `a scanner that appends page after page is waited for until it lets go of its file`() throws {
    let site = try site()
    let watch = try site.program.start(["watch"])
    let handle = open(site.drop + "/front-desk/growing.tif", O_CREAT | O_RDWR, 0o600)
    #expect(handle >= 0)
    var file = RawTIFF()
    let strip = file.append(RawTIFF.whiteRows(64))
    for _ in 0..<5 {
      // Each time a whole file, and each pause longer than `settleSeconds`.
      file.page(RawTIFF.whitePage(width: 64, height: 64, strip: strip, stripBytes: 8))
      _ = file.bytes.withUnsafeBytes { pwrite(handle, $0.baseAddress, $0.count, 0) }
      usleep(700_000)
      #expect(try site.names(in: "drop/front-desk") == ["growing.tif"])
    }
    close(handle)
    for _ in 0..<200 where try site.manifests().isEmpty { usleep(100_000) }
    kill(watch.process.processIdentifier, SIGTERM)
    #expect(watch.wait().status == 0)
    #expect(try site.manifests().map { $0.counts["pages"] } == [5])
  }

  @Test(arguments: ["archive/good-morning-mail.tif", "archive/front-desk/good-merged-mrn.tif"])
  func `a file cut at any sixteenth ends in pages that are there and a hole, and files nothing by guess`(
    _ fixture: String
  ) throws {
    let whole = try TestFiles.whole(fixture)
    let frames = try #require(try TestFiles.frames(of: whole))
    let site = try site()
    for part in 1..<16 {
      try whole.prefix(whole.count * part / 16).write(
        to: URL(fileURLWithPath: "\(site.drop)/front-desk/cut-\(part).tif"))
    }
    let result = try site.program.run("run")
    #expect([0, 3].contains(result.status), "\(result.errors)")
    let manifests = try site.manifests()
    #expect(manifests.count == 15)
    for manifest in manifests {
      let source = (manifest["sources"] as! [[String: Any]])[0]
      let pages = manifest.counts["pages"] ?? 0
      #expect(pages >= 1 && pages <= frames, "\(source)")
      #expect(manifest.counts["exception"]! >= 1, "\(source): what is cut is never whole")
      // Whatever is filed is in the chart that the whole file says.
      for document in manifest.documents where document["status"] as? String == "filed" {
        #expect(try TestFiles.patients(of: fixture).contains(document["mrn"] as! String), "\(source)")
      }
    }
    #expect(try site.program.run("verify").status == 0)
  }
}

private enum TestFiles {
  static func whole(_ path: String) throws -> Data { try fixture(path) }

  /// Directories in the chain of a little-endian TIFF.
  static func frames(of tiff: Data) throws -> Int? {
    func number(_ at: Int, _ bytes: Int) -> Int { (0..<bytes).reduce(0) { $0 | Int(tiff[at + $1]) << (8 * $1) } }
    guard tiff.starts(with: [0x49, 0x49]) else { return nil }
    var (count, offset) = (0, number(4, 4))
    while offset != 0 {
      count += 1
      offset = number(offset + 2 + 12 * number(offset, 2), 4)
    }
    return count
  }

  /// MRNs of the documents that `fixtures/expected.json` names for a file.
  static func patients(of path: String) throws -> Set<String> {
    struct Expected: Decodable { var batches: [FixtureTests.Expected.Batch] }
    let name = (path as NSString).lastPathComponent
    let batches = try JSONDecoder().decode(Expected.self, from: fixture("expected.json")).batches
    return Set(batches.filter { $0.sources.contains(name) }.flatMap { $0.documents.compactMap(\.mrn) })
  }
}
