import CPNGShim
import Formats
import Model

/// Decodes a PNG through libpng: row by row, or whole where it is interlaced.
struct PNGDecoder {
  private let handle: PNGHandle
  private let limits: DecodeLimits
  private let codedBytes: Int

  static func decode(
    _ source: any ByteSource, _ frame: FrameStructure, _ limits: DecodeLimits
  ) throws(DecodeError) -> DecodedPage {
    if let problem = frame.problem { throw .undecodable(problem) }
    let handle = try PNGHandle(source, sideMax: max(frame.width, frame.height))
    guard Int(handle.image.width) == frame.width, Int(handle.image.height) == frame.height else {
      throw .undecodable("the page's size can be read in two ways")
    }
    let decoder = PNGDecoder(handle: handle, limits: limits, codedBytes: source.count)
    let raster = try decoder.raster()
    return DecodedPage(raster: raster, dpi: frame.dpi, orientation: frame.orientation, notes: handle.context.notes)
  }

  private var width: Int { Int(handle.image.width) }
  private var height: Int { Int(handle.image.height) }
  private var isInterlaced: Bool { handle.image.is_interlaced != 0 }

  /// Whether 0 is black, for images of one bit and opaque black and white; nil for all others.
  private var bilevelZeroIsBlack: Bool? {
    let image = handle.image
    guard image.bit_depth == 1, image.has_alpha == 0 else { return nil }
    if image.color_type == 0 { return true }
    let head = image.palette_head
    guard image.color_type == 3, image.palette_count == 2 else { return nil }
    switch [head.0, head.1, head.2, head.3, head.4, head.5] {
    case [0, 0, 0, 255, 255, 255]: return true
    case [255, 255, 255, 0, 0, 0]: return false
    default: return nil
    }
  }

  private func raster() throws(DecodeError) -> Raster {
    let zeroIsBlack = bilevelZeroIsBlack
    let rowBytes = zeroIsBlack == nil ? width : (width + 7) / 8
    // At most four channels of 8 bits, whole where interlaced.
    let scratch = zeroIsBlack != nil ? 0 : product(width, 4, isInterlaced ? height : 1)
    try limits.checkBytes(product(rowBytes, height), scratch, coded: codedBytes)
    try handle.start(keepsBits: zeroIsBlack != nil)
    var bytes = [UInt8](repeating: 0, count: rowBytes * height)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DecodeError) in
      if let zeroIsBlack {
        try readDirectly(into: buffer, rowBytes)
        normalizeBilevel(buffer, width: width, zeroIsBlack: zeroIsBlack)
      } else if handle.image.channels == 1, handle.image.bits == 8 {
        try readDirectly(into: buffer, rowBytes)
      } else {
        try readChannels(into: buffer)
      }
    }
    try handle.finish()
    return Raster(width: width, height: height, depth: zeroIsBlack == nil ? .gray : .bilevel, bytes: bytes)
  }

  private func readDirectly(into buffer: UnsafeMutableBufferPointer<UInt8>, _ rowBytes: Int) throws(DecodeError) {
    if isInterlaced { return try handle.readImage(into: buffer, rowBytes: rowBytes) }
    for row in 0..<height {
      try handle.readRow(into: UnsafeMutableBufferPointer(rebasing: buffer[row * rowBytes..<(row + 1) * rowBytes]))
    }
  }

  private func readChannels(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(DecodeError) {
    let channels = Int(handle.image.channels)
    guard handle.image.bits == 8, (2...4).contains(channels) else {
      throw handle.context.failure("its channels are strange")
    }
    let alpha = channels.isMultiple(of: 2) ? AlphaChannel(sample: channels - 1, isAssociated: false) : nil
    var converter = GrayConverter(channels > 2 ? .rgb : .gray, bits: 8, samples: channels, alpha: alpha, width: width)
    let rowBytes = width * channels
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: isInterlaced ? rowBytes * height : rowBytes)
    defer { scratch.deallocate() }
    scratch.initialize(repeating: 0)
    if isInterlaced { try handle.readImage(into: scratch, rowBytes: rowBytes) }
    for row in 0..<height {
      if !isInterlaced { try handle.readRow(into: scratch) }
      let start = isInterlaced ? row * rowBytes : 0
      converter.convert(
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[start..<start + rowBytes]),
        into: UnsafeMutableBufferPointer(rebasing: buffer[row * width..<(row + 1) * width]))
    }
  }
}
