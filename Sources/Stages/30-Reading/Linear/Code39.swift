import Model

/// Code 39 (ISO/IEC 16388): characters of five bars and four spaces, of which three are wide; `*` starts and stops.
///
/// Every character has two wide bars of five and one wide space of four, or no wide bar and three wide spaces: a run that
/// is taken for the other width makes no character. There is no check character of the symbology's own; mod 43 is the
/// grammar's to ask for (FORMATS *Label grammar*).
enum Code39 {
  static let quietModules: Int32 = 5
  /// Start and stop, and fewer characters than these between them, stand in rows of bars by chance.
  static let charactersMin = 3
  static let charactersMax = 96

  static func read(_ runs: BarRuns, at first: Int, values: inout [UInt8]) -> LineSymbol? {
    guard first + 30 <= runs.count else { return nil }
    // `*` is narrow, wide, narrow, narrow, wide, narrow, wide, narrow, narrow.
    var width = runs.sum(first, 9)
    guard runs[first - 1] * 13 >= quietModules * width else { return nil }
    guard runs[first + 1] * 10 >= runs[first + 3] * 12, runs[first + 4] * 10 >= runs[first + 2] * 12 else { return nil }
    var bars = WideNarrow()
    var spaces = WideNarrow()
    for place in [0, 2, 8] { bars.addNarrow(runs[first + place]) }
    for place in [4, 6] { bars.addWide(runs[first + place]) }
    for place in [3, 5, 7] { spaces.addNarrow(runs[first + place]) }
    spaces.addWide(runs[first + 1])
    guard bars.areApart, spaces.areApart, character(runs, first, &bars, &spaces, isNoted: false) == star else {
      return nil
    }
    values.removeAll(keepingCapacity: true)
    var at = first + 10
    while at + 9 < runs.count, values.count <= charactersMax {
      let gap = runs[at - 1]
      let next = runs.sum(at, 9)
      // The gap between characters is up to 5.3 modules (§4.6); all characters are equally wide, but a camera that is held
      // aslant sees one end of the symbol larger than the other.
      guard gap * 13 <= width * 6, abs(next - width) * 8 <= width + 8 else { return nil }
      guard let value = character(runs, at, &bars, &spaces, isNoted: true) else { return nil }
      if value == star {
        guard values.count >= charactersMin, runs[at + 9] * 13 >= quietModules * width else { return nil }
        return LineSymbol(symbology: .code39, bytes: values, runs: first..<at + 9)
      }
      values.append(value)
      bars.follow()
      spaces.follow()
      width = next
      at += 10
    }
    return nil
  }

  /// The character of nine runs, as its ASCII byte.
  @inline(__always) private static func character(
    _ runs: BarRuns, _ at: Int, _ bars: inout WideNarrow, _ spaces: inout WideNarrow, isNoted: Bool
  ) -> UInt8? {
    var key = 0
    for place in 0..<9 {
      let length = runs[at &+ place]
      let isWide = place & 1 == 0 ? bars.isWide(length) : spaces.isWide(length)
      guard let isWide else { return nil }
      key = key << 1 | (isWide ? 1 : 0)
    }
    let character = byWidths[key]
    guard character != 0 else { return nil }
    if isNoted {
      for place in 0..<9 {
        let isWide = key >> (8 - place) & 1 == 1
        if place & 1 == 0 {
          if isWide { bars.addWide(runs[at + place]) } else { bars.addNarrow(runs[at + place]) }
        } else {
          if isWide { spaces.addWide(runs[at + place]) } else { spaces.addNarrow(runs[at + place]) }
        }
      }
    }
    return character
  }

  private static let star = UInt8(ascii: "*")

  /// ISO/IEC 16388 Table 1: nine runs a character, 1 is wide.
  static let patterns: [(character: Character, widths: Int)] = [
    ("0", 0b000110100), ("1", 0b100100001), ("2", 0b001100001), ("3", 0b101100000), ("4", 0b000110001),
    ("5", 0b100110000), ("6", 0b001110000), ("7", 0b000100101), ("8", 0b100100100), ("9", 0b001100100),
    ("A", 0b100001001), ("B", 0b001001001), ("C", 0b101001000), ("D", 0b000011001), ("E", 0b100011000),
    ("F", 0b001011000), ("G", 0b000001101), ("H", 0b100001100), ("I", 0b001001100), ("J", 0b000011100),
    ("K", 0b100000011), ("L", 0b001000011), ("M", 0b101000010), ("N", 0b000010011), ("O", 0b100010010),
    ("P", 0b001010010), ("Q", 0b000000111), ("R", 0b100000110), ("S", 0b001000110), ("T", 0b000010110),
    ("U", 0b110000001), ("V", 0b011000001), ("W", 0b111000000), ("X", 0b010010001), ("Y", 0b110010000),
    ("Z", 0b011010000), ("-", 0b010000101), (".", 0b110000100), (" ", 0b011000100), ("$", 0b010101000),
    ("/", 0b010100010), ("+", 0b010001010), ("%", 0b000101010), ("*", 0b010010100),
  ]

  private static let byWidths: [UInt8] = {
    var table = [UInt8](repeating: 0, count: 512)
    for (character, widths) in patterns { table[widths] = character.asciiValue! }
    return table
  }()
}
