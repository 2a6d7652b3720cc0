import Misreading
import Model
import Reading

/// The result of a run, as it stands in MISREADS.md.
struct Report: Sendable {
  let seed: UInt64
  private var tallies: [Trial.Kind: Tally] = [:]
  private var wrong: [String] = []

  init(seed: UInt64) { self.seed = seed }

  mutating func add(_ kind: Trial.Kind, _ tally: Tally, _ lines: [String]) {
    for (name, count) in tally.counts { tallies[kind, default: Tally()].add(name, count) }
    wrong += lines
  }

  /// No wrong read passed the grammar.
  var isClean: Bool { tallies.values.allSatisfy { $0.passed == 0 } }

  var markdown: String {
    let (labels, pages) = (tallies[.labels] ?? Tally(), tallies[.pages] ?? Tally())
    return """
      # The misread run

      Made by `misread-run --labels \(labels["trials"]) --pages \(pages["trials"]) --seed \(seed)`; README.md beside it says \
      how. Reader `\(readerVersion)`.

      | | damaged labels | pages without labels |
      |---|---:|---:|
      | trials | \(labels["trials"]) | \(pages["trials"]) |
      | label read | \(labels["read"]) | |
      | label not read, reported as unreadable | \(labels["reported"]) | |
      | label neither read nor reported | \(labels["silent"]) | |
      | pages that report a region | | \(pages["reported"]) |
      | aborts of the barcode library | \(labels["aborted"]) | \(pages["aborted"]) |
      | **wrong raw reads** | \(total(labels, "wrong ")) | \(total(pages, "wrong ")) |
      | **wrong reads that pass the grammar** | \(total(labels, "passed ")) | \(total(pages, "passed ")) |

      ## Wrong raw reads by tier and symbology

      | tier | symbology | damaged labels | passing the grammar | pages without labels | passing the grammar |
      |---|---|---:|---:|---:|---:|
      \(rows(labels, pages).joined(separator: "\n"))

      ## Each of them

      Kind, number (`--only KIND:NUMBER` makes it again), tier, symbology, text, grammar entry, rows, damages, what was printed.

      \(listed.joined(separator: "\n"))
      """
  }

  /// The first hundred; those that pass the grammar all.
  private var listed: [String] {
    let lines: [[String]] = wrong.map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }.sorted { a, b in a[0] == b[0] ? Int(a[1]) ?? 0 < Int(b[1]) ?? 0 : a[0] < b[0] }
    let passed = lines.filter { $0[5] != "-" }
    let others = lines.filter { $0[5] == "-" }
    var result = (passed + others.prefix(100)).map { "    " + $0.joined(separator: "  ") }
    if others.count > 100 { result.append("    … and \(others.count - 100) more") }
    return result
  }

  private func total(_ tally: Tally, _ prefix: String) -> Int {
    tally.counts.filter { $0.key.hasPrefix(prefix) }.values.reduce(0, +)
  }

  private func rows(_ labels: Tally, _ pages: Tally) -> [String] {
    ReadingTier.allCases.flatMap { tier in
      Symbology.allCases.compactMap { symbology in
        let name = "\(tier.rawValue) \(symbology.rawValue)"
        guard labels["wrong " + name] + pages["wrong " + name] > 0 else { return nil }
        return "| \(tier.rawValue) | \(symbology.rawValue) | \(labels["wrong " + name]) | \(labels["passed " + name]) "
          + "| \(pages["wrong " + name]) | \(pages["passed " + name]) |"
      }
    }
  }
}
