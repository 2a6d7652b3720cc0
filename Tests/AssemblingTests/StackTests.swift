import Assembling
import Indexing
import Model
import Testing

/// I6, as a property: whatever goes wrong with a stack, nothing of it is filed in a chart other than that of the labels of its own
/// physical document.
@Suite struct StackTests {
  /// Stacks in a block; a night's run may ask for more.
  private let size = 50

  @Test(arguments: 0..<40)
  func `no page of a faulty stack is filed in another patient's chart`(_ block: Int) {
    for seed in block * size..<(block + 1) * size {
      let stack = Stack(seed: seed, faulty: true)
      let outcome = Outcome(stack.pages, duplex: stack.duplex)
      for (draft, decision) in zip(outcome.assembly.drafts, outcome.decisions) where decision.status == .filed {
        let owners = Set((draft.pages + draft.blanks).map { stack.owners[$0 - 1] }).subtracting([""])
        let isRight = owners.isSubset(of: [decision.patient!.mrn])
        #expect(isRight, "seed \(seed): \(stack.pages) of \(stack.owners) gave \(outcome.documents)")
      }
      checkPartition(stack, outcome, seed: seed)
    }
  }

  @Test(arguments: 0..<10)
  func `every document of a faultless stack is filed with its own pages, patient and type`(_ block: Int) {
    for seed in block * size..<(block + 1) * size {
      let stack = Stack(seed: seed, faulty: false)
      let outcome = Outcome(stack.pages, duplex: stack.duplex)
      #expect(outcome.documents == stack.expected, "seed \(seed): \(stack.pages)")
      checkPartition(stack, outcome, seed: seed)
    }
  }

  @Test func `the same batch always gives the same assembly and decisions (I5)`() {
    for seed in 0..<200 {
      let stack = Stack(seed: seed, faulty: true)
      let one = Outcome(stack.pages, duplex: stack.duplex)
      let other = Outcome(stack.pages, duplex: stack.duplex)
      #expect(one.assembly == other.assembly)
      #expect(one.decisions == other.decisions)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a batch of 20,000 labelled pages is gone through in no time`() {
    let one = Outcome(Array(repeating: "consent A", count: 5000))
    #expect(one.documents.count == 1)
    let holes = Outcome(Array(repeating: "#", count: 5000))
    #expect(holes.assembly.drafts.count == 1)
    let many = Outcome((0..<10_000).map { $0 % 2 == 0 ? "lab A" : "lab B" })
    #expect(many.documents.count == 10_000)
  }

  /// I3: every page is in exactly one draft or set aside, duplicates in neither; no sheet is parted.
  private func checkPartition(_ stack: Stack, _ outcome: Outcome, seed: Int) {
    let duplicates = Set(stack.pages.indices.filter { stack.pages[$0].hasSuffix("dup") }.map { $0 + 1 })
    let placed = outcome.assembly.drafts.flatMap { $0.pages + $0.blanks } + outcome.assembly.setAside.keys
    let expected = (1...stack.pages.count).filter { !duplicates.contains($0) }
    #expect(placed.sorted() == expected, "seed \(seed)")
    #expect(outcome.assembly.sheets.count == stack.pages.count)
    #expect(outcome.assembly.drafts.allSatisfy { !$0.pages.isEmpty })
    guard stack.duplex, duplicates.isEmpty else { return }
    for draft in outcome.assembly.drafts {
      let own = Set(draft.pages + draft.blanks)
      let sheets = Set(own.map { ($0 + 1) / 2 })
      #expect(
        sheets.allSatisfy { own.contains(2 * $0 - 1) && own.contains(2 * $0) }, "seed \(seed): a sheet was parted")
    }
  }
}
