import Journaling
import Testing

@testable import Pipeline

/// How much likelier a document is drawn after errors, and after proof.
@Suite struct QualityFactorTests {
  private let rules = Configuration.Quality()

  private func factor(_ verdicts: [QualitySample.Verdict]) -> Double { QualityDesk.factor(after: verdicts, rules) }
  private func right(_ count: Int) -> [QualitySample.Verdict] { Array(repeating: .confirmed, count: count) }

  @Test func `before anybody has looked the rate is as it is configured`() {
    #expect(factor([]) == 1 && factor(right(49)) == 1)
  }

  @Test func `an error among the last twenty verdicts tightens, an older one no longer does`() {
    #expect(factor([.wrong]) == rules.tightenedFactor)
    #expect(factor(right(19) + [.wrong] + right(30)) == rules.tightenedFactor)
    #expect(factor(right(20) + [.wrong]) == 1)
  }

  @Test func `fifty right ones in a row relax, and one wrong one among them does not`() {
    #expect(factor(right(50)) == rules.relaxedFactor)
    #expect(factor(right(49) + [.wrong]) == 1)
    #expect(factor(right(50) + [.wrong]) == rules.relaxedFactor, "what is older does not count")
  }
}
