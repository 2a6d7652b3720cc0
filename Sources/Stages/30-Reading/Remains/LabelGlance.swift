import Glibc
import Model

/// What can be said of a box of ink at a glance, with its noise left in and without turning it: whether it is worth
/// ``LabelTraits``, which cost ten times as much. Of thirty candidates of a page five or six are.
///
/// All lengths in inches, so that they mean the same at any resolution.
struct LabelGlance: Sendable {
  /// ``GlanceForest`` was fitted to ``LabelLikelihood``'s own answers (`Tests/Benchmarks/fit_glance.py`): of the 2,069 candidates
  /// of 1,658 pages that it calls a label some fifteen have less (pages that were not fitted to).
  static let worthLogOdds = -3.5

  /// In the order in which ``GlanceForest`` was fitted.
  let values: [Float]
  /// Of all ink, what lies in black runs of at most ``Lookalikes/speckInches``.
  let thinInk: Double

  init(_ box: Box, in view: PageView, noise: UInt16) {
    let raw = view.bits.crop(box)
    let sums = raw.runSums(
      thin: max(1, Int((view.dpi / 300).rounded())), thinInk: max(1, view.pixels(Lookalikes.speckInches)))
    let (ink, runs) = (InkRuns(raw, sums), LineRuns(raw, sums))
    let (long, short) = (Double(max(box.width, box.height)), Double(min(box.width, box.height)))
    thinInk = ink.thinShare
    values =
      ([
        log(long / short), log(short / view.dpi), Double(raw.blackCount) / Double(max(1, box.area)),
        ink.changes / Double(max(1, box.width)) * view.dpi, ink.variety, ink.thinShare, runs.thinShare, runs.longShare,
        min(40, Double(noise)),
      ] + LabelTraits.surroundings(of: box, in: view)).map { Float($0) }
  }

  var isWorthALook: Bool { GlanceForest.trees.logOdds(values) >= Self.worthLogOdds }
}
