import CBarcodeShim
import Model

/// A symbol as the barcode library reports it, in pixels of the image that it was given.
struct FoundSymbol: Sendable {
  var symbology: Symbology
  var bytes: [UInt8]
  var isGS1: Bool
  /// Corners in the symbol's own frame: top left, top right, bottom right, bottom left.
  var corners: [Point]
}

/// The barcode library, for symbols in two dimensions. This file is the whole seam.
enum Symbols {
  static let version = String(cString: cbar_version())

  static let matrix: Set<Symbology> = [.datamatrix, .qr, .pdf417, .aztec]
  /// Those on a grid of square modules.
  static let square: Set<Symbology> = [.datamatrix, .qr, .aztec]
  /// At most so many symbols in two dimensions from one image: a page of stickers, not a sheet of stamps.
  static let matrixMax = 32

  /// Looks for `wanted` in the image. `rotate`: also look at the image turned by 90°.
  static func find(
    _ wanted: Set<Symbology>, in image: GrayImage, rotate: Bool, isBilevel: Bool = false
  ) -> [FoundSymbol] {
    guard image.width > 0, image.height > 0 else { return [] }
    var options = cbar_options(
      formats: wanted.reduce(0) { $0 | bit($1) }, rotate: rotate ? 1 : 0,
      max_symbols: Int32(matrixMax), is_bilevel: isBilevel ? 1 : 0)
    var found: [FoundSymbol] = []
    image.pixels.withUnsafeBufferPointer { pixels in
      withUnsafeMutablePointer(to: &found) { found in
        _ = cbar_read(
          pixels.baseAddress, Int32(image.width), Int32(image.height), Int32(image.width), &options,
          { context, symbol in
            guard let context, let symbol, let found = FoundSymbol(symbol.pointee) else { return }
            context.assumingMemoryBound(to: [FoundSymbol].self).pointee.append(found)
          }, found)
      }
    }
    return found
  }

  static func bit(_ symbology: Symbology) -> UInt32 {
    switch symbology {
    case .datamatrix: UInt32(CBAR_DATAMATRIX)
    case .qr: UInt32(CBAR_QR)
    case .pdf417: UInt32(CBAR_PDF417)
    case .aztec: UInt32(CBAR_AZTEC)
    default: 0
    }
  }
}

extension FoundSymbol {
  fileprivate init?(_ symbol: cbar_symbol) {
    guard let symbology = Symbols.matrix.first(where: { Symbols.bit($0) == symbol.format }) else { return nil }
    self.symbology = symbology
    bytes = Array(UnsafeBufferPointer(start: symbol.bytes, count: symbol.length))
    isGS1 = symbol.is_gs1 != 0
    corners = [
      Point(Int(symbol.x.0), Int(symbol.y.0)), Point(Int(symbol.x.1), Int(symbol.y.1)),
      Point(Int(symbol.x.2), Int(symbol.y.2)), Point(Int(symbol.x.3), Int(symbol.y.3)),
    ]
  }
}
