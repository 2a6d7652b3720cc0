/// A barcode as the reader saw it, before the grammar: a fact about pixels.
public struct RawLabel: Hashable, Sendable, Codable {
  public var symbology: Symbology
  /// The exact bytes; empty for a patch code. FNC1 inside a GS1 symbol stands as 0x1D.
  public var text: EscapedText
  /// Whether the symbol says that it is GS1 data (FNC1 in first position: AIM `]C1`, `]d2`, `]Q3`).
  public var isGS1: Bool
  public var quad: Quad
  /// Scan rows that agreed on the text; 1 for symbols in two dimensions.
  public var rows: Int

  public init(symbology: Symbology, text: EscapedText, isGS1: Bool = false, quad: Quad, rows: Int) {
    self.symbology = symbology
    self.text = text
    self.isGS1 = isGS1
    self.quad = quad
    self.rows = rows
  }
}
