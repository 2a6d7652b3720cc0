import Journaling
import Model

/// What an operator may see. The level of a document is the highest of its patients (candidates, and of what is not filed everybody
/// whom a label on it names), its types and its station; of a patient the highest of the number, of what it was merged into and of
/// all that were merged into that: they are one person.
public struct Discretion: Sendable {
  private let site: Site
  private let clearance: Confidentiality
  private let glass: String?

  public init(_ action: DeskAction) {
    site = action.site
    clearance = action.who.clearance
    glass = action.glass
  }

  public func maySee(_ state: DocumentState) async throws -> Bool { try await level(of: state) <= clearance }

  /// Whether anything that comes from there may be seen, by the station's own level.
  public func maySee(station: EscapedText) -> Bool { level(ofStation: station) <= clearance }

  /// Whether a type's documents may be seen, by the type's own level.
  func maySee(type: String?) -> Bool { level(ofType: type) <= clearance }

  var seesEverything: Bool { clearance == .veryRestricted }

  /// Numbers of all patients that the operator may not see.
  func hiddenPatients() async throws -> Set<PatientKey> {
    var filter = PatientFilter()
    filter.levelsExcluded = [""] + Confidentiality.allCases.filter { $0 <= clearance }.map(\.rawValue)
    var hidden: Set<PatientKey> = []
    var last: PatientKey?
    while true {
      let page = try await site.journal.list(filter, after: last, limit: Self.patientsAtOnce)
      for patient in page { hidden.formUnion(try await numbers(of: patient.key)) }
      guard page.count == Self.patientsAtOnce else { return hidden }
      last = page.last?.key
    }
  }

  private static let patientsAtOnce = 1000

  /// What the operator may see of documents, in their order.
  public func visible(_ states: [DocumentState]) async throws -> [DocumentState] {
    // Who may see everything asks nothing.
    if clearance == .veryRestricted { return states }
    var known: [PatientKey: Confidentiality] = [:]
    var visible: [DocumentState] = []
    for state in states where try await level(of: state, &known) <= clearance { visible.append(state) }
    return visible
  }

  public func visible(_ entries: [ChartEntry]) async throws -> [ChartEntry] {
    if clearance == .veryRestricted { return entries }
    var known: [PatientKey: Confidentiality] = [:]
    var visible: [ChartEntry] = []
    for entry in entries where try await level(of: entry.document, station: entry.station, &known) <= clearance {
      visible.append(entry)
    }
    return visible
  }

  public func visible(_ patients: [Patient]) async throws -> [Patient] {
    if clearance == .veryRestricted { return patients }
    var visible: [Patient] = []
    for patient in patients where try await level(of: patient.key) <= clearance { visible.append(patient) }
    return visible
  }

  public func visible(_ patients: Set<PatientKey>) async throws -> Set<PatientKey> {
    if clearance == .veryRestricted { return patients }
    var visible: Set<PatientKey> = []
    for patient in patients where try await level(of: patient) <= clearance { visible.insert(patient) }
    return visible
  }

  public func visible(_ proposals: [RefilingProposal]) async throws -> [RefilingProposal] {
    if clearance == .veryRestricted { return proposals }
    var visible: [RefilingProposal] = []
    for proposal in proposals {
      var level = try await level(of: proposal.filedUnder)
      if let target = proposal.target { level = max(level, try await self.level(of: target)) }
      if level <= clearance { visible.append(proposal) }
    }
    return visible
  }

  /// Opens one document for the operator, or refuses.
  /// - Parameter other: what it would become; the operator must be allowed to see that, too.
  public func open(_ state: DocumentState, or other: Manifest.Document? = nil, for action: DeskAction) async throws {
    var level = try await level(of: state)
    if let other {
      var known: [PatientKey: Confidentiality] = [:]
      level = max(level, try await self.level(of: other, station: state.station, &known))
    }
    try breakGlass(level, "This document", action)
  }

  /// Opens one patient.
  public func open(_ patient: PatientKey, for action: DeskAction) async throws {
    try breakGlass(try await level(of: patient), "This patient", action)
  }

  /// Opens one patient's chart.
  /// - Returns: what of it is to be shown: with the glass broken all of it, also what its type or station hides.
  public func open(
    _ patient: PatientKey, with entries: [ChartEntry], for action: DeskAction
  ) async throws -> [ChartEntry] {
    try await open(patient, for: action)
    let visible = try await visible(entries)
    guard glass != nil, visible.count < entries.count else { return visible }
    action.note { $0.brokeGlass = true }
    return entries
  }

  /// One thing at a time: the record names what was opened.
  private func breakGlass(_ level: Confidentiality, _ what: String, _ action: DeskAction) throws {
    guard level > clearance else { return }
    guard glass != nil else {
      throw DeskRefusal(
        "\(what) is \(level.rawValue), which \(EscapedText(action.who.name)) may not see. "
          + "In an emergency --break-glass REASON opens it; that is recorded and reported.")
    }
    guard !action.brokeGlass else {
      throw DeskRefusal("--break-glass opens one patient or document at a time. Nothing was changed.")
    }
    action.note { $0.brokeGlass = true }
  }

  // MARK: Levels

  private func level(of state: DocumentState) async throws -> Confidentiality {
    var known: [PatientKey: Confidentiality] = [:]
    return try await level(of: state, &known)
  }

  private func level(of state: DocumentState, _ known: inout [PatientKey: Confidentiality]) async throws
    -> Confidentiality
  {
    try await level(of: state.document, station: state.station, &known)
  }

  private func level(
    of document: Manifest.Document, station: EscapedText, _ known: inout [PatientKey: Confidentiality]
  ) async throws -> Confidentiality {
    var level = max(level(ofStation: station), level(ofType: document.type))
    var patients = Set([document.patient, document.viaAlias].compactMap(\.self) + document.candidates)
    if document.status != .filed {
      // Whose it may be was asked when it came; whose it is today's patient data may know, and its labels may name several types.
      let labels = try labels(of: document)
      for label in labels { level = max(level, self.level(ofType: label.typeCode)) }
      patients.formUnion(try await persons(on: labels))
    }
    for patient in patients {
      if known[patient] == nil { known[patient] = try await self.level(of: patient) }
      level = max(level, known[patient]!)
    }
    return level
  }

  /// What stands on a document's pages.
  private func labels(of document: Manifest.Document) throws -> [Label] {
    guard try site.archive.contains(document.id) else { return [] }
    return try site.archive.document(document.id).pages.flatMap(\.entry.labels)
  }

  /// Everybody whom the patient index knows by a number or a visit on the labels.
  private func persons(on labels: [Label]) async throws -> Set<PatientKey> {
    let numbers = Set(labels.compactMap(\.patientNumber))
    let visits = Set(labels.compactMap(\.encounterNumber))
    guard !numbers.isEmpty || !visits.isEmpty else { return [] }
    let known = try await site.journal.candidates(numbers: numbers.sorted(), visits: visits.sorted())
    let found = known.byNumber.values.flatMap(\.self) + known.byVisit.values.flatMap(\.self)
    return Set(found.flatMap { [$0.asked] + [$0.survivor].compactMap(\.self) })
  }

  func level(ofStation station: EscapedText) -> Confidentiality {
    site.configuration.station(named: station).confidentiality ?? .normal
  }

  private func level(ofType type: String?) -> Confidentiality {
    type.flatMap { site.configuration.documentTypes[$0]?.confidentiality } ?? .normal
  }

  private func level(of patient: PatientKey) async throws -> Confidentiality {
    var level = Confidentiality.normal
    for key in try await numbers(of: patient) {
      for person in try await site.journal.patients(number: key.mrn, authority: key.authority) {
        level = max(level, Confidentiality(indexed: person.confidentiality))
      }
    }
    return level
  }

  /// Every number of the person, as far as it is certain.
  private func numbers(of patient: PatientKey) async throws -> Set<PatientKey> {
    let answers = try await site.journal.candidates(numbers: [patient.mrn], visits: []).byNumber[patient.mrn] ?? []
    var keys: Set<PatientKey> = [patient]
    for survivor in answers.filter({ $0.asked == patient }).compactMap(\.survivor) {
      keys.formUnion([survivor] + (try await site.journal.aliases(of: survivor)))
    }
    return keys
  }
}
