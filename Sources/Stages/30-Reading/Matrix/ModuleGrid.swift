import Glibc

/// The grid of square modules that a symbol in two dimensions is printed on, found from where its colours change.
///
/// Along each axis the changes of a DataMatrix, QR or Aztec symbol stand at multiples of one module, so the sum of unit
/// vectors turned by a full circle a module is long; and both axes have the same module. Text, tables, boxes and pictures
/// have changes too, but never one module for both: of all signs that were tried this one tells symbols from text best,
/// whole or torn.
struct ModuleGrid: Sendable {
  /// Pixels a module: below, 2 × 2 pixels are noise; above, letters are.
  static let modules = 2.6...9.0
  static let changesMin = 40
  /// Slant of rows and columns, pixels a pixel: 10°.
  static let slantMax = 0.18

  /// Of the upright columns and of the level rows.
  let x: Axis
  let y: Axis

  struct Axis: Sendable {
    /// 0…1.
    var share = 0.0
    /// Pixels.
    var module = 0.0
    /// Pixels that a line has moved to the right for each line down, seen from the middle line.
    var slant = 0.0
    /// Where the first line between two modules stands, in pixels, 0 ..< module, at the middle line.
    var phase = 0.0
  }

  /// `bits`: what is black there, without noise; `turned` is the same with x and y exchanged.
  init(_ bits: Bitmap, turned: Bitmap) {
    let search = GridSearch(
      across: AxisSearch(bits), down: AxisSearch(turned), side: Double(min(bits.width, bits.height)))
    (x, y) = search.best()
  }

  var isFound: Bool { min(x.share, y.share) > 0 }
  var module: Double { (x.module + y.module) / 2 }
  /// How well the changes of colour stand on the grid, 0…1: the weaker axis counts more.
  var score: Double { GridSearch.score((x, y)) }

  /// The modules of the box that the grid was made from (and one more on each side), black where more than `share` of the
  /// middle of a module is, each `scale` pixels wide, in paper four modules wide: what the barcode library reads best.
  func sampled(_ bits: Bitmap, scale: Int, share: Double = 0.5) -> GrayImage {
    let (width, height) = (Double(bits.width), Double(bits.height))
    let columns = Int(width / x.module) + 3
    let rows = Int(height / y.module) + 3
    let quiet = 4
    var image = GrayImage(width: (columns + 2 * quiet) * scale, height: (rows + 2 * quiet) * scale)
    let reach = max(1, Int(module / 4))
    for row in 0..<rows {
      for column in 0..<columns {
        // The middle of the module, from the middle of the box.
        let across = (Double(column) - 0.5) * x.module + x.phase - width / 2
        let down = (Double(row) - 0.5) * y.module + y.phase - height / 2
        let middleX = Int((across - down * -x.slant + width / 2).rounded(.down))
        let middleY = Int((down - across * -y.slant + height / 2).rounded(.down))
        var black = 0
        for dy in -reach...reach {
          for dx in -reach...reach {
            let (px, py) = (middleX + dx, middleY + dy)
            if px >= 0, py >= 0, px < bits.width, py < bits.height, bits[px, py] { black += 1 }
          }
        }
        guard Double(black) > share * Double((2 * reach + 1) * (2 * reach + 1)) else { continue }
        for dy in 0..<scale {
          let line = ((row + quiet) * scale + dy) * image.width + (column + quiet) * scale
          for dx in 0..<scale { image.pixels[line + dx] = 0 }
        }
      }
    }
    return image
  }

  /// A pixel of the sampled image on the bits that it was made from.
  func place(x column: Int, y row: Int, scale: Int, width: Int, height: Int) -> (x: Int, y: Int) {
    let across = (Double(column) / Double(scale) - 5) * x.module + x.phase - Double(width) / 2
    let down = (Double(row) / Double(scale) - 5) * y.module + y.phase - Double(height) / 2
    return (
      Int((across + down * x.slant + Double(width) / 2).rounded()),
      Int((down + across * y.slant + Double(height) / 2).rounded())
    )
  }
}

/// Looks for the grid: one module for both axes, which stand at right angles.
private struct GridSearch {
  typealias Pair = (x: ModuleGrid.Axis, y: ModuleGrid.Axis)

  let across: AxisSearch
  let down: AxisSearch
  /// Pixels of the shorter side.
  let side: Double

  func best() -> Pair {
    let coarse = best(slants: Self.coarseSlants, modules: Self.coarseModules)
    var best = refined(coarse, module: coarse.x.module)
    // What stands on a grid nearly stands on one of twice its modules, where the symbol has few; and on one of half its
    // modules, but then worse: a vector that is turned twice as far is as long as the fourth power of the first.
    while best.x.module / 2 >= ModuleGrid.modules.lowerBound * 0.9 {
      let half = refined(best, module: best.x.module / 2)
      let (whole, halved) = (Self.score(best), Self.score(half))
      guard halved > (whole + whole * whole * whole * whole) / 2 else { break }
      best = half
    }
    return best
  }

  /// 0…1: the weaker axis counts more.
  static func score(_ pair: Pair) -> Double {
    (3 * min(pair.x.share, pair.y.share) + max(pair.x.share, pair.y.share)) / 4
  }

  /// Few lines of a wide grid stand on the changes by chance more often than many of a narrow one.
  private func merit(_ pair: Pair) -> Double { Self.score(pair) - Self.chance * (pair.x.module / side).squareRoot() }

  private static let chance = 0.5

  private func refined(_ pair: Pair, module: Double) -> Pair {
    best(
      slants: [-0.015, -0.0075, 0, 0.0075, 0.015].map { pair.x.slant + $0 },
      modules: [0.975, 0.985, 0.9925, 1, 1.0075, 1.015, 1.025].map { module * $0 })
  }

  private func best(slants: [Double], modules: [Double]) -> Pair {
    var best = Pair(x: .init(), y: .init())
    var most = -Double.infinity
    for slant in slants {
      let (xs, ys) = (across.score(slant, modules), down.score(-slant, modules))
      for pair in zip(xs, ys) {
        let merit = merit(pair)
        if merit > most { (best, most) = (pair, merit) }
      }
    }
    return best
  }

  private static let coarseSlants = stride(
    from: -ModuleGrid.slantMax, through: ModuleGrid.slantMax, by: 0.03
  ).map { $0 }
  private static let coarseModules: [Double] = {
    var modules: [Double] = []
    var module = ModuleGrid.modules.lowerBound
    while module <= ModuleGrid.modules.upperBound {
      modules.append(module)
      module *= 1.04
    }
    return modules
  }()
}

/// Looks for the module along one axis.
private struct AxisSearch {
  private let places: [Int32]
  /// How many of the places stand in each line and those before it.
  private let ends: [Int]
  private let width: Int

  init(_ bits: Bitmap) {
    var places: [Int32] = []
    var ends: [Int] = []
    var edges: [Int] = []
    for y in 0..<bits.height {
      edges.removeAll(keepingCapacity: true)
      bits.appendEdges(of: y, to: &edges)
      for edge in edges { places.append(Int32(edge)) }
      ends.append(places.count)
    }
    self.places = places
    self.ends = ends
    width = bits.width
  }

  func score(_ slant: Double, _ modules: [Double]) -> [ModuleGrid.Axis] {
    guard places.count >= ModuleGrid.changesMin else { return modules.map { .init(module: $0, slant: slant) } }
    let histogram = histogram(slant: slant)
    return stride(from: 0, to: modules.count, by: Self.atOnce).flatMap { first in
      let some = modules[first..<min(modules.count, first + Self.atOnce)]
      return zip(some, Self.shares(of: histogram, modules: some, total: places.count)).map { module, sum in
        let shift = sum.angle / (2 * .pi) * module - Double(histogram.offset)
        return ModuleGrid.Axis(
          share: sum.share, module: module, slant: slant, phase: shift - (shift / module).rounded(.down) * module)
      }
    }
  }

  /// Changes by place, each line moved back by the slant: to black and to white apart, for ink that has spread or worn off
  /// moves the ones to the left and the others to the right.
  private struct Histogram {
    var toBlack: [Double]
    var toWhite: [Double]
    var offset: Int
  }

  private func histogram(slant: Double) -> Histogram {
    let offset = Int(abs(slant) * Double(ends.count) / 2) + 2
    let none = [Double](repeating: 0, count: width + 2 * offset + 1)
    var result = Histogram(toBlack: none, toWhite: none, offset: offset)
    result.toBlack.withUnsafeMutableBufferPointer { toBlack in
      result.toWhite.withUnsafeMutableBufferPointer { toWhite in
        places.withUnsafeBufferPointer { places in
          var from = 0
          for (line, end) in ends.enumerated() {
            let shift = offset - Int((Double(line - ends.count / 2) * slant).rounded())
            // Edges come in pairs.
            while from + 1 < end {
              toBlack[Int(places[from]) &+ shift] += 1
              toWhite[Int(places[from &+ 1]) &+ shift] += 1
              from &+= 2
            }
          }
        }
      }
    }
    return result
  }

  /// Modules that are tried at once.
  private static let atOnce = 4

  /// Of each module (at most ``atOnce``) length (0…1) and angle of the sum of all changes as vectors that turn once a module; the angle
  /// is halfway between that of the changes to black and that of those to white.
  private static func shares(
    of histogram: Histogram, modules: ArraySlice<Double>, total: Int
  ) -> [(share: Double, angle: Double)] {
    var (cosine, sine) = (SIMD4<Double>(), SIMD4<Double>())
    for (lane, module) in modules.enumerated() {
      let step = 2 * Double.pi / module
      (cosine[lane], sine[lane]) = (cos(step), sin(step))
    }
    var (blackX, blackY, whiteX, whiteY) = (
      SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>()
    )
    var (a, b) = (SIMD4<Double>(repeating: 1), SIMD4<Double>())
    histogram.toBlack.withUnsafeBufferPointer { toBlack in
      histogram.toWhite.withUnsafeBufferPointer { toWhite in
        for place in 0..<toBlack.count {
          blackX += toBlack[place] * a
          blackY += toBlack[place] * b
          whiteX += toWhite[place] * a
          whiteY += toWhite[place] * b
          (a, b) = (a * cosine - b * sine, a * sine + b * cosine)
        }
      }
    }
    return modules.indices.map { index in
      let lane = index - modules.startIndex
      let (toBlack, toWhite) = ((x: blackX[lane], y: blackY[lane]), (x: whiteX[lane], y: whiteY[lane]))
      let black = (toBlack.x * toBlack.x + toBlack.y * toBlack.y).squareRoot()
      let white = (toWhite.x * toWhite.x + toWhite.y * toWhite.y).squareRoot()
      let angle =
        black > 0 && white > 0
        ? atan2(toBlack.y / black + toWhite.y / white, toBlack.x / black + toWhite.x / white)
        : atan2(toBlack.y + toWhite.y, toBlack.x + toWhite.x)
      return ((black + white) / Double(total), angle)
    }
  }
}
