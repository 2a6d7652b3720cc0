/// Boosted regression trees, all full and of one depth: each adds the log odds of the leaf that a set of values leads to.
struct Trees: Sendable {
  let depth: Int
  let bias: Double
  /// Of each tree, node by node from the root: which value it asks for, and its limit: to the left where the value is at most that.
  let traits: [UInt8]
  let limits: [Float]
  /// Of each tree, from left to right.
  let leaves: [Float]

  func logOdds(_ values: [Float]) -> Double {
    let nodes = 1 << depth - 1
    var sum = bias
    for tree in 0..<traits.count / nodes {
      var node = 0
      while node < nodes {
        let at = tree &* nodes &+ node
        node = 2 &* node &+ (values[Int(traits[at])] <= limits[at] ? 1 : 2)
      }
      sum += Double(leaves[tree &* (nodes &+ 1) &+ node &- nodes])
    }
    return sum
  }
}
