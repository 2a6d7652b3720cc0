/// The loops over whole gray pages.
extension GrayImage {
  /// Black where a pixel is darker than halfway between the darkest and the lightest of its surroundings, so that uneven
  /// light and coloured forms do no harm. Where the surroundings are even they are white, unless they are dark throughout.
  ///
  /// `block` in pixels; the surroundings are 5 × 5 blocks.
  func binarized(block: Int, contrastMin: Int = 48) -> Bitmap {
    let columns = (width + block - 1) / block
    let rows = (height + block - 1) / block
    let (darkest, lightest) = extremes(block: block, columns: columns, rows: rows)
    let paper = Self.percentile(lightest, 90)
    // Noise alone spans so much over a few thousand pixels; taken for ink it would make blank paper half black.
    let noise = noise()
    let contrastMin = max(contrastMin, 9 * noise)
    let low = Self.spread(darkest, columns, rows, reach: 2) { min($0, $1) }
    let high = Self.spread(lightest, columns, rows, reach: 2) { max($0, $1) }
    var thresholds = [UInt8](repeating: 0, count: columns * rows)
    for at in 0..<thresholds.count {
      let range = Int(high[at]) - Int(low[at])
      if range >= contrastMin {
        let threshold = Int(low[at]) + (range + 1) / 2
        let isGrain =
          range < Self.sureNoise * noise
          && isEven(
            left: at % columns * block, top: at / columns * block, block: block, around: threshold, within: range / 8)
        thresholds[at] = isGrain ? 0 : UInt8(threshold)
      } else if Int(high[at]) * 3 < Int(paper) {
        thresholds[at] = 255
      }
    }
    return below(thresholds, block: block, columns: columns)
  }

  /// Of 40,000 places of a page the noise of some spans more than nine deviations, of hardly any so many.
  private static let sureNoise = 13

  /// Whether most of a block is as dark as its own limit between ink and paper: grain, and neither of them.
  private func isEven(left: Int, top: Int, block: Int, around threshold: Int, within reach: Int) -> Bool {
    var (near, all) = (0, 0)
    for y in top..<min(height, top + block) {
      for x in left..<min(width, left + block) {
        all += 1
        if abs(Int(pixels[y * width + x]) - threshold) <= reach { near += 1 }
      }
    }
    return near * 2 > all
  }

  /// Black where a pixel is less than its block's threshold.
  func below(_ thresholds: [UInt8], block: Int, columns: Int) -> Bitmap {
    var result = Bitmap(width: width, height: height)
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<height {
        let line = y / block * columns
        var x = 0
        var word: UInt64 = 0
        for column in 0..<columns {
          let threshold = thresholds[line + column]
          let end = min(width, (column + 1) * block)
          while x < end {
            word = word << 1 | (pixels[y * width + x] < threshold ? 1 : 0)
            x += 1
            if x & 63 == 0 { result.words[y * result.rowWords + x >> 6 - 1] = word }
          }
        }
        if width & 63 != 0 {
          result.words[y * result.rowWords + width >> 6] = word << UInt64(64 - width & 63)
        }
      }
    }
    return result
  }

  /// Darkest and lightest pixel of each block. A pixel in sixteen of the lightest may be noise: rows and columns are
  /// taken by twos, which bars of one pixel outlive.
  private func extremes(block: Int, columns: Int, rows: Int) -> (darkest: [UInt8], lightest: [UInt8]) {
    var darkest = [UInt8](repeating: 255, count: columns * rows)
    var lightest = [UInt8](repeating: 0, count: columns * rows)
    pixels.withUnsafeBufferPointer { pixels in
      for y in stride(from: 0, to: height, by: 2) {
        let line = y / block * columns
        for column in 0..<columns {
          var low = darkest[line + column]
          var high = lightest[line + column]
          for x in column * block..<min(width, (column + 1) * block) {
            let value = pixels[y * width + x]
            low = min(low, value)
            high = max(high, value)
          }
          darkest[line + column] = low
          lightest[line + column] = high
        }
      }
    }
    return (darkest, lightest)
  }

  /// The smallest value that at least `percent` of the values do not exceed.
  static func percentile(_ values: [UInt8], _ percent: Int) -> UInt8 {
    var histogram = [Int](repeating: 0, count: 256)
    for value in values { histogram[Int(value)] += 1 }
    var seen = 0
    for value in 0..<256 {
      seen += histogram[value]
      if seen * 100 >= percent * values.count { return UInt8(value) }
    }
    return 255
  }

  /// Each value becomes the extreme of those at most `reach` away in x and y.
  static func spread(
    _ values: [UInt8], _ columns: Int, _ rows: Int, reach: Int, _ pick: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    var across = values
    for y in 0..<rows {
      for x in 0..<columns {
        var value = values[y * columns + x]
        for other in max(0, x - reach)...min(columns - 1, x + reach) {
          value = pick(value, values[y * columns + other])
        }
        across[y * columns + x] = value
      }
    }
    var result = across
    for y in 0..<rows {
      for x in 0..<columns {
        var value = across[y * columns + x]
        for other in max(0, y - reach)...min(rows - 1, y + reach) { value = pick(value, across[other * columns + x]) }
        result[y * columns + x] = value
      }
    }
    return result
  }
}

extension GrayImage {
  /// Half as wide and high: the mean of four pixels each.
  func halved() -> GrayImage {
    var result = GrayImage(width: width / 2, height: height / 2)
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<result.height {
        let upper = y * 2 * width
        for x in 0..<result.width {
          let at = upper + x * 2
          let sum = Int(pixels[at]) + Int(pixels[at + 1]) + Int(pixels[at + width]) + Int(pixels[at + width + 1])
          result.pixels[y * result.width + x] = UInt8(truncatingIfNeeded: sum >> 2)
        }
      }
    }
    return result
  }

  /// Black where a pixel is darker than the mean of its surroundings (`reach` pixels each way) by at least `contrastMin`
  /// and by five times the paper's own noise.
  func darkerThanSurroundings(reach: Int, contrastMin: Int) -> Bitmap {
    var result = Bitmap(width: width, height: height)
    guard width > 2, height > 2 else { return result }
    let contrast = max(contrastMin, 5 * noise())
    // Sums of the rows from y - reach to y + reach, column by column, carried from row to row.
    var columns = [Int](repeating: 0, count: width)
    var prefix = [Int](repeating: 0, count: width + 1)
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<min(reach, height) { for x in 0..<width { columns[x] += Int(pixels[y * width + x]) } }
      for y in 0..<height {
        if y + reach < height { for x in 0..<width { columns[x] += Int(pixels[(y + reach) * width + x]) } }
        if y - reach - 1 >= 0 { for x in 0..<width { columns[x] -= Int(pixels[(y - reach - 1) * width + x]) } }
        let rows = min(height - 1, y + reach) - max(0, y - reach) + 1
        for x in 0..<width { prefix[x + 1] = prefix[x] + columns[x] }
        for x in 0..<width {
          let left = max(0, x - reach)
          let right = min(width, x + reach + 1)
          let count = rows * (right - left)
          if (Int(pixels[y * width + x]) + contrast) * count <= prefix[right] - prefix[left] {
            result.words[y * result.rowWords + x >> 6] |= 1 << UInt64(63 - x & 63)
          }
        }
      }
    }
    return result
  }

  /// Standard deviation of the paper's noise, from the median difference of neighbours.
  private func noise() -> Int {
    var differences: [UInt8] = []
    for y in stride(from: 0, to: height, by: 7) {
      for x in stride(from: 0, to: width - 1, by: 5) {
        let (a, b) = (pixels[y * width + x], pixels[y * width + x + 1])
        differences.append(a > b ? a - b : b - a)
      }
    }
    return Int(Self.percentile(differences, 50))
  }
}
