import Journaling
import Model

/// A patient of the index on a console.
struct PatientText {
  /// With the visits under merged numbers.
  let detail: PatientDetail
  /// Numbers that mean this patient too.
  let aliases: [PatientKey]
  init(_ detail: PatientDetail, _ aliases: [PatientKey]) {
    self.detail = detail
    self.aliases = aliases
  }

  func print() {
    let patient = detail.patient
    let names = Self.name(patient)
    let facts = [patient.birthDate, patient.sex].filter { !$0.isEmpty }.joined(separator: ", ")
    Output.line("\(patient.key)\(names.isEmpty ? "" : " \(names)")\(facts.isEmpty ? "" : " (\(facts))")")
    for remark in remarks { Output.line("  " + remark) }
    for link in detail.links { Output.line("  " + Self.sentence(link)) }
    let isOfSeveral = detail.encounters.contains { $0.patient != patient.key }
    var visits = Table(["VISIT", "ACCOUNT", "CLASS", "ADMITTED", "DISCHARGED"] + (isOfSeveral ? ["UNDER"] : []))
    for visit in detail.encounters {
      let facts = [visit.visit, visit.account, visit.patientClass, visit.admit, visit.discharge]
      visits.add((facts + (isOfSeveral ? [visit.patient.description] : [])).map(Self.cell))
    }
    if !visits.isEmpty { visits.print() }
  }

  private var remarks: [String] {
    var remarks: [String] = []
    switch detail.survivor {
    case nil: remarks.append("This number is nobody's for certain: what carries it goes to a person.")
    case detail.patient.key: break
    case let survivor?: remarks.append("Its patient is \(survivor) now.")
    }
    if !aliases.isEmpty { remarks.append("Also known as \(aliases.map(\.description).joined(separator: ", ")).") }
    if detail.patient.isTemporary { remarks.append("Temporary: the identity is not known yet.") }
    if detail.patient.confidentiality != "normal" {
      remarks.append("Confidentiality: \(detail.patient.confidentiality).")
    }
    return remarks
  }

  private static func sentence(_ link: PatientLink) -> String {
    let verb =
      switch link.kind {
      case .merge: "merged into"
      case .move: "moved into"
      case .change: "changed to"
      case .identifier: "another number of"
      case .link: "the same person as"
      }
    let source = link.source.isEmpty ? "" : " by \(EscapedText(link.source))"
    let undone = link.undoneAt.map { at in
      "; undone \(Wording.moment(at))" + (link.undoneBy.isEmpty ? "" : " by \(EscapedText(link.undoneBy))")
    }
    return "\(link.from) \(verb) \(link.into) \(Wording.moment(link.since))\(source)\(undone ?? "")"
  }

  static func row(_ patient: Patient) -> [String] {
    var notes: [String] = []
    if let into = patient.mergedInto { notes.append("merged into \(into)") }
    if patient.isTemporary { notes.append("temporary") }
    if patient.confidentiality != "normal" { notes.append(patient.confidentiality) }
    return [
      patient.key.description, cell(name(patient)), cell(patient.birthDate), cell(patient.sex),
      notes.joined(separator: "; "),
    ]
  }

  /// `Family, Given Middle`, escaped; empty where no name is known.
  private static func name(_ patient: Patient) -> String {
    let given = [patient.given, patient.middle].filter { !$0.isEmpty }.joined(separator: " ")
    return [patient.family, given].filter { !$0.isEmpty }.map { EscapedText($0).description }.joined(separator: ", ")
  }

  private static func cell(_ text: String) -> String { text.isEmpty ? "-" : EscapedText(text).description }
}

/// `patients show --json`.
struct PatientLine: Encodable {
  var patient: Patient
  @Nullable var survivor: PatientKey?
  var aliases: [PatientKey]
  var links: [PatientLink]
  var encounters: [Encounter]
  init(_ detail: PatientDetail, _ aliases: [PatientKey]) {
    patient = detail.patient
    survivor = detail.survivor
    self.aliases = aliases
    links = detail.links
    encounters = detail.encounters
  }
}
