/// The kinds of barcode that a page may carry, by the names used in every file and message (FORMATS *Label grammar*).
public enum Symbology: String, Codable, Hashable, Sendable, CaseIterable {
  case code128, code39, itf, codabar, datamatrix, qr, pdf417, aztec
  /// Of goods: always foreign, read so that a sticker on a page is not taken for a label that nobody could read.
  case ean13, upca
  case patch1, patch2, patch3, patch4, patch6, patchT

  /// Of goods: never in a label grammar.
  public var isOfGoods: Bool { self == .ean13 || self == .upca }

  /// Patch codes: four bars without a text (Kodak A-61599).
  public var isPatch: Bool {
    switch self {
    case .patch1, .patch2, .patch3, .patch4, .patch6, .patchT: true
    default: false
    }
  }

  /// Patch codes that divide: 2, 3 and T. Upside down 3 and T are each other, so they mean the same.
  public var isSeparatorPatch: Bool { self == .patch2 || self == .patch3 || self == .patchT }

  /// Whether every symbol carries a check of its own (Code 39, ITF and Codabar have none that is mandatory).
  public var hasOwnChecksum: Bool {
    switch self {
    case .code128, .datamatrix, .qr, .pdf417, .aztec: true
    default: false
    }
  }

  /// Symbols in two dimensions.
  public var isMatrix: Bool { self == .datamatrix || self == .qr || self == .pdf417 || self == .aztec }
}
