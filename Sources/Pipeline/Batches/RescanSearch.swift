import Indexing
import Journaling
import Model

/// Looks whether a document is another scan of paper that is in the chart already (RULES *Twice*). It only ever holds a document
/// for a person, who says which of the two stays, or that there are two.
struct RescanSearch: Sendable {
  /// A person's word, kept among a document's notes: it is no duplicate, whatever it looks like.
  static let cleared = "no-duplicate"

  let journal: any PatientIndex & FingerprintJournal
  private let days: Double
  private let types: [String: DocumentType]

  init(_ journal: any PatientIndex & FingerprintJournal, _ configuration: Configuration) {
    self.journal = journal
    days = configuration.indexing.duplicateDays
    types = configuration.documentTypes
  }

  /// Between two scans, at most; 0: such documents are never compared.
  private func days(of type: String) -> Double { types[type]?.duplicateDays ?? days }

  /// - Returns: nil: nothing is to be compared.
  func question(
    _ patient: PatientKey?, type: String?, encounter: String?, _ fingerprint: DocumentFingerprint?
  ) async throws -> FingerprintQuestion? {
    guard let patient, let type, let fingerprint, days(of: type) > 0 else { return nil }
    return FingerprintQuestion(
      patients: try await [patient] + journal.aliases(of: patient), type: type, encounter: encounter,
      pages: fingerprint.pages.count, since: fingerprint.receivedAt.adding(seconds: -days(of: type) * 86_400),
      batch: fingerprint.batch)
  }

  /// What a document resembles, if anything, and what it was compared with.
  func search(
    _ question: FingerprintQuestion, for fingerprint: DocumentFingerprint
  ) async throws -> (earlier: DocumentFingerprint?, comparison: FingerprintComparison) {
    let known = try await journal.documents(like: question).filter { $0 != fingerprint.document }
    let comparison = FingerprintComparison(question: question, compared: Set(known))
    for document in known {
      guard let earlier = try await journal.fingerprint(of: document),
        looksLikeRescan(fingerprint.pages, of: earlier.pages)
      else { continue }
      return (earlier, comparison)
    }
    return (nil, comparison)
  }

  /// A document that rules would file, as it is now to be held; nil: it resembles none.
  /// - Parameter planned: others, as they will be when it is filed.
  func held(
    _ document: Manifest.Document, _ fingerprint: DocumentFingerprint?, beside planned: [Manifest.Document] = []
  ) async throws -> Manifest.Document? {
    guard document.status == .filed, !document.notes.contains(Self.cleared), let fingerprint,
      let question = try await question(
        document.patient, type: document.type, encounter: document.encounter, fingerprint),
      let patient = document.patient
    else { return nil }
    var found = try await search(question, for: fingerprint).earlier
    for other in planned where found == nil && question.fits(other) {
      guard let scan = try await journal.fingerprint(of: other.id), scan.batch != question.batch,
        scan.receivedAt >= question.since, looksLikeRescan(fingerprint.pages, of: scan.pages)
      else { continue }
      found = scan
    }
    guard let earlier = found else { return nil }
    var held = document
    held.status = .exception
    (held.authority, held.mrn, held.viaAlias) = (nil, nil, nil)
    held.evidence = [Self.finding(earlier)]
    held.reasons = [.possibleDuplicate]
    held.candidates = [patient]
    return held
  }

  static func finding(_ earlier: DocumentFingerprint) -> Finding {
    Finding(
      .possibleDuplicate, document: earlier.document,
      "Its pages look like those of \(earlier.document), which came in batch \(earlier.batch): the same paper, scanned twice? "
        + "Compare them; `chartroom exceptions duplicates` rejects it, or files it beside the other.")
  }
}

extension FingerprintQuestion {
  /// Whether a document would be an answer, by what it says of itself.
  fileprivate func fits(_ document: Manifest.Document) -> Bool {
    guard document.status == .filed, let patient = document.patient, patients.contains(patient) else { return false }
    let isSameVisit = encounter == nil || document.encounter == nil || encounter == document.encounter
    return isSameVisit && document.type == type && document.pages.count == pages
  }
}

extension DocumentDecision {
  /// As ``RescanSearch/held(_:_:)`` leaves a document.
  mutating func hold(asScanOf earlier: DocumentFingerprint) {
    candidates = [patient].compactMap(\.self)
    status = .exception
    (patient, viaAlias) = (nil, nil)
    findings = [RescanSearch.finding(earlier)]
    patientBy = [:]
  }
}
