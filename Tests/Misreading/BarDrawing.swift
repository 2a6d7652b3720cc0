import Model

/// A label's symbol as it was meant: what a reader must say.
public struct Printed: Hashable, Sendable {
  public var symbology: Symbology
  public var bytes: [UInt8]

  public init(_ symbology: Symbology, _ text: String) {
    self.symbology = symbology
    bytes = Array(text.utf8)
  }
}

/// Bars and spaces of linear symbols in modules, bar first: an encoder of its own, so that a million labels cost nothing.
/// That reader and encoder agree with the world is what the samples and pages drawn by zint show.
enum BarDrawing {
  /// ISO/IEC 15417. `isGS1`: FNC1 after the start.
  static func code128(_ text: String, isGS1: Bool = false) -> [Double] {
    let bytes = Array(text.utf8)
    func digits(from at: Int) -> Int { bytes[at...].prefix { (0x30...0x39).contains($0) }.count }
    var inC = digits(from: 0) >= 4 || (bytes.count == 2 && digits(from: 0) == 2)
    var values = [inC ? 105 : 104]
    if isGS1 { values.append(102) }
    var at = 0
    while at < bytes.count {
      let run = digits(from: at)
      if inC, run < 2 {
        values.append(bytes[at] == 0x1D ? 102 : 100)
        if bytes[at] == 0x1D { at += 1 } else { inC = false }
      } else if inC {
        values.append(Int(bytes[at] - 0x30) * 10 + Int(bytes[at + 1] - 0x30))
        at += 2
      } else if run >= 6 || run >= 4 && at + run == bytes.count {
        if run & 1 == 1 {
          values.append(Int(bytes[at]) - 32)
          at += 1
        }
        values.append(99)
        inC = true
      } else {
        values.append(bytes[at] == 0x1D ? 102 : Int(bytes[at]) - 32)
        at += 1
      }
    }
    values.append(values.enumerated().reduce(0) { $0 + max(1, $1.offset) * $1.element } % 103)
    let widths = (values + [106]).flatMap { code128Widths[$0].utf8.map { Double($0 - 0x30) } }
    return widths + [2]
  }

  /// ISO/IEC 16388. `ratio` of wide to narrow.
  static func code39(_ text: String, ratio: Double) -> [Double] {
    let patterns = ("*" + text + "*").map { character in
      let place = code39Characters.firstIndex(of: character)!
      return code39Widths[code39Characters.distance(from: code39Characters.startIndex, to: place)]
    }
    return joined(patterns, bits: 9, ratio: ratio)
  }

  /// EN 798; `text` with its start and stop letters.
  static func codabar(_ text: String, ratio: Double) -> [Double] {
    let patterns = text.map { character in
      let place = codabarCharacters.firstIndex(of: character)!
      return codabarWidths[codabarCharacters.distance(from: codabarCharacters.startIndex, to: place)]
    }
    return joined(patterns, bits: 7, ratio: ratio)
  }

  /// ISO/IEC 16390; an even number of digits.
  static func itf(_ text: String, ratio: Double) -> [Double] {
    let digits = text.utf8.map { itfWidths[Int($0 - 0x30)] }
    var widths: [Double] = [1, 1, 1, 1]
    for pair in stride(from: 0, to: digits.count, by: 2) {
      for bit in stride(from: 4, through: 0, by: -1) {
        for digit in [digits[pair], digits[pair + 1]] { widths.append(digit >> bit & 1 == 1 ? ratio : 1) }
      }
    }
    return widths + [ratio, 1, 1]
  }

  private static func joined(_ patterns: [Int], bits: Int, ratio: Double) -> [Double] {
    let characters = patterns.map { pattern in
      (0..<bits).map { pattern >> (bits - 1 - $0) & 1 == 1 ? ratio : 1.0 }
    }
    return Array(characters.joined(separator: [1.0]))
  }

  private static let code128Widths = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "233111",
  ]
  private static let code39Characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*"
  private static let code39Widths = [
    0o064, 0o441, 0o141, 0o540, 0o061, 0o460, 0o160, 0o045, 0o444, 0o144, 0o411, 0o111, 0o510, 0o031, 0o430, 0o130,
    0o015, 0o414, 0o114, 0o034, 0o403, 0o103, 0o502, 0o023, 0o422, 0o122, 0o007, 0o406, 0o106, 0o026, 0o601, 0o301,
    0o700, 0o221, 0o620, 0o320, 0o205, 0o604, 0o304, 0o250, 0o242, 0o212, 0o052, 0o224,
  ]
  private static let codabarCharacters = "0123456789-$:/.+ABCD"
  private static let codabarWidths = [
    0o003, 0o006, 0o011, 0o140, 0o022, 0o102, 0o041, 0o044, 0o060, 0o110, 0o014, 0o030, 0o105, 0o121, 0o124, 0o025,
    0o032, 0o051, 0o013, 0o016,
  ]
  private static let itfWidths = [6, 17, 9, 24, 5, 20, 12, 3, 18, 10]
}
