import Indexing
import Model

/// Builds one document for `decide`, with the sample site's rules and a small patient index.
struct Batch {
  static let ada = PatientKey(authority: "GENHOSP", mrn: "10000016")
  static let bert = PatientKey(authority: "GENHOSP", mrn: "10000024")
  static let east = PatientKey(authority: "EASTCLINIC", mrn: "10000206")

  var pages: [BatchPage] = []
  var draft = DocumentDraft(pages: [])
  var station = Station()
  var rules = SiteRules(
    authority: "GENHOSP",
    types: [
      "LAB": .init(name: "Laboratory", loinc: "11502-2", pagesMax: 100),
      "IDCARD": .init(name: "Card", loinc: "64290-0", pagesMax: 4),
      "CONSENT": .init(name: "Consent", loinc: "59284-0", typeLabelOn: .every, pagesMax: 12, labelOn: .page),
    ])
  var sheets: [Int: Int] = [:]
  var sidecar: Sidecar?
  var candidates = Batch.index

  init(_ labels: [Label]..., unreadable: [Quad] = []) {
    for (index, labels) in labels.enumerated() {
      let facts = PageFacts(
        width: 2480, height: 3508, dpi: [300, 300], orientation: 1, sha256: .zero, ink: 0.05, inkOutsideLabels: 0.05,
        blankness: .inked, labels: [], unreadable: index == 0 ? unreadable : [])
      pages.append(BatchPage(page: index + 1, source: 0, frame: index, reading: .page(facts), labels: labels))
      sheets[index + 1] = index + 1
    }
    draft.pages = pages.map(\.page)
  }

  var decision: DocumentDecision {
    decide(
      draft: draft, pages: pages, sheets: sheets, station: station, sidecar: sidecar, rules: rules,
      candidates: candidates)
  }

  var reasons: [ExceptionReason] { decision.findings.map(\.reason) }

  static let index = PatientCandidates(
    revision: "7",
    byNumber: [
      "10000016": [known(ada, family: "Sample", birthDate: "1948-11-30", sex: "M")],
      "10000024": [known(bert, family: "Müster", birthDate: "", sex: "U")],
      "11000015": [
        KnownPatient(
          asked: .init(authority: "GENHOSP", mrn: "11000015"), survivor: ada, family: "Sample", birthDate: "1948-11-30",
          sex: "M")
      ],
      "10000206": [known(.init(authority: "GENHOSP", mrn: "10000206")), known(east)],
      "20000014": [known(.init(authority: "EASTCLINIC", mrn: "20000014"))],
      "30000005": [KnownPatient(asked: .init(authority: "GENHOSP", mrn: "30000005"), survivor: nil)],
      "40000004": [
        known(.init(authority: "GENHOSP", mrn: "40000004")),
        KnownPatient(
          asked: .init(authority: "EASTCLINIC", mrn: "40000004"), survivor: .init(authority: "GENHOSP", mrn: "40000004")
        ),
      ],
      "376104250021234569": [KnownPatient(asked: .init(authority: "GS1", mrn: "376104250021234569"), survivor: ada)],
    ],
    byVisit: [
      "5000000017": [known(ada)], "5000000025": [known(bert)], "5000000033": [known(ada), known(east)],
      "5000000041": [KnownPatient(asked: .init(authority: "GENHOSP", mrn: "11000015"), survivor: ada)],
      "5000000058": [KnownPatient(asked: .init(authority: "GENHOSP", mrn: "30000005"), survivor: nil)],
    ])

  private static func known(_ key: PatientKey, family: String = "", birthDate: String = "", sex: String = "")
    -> KnownPatient
  {
    KnownPatient(asked: key, survivor: key, family: family, birthDate: birthDate, sex: sex)
  }
}

func mrn(
  _ number: String, check: CheckState = .ok, authority: String? = nil, origin: LabelOrigin = .page,
  role: LabelRole = .file,
  fields: [String: String] = [:]
) -> Label {
  Label(
    symbology: .code128, text: EscapedText("MRN" + number), entry: "patient", meaning: .patient, role: role,
    fields: fields.merging(["mrn": number]) { $1 }, authority: authority,
    quad: origin == .page ? Quad(left: 1000, top: 1000, right: 1400, bottom: 1100) : nil, check: check, origin: origin)
}

func gsrn(_ number: String) -> Label {
  Label(
    symbology: .code128, text: EscapedText("8018" + number), entry: "patient-gs1", meaning: .patient,
    fields: ["gsrn": number],
    authority: "GS1", quad: nil, check: .ok)
}

func enc(_ number: String, check: CheckState = .ok) -> Label {
  Label(
    symbology: .code128, text: EscapedText("ENC" + number), entry: "encounter", meaning: .encounter,
    fields: ["encounter": number],
    quad: nil, check: check)
}

func doc(_ code: String, origin: LabelOrigin = .page) -> Label {
  Label(
    symbology: .code128, text: EscapedText("DOC" + code), entry: "type", meaning: .type, fields: ["type": code],
    quad: nil,
    origin: origin)
}

let foreign = Label(symbology: .pdf417, text: nil, quad: nil, length: 300, hash: String(repeating: "0", count: 64))
