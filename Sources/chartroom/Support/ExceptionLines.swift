import Archiving
import Formats
import Journaling
import Model
import Pipeline
import System

/// One line of `exceptions list --json` (FORMATS *--json output*; keys are only ever added).
struct ExceptionLine: Encodable {
  var id: DocumentID
  var reasons: [ExceptionReason]
  /// It waits for the next patient import.
  var waiting: Bool
  var station: EscapedText
  var receivedAt: Timestamp
  var batch: BatchID
  var source: EscapedText
  var pages: [Int]
  var candidates: [PatientKey]
  @Nullable var waitingUntil: Timestamp?
  @Nullable var type: String?
  @Nullable var encounter: String?

  init(_ state: DocumentState, now: Timestamp) {
    let document = state.document
    id = document.id
    reasons = document.reasons
    waiting = state.isWaiting(at: now)
    station = state.station
    receivedAt = state.receivedAt
    batch = state.batch
    source = state.source
    pages = document.pages
    candidates = document.candidates
    waitingUntil = waiting ? state.waitingUntil : nil
    type = document.type
    encounter = document.encounter
  }
}

/// `exceptions show --json`: the line of the list, and what was seen.
struct ExceptionObject: Encodable {
  struct Page: Encodable {
    var page: Int
    @Nullable var source: EscapedText?
    /// In ``source``, from 0.
    var frame: Int
    var disposition: Disposition
    var labels: [Label]
    var unreadable: [Quad]
    @Nullable var rotation: Int?
    var notes: [String]
    /// Where the image lies, and the frame in it, from 0.
    @Nullable var path: String?
    @Nullable var pathFrame: Int?
    /// The PNG that `--pictures` drew.
    @Nullable var picture: String?
    /// Why `--pictures` drew none.
    @Nullable var noPicture: String?
  }
  /// Whom a label could mean; the operator proves which.
  struct Candidate: Encodable {
    var authority: String
    var mrn: String
    var family: String
    var given: String
    var birthDate: String
    var sex: String
    @Nullable var mergedInto: PatientKey?
  }
  /// A document before or after it in the batch.
  struct Neighbour: Encodable {
    var id: DocumentID
    var status: DocumentDecision.Status
    var pages: [Int]
    @Nullable var patient: PatientKey?
    @Nullable var type: String?
  }
  /// The document that it may be another scan of.
  struct Resembled: Encodable {
    var id: DocumentID
    var status: DocumentDecision.Status
    @Nullable var patient: PatientKey?
    @Nullable var type: String?
    var station: EscapedText
    var receivedAt: Timestamp
    var batch: BatchID
    var pageDetails: [Page]
  }
  private enum Keys: String, CodingKey {
    case status, evidence, blanks, notes, object, pageDetails, patients, neighbours, resembled, correction
  }

  private let line: ExceptionLine
  private let document: Manifest.Document
  private let pages: [Page]
  private let candidates: [Candidate]
  private let neighbours: [Neighbour]
  private let resembled: Resembled?
  private let correction: DocumentRecord.CorrectionNote?

  init(_ detail: ExceptionDetail, now: Timestamp, pictures: [DocumentID: DrawnPages]) {
    line = ExceptionLine(detail.state, now: now)
    document = detail.state.document
    pages = Self.pages(of: detail, pictures)
    candidates = detail.candidates.map {
      Candidate(
        authority: $0.key.authority, mrn: $0.key.mrn, family: $0.family, given: $0.given, birthDate: $0.birthDate,
        sex: $0.sex, mergedInto: $0.mergedInto)
    }
    neighbours = detail.neighbours.map {
      Neighbour(
        id: $0.document.id, status: $0.document.status, pages: $0.document.pages, patient: $0.document.patient,
        type: $0.document.type)
    }
    resembled = detail.resembled.first.map { earlier in
      let document = earlier.state.document
      return Resembled(
        id: document.id, status: document.status, patient: document.patient, type: document.type,
        station: earlier.state.station, receivedAt: earlier.state.receivedAt, batch: earlier.state.batch,
        pageDetails: Self.pages(of: earlier, pictures))
    }
    correction = detail.correction
  }

  private static func pages(of detail: ExceptionDetail, _ pictures: [DocumentID: DrawnPages]) -> [Page] {
    let drawn = pictures[detail.state.document.id]
    return detail.pages.map { page in
      Page(
        page: page.page, source: detail.sources[page.source], frame: page.frame, disposition: page.disposition,
        labels: page.labels,
        unreadable: page.unreadable, rotation: page.rotation, notes: page.notes,
        path: detail.files[page.page].map { Wording.path($0.path) }, pathFrame: detail.files[page.page]?.frame,
        picture: drawn?.pictures[page.page].map(Wording.path), noPicture: drawn?.reasons[page.page])
    }
  }

  func encode(to encoder: any Encoder) throws {
    try line.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(document.status, forKey: .status)
    try container.encode(document.evidence, forKey: .evidence)
    try container.encode(document.blanks, forKey: .blanks)
    try container.encode(document.notes, forKey: .notes)
    try container.encode(document.object, forKey: .object)
    try container.encode(pages, forKey: .pageDetails)
    try container.encode(candidates, forKey: .patients)
    try container.encode(neighbours, forKey: .neighbours)
    try container.encode(resembled, forKey: .resembled)
    try container.encode(correction, forKey: .correction)
  }
}
