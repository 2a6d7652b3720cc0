/// Writes TIFFs by hand for tests: every byte where the test wants it, sound or not.
struct TIFFBuilder {
  var isBigEndian = false
  var isBig = false
  var bytes: [UInt8] = []
  /// Where the next directory's offset goes.
  private var link = 0

  init(isBigEndian: Bool = false, isBig: Bool = false) {
    self.isBigEndian = isBigEndian
    self.isBig = isBig
    bytes = isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]
    if isBig {
      bytes += number(43, 2) + number(8, 2) + number(0, 2)
    } else {
      bytes += number(42, 2)
    }
    link = bytes.count
    bytes += number(0, offsetBytes)
  }

  var offsetBytes: Int { isBig ? 8 : 4 }

  func number(_ value: Int, _ count: Int) -> [UInt8] {
    let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return isBigEndian ? little.reversed() : little
  }

  /// Appends bytes and tells where they begin.
  mutating func append(_ data: [UInt8]) -> Int {
    bytes.append(contentsOf: data)
    return bytes.count - data.count
  }

  mutating func patch(_ offset: Int, _ data: [UInt8]) {
    bytes.replaceSubrange(offset..<offset + data.count, with: data)
  }

  /// A tag, its type and its values; values of rationals come as numerator, denominator.
  struct Tag {
    var tag: Int
    var type: Int
    var values: [Int]
    init(_ tag: Int, _ type: Int, _ values: [Int]) {
      self.tag = tag
      self.type = type
      self.values = values
    }
  }

  /// Appends a directory and links it as the next page unless `isLinked` is false.
  /// - Returns: its offset.
  @discardableResult mutating func directory(_ tags: [Tag], isLinked: Bool = true) -> Int {
    let sizes = [1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 1, 7: 1, 13: 4, 16: 8, 18: 8]
    var entries: [UInt8] = []
    for tag in tags {
      var value = tag.values.flatMap { number($0, sizes[tag.type] ?? 1) }
      if value.count > offsetBytes {
        if bytes.count % 2 == 1 { bytes.append(0) }
        // In two steps: a call on self around a mutating one would copy all bytes so far.
        let place = append(value)
        value = number(place, offsetBytes)
      }
      value += [UInt8](repeating: 0, count: offsetBytes - value.count)
      entries += number(tag.tag, 2) + number(tag.type, 2)
      entries += number(tag.type == 5 ? tag.values.count / 2 : tag.values.count, offsetBytes) + value
    }
    if bytes.count % 2 == 1 { bytes.append(0) }
    let offset = append(number(tags.count, isBig ? 8 : 2) + entries + number(0, offsetBytes))
    if isLinked {
      patch(link, number(offset, offsetBytes))
      link = bytes.count - offsetBytes
    }
    return offset
  }

  /// Points the last page's link anywhere.
  mutating func linkLast(to offset: Int) { patch(link, number(offset, offsetBytes)) }

  /// A small uncompressed gray page of `strips` strips, two rows each.
  @discardableResult mutating func page(
    width: Int = 5, strips: [[UInt8]] = [Array(1...10), Array(11...20)], extra: [Tag] = [], without: Set<Int> = []
  ) -> Int {
    var offsets: [Int] = []
    for strip in strips { offsets.append(append(strip)) }
    let tags: [Tag] = [
      Tag(256, 3, [width]), Tag(257, 3, [2 * strips.count]), Tag(258, 3, [8]), Tag(259, 3, [1]), Tag(262, 3, [1]),
      Tag(273, isBig ? 16 : 4, offsets), Tag(277, 3, [1]), Tag(278, 3, [2]), Tag(279, 4, strips.map(\.count)),
    ]
    let all = tags.filter { tag in !without.contains(tag.tag) && !extra.contains { $0.tag == tag.tag } } + extra
    return directory(all.sorted { $0.tag < $1.tag })
  }

  /// The four ways to write a TIFF.
  static var all: [TIFFBuilder] {
    [
      TIFFBuilder(), TIFFBuilder(isBigEndian: true), TIFFBuilder(isBig: true),
      TIFFBuilder(isBigEndian: true, isBig: true),
    ]
  }
}
