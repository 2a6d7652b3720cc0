import Model
import Reading

/// A page from bytes: depth, width in two bytes, then its rows.
private func raster(_ bytes: [UInt8]) -> (Raster, dpi: [Double]?)? {
  guard bytes.count > 4 else { return nil }
  let depth: Raster.Depth = bytes[0] & 1 == 0 ? .bilevel : .gray
  let width = Int(bytes[1]) << 8 % 4096 | Int(bytes[2])
  guard width > 0 else { return nil }
  let rowBytes = depth == .bilevel ? (width + 7) / 8 : width
  let rows = Array(bytes[4...])
  let height = rows.count / rowBytes
  guard height > 0 else { return nil }
  var pixels = Array(rows.prefix(rowBytes * height))
  // What a raster promises: no ink beyond the width.
  if depth == .bilevel, !width.isMultiple(of: 8) {
    for row in 0..<height { pixels[(row + 1) * rowBytes - 1] &= UInt8(truncatingIfNeeded: 0xFF00 >> (width % 8)) }
  }
  let dpi: [Double]? = [nil, [300, 300], [200, 100], [0.01, 100_000]][Int(bytes[3] & 3)]
  return (Raster(width: width, height: height, depth: depth, bytes: pixels), dpi)
}

func readLines(_ bytes: [UInt8]) {
  guard let (raster, dpi) = raster(bytes) else { return }
  for label in readScanLines(raster, dpi: dpi) { expect(label, on: raster) }
}

func readLabels(_ bytes: [UInt8]) {
  guard let (raster, dpi) = raster(bytes) else { return }
  let marks = readPage(raster, dpi: dpi, options: ReadingOptions())
  must((0...1).contains(marks.ink) && (0...1).contains(marks.inkOutsideLabels), "ink is a share")
  for label in marks.labels { expect(label, on: raster) }
}

private func expect(_ label: RawLabel, on raster: Raster) {
  must(label.rows > 0, "a label was read on a row")
  must(label.text.bytes.count <= 8192, "a label's text is bounded")
}

// MARK: Grammar

private let grammar = LabelGrammar(entries: [
  LabelEntry(
    name: "patient", meaning: .patient, symbologies: [.code128, .qr], pattern: "MRN(?<mrn>[0-9]{8})",
    checks: [LabelCheck(scheme: .luhn, field: "mrn")]),
  LabelEntry(
    name: "hibc", meaning: .patient, symbologies: [.code128, .qr],
    pattern: "\\+/AC(MRN)?(?<mrn>[0-9]{8})[0-9A-Z $%+./-]", checks: [LabelCheck(scheme: .hibc43)]),
  LabelEntry(name: "page", meaning: .page, symbologies: [.qr], pattern: "PG(?<page>[0-9]{2})OF(?<of>[0-9]{2})"),
  LabelEntry(
    name: "gsrn", meaning: .patient, symbologies: [.qr], pattern: "8018(?<mrn>[0-9]{18})",
    checks: [LabelCheck(scheme: .gs1mod10, field: "mrn")], gs1: true),
])
private let reader = try! GrammarReader(grammar, foreignKey: [1, 2, 3], showForeignText: false)
private let place = Quad(left: 0, top: 0, right: 10, bottom: 10)

func readGrammar(_ bytes: [UInt8]) {
  guard let first = bytes.first else { return }
  let text = EscapedText(bytes: bytes.dropFirst())
  let raw = RawLabel(
    symbology: first & 1 == 0 ? .qr : .code128, text: text, isGS1: first & 2 != 0, quad: place, rows: 1)
  let label = reader.label(from: raw, origin: .page)
  if label.isForeign { must(label.text == nil, "a foreign text is not kept") }
  for (name, value) in label.fields {
    must(value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "the field \(name) holds what its pattern allows")
    if name == "mrn" { must(value.allSatisfy(\.isASCII) && value.allSatisfy(\.isNumber), "an MRN is digits") }
  }
}

/// A site's pattern: refused with a sentence, or usable.
func readPattern(_ bytes: [UInt8]) {
  guard let pattern = String(validating: bytes, as: UTF8.self) else { return }
  let entry = LabelEntry(name: "x", meaning: .patient, symbologies: [.qr], pattern: pattern)
  let findings = checkGrammar(LabelGrammar(entries: [entry]))
  must(findings.allSatisfy { !$0.message.isEmpty }, "a finding is a sentence")
}
