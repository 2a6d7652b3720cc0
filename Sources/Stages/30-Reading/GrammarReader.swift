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

/// Says what a label means: the first entry of the site's grammar whose symbology and pattern fit, and whose zone and
/// forms are those of the page.
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

  // MARK: One page

  /// All labels of a page: those read on it, then those that the sidecar gives for it.
  ///
  /// How the page lies is known from its labels, and which labels count from how it lies. So the labels are read without
  /// regard to zones first; what they say of the page is what zones are held against; and if the labels that are left say
  /// otherwise, once more against that. Forms are known from the type labels that are left, a sidecar's too.
  /// - Parameter page: nil: nothing is known of it, so that entries with a zone fit nothing.
  public func labels(from raw: [RawLabel], given: [Sidecar.GivenLabel], on page: GrammarPage?) -> [Label] {
    func read(_ circumstances: Circumstances) -> [Label] {
      raw.map { label(from: $0, origin: .page, circumstances) } + given.map { label(given: $0, circumstances) }
    }
    var labels = read(Circumstances(zones: page == nil ? .unknown : .ignored))
    guard dependsOnPage else { return labels }
    var view = page?.view(labels)
    for _ in 0..<2 {
      var circumstances = Circumstances(zones: .unknown)
      if let page, let view { circumstances.zones = .judged(page, view) }
      circumstances.forms = Set(read(circumstances).filter(\.isSound).compactMap(\.typeCode))
      labels = read(circumstances)
      let again = page?.view(labels)
      if again?.rotation == view?.rotation, again?.mirrored == view?.mirrored { break }
      view = again
    }
    return labels
  }

  private var dependsOnPage: Bool { entries.contains { $0.entry.zone != nil || !$0.entry.forms.isEmpty } }

  /// What is known of the page while its labels are read.
  private struct Circumstances {
    enum Zones {
      /// Nothing is known of the page: an entry with a zone fits nothing.
      case unknown
      /// Zones do not count yet.
      case ignored
      case judged(GrammarPage, GrammarPage.View)
    }
    var zones: Zones
    /// Document type codes of the page's type labels.
    var forms: Set<String> = []

    func allow(_ entry: LabelEntry, _ quad: Quad?) -> Bool {
      guard entry.forms.isEmpty || !forms.isDisjoint(with: entry.forms) else { return false }
      guard let zone = entry.zone else { return true }
      switch zones {
      case .unknown: return false
      case .ignored: return quad != nil
      // A sidecar's label stands nowhere, so that nothing shows that it is the one meant.
      case .judged(let page, let view): return quad.map { page.contains($0, in: zone, seen: view) } ?? false
      }
    }
  }

  // MARK: One label

  /// The label that a raw one is, on a page of which nothing is known. Patch codes have no text and no entry.
  public func label(from raw: RawLabel, origin: LabelOrigin) -> Label {
    label(from: raw, origin: origin, Circumstances(zones: .unknown))
  }

  /// A label that a sidecar gives. Its text cannot announce GS1 data, so it counts as such where an entry asks for it.
  public func label(given: Sidecar.GivenLabel) -> Label { label(given: given, Circumstances(zones: .unknown)) }

  private func label(from raw: RawLabel, origin: LabelOrigin, _ circumstances: Circumstances) -> Label {
    read(
      raw.text.bytes, raw.symbology, announcesGS1: raw.isGS1,
      place: Place(quad: raw.quad, rows: raw.rows, origin: origin), circumstances)
  }

  private func label(given: Sidecar.GivenLabel, _ circumstances: Circumstances) -> Label {
    read(
      Array(given.text.utf8), given.symbology, announcesGS1: true, place: Place(quad: nil, rows: 1, origin: .sidecar),
      circumstances)
  }

  private struct Place {
    let quad: Quad?
    let rows: Int
    let origin: LabelOrigin
  }

  private func read(
    _ bytes: [UInt8], _ symbology: Symbology, announcesGS1: Bool, place: Place, _ circumstances: Circumstances
  ) -> Label {
    if symbology.isPatch {
      return Label(
        symbology: symbology, text: EscapedText(bytes: bytes), quad: place.quad, origin: place.origin, rows: place.rows)
    }
    guard bytes.count <= Self.textBytesMax, let text = String(validating: bytes, as: UTF8.self) else {
      return foreign(bytes, symbology, place)
    }
    for candidate in entries where candidate.entry.symbologies.contains(symbology) {
      if candidate.entry.gs1 == true && !announcesGS1 { continue }
      guard circumstances.allow(candidate.entry, place.quad) else { continue }
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
