/// How likely a box of ink is what is left of a label: the sum over ``LabelForest``'s trees, which were fitted to candidates of
/// generated pages (`Tests/Benchmarks/README.md` says how): whole labels that nothing read, torn, folded, faded, smeared and
/// inked ones, as against words, tables, logos, stamps, hatching, handwriting and pictures.
enum LabelLikelihood {
  /// From here on it is reported: a missed one may hide another patient's label, a false one sends a good document to a person.
  static let reportedLogOdds = 0.0
  /// The same of what leans and was turned: it may be a word as well.
  static let aslantLogOdds = 2.5
  /// From here on what stands on a grid of modules without doubt is, and what is left of faded print.
  static let symbolLogOdds = -6.0
  static let speckLogOdds = -9.0

  static func logOdds(_ traits: LabelTraits) -> Double { LabelForest.trees.logOdds(traits.values) }
}
