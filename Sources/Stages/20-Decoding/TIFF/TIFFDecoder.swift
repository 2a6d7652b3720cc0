import CTIFFShim
import Formats
import Model

/// Decodes one frame of a TIFF through libtiff, strip by strip or tile by tile.
struct TIFFDecoder {
  private let handle: TIFFHandle
  private let limits: DecodeLimits

  static func decode(
    _ source: any ByteSource, _ frame: FrameStructure, _ limits: DecodeLimits
  ) throws(DecodeError) -> DecodedPage {
    try checkCompression(frame.compression)
    if let problem = frame.problem { throw .undecodable(problem) }
    guard frame.stripsBeyond == 0 else {
      throw .undecodable("the page has \(frame.stripsBeyond) strips more than its \(frame.height) rows need")
    }
    let handle = try TIFFHandle(source, directoryAt: frame.offset, allocationMax: limits.bytesMax)
    guard handle.width == frame.width, handle.height == frame.height else {
      throw .undecodable("the page's size can be read in two ways")
    }
    let raster = try TIFFDecoder(handle: handle, limits: limits).raster()
    try handle.context.check()
    return DecodedPage(raster: raster, dpi: frame.dpi, orientation: frame.orientation, notes: handle.context.notes)
  }

  private func raster() throws(DecodeError) -> Raster {
    let kind = try handle.kind()
    guard handle.rowBytes > 0, handle.blockBytes > 0, handle.blockWidth > 0, handle.blockHeight > 0 else {
      throw handle.context.failure("its strips have no size")
    }
    handle.context.isReadingPixels = true
    switch kind {
    case .bilevel(let zeroIsBlack): return try bilevel(zeroIsBlack: zeroIsBlack)
    case .samples(let meaning, let alpha): return try gray(meaning, alpha)
    case .converted: return try converted()
    }
  }

  private func make(
    _ depth: Raster.Depth, _ fill: (UnsafeMutableBufferPointer<UInt8>) throws(DecodeError) -> Void
  ) throws(DecodeError) -> Raster {
    let rowBytes = depth == .bilevel ? (handle.width + 7) / 8 : handle.width
    var bytes = [UInt8](repeating: 0, count: rowBytes * handle.height)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DecodeError) in try fill(buffer) }
    return Raster(width: handle.width, height: handle.height, depth: depth, bytes: bytes)
  }

  /// Strips or tiles of the first plane, in order: their index and first pixel.
  private func forEachBlock(_ body: (Int, Int, Int) throws(DecodeError) -> Void) throws(DecodeError) {
    var index = 0
    for y in stride(from: 0, to: handle.height, by: handle.blockHeight) {
      for x in stride(from: 0, to: handle.width, by: handle.blockWidth) {
        try body(index, x, y)
        index += 1
      }
    }
  }

  // MARK: One bit

  private func bilevel(zeroIsBlack: Bool) throws(DecodeError) -> Raster {
    let rowBytes = (handle.width + 7) / 8
    let tileBytes = handle.isTiled ? handle.blockBytes : 0
    try limits.checkBytes(product(rowBytes, handle.height), tileBytes, coded: codedBytes)
    let isConsistent =
      handle.isTiled ? product(handle.rowBytes, handle.blockHeight) == handle.blockBytes : handle.rowBytes == rowBytes
    guard isConsistent else {
      throw handle.context.failure("its rows have a strange length")
    }
    return try make(.bilevel) { (buffer) throws(DecodeError) in
      if handle.isTiled {
        try bilevelTiles(buffer, rowBytes)
      } else {
        try bilevelStrips(UnsafeMutableRawBufferPointer(buffer), rowBytes)
      }
      normalizeBilevel(buffer, width: handle.width, zeroIsBlack: zeroIsBlack)
    }
  }

  /// The last strip row by row, so that it can be asked whether it goes on.
  private func bilevelStrips(_ buffer: UnsafeMutableRawBufferPointer, _ rowBytes: Int) throws(DecodeError) {
    let last = (handle.height - 1) / handle.blockHeight * handle.blockHeight
    try forEachBlock { (index, _, y) throws(DecodeError) in
      guard y < last else { return }
      let strip = buffer[y * rowBytes..<(y + handle.blockHeight) * rowBytes]
      try handle.readBlock(index, into: UnsafeMutableRawBufferPointer(rebasing: strip))
    }
    for row in last..<handle.height { try handle.readRow(row, into: buffer.baseAddress! + row * rowBytes) }
    try checkEnd()
  }

  /// A page that says too small a height would lose the rows behind it unseen, and what stands on them. JPEG data has a
  /// height of its own, which libtiff compares.
  private func checkEnd() throws(DecodeError) {
    guard handle.page.compression != 7, try handle.goesOn(rowsMax: limits.pixelsMax / handle.width) else { return }
    throw .undecodable("the page's data goes on behind the \(handle.height) rows that it says")
  }

  private func bilevelTiles(_ buffer: UnsafeMutableBufferPointer<UInt8>, _ rowBytes: Int) throws(DecodeError) {
    try withScratch(handle.blockBytes) { (tile) throws(DecodeError) in
      try forEachBlock { (index, x, y) throws(DecodeError) in
        try handle.readBlock(index, into: tile)
        let bytes = min(handle.blockWidth / 8, rowBytes - x / 8)
        for row in 0..<min(handle.blockHeight, handle.height - y) {
          for i in 0..<bytes { buffer[(y + row) * rowBytes + x / 8 + i] = tile[row * handle.rowBytes + i] }
        }
      }
    }
  }

  // MARK: Samples

  private func gray(_ meaning: SampleMeaning, _ alpha: AlphaChannel?) throws(DecodeError) -> Raster {
    let planes = handle.isSeparate ? handle.samples : 1
    // A strip image of contiguous samples is read row by row; all others a strip or tile of each plane at a time.
    let byRow = !handle.isTiled && !handle.isSeparate
    let scratch = byRow ? handle.rowBytes : product(handle.blockBytes, planes)
    let side = max(handle.blockWidth, handle.width)
    let rawRow = product(side, handle.samples, 2)
    try limits.checkBytes(product(handle.width, handle.height), scratch, rawRow, coded: codedBytes)
    var converter = GrayConverter(
      meaning, bits: handle.bits, samples: handle.samples, alpha: alpha, isSigned: handle.isSigned, width: side)
    let blockSamples = planes > 1 ? 1 : handle.samples
    guard handle.rowBytes >= (handle.blockWidth * blockSamples * handle.bits + 7) / 8,
      byRow || handle.blockBytes >= handle.rowBytes * min(handle.blockHeight, handle.height)
    else { throw handle.context.failure("its rows have a strange length") }
    return try make(.gray) { (buffer) throws(DecodeError) in
      try withScratch(scratch!) { (scratch) throws(DecodeError) in
        if byRow {
          try grayRows(&converter, buffer, scratch)
        } else {
          try grayBlocks(&converter, buffer, scratch, planes)
        }
      }
    }
  }

  private func grayRows(
    _ converter: inout GrayConverter, _ buffer: UnsafeMutableBufferPointer<UInt8>,
    _ scratch: UnsafeMutableRawBufferPointer
  ) throws(DecodeError) {
    let width = handle.width
    for row in 0..<handle.height {
      try handle.readRow(row, into: scratch.baseAddress!)
      converter.convert(
        UnsafeRawBufferPointer(scratch),
        into: UnsafeMutableBufferPointer(rebasing: buffer[row * width..<(row + 1) * width]))
    }
    try checkEnd()
  }

  private func grayBlocks(
    _ converter: inout GrayConverter, _ buffer: UnsafeMutableBufferPointer<UInt8>,
    _ scratch: UnsafeMutableRawBufferPointer,
    _ planes: Int
  ) throws(DecodeError) {
    try forEachBlock { (index, x, y) throws(DecodeError) in
      let rows = min(handle.blockHeight, handle.height - y)
      let columns = min(handle.blockWidth, handle.width - x)
      for plane in 0..<planes {
        // The last strip holds only the rows that are left; tiles are always whole.
        let bytes = handle.isTiled ? handle.blockBytes : rows * handle.rowBytes
        let part = scratch[plane * handle.blockBytes..<plane * handle.blockBytes + bytes]
        try handle.readBlock(index + plane * handle.blocksPerPlane, into: UnsafeMutableRawBufferPointer(rebasing: part))
      }
      for row in 0..<rows {
        let start = (y + row) * handle.width + x
        let output = UnsafeMutableBufferPointer(rebasing: buffer[start..<start + columns])
        func line(_ plane: Int) -> UnsafeRawBufferPointer {
          let start = plane * handle.blockBytes + row * handle.rowBytes
          return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[start..<start + handle.rowBytes])
        }
        if planes == 1 {
          converter.convert(line(0), into: output)
        } else {
          for plane in 0..<planes { converter.take(line(plane), plane: plane, width: columns) }
          converter.combine(into: output)
        }
      }
    }
  }

  // MARK: YCbCr outside JPEG

  private func converted() throws(DecodeError) -> Raster {
    let blockPixels = product(handle.blockWidth, handle.blockHeight)
    try limits.checkBytes(
      product(handle.width, handle.height), product(handle.blockWidth, handle.blockHeight, 4), handle.blockBytes,
      coded: codedBytes)
    return try make(.gray) { (buffer) throws(DecodeError) in
      try withScratch(blockPixels! * 4) { (scratch) throws(DecodeError) in
        let pixels = scratch.bindMemory(to: UInt32.self)
        try forEachBlock { (_, x, y) throws(DecodeError) in
          try handle.readRGBA(column: x, row: y, into: pixels)
          let rows = min(handle.blockHeight, handle.height - y)
          let rowsGiven = handle.isTiled ? handle.blockHeight : rows
          for row in 0..<rows {
            for column in 0..<min(handle.blockWidth, handle.width - x) {
              let pixel = pixels[(rowsGiven - 1 - row) * handle.blockWidth + column]
              let gray = luma(
                UInt8(truncatingIfNeeded: pixel), UInt8(truncatingIfNeeded: pixel >> 8),
                UInt8(truncatingIfNeeded: pixel >> 16))
              buffer[(y + row) * handle.width + x + column] =
                overWhite(gray, UInt8(truncatingIfNeeded: pixel >> 24), isAssociated: true)
            }
          }
        }
      }
    }
  }

  private var codedBytes: Int { Int(clamping: handle.page.coded_bytes) }

  private func withScratch(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { scratch.deallocate() }
    scratch.initializeMemory(as: UInt8.self, repeating: 0)
    try body(scratch)
  }
}
