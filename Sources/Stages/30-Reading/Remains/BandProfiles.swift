import Glibc
import Model

/// Ink summed along one direction over the three thirds of a box: bars show as the same hills in each of them, however faded,
/// smeared or struck through they are; text, pictures and blots do not.
struct BandProfiles: Sendable {
  /// The best likeness of two thirds, 0…1, where one may be moved by so much along the profile (bars that lie aslant).
  private(set) var likeness = 0.0
  /// Hills an inch, of those that are a quarter of the largest and more.
  private(set) var hillsPerInch = 0.0
  /// Standard deviation of the profile, where white is 0 and black 1.
  private(set) var depth = 0.0

  static let shiftInches = 0.02
  static let hillMin = 0.25

  /// - Parameter thirds: ink from 0 to 1 at each place, all of one length.
  init(_ thirds: [[Float]], dpi: Double) {
    let count = thirds[0].count
    guard count > 8 else { return }
    let whole = (0..<count).map { (thirds[0][$0] + thirds[1][$0] + thirds[2][$0]) / 3 }
    depth = Self.deviation(whole)
    let shift = max(1, Int(Self.shiftInches * dpi))
    let bands = thirds.map(Band.init)
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
      for lag in -shift...shift { likeness = max(likeness, Self.correlation(bands[a], bands[b], lag)) }
    }
    let range = (whole.max()! - whole.min()!) * Float(Self.hillMin)
    guard range > 0.02 else { return }
    var (hills, low, high, isRising) = (0, whole[0], whole[0], true)
    for value in whole {
      if isRising {
        high = max(high, value)
        if value < high - range {
          hills += 1
          (isRising, low) = (false, value)
        }
      } else {
        low = min(low, value)
        if value > low + range { (isRising, high) = (true, value) }
      }
    }
    hillsPerInch = Double(hills) / Double(count) * dpi
  }

  private static func deviation(_ values: [Float]) -> Double {
    let mean = values.reduce(0, +) / Float(values.count)
    return Double((values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)).squareRoot())
  }

  /// A profile with its running sums: what is asked for at many lags.
  private struct Band {
    let values: [Float]
    /// Sums of the values before each place, and of their squares.
    private var sums: [Double]
    private var squares: [Double]

    init(_ values: [Float]) {
      self.values = values
      (sums, squares) = ([0], [0])
      sums.reserveCapacity(values.count + 1)
      squares.reserveCapacity(values.count + 1)
      var (sum, square) = (0.0, 0.0)
      for value in values {
        sum += Double(value)
        square += Double(value) * Double(value)
        sums.append(sum)
        squares.append(square)
      }
    }

    func sum(_ places: Range<Int>) -> Double { sums[places.upperBound] - sums[places.lowerBound] }
    func squares(_ places: Range<Int>) -> Double { squares[places.upperBound] - squares[places.lowerBound] }
  }

  private static func correlation(_ a: Band, _ b: Band, _ lag: Int) -> Double {
    let range = max(0, -lag)..<min(a.values.count, b.values.count - lag)
    guard range.count > 8 else { return 0 }
    let there = range.lowerBound + lag..<range.upperBound + lag
    let count = Double(range.count)
    let (sumA, sumB) = (a.sum(range), b.sum(there))
    let (varianceA, varianceB) = (a.squares(range) - sumA * sumA / count, b.squares(there) - sumB * sumB / count)
    guard varianceA > 1e-4, varianceB > 1e-4 else { return 0 }
    let products = product(a.values, range.lowerBound, b.values, there.lowerBound, count: range.count)
    return (products - sumA * sumB / count) / (varianceA * varianceB).squareRoot()
  }

  /// Sum of the products of so many values, eight at a time.
  private static func product(_ a: [Float], _ fromA: Int, _ b: [Float], _ fromB: Int, count: Int) -> Double {
    precondition(fromA >= 0 && fromB >= 0 && fromA + count <= a.count && fromB + count <= b.count)
    return a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        let size = MemoryLayout<Float>.size
        var eight = SIMD8<Float>()
        for at in stride(from: 0, to: count & ~7, by: 8) {
          eight +=
            a.loadUnaligned(fromByteOffset: (fromA &+ at) &* size, as: SIMD8<Float>.self)
            * b.loadUnaligned(fromByteOffset: (fromB &+ at) &* size, as: SIMD8<Float>.self)
        }
        var sum = Double(eight.sum())
        for at in count & ~7..<count {
          sum += Double(
            a.loadUnaligned(fromByteOffset: (fromA &+ at) &* size, as: Float.self)
              * b.loadUnaligned(fromByteOffset: (fromB &+ at) &* size, as: Float.self))
        }
        return sum
      }
    }
  }

  /// Of the columns and of the rows of a box of the page, from its gray where there is any.
  static func both(of box: Box, in view: PageView, _ bits: Bitmap, _ turned: Bitmap) -> (
    columns: BandProfiles, rows: BandProfiles
  ) {
    guard let gray = view.gray else {
      return (BandProfiles(thirds(ofRows: turned), dpi: view.dpi), BandProfiles(thirds(ofRows: bits), dpi: view.dpi))
    }
    let (width, height) = (box.width, box.height)
    var columns = [[Float]](repeating: [Float](repeating: 0, count: width), count: 3)
    var rows = [[Float]](repeating: [Float](repeating: 0, count: height), count: 3)
    for y in 0..<height {
      let band = min(2, y * 3 / height)
      let line = (box.top + y) * gray.width + box.left
      for third in 0..<3 {
        var sum: Float = 0
        for x in width * third / 3..<width * (third + 1) / 3 {
          let ink = Float(255 - gray.pixels[line + x])
          columns[band][x] += ink
          sum += ink
        }
        rows[third][y] = sum / (255 * Float(max(1, width / 3)))
      }
    }
    let scale = 1 / (255 * Float(max(1, height / 3)))
    for band in 0..<3 { for x in 0..<width { columns[band][x] *= scale } }
    return (BandProfiles(columns, dpi: view.dpi), BandProfiles(rows, dpi: view.dpi))
  }

  /// The ink of every row, of its left, middle and right third.
  private static func thirds(ofRows bits: Bitmap) -> [[Float]] {
    (0..<3).map { third in
      let (from, to) = (bits.width * third / 3, bits.width * (third + 1) / 3)
      guard from < to else { return [Float](repeating: 0, count: bits.height) }
      let scale = Float(to - from)
      return bits.blackCounts(ofRowsIn: Box(left: from, top: 0, right: to, bottom: bits.height)).map {
        Float($0) / scale
      }
    }
  }
}
