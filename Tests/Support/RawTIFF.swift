/// A little-endian TIFF made byte by byte, sound or not: what a test says is what stands there.
public struct RawTIFF: Sendable {
  public private(set) var bytes: [UInt8] = [0x49, 0x49, 42, 0, 0, 0, 0, 0]
  /// Where the offset of the next directory goes.
  private var link = 4

  public init() {}

  /// Tag, type (3: SHORT, 4: LONG), values. `count` is what the directory says; nil: as many as there are.
  public struct Tag: Sendable {
    var tag: Int
    var type: Int
    var values: [Int]
    var count: Int?
    public init(_ tag: Int, _ type: Int, _ values: [Int], count: Int? = nil) {
      self.tag = tag
      self.type = type
      self.values = values
      self.count = count
    }
  }

  /// Appends bytes.
  /// - Returns: where they begin.
  public mutating func append(_ data: [UInt8]) -> Int {
    bytes += data
    return bytes.count - data.count
  }

  /// Appends a directory and makes it the next page.
  /// - Returns: its offset.
  @discardableResult public mutating func page(_ tags: [Tag]) -> Int {
    var entries: [UInt8] = []
    for tag in tags.sorted(by: { $0.tag < $1.tag }) {
      let size = tag.type == 3 ? 2 : 4
      var value = tag.values.flatMap { little($0, size) }
      if value.count > 4 {
        let offset = bytes.count
        bytes += value
        value = little(offset, 4)
      }
      value += [UInt8](repeating: 0, count: 4 - value.count)
      entries += little(tag.tag, 2) + little(tag.type, 2) + little(tag.count ?? tag.values.count, 4) + value
    }
    let offset = bytes.count
    bytes += little(tags.count, 2) + entries + [0, 0, 0, 0]
    point(to: offset)
    link = bytes.count - 4
    return offset
  }

  /// Makes the last page's link (or the header's) say this.
  public mutating func point(to offset: Int) { bytes.replaceSubrange(link..<link + 4, with: little(offset, 4)) }

  /// The tags of a white G4 page in one strip.
  public static func whitePage(width: Int, height: Int, strip: Int, stripBytes: Int) -> [Tag] {
    [
      Tag(256, 4, [width]), Tag(257, 4, [height]), Tag(258, 3, [1]), Tag(259, 3, [4]), Tag(262, 3, [0]),
      Tag(273, 4, [strip]), Tag(277, 3, [1]), Tag(278, 4, [height]), Tag(279, 4, [stripBytes]),
    ]
  }

  /// G4 rows that are all white: one bit a row (ITU-T T.6: V0), whatever the width.
  public static func whiteRows(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xFF, count: (count + 7) / 8) }

  /// A file of one page, its tags changed by `change`.
  public static func onePage(
    width: Int = 64, height: Int = 64, strip: [UInt8]? = nil, change: (inout [Tag]) -> Void = { _ in }
  ) -> [UInt8] {
    var file = RawTIFF()
    let data = strip ?? whiteRows(height)
    let at = file.append(data)
    var tags = whitePage(width: width, height: height, strip: at, stripBytes: data.count)
    change(&tags)
    file.page(tags)
    return file.bytes
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

extension [RawTIFF.Tag] {
  /// Puts a tag in place of the one with its number, or beside the others.
  public mutating func set(_ tag: Int, _ type: Int, _ values: [Int], count: Int? = nil) {
    removeAll { $0.tag == tag }
    append(.init(tag, type, values, count: count))
  }
}
