import Model

/// A little language for stacks of paper, so that cases read as tables: each page is a text of words.
///
/// | word | on the page |
/// |---|---|
/// | `A` … `F` | patient label of a known patient; `a`: an alias merged into A; `gsA`: a GSRN that means A |
/// | `U`, `V` | patient labels that nobody knows; `AMB`: known under two authorities; `EAST`: known to another authority only |
/// | `MM` | an MRN that was merged into more than one patient |
/// | `A!` | a label that fails its check; `?`: a label-like region that nothing read; `rel:B`: a related label |
/// | `eA1` | encounter 1 of A; `eX`: one that the index does not know |
/// | `consent` `hp` `opnote` | types whose label stands on every page; `lab` `progress` `idcard`: on first pages; `xray`: unknown |
/// | `1/3` | page label PG01OF03 |
/// | `sep` `head` `T` `2` `3` `1` `4` `6` | SEPARATOR, BATCH…, patch codes |
/// | `head:pages=3` | a header sheet whose label gives a count; `head:sheets=2` |
/// | `text` | written on: what makes a page with a patch no separator |
/// | `light` | almost nothing on it, as on a separator or header sheet |
/// | `_` `~` `#` | blank, nearly blank, a hole |
/// | `foreign` `sc:A` `dup` | a foreign label, a sidecar's label, a page of a repeated file |
enum Paper {
  static let types: [String: DocumentType] = [
    "consent": .init(name: "Consent", loinc: "59284-0", typeLabelOn: .every, pagesMax: 12),
    "hp": .init(name: "History", loinc: "34117-2", typeLabelOn: .every, pagesMax: 20),
    "opnote": .init(name: "Operative note", loinc: "11504-8", typeLabelOn: .every, pagesMax: 20),
    "lab": .init(name: "Laboratory", loinc: "11502-2", pagesMax: 100),
    "progress": .init(name: "Progress note", loinc: "11506-3", pagesMax: 100),
    "idcard": .init(name: "Card", loinc: "64290-0", pagesMax: 4),
  ]
  static let rules = SiteRules(authority: "GENHOSP", types: types)
  static let patients = ["A", "B", "C", "D", "E", "F"]

  static let candidates: PatientCandidates = {
    var byNumber: [String: [KnownPatient]] = [:]
    var byVisit: [String: [KnownPatient]] = [:]
    for letter in patients {
      let key = key(letter)
      byNumber[letter] = [KnownPatient(asked: key, survivor: key)]
      byNumber[letter.lowercased()] = [
        KnownPatient(asked: PatientKey(authority: "GENHOSP", mrn: letter.lowercased()), survivor: key)
      ]
      byNumber["gs" + letter] = [KnownPatient(asked: PatientKey(authority: "GS1", mrn: "gs" + letter), survivor: key)]
      for visit in 1...3 { byVisit["e\(letter)\(visit)"] = [KnownPatient(asked: key, survivor: key)] }
    }
    let east = PatientKey(authority: "EASTCLINIC", mrn: "AMB")
    byNumber["AMB"] = [
      KnownPatient(asked: key("AMB"), survivor: key("AMB")), KnownPatient(asked: east, survivor: east),
    ]
    byNumber["EAST"] = [
      KnownPatient(
        asked: PatientKey(authority: "EASTCLINIC", mrn: "EAST"),
        survivor: PatientKey(authority: "EASTCLINIC", mrn: "EAST"))
    ]
    byNumber["MM"] = [KnownPatient(asked: key("MM"), survivor: nil)]
    return PatientCandidates(revision: "1", byNumber: byNumber, byVisit: byVisit)
  }()

  static func key(_ number: String) -> PatientKey { PatientKey(authority: "GENHOSP", mrn: number) }

  static func pages(_ texts: [String]) -> [BatchPage] {
    texts.enumerated().map { page(words: $1.split(separator: " ").map(String.init), number: $0 + 1) }
  }

  private static func page(words: [String], number: Int) -> BatchPage {
    let labels = words.compactMap(label)
    let isDivider = words.contains { $0.hasPrefix("head") || ["sep", "1", "2", "3", "4", "6", "T"].contains($0) }
    let isLight = words.contains("light") || (isDivider && !words.contains("text"))
    let ink = words.contains("_") ? 0 : isLight ? 0.001 : 0.06
    let facts = PageFacts(
      width: 2480, height: 3508, dpi: [300, 300], orientation: 1, sha256: .zero, ink: ink, inkOutsideLabels: ink,
      blankness: words.contains("_") ? .blank : words.contains("~") ? .nearlyBlank : .inked, labels: [],
      unreadable: words.contains("?") ? [Quad(left: 1000, top: 2000, right: 1400, bottom: 2100)] : [])
    let hole = Hole(reason: .undecodable, detail: "The page could not be decoded.", copyable: true)
    return BatchPage(
      page: number, source: 0, frame: number - 1, reading: words.contains("#") ? .hole(hole) : .page(facts),
      labels: labels,
      isDuplicate: words.contains("dup"))
  }

  /// A form of patient A on paper of a size that the text names: `letter`, `a4`, `strip`.
  static func page(sized text: String, number: Int) -> BatchPage {
    var page = page(words: ["consent", "A"], number: number)
    guard case .page(var facts) = page.reading else { return page }
    let inches = text.hasPrefix("a4") ? (8.27, 11.69) : text.hasPrefix("strip") ? (8.5, 40) : (8.5, 11)
    facts.dpi = text.hasSuffix("200") ? [200, 200] : text.hasSuffix("fax") ? [204, 98] : [300, 300]
    facts.width = Int(inches.0 * facts.dpi![0])
    facts.height = Int(inches.1 * facts.dpi![1] * (text.hasSuffix("cropped") ? 0.98 : 1))
    if text.hasSuffix("lying") { (facts.width, facts.height) = (facts.height, facts.width) }
    if text.hasSuffix("without dpi") { facts.dpi = nil }
    page.reading = .page(facts)
    return page
  }

  private static func label(_ word: String) -> Label? {
    func make(_ meaning: LabelMeaning, _ fields: [String: String], authority: String? = nil, check: CheckState = .none)
      -> Label
    {
      Label(
        symbology: .code128, text: EscapedText(word), entry: meaning.rawValue, meaning: meaning, fields: fields,
        authority: authority, quad: Quad(left: 100, top: 100, right: 500, bottom: 200), check: check)
    }
    if word.hasPrefix("rel:") {
      var label = make(.patient, ["mrn": String(word.dropFirst(4))], check: .ok)
      label.role = .related
      return label
    }
    if word.hasPrefix("sc:"), var label = label(String(word.dropFirst(3))) {
      label.origin = .sidecar
      label.quad = nil
      return label
    }
    if word.hasPrefix("head:") {
      let parts = word.dropFirst(5).split(separator: "=").map(String.init)
      return make(.header, ["header": "WARD", parts[0]: parts[1]])
    }
    switch word {
    case "sep": return make(.separator, [:])
    case "head": return make(.header, ["header": "WARD"])
    case "1", "2", "3", "4", "6", "T":
      return Label(
        symbology: Symbology(rawValue: "patch" + word)!, text: nil, quad: Quad(left: 0, top: 0, right: 900, bottom: 300)
      )
    case "foreign": return Label(symbology: .pdf417, text: nil, quad: nil, length: 200, hash: "00")
    case "_", "~", "#", "?", "dup", "text", "light": return nil
    default: break
    }
    if types[word] != nil || word == "xray" || word == "yray" { return make(.type, ["type": word]) }
    if word.contains("/") {
      let parts = word.split(separator: "/").map(String.init)
      return make(.page, ["page": parts[0], "of": parts[1]])
    }
    if word.hasPrefix("gs") { return make(.patient, ["gsrn": word], authority: "GS1", check: .ok) }
    if word.hasPrefix("e") { return make(.encounter, ["encounter": word], check: .ok) }
    if word.hasSuffix("!") { return make(.patient, ["mrn": String(word.dropLast())], check: .failed) }
    return make(.patient, ["mrn": word], check: .ok)
  }
}
