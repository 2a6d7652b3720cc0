import Testing

@testable import Reading

@Suite struct `Reading: bitmaps` {
  private func random(_ width: Int, _ height: Int, seed: UInt64, share: UInt64 = 50) -> Bitmap {
    var random = Steps(state: seed)
    var bits = Bitmap(width: width, height: height)
    for y in 0..<height { for x in 0..<width where random.next() % 100 < share { bits[x, y] = true } }
    return bits
  }

  @Test(arguments: [(1, 1), (63, 65), (64, 64), (130, 70), (200, 3)])
  func `transposing exchanges x and y`(width: Int, height: Int) {
    let bits = random(width, height, seed: 9)
    let other = bits.transposed()
    for y in 0..<height { for x in 0..<width { #expect(bits[x, y] == other[y, x]) } }
    #expect(other.transposed().words == bits.words)
  }

  @Test func `a scan line is black where three of five rows are, and faintly where two of its eight are`() {
    let bits = random(130, 40, seed: 3, share: 25)
    let (lines, faint) = bits.sampledRows(pitch: 8, spacing: 1)
    #expect(lines.height == 5 && lines.width == 130)
    for line in 0..<5 {
      for x in 0..<130 {
        #expect(lines[x, line] == ((-2...2).count { bits[x, line * 8 + 4 + $0] } >= 3))
        #expect(faint[x, line] == ((0..<8).count { bits[x, line * 8 + $0] } >= 2))
      }
    }
  }

  @Test(arguments: [1, 2]) func `a scan line of columns is the same with x and y exchanged`(every: Int) {
    let bits = random(203, 137, seed: 4, share: 25)
    let (lines, faint) = bits.sampledColumns(every: every)
    #expect(lines.height == 203 / 8 / every && lines.width == 137)
    for line in 0..<lines.height {
      for y in 0..<137 {
        // The middle of the eight pixels of a byte is its fifth.
        #expect(lines[y, line] == ((-2...2).count { bits[line * 8 * every + 4 + $0, y] } >= 3))
        #expect(faint[y, line] == ((0..<8).count { bits[line * 8 * every + $0, y] } >= 2))
      }
    }
  }

  @Test func `runs alternate from paper to paper and add up to the line`() {
    let bits = random(150, 6, seed: 11)
    for y in 0..<6 {
      var runs: [Int32] = []
      bits.runs(of: y, margin: 1000, into: &runs)
      #expect(runs.count % 2 == 1 && runs.reduce(0, +) == 2150)
      var at = -1000
      for (place, run) in runs.enumerated() {
        for x in at..<at + Int(run) where (0..<150).contains(x) { #expect(bits[x, y] == (place % 2 == 1)) }
        at += Int(run)
      }
    }
  }

  @Test func `the median takes single pixels away and keeps blocks`() {
    let bits = random(200, 40, seed: 5, share: 45)
    let image = bits.medianLuminance(of: Box(left: 3, top: 1, right: 197, bottom: 39))
    for y in 1..<39 {
      for x in 3..<197 {
        let count = (-1...1).reduce(0) { sum, dy in sum + (-1...1).count { bits[x + $0, y + dy] } }
        #expect((image.pixels[(y - 1) * 194 + x - 3] == 0) == (count >= 5))
      }
    }
  }

  @Test func `edges, counts, luminance and erasing agree with the pixels`() {
    var bits = random(150, 12, seed: 8)
    for y in 0..<12 {
      var edges: [Int] = []
      bits.appendEdges(of: y, to: &edges)
      var expected: [Int] = []
      for x in 0...150 where (x < 150 && bits[x, y]) != (x > 0 && bits[x - 1, y]) { expected.append(x) }
      #expect(edges == expected)
    }
    let box = Box(left: 5, top: 2, right: 140, bottom: 9)
    var count = 0
    for y in 2..<9 { for x in 5..<140 where bits[x, y] { count += 1 } }
    #expect(bits.blackCount(in: box) == count)
    #expect(bits.luminance(of: box).pixels.count { $0 == 0 } == count)
    #expect(
      bits.luminance(of: Box(left: -20, top: -3, right: 200, bottom: 30)).pixels.count { $0 == 0 }
        == bits.blackCount(in: box.grown(200, 200)))
    bits.erase(box)
    #expect(bits.blackCount(in: box) == 0 && bits[4, 3] == bits[4, 3])
  }

  @Test func `packed bytes are taken as they are, wider and higher where asked`() {
    let bytes: [UInt8] = [0b1010_0000, 0b0100_0000, 0b0000_0001, 0b1000_0000]
    let plain = Bitmap(packed: bytes, rowBytes: 2, width: 10, height: 2, scaleX: 1, scaleY: 1)
    let tall = Bitmap(packed: bytes, rowBytes: 2, width: 10, height: 2, scaleX: 1, scaleY: 2)
    let wide = Bitmap(packed: bytes, rowBytes: 2, width: 10, height: 2, scaleX: 2, scaleY: 1)
    for y in 0..<2 {
      for x in 0..<10 {
        let black = bytes[y * 2 + x / 8] & (0x80 >> UInt8(x % 8)) != 0
        #expect(plain[x, y] == black && tall[x, y * 2 + 1] == black && wide[x * 2 + 1, y] == black)
      }
    }
  }
}
