import Glibc

/// How likely a textured box is a symbol in two dimensions, read or not: whole ones, torn ones, faded ones and ones that a
/// pen has gone over, as against words, logos and pictures.
///
/// A logistic regression over the candidates of generated pages; `Tests/Benchmarks/README.md` says how its weights were
/// fitted. What counts most: changes of colour on each line in both directions (a word has few across its letters, a
/// picture many), ink, specks that the median takes away, and the grid.
struct MatrixLikelihood: Sendable {
  /// Longer side over shorter.
  var aspect = 1.0
  /// Colour changes of an average line, in the direction that has fewer and in the other.
  var changes = 0.0
  var changesMore = 0.0
  /// Share of the box in black or white runs longer than a third of a line, and share of runs of a pixel, in the
  /// direction that has fewer.
  var longRuns = 0.0
  var thinRuns = 0.0
  /// Share that is black on the page.
  var ink = 0.0
  /// By how much that is more than what is black without specks.
  var specks = 0.0
  /// ``ModuleGrid/score``; the best that any has until it is known.
  var grid = 0.75
  /// Paper on all four sides.
  var isQuiet = false
  /// The shorter side.
  var inches = 0.1

  var logOdds: Double { zip(Self.weights, terms).reduce(Self.bias) { $0 + $1.0 * $1.1 } }

  /// What is weighed, in the order of the weights: logarithms where ratios count, squares where the middle is best.
  var terms: [Double] {
    let (changes, side) = (log(max(0.1, changes)), log(max(0.01, inches)))
    return [
      log(aspect), changes, changes * changes, log(max(0.1, changesMore)), longRuns, ink, specks, grid,
      isQuiet ? 1 : 0, side, side * side, thinRuns,
    ]
  }

  // Written by Tests/Benchmarks/fit.py.
  static let bias = -65.433
  static let weights = [
    -3.358, 27.904, -6.868, 4.963, -24.177, 32.624, 91.025, 6.958, 1.788, -16.022, -4.84, 24.821,
  ]
}

/// Sums over all lines of a bitmap.
struct LineRuns: Sendable {
  /// Colour changes of an average line.
  private(set) var changes = 0.0
  /// Of all runs between two changes, how many are as thin as noise.
  private(set) var thinShare = 0.0
  /// Share of the bitmap that lies in runs of more than a third of a line.
  private(set) var longShare = 0.0

  init(_ bits: Bitmap, thin: Int) { self.init(bits, bits.runSums(thin: thin, thinInk: 0)) }

  /// `sums`: of these bits.
  init(_ bits: Bitmap, _ sums: RunSums) {
    changes = Double(sums.changes) / Double(max(1, bits.height))
    thinShare = sums.runs == 0 ? 1 : Double(sums.thinRuns) / Double(sums.runs)
    longShare = Double(sums.long) / Double(max(1, bits.width * bits.height))
  }
}
