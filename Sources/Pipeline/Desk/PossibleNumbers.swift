import Model
import Reading

/// Which numbers of patients or visits a label of this site could carry: a number that none could (leading zeros lost in a
/// spreadsheet, a digit mistyped) would never be found by a scan, so that an import reports its line, and a person is told.
///
/// Of each entry's pattern only the part inside the group `mrn`, `gsrn` or `encounter` is kept, with the checks over that
/// field; what stands around the number on a label (`MRN`, `+/AC`, a check character) is no part of it. Then the
/// grammar itself judges, as it does for a label. A grammar without such entries finds every number possible.
public struct PossibleNumbers: Sendable {
  private struct Form: Sendable {
    var reader: GrammarReader
    var symbology: Symbology
  }
  private let forms: [Form]

  /// - Parameter meaning: `patient` or `encounter`.
  /// - Throws: `GrammarError`.
  public init(_ grammar: LabelGrammar, of meaning: LabelMeaning = .patient) throws {
    forms = try grammar.entries.filter { $0.meaning == meaning }.compactMap { entry in
      for field in meaning == .encounter ? ["encounter"] : ["mrn", "gsrn"] {
        guard let part = Self.group(field, of: entry.pattern), let symbology = entry.symbologies.first else { continue }
        let alone = LabelEntry(
          name: entry.name, meaning: .patient, symbologies: entry.symbologies, pattern: part,
          checks: entry.checks.filter { $0.field == field })
        return Form(
          reader: try GrammarReader(LabelGrammar(entries: [alone]), foreignKey: [], showForeignText: true),
          symbology: symbology)
      }
      return nil
    }
  }

  public func contains(_ number: String) -> Bool {
    if forms.isEmpty { return true }
    return forms.contains { form in
      let raw = RawLabel(
        symbology: form.symbology, text: EscapedText(number), quad: Quad(left: 0, top: 0, right: 1, bottom: 1), rows: 1)
      let label = form.reader.label(from: raw, origin: .page)
      return label.entry != nil && label.check != .failed
    }
  }

  /// `(?<name>…)` as it stands in a pattern, parentheses included; nil where there is no such group.
  static func group(_ name: String, of pattern: String) -> String? {
    let text = Array(pattern)
    let opening = Array("(?<\(name)>")
    guard let start = text.indices.first(where: { text[$0...].starts(with: opening) }) else { return nil }
    var depth = 0
    var isInClass = false
    var at = start
    while at < text.count {
      switch text[at] {
      case "\\": at += 1
      case "[": isInClass = true
      case "]": isInClass = false
      case "(" where !isInClass: depth += 1
      case ")" where !isInClass:
        depth -= 1
        if depth == 0 { return String(text[start...at]) }
      default: break
      }
      at += 1
    }
    return nil
  }
}
