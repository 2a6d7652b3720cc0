import Decoding
import Formats
import Model

func walkTIFF(_ bytes: [UInt8]) { walk(bytes, .tiff) }
func walkPNG(_ bytes: [UInt8]) { walk(bytes, .png) }

private let limits = StructureLimits(bytesMax: 1 << 24, framesMax: 200)

/// Frames that one input may cost.
private let framesMax = 20

private func walk(_ bytes: [UInt8], _ format: SourceFormat) {
  let source = MemorySource(bytes)
  guard let structure = try? walkStructure(of: source, limits: limits) else {
    fatalError("broken promise: only a source that fails throws")
  }
  must(structure.frames.count <= limits.framesMax, "frames are bounded")
  for frame in structure.frames.prefix(framesMax) {
    let digest = try? pageDigest(of: source, format: structure.format, frame: frame)
    if frame.problem == nil, frame.compression != 6 { must(digest != nil, "a sound frame has a digest") }
    guard frame.isCopyable, structure.format == .tiff else { continue }
    let (copy, copied) = copyOut(frame, of: source)
    must((try? pageDigest(of: copy, format: .tiff, frame: copied)) == digest, "a copy is the same page")
    var expected = frame
    expected.offset = copied.offset
    must(copied == expected, "a copy says of its page what the source says")
  }
}

/// A frame that says it can be copied is the one page of a sound file then.
private func copyOut(_ frame: FrameStructure, of source: MemorySource) -> (MemorySource, FrameStructure) {
  var sink = MemorySink()
  guard (try? copyFrames([frame], of: source, to: &sink)) != nil else {
    fatalError("broken promise: what is copyable can be copied")
  }
  let copy = MemorySource(sink.bytes)
  guard let structure = try? walkStructure(of: copy), structure.frames.count == 1, structure.problem == nil else {
    fatalError("broken promise: a copy has one page")
  }
  return (copy, structure.frames[0])
}

// MARK: Pixels

func decodeTIFF(_ bytes: [UInt8]) { decode(bytes) }
func decodePNG(_ bytes: [UInt8]) { decode(bytes) }

private let pixels = DecodeLimits(pixelsMax: 1 << 20, bytesMax: 8 << 20)

private func decode(_ bytes: [UInt8]) {
  let source = MemorySource(bytes)
  guard let structure = try? walkStructure(of: source, limits: limits) else { return }
  for frame in structure.frames.prefix(framesMax) {
    guard let page = try? decodePage(of: source, format: structure.format, frame: frame, limits: pixels) else {
      continue
    }
    must(page.raster.width == frame.width && page.raster.height == frame.height, "a raster has its frame's size")
    must(page.raster.bytes.count == page.raster.rowBytes * page.raster.height, "a raster is whole")
    must((1...8).contains(page.orientation), "an orientation is one of eight")
    guard structure.format == .tiff, frame.isCopyable else { continue }
    let (copy, copied) = copyOut(frame, of: source)
    let again = try? decodePage(of: copy, format: .tiff, frame: copied, limits: pixels)
    must(
      again?.raster.depth == page.raster.depth && again?.raster.bytes == page.raster.bytes,
      "a copy has the same pixels")
  }
}
