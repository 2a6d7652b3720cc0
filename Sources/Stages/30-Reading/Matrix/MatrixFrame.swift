/// The sides of a box that may be a DataMatrix: two of them solid, meeting in a corner (ISO/IEC 16022 §4.1).
struct MatrixFrame: Sendable {
  /// Share that is black, 0…1: left, top, right, bottom.
  let black: [Double]

  /// `bits`: what is black in the box, without paper around; `turned`: the same with x and y exchanged.
  init(_ bits: Bitmap, turned: Bitmap, _ grid: ModuleGrid) {
    black = [
      Self.side(bits, grid.x, isFar: false), Self.side(turned, grid.y, isFar: false),
      Self.side(bits, grid.x, isFar: true), Self.side(turned, grid.y, isFar: true),
    ]
  }

  /// How solid the best two sides with a corner in common are: the lesser share of the two.
  var solidSides: Double { (0..<4).map { min(black[$0], black[($0 + 1) % 4]) }.max() ?? 0 }

  private static func side(_ bits: Bitmap, _ axis: ModuleGrid.Axis, isFar: Bool) -> Double {
    let module = max(1, axis.module)
    // The box is upright, its sides may lean: they touch the box where they reach furthest out.
    let lean = abs(axis.slant) * Double(bits.height) / 2
    let count = (0..<bits.height).count { y in
      let shift = axis.slant * (Double(y) - Double(bits.height) / 2)
      let at = Int(isFar ? Double(bits.width) - lean - module / 2 + shift : lean + module / 2 + shift)
      return (at - 1...at + 1).count { $0 >= 0 && $0 < bits.width && bits[$0, y] } >= 2
    }
    return Double(count) / Double(max(1, bits.height))
  }
}
