import Assembling
import Indexing
import Model
import Testing

/// A batch gone through both rule stages, as short texts that a table can hold.
struct Outcome {
  let assembly: Assembly
  let decisions: [DocumentDecision]

  init(
    _ texts: [String], duplex: Bool = false, header: BatchHeader = BatchHeader(), labelOn: Station.LabelOn = .first,
    typeDefault: String? = nil
  ) {
    let pages = Paper.pages(texts)
    let station = Station(duplex: duplex, labelOn: labelOn, typeDefault: typeDefault)
    let assembly = assemble(
      pages: pages, station: station, header: header, rules: Paper.rules, candidates: Paper.candidates)
    self.assembly = assembly
    decisions = assembly.drafts.map {
      decide(
        draft: $0, pages: pages, sheets: assembly.sheets, station: station, sidecar: nil, rules: Paper.rules,
        candidates: Paper.candidates)
    }
  }

  /// One text a document: `1 2 (3) = A consent` when filed (blanks in parentheses), `4: no-label, no-type` when not.
  var documents: [String] {
    zip(assembly.drafts, decisions).map { draft, decision in
      let blanks = draft.blanks.map { " (\($0))" }.joined()
      let pages = draft.pages.map(String.init).joined(separator: " ") + blanks
      if decision.status == .filed { return "\(pages) = \(decision.patient!.mrn) \(decision.type!)" }
      var reasons: [String] = []
      for reason in decision.findings.map(\.reason.rawValue) where !reasons.contains(reason) { reasons.append(reason) }
      return "\(pages): \(reasons.joined(separator: ", "))"
    }
  }

  /// Pages set aside: `s` separators, `b` blanks.
  var setAside: String {
    assembly.setAside.sorted { $0.key < $1.key }.map { "\($0.key)\($0.value.rawValue.prefix(1))" }.joined(
      separator: " ")
  }
}

/// One line of a table: what it shows, the paper, what must come of it.
struct Case: CustomTestStringConvertible {
  let shows: String
  let pages: [String]
  let documents: [String]
  var setAside = ""
  var duplex = false
  var header = BatchHeader()
  var labelOn = Station.LabelOn.first
  var typeDefault: String?

  init(
    _ shows: String, _ pages: [String], _ documents: [String], aside setAside: String = "", duplex: Bool = false,
    header: BatchHeader = BatchHeader(), labelOn: Station.LabelOn = .first, typeDefault: String? = nil
  ) {
    self.shows = shows
    self.pages = pages
    self.documents = documents
    self.setAside = setAside
    self.duplex = duplex
    self.header = header
    self.labelOn = labelOn
    self.typeDefault = typeDefault
  }

  var testDescription: String { shows }
  var outcome: Outcome { Outcome(pages, duplex: duplex, header: header, labelOn: labelOn, typeDefault: typeDefault) }
}
