import Journaling
import Model

/// What an operator may see. The level of a document is the highest of its patients (candidates too), its type and its
/// station; of a patient the highest of the number and of what it was merged into.
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
  public func open(_ state: DocumentState, for action: DeskAction) async throws {
    try breakGlass(try await level(of: state), "This document", action)
  }

  /// Opens one patient's chart.
  /// - Returns: whether the glass was broken: then all of it is shown.
  public func open(_ patient: PatientKey, for action: DeskAction) async throws -> Bool {
    try breakGlass(try await level(of: patient), "This patient", action)
    return glass != nil
  }

  private func breakGlass(_ level: Confidentiality, _ what: String, _ action: DeskAction) throws {
    guard level > clearance else {
      if let glass { action.note { $0.reason = glass } }
      return
    }
    guard let glass else {
      throw DeskRefusal(
        "\(what) is \(level.rawValue), which \(EscapedText(action.who.name)) may not see. "
          + "In an emergency --break-glass REASON opens it; that is recorded and reported.")
    }
    action.note {
      $0.brokeGlass = true
      $0.reason = glass
    }
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
    var level = site.configuration.station(named: station).confidentiality ?? .normal
    if let type = document.type {
      level = max(level, site.configuration.documentTypes[type]?.confidentiality ?? .normal)
    }
    for patient in Set([document.patient, document.viaAlias].compactMap(\.self) + document.candidates) {
      if known[patient] == nil { known[patient] = try await self.level(of: patient) }
      level = max(level, known[patient]!)
    }
    return level
  }

  private func level(of patient: PatientKey) async throws -> Confidentiality {
    var level = Confidentiality.normal
    let answers = try await site.journal.candidates(numbers: [patient.mrn], visits: []).byNumber[patient.mrn] ?? []
    let survivors = answers.filter { $0.asked == patient }.compactMap(\.survivor)
    for key in Set(survivors + [patient]) {
      for person in try await site.journal.patients(number: key.mrn, authority: key.authority) {
        level = max(level, Confidentiality(indexed: person.confidentiality))
      }
    }
    return level
  }
}
