import Model

/// What Patient and Encounter say of the index.
extension BundleFeed {
  /// A patient that was replaced is a merge and nothing else: the resource that replaced it says who it is.
  func facts(of patient: FHIRPatient, _ references: FHIRReferences) throws(PatientProblem) -> [PatientFact] {
    try refuseModified([patient.modifierExtension] + (patient.link ?? []).map(\.modifierExtension))
    let keys = try keys(of: patient)
    var links: [PatientFact] = []
    var isReplaced = false
    for link in patient.link ?? [] {
      let others = try self.keys(of: link.other, references, "link.other")
      switch link.type {
      case "replaced-by":
        isReplaced = true
        links += merges(keys, into: others)
      case "replaces": links += merges(others, into: keys)
      case "refer", "seealso": links.append(.link(others[0], into: keys[0], .link))
      default: throw PatientProblem(reason: "link.type is none of FHIR's")
      }
    }
    if isReplaced {
      guard !links.isEmpty else { throw PatientProblem(reason: "it is replaced by itself") }
      return links
    }
    var update = try identity(of: patient, keys)
    update.isOwn = patient.active == true
    return [.person(update)] + links
  }

  /// One may say that the resource means the contrary, and whoever does not know it is to leave the resource alone
  /// (FHIR R4 §2.4.1.1).
  private func refuseModified(_ extensions: [[FHIRExtension]?]) throws(PatientProblem) {
    guard extensions.contains(where: { $0?.isEmpty == false }) else { return }
    throw PatientProblem(reason: "it has a modifierExtension, which is not understood: a person must see to it")
  }

  /// Each number goes to the survivor's of the same authority; without one, to the first.
  private func merges(_ prior: [PatientKey], into kept: [PatientKey]) -> [PatientFact] {
    prior.filter { !kept.contains($0) }.map { key in
      .link(key, into: kept.first { $0.authority == key.authority } ?? kept[0], .merge)
    }
  }

  private func identity(of patient: FHIRPatient, _ keys: [PatientKey]) throws(PatientProblem) -> PatientUpdate {
    var update = PatientUpdate(keys: keys)
    let names = (patient.name ?? []).filter {
      $0.family != nil && !["old", "nickname", "anonymous"].contains($0.use ?? "")
    }
    if let name = names.first(where: { $0.use == "official" }) ?? names.first(where: { $0.use == "usual" })
      ?? names.first
    {
      update.family = name.family
      update.given = name.given?.first ?? ""
      update.middle = name.given?.dropFirst().joined(separator: " ") ?? ""
    }
    for text in [update.family, update.given, update.middle].compactMap({ $0 }) {
      guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw PatientProblem(reason: "name holds a control character")
      }
    }
    if let written = patient.birthDate {
      // A year or month alone is not known to the day, and labels carry days.
      guard let date = FHIRTime(written), date.moment == nil else {
        throw PatientProblem(reason: "birthDate is no date")
      }
      update.birthDate = date.day
      if date.day.isEmpty { update.birthDatePart = written }
    }
    update.sex = try patient.gender.map(sex)
    update.confidentiality = confidentiality(patient.meta)
    update.isTemporary = isTemporary(patient, keys[0])
    return update
  }

  /// Identifier.use; nil: it says neither that the number is a temporary one nor that it is not.
  private func isTemporary(_ patient: FHIRPatient, _ key: PatientKey) -> Bool? {
    let uses = (patient.identifier ?? []).filter { $0.value == key.mrn }.compactMap(\.use)
    return uses.contains("temp") ? true : uses.isEmpty ? nil : false
  }

  private func sex(_ gender: String) throws(PatientProblem) -> String {
    switch gender {
    case "male": "M"
    case "female": "F"
    case "other": "O"
    case "unknown": "U"
    default: throw PatientProblem(reason: "gender is none of male, female, other, unknown")
    }
  }

  /// HL7 v3 Confidentiality.
  private func confidentiality(_ meta: FHIRMeta?) -> String? {
    let codes = Set((meta?.security ?? []).compactMap(\.code))
    return codes.contains("V")
      ? "very restricted" : codes.contains("R") ? "restricted" : codes.contains("N") ? "normal" : nil
  }

  // MARK: Numbers

  /// Medical record numbers, the first first: identifiers of type MR; where none has it, those without a type whose system
  /// this site knows. A former number (`use` old) is not one.
  func keys(of patient: FHIRPatient) throws(PatientProblem) -> [PatientKey] {
    let valued = (patient.identifier ?? []).filter { $0.value?.isEmpty == false && $0.use != "old" }
    let records = valued.filter { $0.isOf("MR") }
    let known = valued.filter { $0.type == nil && ($0.system.map { numbering.authority(ofSystem: $0) != nil } ?? true) }
    let chosen = records.isEmpty ? known : records + known.filter { isGS1($0) }
    guard !chosen.isEmpty else { throw PatientProblem(reason: "identifier holds no medical record number") }
    var keys: [PatientKey] = []
    for identifier in chosen.filter({ !isGS1($0) }) + chosen.filter(isGS1) {
      let key = try key(of: identifier, "identifier")
      if !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  private func isGS1(_ identifier: FHIRIdentifier) -> Bool {
    identifier.system.flatMap { numbering.authority(ofSystem: $0) } == "GS1"
  }

  private func key(of identifier: FHIRIdentifier, _ place: String) throws(PatientProblem) -> PatientKey {
    let number = identifier.value ?? ""
    guard numbering.isPossible(number) else {
      throw PatientProblem(
        reason: "\(place) '\(EscapedText(number))' could stand on no label; were leading zeros lost?")
    }
    guard let system = identifier.system else { return PatientKey(authority: numbering.authority, mrn: number) }
    guard let authority = numbering.authority(ofSystem: system) else {
      throw PatientProblem(
        reason:
          "\(place) names the system \(EscapedText(system)), which this site does not know; add it to facility.systems")
    }
    return PatientKey(authority: authority, mrn: number)
  }

  private func keys(
    of reference: FHIRReference, _ references: FHIRReferences, _ place: String
  ) throws(PatientProblem) -> [PatientKey] {
    if let text = reference.reference {
      if let keys = try references.keys(of: text) { return keys }
      if reference.identifier == nil {
        throw PatientProblem(reason: "\(place) \(EscapedText(text)) is no patient of this bundle")
      }
    }
    guard let identifier = reference.identifier else { throw PatientProblem(reason: "\(place) names nobody") }
    return [try key(of: identifier, place)]
  }

  // MARK: Visits

  func stay(of encounter: FHIREncounter, _ references: FHIRReferences) throws(PatientProblem) -> EncounterUpdate {
    guard encounter.status != "entered-in-error" else {
      throw PatientProblem(reason: "the visit was entered in error and is not taken", kind: .ignored)
    }
    try refuseModified([encounter.modifierExtension])
    let valued = (encounter.identifier ?? []).filter { $0.value?.isEmpty == false }
    guard let visit = (valued.first { $0.isOf("VN") } ?? valued.first)?.value else {
      throw PatientProblem(reason: "identifier holds no visit number")
    }
    guard let subject = encounter.subject else { throw PatientProblem(reason: "subject is missing") }
    var stay = EncounterUpdate(visit: visit, patient: try keys(of: subject, references, "subject")[0])
    stay.account = valued.first { $0.isOf("AN") }?.value
    stay.patientClass = encounter.class.code
    stay.admit = try time(encounter.period?.start, "period.start")
    stay.discharge = try time(encounter.period?.end, "period.end")
    if let admit = stay.admit, let discharge = stay.discharge, Encounter.ends(discharge, before: admit) {
      throw PatientProblem(reason: "period.end is before period.start: the visit would end before it began")
    }
    return stay
  }

  private func time(_ text: String?, _ place: String) throws(PatientProblem) -> String? {
    guard let text else { return nil }
    guard let time = FHIRTime(text) else { throw PatientProblem(reason: "\(place) is no date") }
    return time.text
  }
}
