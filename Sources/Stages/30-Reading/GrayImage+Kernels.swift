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
    let (width, rowWords) = (width, result.rowWords)
    pixels.withUnsafeBufferPointer { pixels in
      result.words.withUnsafeMutableBufferPointer { words in
        // One byte a pixel, 1 where it is black, and none beyond the row's end; and the limit of each pixel of the row.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rowWords * 64 + width) { bytes in
          bytes.initialize(repeating: 0)
          let black = UnsafeMutableBufferPointer(rebasing: bytes[..<(rowWords * 64)])
          let limits = UnsafeMutableBufferPointer(rebasing: bytes[(rowWords * 64)...])
          for y in 0..<height {
            if y % block == 0 {
              for x in 0..<width { limits[x] = thresholds[y / block * columns + x / block] }
            }
            let line = y &* width
            for x in 0..<width { black[x] = pixels[line &+ x] < limits[x] ? 1 : 0 }
            let eights = UnsafeRawBufferPointer(black)
            for index in 0..<rowWords {
              var word: UInt64 = 0
              for eight in 0..<8 {
                // The product's highest byte has the bytes' lowest bits, the first one's highest.
                let bytes = eights.loadUnaligned(fromByteOffset: index &* 64 &+ eight &* 8, as: UInt64.self)
                word = word &<< 8 | (UInt64(littleEndian: bytes) &* 0x8040_2010_0804_0201) &>> 56
              }
              words[y &* rowWords &+ index] = word
            }
          }
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
    // Of each column, over the rows of a block.
    var low = [UInt8](repeating: 255, count: width)
    var high = [UInt8](repeating: 0, count: width)
    let (width, height) = (width, height)
    pixels.withUnsafeBufferPointer { pixels in
      low.withUnsafeMutableBufferPointer { low in
        high.withUnsafeMutableBufferPointer { high in
          for row in 0..<rows {
            low.update(repeating: 255)
            high.update(repeating: 0)
            for y in stride(from: (row * block + 1) & ~1, to: min(height, (row + 1) * block), by: 2) {
              let line = y &* width
              for x in 0..<width {
                let value = pixels[line &+ x]
                low[x] = min(low[x], value)
                high[x] = max(high[x], value)
              }
            }
            for column in 0..<columns {
              let range = column * block..<min(width, (column + 1) * block)
              darkest[row * columns + column] = low[range].min() ?? 255
              lightest[row * columns + column] = high[range].max() ?? 0
            }
          }
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
    let (width, halfWidth, halfHeight) = (width, result.width, result.height)
    pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { half in
        for y in 0..<halfHeight {
          let upper = y &* 2 &* width
          for x in 0..<halfWidth {
            let at = upper &+ x &* 2
            let sum =
              UInt16(pixels[at]) &+ UInt16(pixels[at &+ 1]) &+ UInt16(pixels[at &+ width])
              &+ UInt16(pixels[at &+ width &+ 1])
            half[y &* halfWidth &+ x] = UInt8(truncatingIfNeeded: sum &>> 2)
          }
        }
      }
    }
    return result
  }

  /// Every pixel `factor` × `factor` large.
  func enlarged(_ factor: Int) -> GrayImage {
    var result = GrayImage(width: width * factor, height: height * factor)
    let (width, height, large) = (width, height, result.width)
    pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { result in
        guard let first = result.baseAddress else { return }
        for y in 0..<height {
          let line = y &* factor &* large
          for x in 0..<width {
            for dx in 0..<factor { result[line &+ x &* factor &+ dx] = pixels[y &* width &+ x] }
          }
          for dy in 1..<max(1, factor) { (first + line + dy * large).update(from: first + line, count: large) }
        }
      }
    }
    return result
  }

  /// `factor` (at most 7) times as large, each pixel between its four neighbours (bilinear).
  func enlargedSmoothly(_ factor: Int) -> GrayImage {
    var result = GrayImage(width: width * factor, height: height * factor)
    guard width > 0, height > 0 else { return result }
    // In 1 / (2 factor) of a pixel, from the middle of the first; of which the square, 255 times, fits into 16 bits.
    let unit = 2 * factor
    func neighbours(_ place: Int, _ count: Int) -> (from: Int, to: Int, share: UInt16) {
      let at = min((count - 1) * unit, max(0, 2 * place + 1 - factor))
      return (at / unit, min(count - 1, at / unit + 1), UInt16(at % unit))
    }
    let (width, height, large, scale) = (width, height, result.width, UInt16(unit))
    let columns = (0..<large).map { neighbours($0, width) }
    let (half, area) = (scale * scale / 2, UInt32(scale * scale))
    // Sums are at most 255 × area: n / area, by a multiplication.
    let inverse = (1 << 24 + area - 1) / area
    var row = [UInt16](repeating: 0, count: width)
    pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { result in
        columns.withUnsafeBufferPointer { columns in
          row.withUnsafeMutableBufferPointer { row in
            for y in 0..<height * factor {
              let (from, to, share) = neighbours(y, height)
              let (upper, lower) = (from &* width, to &* width)
              for x in 0..<width {
                row[x] =
                  UInt16(pixels[upper &+ x]) &* (scale &- share) &+ UInt16(pixels[lower &+ x]) &* share
              }
              for x in 0..<large {
                let column = columns[x]
                let sum = row[column.from] &* (scale &- column.share) &+ row[column.to] &* column.share &+ half
                result[y &* large &+ x] = UInt8(truncatingIfNeeded: (UInt32(sum) &* inverse) &>> 24)
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The mean of 3 × 3 pixels; the edge stays as it is.
  func softened() -> GrayImage {
    guard width > 2, height > 2 else { return self }
    var result = self
    let (width, height) = (width, height)
    pixels.withUnsafeBufferPointer { pixels in
      result.pixels.withUnsafeMutableBufferPointer { soft in
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: width) { sums in
          for y in 1..<height &- 1 {
            let line = y &* width
            for x in 0..<width {
              sums[x] =
                UInt16(pixels[line &- width &+ x]) &+ UInt16(pixels[line &+ x]) &+ UInt16(pixels[line &+ width &+ x])
            }
            for x in 1..<width &- 1 {
              // n / 9 for n up to 2,295.
              let sum = UInt32(sums[x &- 1] &+ sums[x] &+ sums[x &+ 1])
              soft[line &+ x] = UInt8(truncatingIfNeeded: (sum &* 7_282) &>> 16)
            }
          }
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
