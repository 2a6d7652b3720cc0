import Misreading
import TestSupport
import Testing

/// The misread run of `Tests/Benchmarks/README.md` in small: labels and pages drawn here, damaged by the dice. Counts are
/// held exactly; who changes the reader looks at what became of them and writes the new ones.
@Suite struct `Reading: the misread run` {
  private func tally(_ kind: Trial.Kind, _ count: Int) throws -> Tally {
    let grammar = try SampleGrammar.load(ProjectFolder.path + "/pipeline.json")
    let stock = DrawnStock()
    var tally = Tally()
    for number in 0..<count {
      let judgement = Trial(kind, seed: 1, number: number, from: stock).judged(by: grammar)
      for wrong in judgement.wrong {
        print("\(kind) \(number): \(wrong.tier) reads \(wrong.label.symbology) '\(wrong.label.text)'")
      }
      tally.add(judgement, kind)
    }
    return tally
  }

  @Test func `of four thousand damaged labels none reads as another label of the sample grammar`() throws {
    let tally = try tally(.labels, 4000)
    #expect(tally.passed == 0)
    #expect(tally.lines == ["read\t3165", "reported\t691", "silent\t144", "trials\t4000"])
  }

  @Test func `three hundred parts of pages without a label read as none`() throws {
    let tally = try tally(.pages, 300)
    #expect(tally.passed == 0)
    // Most of them have bars by chance, which look like labels that nothing can read.
    #expect(tally.lines == ["reported\t265", "trials\t300"])
  }
}
