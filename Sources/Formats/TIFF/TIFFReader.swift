/// Reads a TIFF's header and directories, and nothing that an offset outside the file could make it read.
struct TIFFReader {
  let window: ByteWindow
  let dialect: TIFFDialect
  /// Offset of the first directory; 0 in a file that has none (yet).
  let first: Int

  /// - Throws: ``StructureDamage`` where the header is none; ``SourceError``.
  init(_ source: any ByteSource) throws {
    let window = ByteWindow(source)
    let head = Array(try window.read(at: 0, count: 8, "the header lies"))
    let dialect = TIFFDialect(isBigEndian: head[0] == 0x4D, isBigTIFF: head[2] == 43 || head[3] == 43)
    if dialect.isBigTIFF {
      guard dialect.number(head[4..<6]) == 8, dialect.number(head[6..<8]) == 0 else {
        throw StructureDamage("the BigTIFF header does not say 8-byte offsets")
      }
      let offset = try window.read(at: 8, count: 8, "the header lies")
      first = dialect.number(offset) ?? Int.max
    } else {
      first = dialect.number(head[4..<8])!
    }
    self.window = window
    self.dialect = dialect
  }

  /// - Throws: ``StructureDamage``; ``SourceError``.
  func directory(at offset: Int, entriesMax: Int) throws -> TIFFDirectory {
    let place = "the directory at byte \(offset) lies"
    guard let count = dialect.number(try window.read(at: offset, count: dialect.entryCountBytes, place)) else {
      throw StructureDamage("the directory at byte \(offset) has an absurd number of entries")
    }
    guard count > 0 else {
      // Zeros are what a file that is still being copied holds here.
      var damage = StructureDamage("the directory at byte \(offset) has no entries")
      damage.isMissing = true
      throw damage
    }
    guard count <= entriesMax else {
      throw StructureDamage("the directory at byte \(offset) has \(count) entries; at most \(entriesMax) are read")
    }
    let start = offset + dialect.entryCountBytes
    let bytes = count * dialect.entryBytes
    let table = try window.read(at: start, count: bytes + dialect.offsetBytes, place)
    var directory = TIFFDirectory(offset: offset, entries: [], repeated: [], next: 0)
    directory.entries.reserveCapacity(count)
    var seen: Set<Int> = []
    for index in 0..<count {
      let entry = entry(
        table.dropFirst(index * dialect.entryBytes).prefix(dialect.entryBytes), at: start + index * dialect.entryBytes)
      if seen.insert(entry.tag).inserted {
        directory.entries.append(entry)
      } else {
        directory.repeated.append(entry.tag)
      }
    }
    directory.next = dialect.number(table.suffix(dialect.offsetBytes)) ?? Int.max
    return directory
  }

  private func entry(_ bytes: ArraySlice<UInt8>, at offset: Int) -> TIFFEntry {
    let b = bytes.startIndex
    let type = dialect.number(bytes[b + 2..<b + 4])!
    let count = dialect.number(bytes[b + 4..<b + 4 + dialect.offsetBytes])
    var entry = TIFFEntry(
      tag: dialect.number(bytes[b..<b + 2])!, type: type, count: count ?? Int.max,
      valueOffset: offset + 4 + dialect.offsetBytes, byteCount: nil)
    guard let size = TIFFEntry.size(ofType: type) else { return entry }
    let (total, overflow) = size.multipliedReportingOverflow(by: entry.count)
    guard !overflow else { return entry }
    entry.byteCount = total
    if total > dialect.offsetBytes { entry.valueOffset = dialect.number(bytes.suffix(dialect.offsetBytes)) ?? Int.max }
    return entry
  }
}

extension TIFFReader {
  /// Whether the entry's value lies inside the file.
  func holds(_ entry: TIFFEntry) -> Bool { entry.byteCount.map { window.holds(entry.valueOffset, $0) } ?? false }

  /// The first number of a tag; nil where the tag is absent, of no integer type or outside the file.
  func integer(_ entry: TIFFEntry?) throws -> Int? { try entry.flatMap { try integers($0, max: 1).first } }

  /// The first `max` numbers of an entry; empty where it has none.
  func integers(_ entry: TIFFEntry, max: Int) throws -> [Int] {
    guard entry.isUnsignedInteger, entry.count > 0, holds(entry), let size = TIFFEntry.size(ofType: entry.type) else {
      return []
    }
    return try integers(entry, range: 0..<min(max, entry.count), size: size)
  }

  /// Numbers `range` of an entry that ``holds(_:)``.
  func integers(_ entry: TIFFEntry, range: Range<Int>, size: Int) throws -> [Int] {
    let bytes = try window.read(
      at: entry.valueOffset + range.lowerBound * size, count: range.count * size, "a value lies")
    return (0..<range.count).map { index in
      let start = bytes.startIndex + index * size
      return dialect.number(bytes[start..<start + size]) ?? Int.max
    }
  }

  /// A RATIONAL, SHORT, LONG, FLOAT or DOUBLE as a number; nil where it is none.
  func real(_ entry: TIFFEntry?) throws -> Double? {
    guard let entry, entry.count > 0, holds(entry), let size = TIFFEntry.size(ofType: entry.type) else { return nil }
    if entry.isUnsignedInteger { return try integer(entry).map(Double.init) }
    let bytes = try window.read(at: entry.valueOffset, count: size, "a value lies")
    switch entry.type {
    case 5:
      guard let n = dialect.number(bytes.prefix(4)), let d = dialect.number(bytes.suffix(4)), d > 0 else { return nil }
      return Double(n) / Double(d)
    case 11: return dialect.number(bytes).map { Double(Float(bitPattern: UInt32($0))) }
    case 12: return dialect.number(bytes).map { Double(bitPattern: UInt64($0)) }
    default: return nil
    }
  }

  /// The value's bytes as they stand in the file.
  /// - Throws: ``StructureDamage`` where they lie outside it or are more than `max`.
  func bytes(_ entry: TIFFEntry, max: Int) throws -> [UInt8] {
    guard let count = entry.byteCount, count <= max else { throw StructureDamage("tag \(entry.tag) is absurdly long") }
    return Array(try window.read(at: entry.valueOffset, count: count, "the value of tag \(entry.tag) lies"))
  }
}
