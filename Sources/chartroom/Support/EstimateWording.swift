import Model
import Reading

/// How many damaged reads of a label would go unnoticed, for a person.
enum EstimateWording {
  /// A line of the table of `config check`.
  static func cells(_ entry: LabelEntry, _ estimates: [MisreadEstimate]?) -> [String] {
    let name = EscapedText(entry.name).description
    guard let weakest = estimates?.first else { return [name, "-", "-", "-", "-", "cannot be told", ""] }
    return [
      name, weakest.symbology.rawValue, share(weakest.ownCheck), share(weakest.checkSchemes), decimal(weakest.format),
      rate(weakest.oneIn), others(estimates ?? []),
    ]
  }

  static func sentence(_ entry: LabelEntry, _ estimates: [MisreadEstimate]?) -> String {
    let name = "entry '\(entry.name)'"
    guard let estimates, let weakest = estimates.first else {
      return "\(name): how many damaged reads would go unnoticed cannot be told from its pattern"
    }
    let rest = others(estimates)
    return "\(name): of damaged reads \(rate(weakest.oneIn)) would go unnoticed on \(weakest.symbology.rawValue)"
      + (rest.isEmpty ? "" : "; \(rest)")
  }

  /// All but the weakest.
  private static func others(_ estimates: [MisreadEstimate]) -> String {
    estimates.dropFirst().map { "\($0.symbology.rawValue) \(rate($0.oneIn))" }.joined(separator: ", ")
  }

  /// `none`, `all`, `1 in 64`, `1 in 2.1 million`.
  static func rate(_ oneIn: Double?) -> String {
    guard let oneIn else { return "none" }
    if oneIn < 1.05 { return "all" }
    if oneIn < 10 { return "1 in \(decimal(oneIn))" }
    if oneIn < 999_999.5 { return "1 in " + grouped(Int(oneIn.rounded())) }
    for (unit, name) in [(1e6, "million"), (1e9, "billion")] where oneIn < unit * 999.95 {
      return "1 in \(decimal(oneIn / unit)) \(name)"
    }
    return "1 in " + grouped(Int(min(oneIn / 1e9, 1e15).rounded())) + " billion"
  }

  /// `1` or `1/103`; a share is the inverse of a number that people know.
  private static func share(_ value: Double) -> String {
    value >= 1 ? "1" : "1/" + grouped(Int(min(1 / value, 1e15).rounded()))
  }

  /// Two digits that say something.
  private static func decimal(_ value: Double) -> String {
    let digits = value >= 10 || value == 0 ? 0.0 : value >= 1 ? 1.0 : 2.0
    let scale = digits == 0 ? 1.0 : digits == 1 ? 10 : 100
    let rounded = (value * scale).rounded() / scale
    return Int(exactly: rounded).map(String.init) ?? String(rounded)
  }

  private static func grouped(_ number: Int) -> String {
    var text = ""
    for (place, digit) in String(number).reversed().enumerated() {
      if place > 0, place.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
