import TestSupport

/// The files that ``HostileFileTests`` drops, and what must come of each.
extension HostileFileTests {
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

  /// Nothing, hardly anything, and other things than their names say.
  static func impostors() -> Files {
    let png = RawPNG.black()
    return [
      ("none.tif", [], .none("unsupported", "undecodable")),
      ("byte.tif", [0x49], .none("unsupported", "undecodable")),
      ("header.tif", Array("II*\0".utf8) + [8, 0, 0, 0], .none("undecodable")),
      ("header.png", Array(png.bytes.prefix(8)), .none("undecodable")),
      ("zeros.tif", [UInt8](repeating: 0, count: 4096), .none("unsupported", "undecodable")),
      ("document.pdf", Array("%PDF-1.7\n%%EOF\n".utf8), .none("unsupported")),
      ("document.tif", Array("%PDF-1.4\n%%EOF\n".utf8), .none("unsupported")),
      ("picture.tif", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF".utf8), .none("unsupported")),
      ("page.png", RawTIFF.onePage(), .sound),
    ]
  }

  static func lyingTags() -> Files {
    func page(_ tag: Int, _ type: Int, _ values: [Int], count: Int? = nil) -> [UInt8] {
      RawTIFF.onePage { $0.set(tag, type, values, count: count) }
    }
    func rows(_ height: Int) -> [UInt8] {
      RawTIFF.onePage(strip: (0..<64 * 8).map { UInt8(truncatingIfNeeded: $0 * 37) }) {
        $0.set(259, 3, [1])
        $0.set(257, 4, [height])
        $0.set(278, 4, [height])
      }
    }
    let damaged = Expected.one("undecodable", "unsupported", "too-large")
    return [
      ("lies-height-less.tif", rows(8), .one("undecodable")),
      ("lies-height-more.tif", rows(65), .one("undecodable")),
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
}
