/// How the ink lies on a page, coarsely: 96 × 96 cells from the top left, row by row, of the page without its border. Two scans
/// of one sheet have nearly the same (``Indexing`` compares them); it shows no letter of what is written.
///
/// A cell is 0…15: ⌊15 × √(2 × ink share) + ½⌋ for shares up to one half, so that faint ink is told apart best. Written as one
/// string: cells of four bits, the first the highest, three of them in two characters of the base64 alphabet (RFC 4648 §4).
public struct InkPrint: Hashable, Sendable {
  /// Cells in a row, and rows.
  public static let side = 96
  public static let levels = 16
  /// Pages of one batch, from the first, of which a print is taken: 9 KB a page in memory and 6 KB in the plan, the journal and
  /// `document.json`, so that a file of 65,535 pages costs what one of so many does (I9).
  public static let pagesMax = 2_000
  /// `side` × `side` values below ``levels``.
  public private(set) var cells: [UInt8]

  /// - Parameter shares: `side` × `side` ink shares, 0…1.
  public init(shares: [Float]) {
    precondition(shares.count == Self.side * Self.side)
    cells = shares.map { UInt8((min(max($0, 0), 0.5) * 2).squareRoot() * Float(Self.levels - 1) + 0.5) }
  }

  /// Ink share that each cell stands for, 0…0.5.
  public var shares: [Float] {
    cells.map { cell in
      let root = Float(cell) / Float(Self.levels - 1)
      return root * root / 2
    }
  }

  /// As a viewer sees the page: flipped left to right if `mirrored`, then turned clockwise.
  /// - Parameter degrees: 0, 90, 180 or 270.
  public func turned(clockwise degrees: Int, mirrored: Bool = false) -> InkPrint {
    if degrees == 0, !mirrored { return self }
    let side = Self.side
    var result = self
    for y in 0..<side {
      for x in 0..<side {
        let from: (x: Int, y: Int) =
          switch degrees {
          case 90: (y, side - 1 - x)
          case 180: (side - 1 - x, side - 1 - y)
          case 270: (side - 1 - y, x)
          default: (x, y)
          }
        result.cells[y * side + x] = cells[from.y * side + (mirrored ? side - 1 - from.x : from.x)]
      }
    }
    return result
  }
}

extension InkPrint: TextCodable {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8: UInt8] = Dictionary(
    uniqueKeysWithValues: alphabet.enumerated().map { ($0.element, UInt8($0.offset)) })

  public var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(Self.characters)
    for at in stride(from: 0, to: cells.count, by: 3) {
      text.append(Self.alphabet[Int(cells[at] << 2 | cells[at + 1] >> 2)])
      text.append(Self.alphabet[Int(cells[at + 1] & 3) << 4 | Int(cells[at + 2])])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let characters = side * side / 3 * 2

  /// - Parameter text: 6,144 characters; nil for anything else.
  public init?(_ text: String) {
    cells = []
    guard text.utf8.count == Self.characters else { return nil }
    cells.reserveCapacity(Self.side * Self.side)
    var half: UInt8?
    for byte in text.utf8 {
      guard let value = Self.values[byte] else { return nil }
      if let first = half {
        cells += [first >> 2, (first & 3) << 2 | value >> 4, value & 15]
        half = nil
      } else {
        half = value
      }
    }
  }
}
