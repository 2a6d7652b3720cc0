import Model
import Pipeline
import System

/// How numbers and moments read on a console.
enum Wording {
  /// A finished batch as a line of a log.
  static func line(of outcome: BatchOutcome) -> String {
    "Batch \(outcome.batch) of \(outcome.station): \(count(outcome.pages, "page")), \(outcome.filed) filed, "
      + "\(count(outcome.exceptions, "exception")), \(outcome.waitingForIndex) waiting for the patient index, "
      + "\(count(outcome.duplicatePages, "duplicate page"))"
  }

  /// `1 page`, `2 pages`.
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// A text that a person typed: something, in one line, without control characters.
  static func isPlain(_ text: String, bytesMax: Int) -> Bool {
    (1...bytesMax).contains(text.utf8.count) && text.contains { !$0.isWhitespace }
      && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  /// Bytes with a binary unit: `37.4 GiB`.
  static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
      if value < 1024 { return "\(rounded(value, isWhole: unit == "B")) \(unit)" }
      value /= 1024
    }
    return "\(rounded(value, isWhole: false)) TiB"
  }

  private static func rounded(_ value: Double, isWhole: Bool) -> String {
    if isWhole { return "\(Int(value))" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// A path as it can be typed back: the escaped form doubles every `%` of an object's name. Whatever else would need
  /// escaping stays escaped.
  static func path(_ path: FilePath) -> String {
    let escaped = path.description
    let plain = escaped.split(separator: "%25", omittingEmptySubsequences: false).joined(separator: "%")
    return plain.utf8.elementsEqual(path.bytes) ? plain : escaped
  }

  /// To the second: `2026-11-22 02:15:00 UTC`.
  static func moment(_ time: Timestamp) -> String { time.forPeople }

  /// Hours as a person says them: `40 min`, `5 h`, `12 days`.
  static func age(hours: Double) -> String {
    if hours < 1 { return "\(Int((hours * 60).rounded())) min" }
    return hours < 72 ? "\(Int(hours.rounded())) h" : "\(Int((hours / 24).rounded())) days"
  }

  /// Page numbers with runs drawn together: `1–3, 7`.
  static func pages(_ pages: [Int]) -> String {
    var runs: [(Int, Int)] = []
    for page in pages {
      if let last = runs.last, last.1 + 1 == page { runs[runs.count - 1].1 = page } else { runs.append((page, page)) }
    }
    return runs.map { $0 == $1 ? "\($0)" : "\($0)–\($1)" }.joined(separator: ", ")
  }
}
