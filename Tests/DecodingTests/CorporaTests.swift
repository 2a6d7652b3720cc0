import Decoding
import FoundationEssentials
import Formats
import Model
import Testing

/// Files by other people (`../shared/corpora` beside the package, or `CHARTROOM_CORPORA`), with what libtiff, libpng, Pillow
/// and ImageMagick make of them in MANIFEST.tsv.
@Suite struct `Decoding: files by other people` {
  @Test(arguments: ["tiff", "png"])
  func `none crashes, none is passed off as good, and what is plainly good decodes`(_ kind: String) throws {
    guard let corpus = try Corpus(kind) else {
      print("SKIPPED: no corpus of \(kind) files; set CHARTROOM_CORPORA to its folder to run all of them")
      return
    }
    var counts: [String: Int] = [:]
    for file in corpus.files {
      let outcome = try read(corpus.folder.appending(path: file.path))
      counts["\(file.outcome): \(outcome == nil ? "good" : "refused")", default: 0] += 1
      switch file.outcome {
      case "all-reject": #expect(outcome != nil, "\(file.path) is passed off as good")
      case "all-decode":
        if let reason = KnownRefusal.table[file.path] {
          #expect(outcome?.contains(reason) == true, "\(file.path): \(outcome ?? "good"), not \(reason)")
        } else {
          #expect(outcome == nil, "\(file.path) (\(file.props)): \(outcome ?? "")")
        }
      default: break
      }
    }
    let refusals = corpus.files.filter { KnownRefusal.table[$0.path] != nil }.count
    print("\(corpus.files.count) \(kind) files, \(refusals) known refusals: \(counts.sorted { $0.key < $1.key })")
    #expect(corpus.files.count == (kind == "tiff" ? 440 : 621))
  }

  /// - Returns: why not every page of the file is good, or nil.
  private func read(_ path: URL) throws -> String? {
    let source = MemorySource(Array(try Data(contentsOf: path)))
    let structure = try walkStructure(of: source)
    if case .unsupported(let what) = structure.format { return what }
    if let problem = structure.problem { return problem }
    for frame in structure.frames {
      do {
        let page = try decodePage(of: source, format: structure.format, frame: frame)
        #expect(page.raster.width == frame.width && page.raster.height == frame.height)
      } catch { return error.description }
      try expectSoundCopy(of: frame, source, structure.format)
    }
    return nil
  }

  /// What decodes can be digested; a TIFF's frame can also be taken out of its file and is then the same page.
  private func expectSoundCopy(of frame: FrameStructure, _ source: MemorySource, _ format: SourceFormat) throws {
    let digest = try pageDigest(of: source, format: format, frame: frame)
    guard format == .tiff, frame.isCopyable else { return }
    var sink = MemorySink()
    _ = try copyFrames([frame], of: source, to: &sink)
    let copy = MemorySource(sink.bytes)
    let structure = try walkStructure(of: copy)
    #expect(structure.isComplete && structure.problem == nil && structure.frames.count == 1)
    #expect(try pageDigest(of: copy, format: .tiff, frame: structure.frames[0]) == digest)
    let page = try decodePage(of: copy, format: .tiff, frame: structure.frames[0])
    #expect(try page.raster.bytes == decodePage(of: source, format: .tiff, frame: frame).raster.bytes)
  }
}

/// Files that the manifest's tools all read in some way and that are refused here on purpose: part of the sentence that says so.
private enum KnownRefusal {
  static let table: [String: String] = [
    // The chain of pages loops: its pages decode, but nobody can say how many there are (I3), so the rest is a hole.
    "libtiff.net/loop.tif": "comes back",
    "libtiff/images/test_ifd_loop_to_first.tif": "comes back",
    "pillow/multipage_multiple_frame_loop.tiff": "comes back",
    "pillow/multipage_single_frame_loop.tiff": "comes back",
    // Old-style JPEG, deprecated since 1995, and compressions that no scanner writes.
    "libtiff/images/ojpeg_chewey_subsamp21_multi_strip.tiff": "old-style JPEG",
    "pillow/old-style-jpeg-compression-no-samplesperpixel.tif": "old-style JPEG",
    "pillow/old-style-jpeg-compression.tif": "old-style JPEG",
    "twelvemonkeys/contrib/src/test/resources/contrib/tiff/WangJPEG.tif": "old-style JPEG",
    "\(twelve)/old-style-jpeg-no-jpeginterchangeformatlength.tif": "old-style JPEG",
    "pillow/hopper_lzma.tif": "LZMA",
    // Damage that the tools speak of and forgive: lines that end early, a JPEG cut off, bytes beyond the end of the file.
    "libtiff.net/127.tif": "Premature EOL",
    "libtiff.net/G3_Premature_EOL.tif": "Premature EOL",
    "libtiff/images/testfax3_bug54_1dnoEOL.tif": "Premature EOL",
    "\(twelve)/ccitt/g3aoe.tif": "Premature EOL",
    "\(twelve)/incorrect-compression-rle-as-g3.tif": "Premature EOL",
    "image-rs/regression/tiff/clusterfuzz-testcase-minimized-fuzzer_script_tiff-5026894169374720.tif": "premature end",
    "pillow/tiff_wrong_bits_per_sample.tiff": "beyond the end of the file",
    "twelvemonkeys/imageio/imageio-metadata/src/test/resources/exif/noeof.tif": "beyond the end of the file",
    "\(twelve)/CCITT-G4-300dpi-StripByteCounts0.tif": "is empty",
  ]
  private static let twelve = "twelvemonkeys/imageio/imageio-tiff/src/test/resources/tiff"
}

/// One folder of the corpora and its manifest.
private struct Corpus {
  struct File {
    var path: String
    var outcome: String
    var props: String
  }
  var folder: URL
  var files: [File]

  /// nil where the folder is absent.
  init?(_ kind: String) throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let root =
      ProcessInfo.processInfo.environment["CHARTROOM_CORPORA"].map { URL(filePath: $0) }
      ?? package.deletingLastPathComponent().appending(path: "shared/corpora")
    folder = root.appending(path: kind)
    let manifest = folder.appending(path: "MANIFEST.tsv")
    guard FileManager.default.fileExists(atPath: manifest.path) else { return nil }
    let lines = String(decoding: try Data(contentsOf: manifest), as: UTF8.self).split(separator: "\n")
    let header = lines[0].split(separator: "\t", omittingEmptySubsequences: false)
    let outcome = header.firstIndex(of: "outcome")!
    let props = header.firstIndex(of: "props")!
    files = lines.dropFirst().map { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return File(path: columns[0], outcome: columns[outcome], props: columns[props])
    }
  }
}
