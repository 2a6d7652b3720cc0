/// Counts by name, that may be written as lines and added up.
public struct Tally: Sendable, Equatable {
  public private(set) var counts: [String: Int] = [:]
  public init() {}

  public subscript(name: String) -> Int { counts[name] ?? 0 }
  public mutating func add(_ name: String, _ count: Int = 1) { counts[name, default: 0] += count }

  /// `trials`; of label trials `read`, `reported`, `silent`; of page trials `reported`; wrong reads as
  /// `wrong TIER SYMBOLOGY` and those that the grammar takes as `passed TIER SYMBOLOGY`.
  public mutating func add(_ judgement: Judgement, _ kind: Trial.Kind) {
    add("trials")
    if kind == .labels {
      add(judgement.isRead ? "read" : judgement.isReported ? "reported" : "silent")
    } else if judgement.isReported {
      add("reported")
    }
    for wrong in judgement.wrong {
      let name = "\(wrong.tier.rawValue) \(wrong.label.symbology.rawValue)"
      add("wrong " + name)
      if wrong.entry != nil { add("passed " + name) }
    }
  }

  /// Wrong reads that the grammar takes for labels of ours.
  public var passed: Int { counts.filter { $0.key.hasPrefix("passed ") }.values.reduce(0, +) }

  public var lines: [String] { counts.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)" } }
}
