import Journaling
import Model

/// What an operator may see. The level of a document is the highest of its patients (candidates, and of what is not filed everybody
/// whom a label on it names), its types and its station; of a patient that of the person (`PatientIndex.level(of:)`).
public struct Discretion: Sendable {
  private let site: Site
  private let clearance: Confidentiality
  private let glass: String?

  public init(_ action: DeskAction) {
    site = action.site
    clearance = action.who.clearance
    glass = action.glass
  }

  public func maySee(_ state: DocumentState) async throws -> Bool {
    try await maySee(state.document, from: state.station)
  }

  /// One that has no state any more, because it was regrouped.
  func maySee(_ document: Manifest.Document, from station: EscapedText) async throws -> Bool {
    if seesEverything { return true }
    return try await level(of: [document], from: station) <= clearance
  }

  /// Also as what it would become.
  func maySee(_ state: DocumentState, as other: Manifest.Document) async throws -> Bool {
    if seesEverything { return true }
    return try await level(of: [state.document, other], from: state.station) <= clearance
  }

  /// Whether a page that belongs to no document may be seen: by its station, and by whom and what the labels on it name.
  func maySee(_ labels: [Label], from station: EscapedText) async throws -> Bool {
    if seesEverything { return true }
    var known: [PatientKey: Confidentiality] = [:]
    return try await max(level(ofStation: station), level(of: labels, &known)) <= clearance
  }

  /// Whether anything of a batch may be seen: not where the operator may see none of its documents. One that only repeats another is seen
  /// as that one is.
  func maySee(_ batch: BatchID) async throws -> Bool {
    if seesEverything { return true }
    guard let manifest = try await site.journal.manifest(of: batch) else { return true }
    guard maySee(station: manifest.station) else { return false }
    let states = try await site.journal.documents(of: batch)
    if !states.isEmpty { return try await !visible(states).isEmpty }
    // All of its documents were regrouped into another batch's.
    for document in manifest.documents where try await maySee(document, from: manifest.station) { return true }
    guard manifest.documents.isEmpty else { return false }
    guard let original = manifest.duplicateOf, original != batch else { return true }
    return try await maySee(original)
  }

  /// Whether anything that comes from there may be seen, by the station's own level.
  public func maySee(station: EscapedText) -> Bool { level(ofStation: station) <= clearance }

  /// Whether a type's documents may be seen, by the type's own level.
  func maySee(type: String?) -> Bool { level(ofType: type) <= clearance }

  public var seesEverything: Bool { clearance == .veryRestricted }

  /// Numbers of all patients that the operator may not see.
  func hiddenPatients() async throws -> [PatientKey] { try await site.journal.numbers(above: clearance) }

  /// The patient data that the operator may see, counted.
  func patientRevision() async throws -> PatientRevision { try await site.journal.revision(upTo: clearance) }

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
      // Its reason names numbers on the pages, too: whoever may not see one of them is not asked.
      let review = proposal.review
      let patients = Set([proposal.filedUnder, review.from, review.into] + [proposal.target].compactMap(\.self))
      guard try await self.visible(patients) == patients else { continue }
      if let state = try await site.journal.document(proposal.document), try await maySee(state) {
        visible.append(proposal)
      }
    }
    return visible
  }

  /// Links of a patient who may be seen; what is linked is not told of where it has a higher level than the patient.
  public func visible(_ links: [PatientLink], of patient: PatientKey) async throws -> [PatientLink] {
    if clearance == .veryRestricted { return links }
    let shown = max(clearance, try await level(of: patient))
    var visible: [PatientLink] = []
    for link in links where try await level(of: link.from == patient ? link.into : link.from) <= shown {
      visible.append(link)
    }
    return visible
  }

  /// Opens one document for the operator, or refuses.
  /// - Parameter other: what it would become; the operator must be allowed to see that, too.
  public func open(_ state: DocumentState, or other: Manifest.Document? = nil, for action: DeskAction) async throws {
    try await open(
      [state.document] + [other].compactMap(\.self), from: state.station, as: state.document.id, for: action)
  }

  /// Opens all that a document is, was or would be.
  /// - Parameter subject: the document that the record names, which is what a broken glass opens.
  func open(
    _ documents: [Manifest.Document], from station: EscapedText, as subject: DocumentID, for action: DeskAction
  ) async throws {
    if seesEverything { return }
    try breakGlass(try await level(of: documents, from: station), "This document", on: subject.description, action)
  }

  /// Opens one patient.
  /// - Parameter document: one that was opened and is to come into the patient's chart: it is one thing, and the record names both.
  public func open(
    _ patient: PatientKey, with document: DocumentID? = nil, for action: DeskAction
  ) async throws {
    if seesEverything { return }
    let thing = document?.description ?? patient.description
    try breakGlass(try await level(of: patient), "This patient", on: thing, action)
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
  private func breakGlass(_ level: Confidentiality, _ what: String, on thing: String, _ action: DeskAction) throws {
    guard level > clearance else { return }
    guard glass != nil else {
      throw DeskRefusal(
        "\(what) is \(level.rawValue), which \(EscapedText(action.who.name)) may not see. "
          + "In an emergency --break-glass REASON opens it; that is recorded and reported.")
    }
    guard action.breakGlass(on: thing) else {
      throw DeskRefusal("--break-glass opens one patient or document at a time. Nothing was changed.")
    }
  }

  // MARK: Levels

  private func level(of documents: [Manifest.Document], from station: EscapedText) async throws -> Confidentiality {
    var known: [PatientKey: Confidentiality] = [:]
    var level = Confidentiality.normal
    for document in documents { level = max(level, try await self.level(of: document, station: station, &known)) }
    return level
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
    // Whose it may be was asked when it came; whose it is today's patient data may know, and its labels may name several types.
    if document.status != .filed { level = max(level, try await self.level(of: labels(of: document), &known)) }
    let patients = [document.patient, document.viaAlias].compactMap(\.self) + document.candidates
    return max(level, try await self.level(of: Set(patients), &known))
  }

  private func level(of labels: [Label], _ known: inout [PatientKey: Confidentiality]) async throws -> Confidentiality {
    let types = labels.map { level(ofType: $0.typeCode) }.max() ?? .normal
    return max(types, try await level(of: persons(on: labels), &known))
  }

  private func level(
    of patients: Set<PatientKey>, _ known: inout [PatientKey: Confidentiality]
  ) async throws -> Confidentiality {
    var level = Confidentiality.normal
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
    try await site.journal.level(of: patient)
  }
}
