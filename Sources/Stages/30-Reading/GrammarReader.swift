import Formats
import Model

/// A grammar that cannot be used: its patterns do not compile.
public enum GrammarError: Error, Hashable, Sendable, CustomStringConvertible {
  case pattern(entry: String, pattern: String, problem: String)

  public var description: String {
    switch self {
    case .pattern(let entry, let pattern, let problem):
      "the pattern \(pattern) of label grammar entry '\(entry)' is no regular expression: \(problem); put it right in "
        + "pipeline.json and run 'chartroom config check'"
    }
  }
}

/// Says what a label means: the first entry of the site's grammar whose symbology and pattern fit.
///
/// A text that fits no entry is *foreign*; a driver's licence is nobody's business here, so only its length and a keyed
/// hash are kept. A text that fits but whose check digit is wrong keeps its entry and has the check state `failed`: it
/// names nobody (I6).
public struct GrammarReader: Sendable {
  /// Bytes. No label of ours is longer (a Code 128 of this length is a yard wide); longer ones are foreign.
  public static let textBytesMax = 4096

  private struct Compiled: Sendable {
    let entry: LabelEntry
    let pattern: GrammarPattern
    let names: [String]
  }
  private let entries: [Compiled]
  private let foreignKey: [UInt8]
  private let showForeignText: Bool

  /// - Parameters:
  ///   - foreignKey: key of the hash that stands for a foreign label's text; the same key gives the same hash.
  ///   - showForeignText: keeps foreign texts as they are (`labels read`, setting `foreignText`).
  public init(_ grammar: LabelGrammar, foreignKey: [UInt8], showForeignText: Bool) throws(GrammarError) {
    var entries: [Compiled] = []
    for entry in grammar.entries {
      do {
        entries.append(
          Compiled(
            entry: entry, pattern: try GrammarPattern(entry.pattern),
            names: GrammarPattern.groupNames(in: entry.pattern)))
      } catch {
        throw .pattern(entry: entry.name, pattern: entry.pattern, problem: "\(error)")
      }
    }
    self.entries = entries
    self.foreignKey = foreignKey
    self.showForeignText = showForeignText
  }

  /// The label that a raw one is. Patch codes have no text and no entry.
  public func label(from raw: RawLabel, origin: LabelOrigin) -> Label {
    read(
      raw.text.bytes, raw.symbology, announcesGS1: raw.isGS1,
      place: Place(quad: raw.quad, rows: raw.rows, origin: origin))
  }

  /// A label that a sidecar gives. Its text cannot announce GS1 data, so it counts as such where an entry asks for it.
  public func label(given: Sidecar.GivenLabel) -> Label {
    read(
      Array(given.text.utf8), given.symbology, announcesGS1: true, place: Place(quad: nil, rows: 1, origin: .sidecar))
  }

  private struct Place {
    let quad: Quad?
    let rows: Int
    let origin: LabelOrigin
  }

  private func read(_ bytes: [UInt8], _ symbology: Symbology, announcesGS1: Bool, place: Place) -> Label {
    if symbology.isPatch {
      return Label(
        symbology: symbology, text: EscapedText(bytes: bytes), quad: place.quad, origin: place.origin, rows: place.rows)
    }
    guard bytes.count <= Self.textBytesMax, let text = String(validating: bytes, as: UTF8.self) else {
      return foreign(bytes, symbology, place)
    }
    for candidate in entries where candidate.entry.symbologies.contains(symbology) {
      if candidate.entry.gs1 == true && !announcesGS1 { continue }
      guard let fields = candidate.pattern.fields(in: text, names: candidate.names) else { continue }
      return Label(
        symbology: symbology, text: EscapedText(bytes: bytes), entry: candidate.entry.name,
        meaning: candidate.entry.meaning, role: candidate.entry.role ?? .file,
        fields: fields.filter { $0.key != "authority" }, authority: fields["authority"] ?? candidate.entry.authority,
        quad: place.quad, check: Self.check(candidate.entry.checks, text, fields), origin: place.origin,
        rows: place.rows)
    }
    return foreign(bytes, symbology, place)
  }

  private static func check(_ checks: [LabelCheck], _ text: String, _ fields: [String: String]) -> CheckState {
    guard !checks.isEmpty else { return .none }
    let holds = checks.allSatisfy { check in
      guard let name = check.field else { return check.scheme.holds(for: text) }
      return fields[name].map { check.scheme.holds(for: $0) } ?? false
    }
    return holds ? .ok : .failed
  }

  private func foreign(_ bytes: [UInt8], _ symbology: Symbology, _ place: Place) -> Label {
    Label(
      symbology: symbology, text: showForeignText ? EscapedText(bytes: bytes) : nil, quad: place.quad,
      origin: place.origin, rows: place.rows, length: showForeignText ? nil : bytes.count,
      hash: showForeignText ? nil : hmacSHA256Hex(key: foreignKey, bytes))
  }
}
