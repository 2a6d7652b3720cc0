import Model

/// Finds of neighbouring lines put together: a symbol counts when enough lines agree, and where lines disagree about what
/// stands in a place nothing was read there. A misread is worse than no read.
struct LineVotes {
  /// One text in one place.
  struct Track: Sendable {
    var symbol: LineSymbol
    /// Lines that agree.
    var lines: Int
    var first: (line: Int, start: Int, end: Int)
    var last: (line: Int, start: Int, end: Int)
    /// Of all finds, along the lines.
    var left: Int
    var right: Int
  }

  /// Lines that must agree. A short symbol has few characters to be wrong in, and a check character that fits by chance
  /// once in a hundred.
  static func linesMin(_ symbol: LineSymbol) -> Int {
    switch symbol.symbology {
    case .code128: symbol.bytes.count >= 4 ? 2 : 3
    case .code39: symbol.bytes.count >= 4 ? 3 : 4
    default: 4
    }
  }
  /// A text that another one contradicts must have so many times its lines.
  static let contradictionFactor = 4
  /// A part of an Interleaved 2 of 5 or a Codabar may be one as well: so many lines that say something else are enough
  /// against it.
  static let contradictionLines = 2
  /// Along the lines a symbol may move by so much of the way from line to line: it may lie aslant by 22°.
  static let slantMax = 0.4
  /// A symbol may be interrupted by so much of its width: a stroke, a stamp.
  static let gapShare = 0.5

  /// Pixels from one line to the next.
  let pitch: Int
  private(set) var tracks: [Track] = []

  init(pitch: Int) { self.pitch = pitch }

  /// Places in pixels along the line.
  mutating func add(_ symbol: LineSymbol, line: Int, start: Int, end: Int) {
    let isForward = end > start
    let width = abs(end - start)
    let match = tracks.lastIndex { track in
      guard track.symbol.symbology == symbol.symbology, track.symbol.bytes == symbol.bytes,
        (track.last.end > track.last.start) == isForward
      else { return false }
      let way = (line - track.last.line) * pitch
      let slack = 3 + Int(Self.slantMax * Double(way))
      return way <= max(2 * pitch, Int(Self.gapShare * Double(width))) && abs(track.last.start - start) <= slack
        && abs(track.last.end - end) <= slack
    }
    guard let match else {
      tracks.append(
        Track(
          symbol: symbol, lines: 1, first: (line, start, end), last: (line, start, end), left: min(start, end),
          right: max(start, end)))
      return
    }
    tracks[match].lines += line == tracks[match].last.line ? 0 : 1
    tracks[match].last = (line, start, end)
    tracks[match].left = min(tracks[match].left, min(start, end))
    tracks[match].right = max(tracks[match].right, max(start, end))
  }

  /// What enough lines agree on and nothing contradicts.
  func agreed() -> [Track] {
    tracks.filter { track in
      track.lines >= Self.linesMin(track.symbol)
        && !tracks.contains { Self.contradict($0, track) && Self.outweighs($0, track) }
    }
  }

  /// Whether a track that contradicts another one has lines enough to.
  private static func outweighs(_ other: Track, _ track: Track) -> Bool {
    if other.lines * contradictionFactor > track.lines { return true }
    let mayBePart = track.symbol.symbology == .itf || track.symbol.symbology == .codabar
    return mayBePart && other.lines >= contradictionLines
  }

  /// Whether two tracks say different things about one place.
  private static func contradict(_ a: Track, _ b: Track) -> Bool {
    guard a.symbol.symbology != b.symbol.symbology || a.symbol.bytes != b.symbol.bytes else { return false }
    return min(a.right, b.right) - max(a.left, b.left) > min(a.right - a.left, b.right - b.left) / 2
      && min(a.last.line, b.last.line) >= max(a.first.line, b.first.line) - 1
  }
}
