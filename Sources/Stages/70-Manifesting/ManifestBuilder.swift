import Formats
import Model

/// Everything from which a batch's plan is made. Pipeline fills it from the stages before; the rest is a pure function.
public struct PlanInput: Sendable {
  public var batch: BatchID
  public var receivedAt: Timestamp
  /// When the decision was taken: also the time of the archive's versions.
  public var finishedAt: Timestamp
  public var stationName: EscapedText
  public var station: Station
  /// Set where every page, or a grown file's first pages, came before.
  public var duplicateOf: BatchID?
  public var header: BatchHeader
  /// Their `frames` nil where the chain cannot be counted.
  public var sources: [Manifest.Source]
  /// The sidecar as a file; `frames` nil.
  public var sidecarFile: Manifest.Source?
  /// The sidecar as read; nil where there is none or it is malformed.
  public var sidecar: Sidecar?
  /// Every page, in order of arrival, duplicates included.
  public var pages: [BatchPage]
  public var assembly: Assembly
  /// One for each of the assembly's drafts, in their order.
  public var decisions: [DocumentDecision]
  /// By page: how a viewer must turn it. A page that is missing here is unknown.
  public var turns: [Int: PageTurn]
  public var decidedBy: Manifest.DecidedBy
  /// Indices of sources that cannot be divided; those of pages with an uncopyable hole are added.
  public var wholeSources: [Int]

  public init(
    batch: BatchID, receivedAt: Timestamp, finishedAt: Timestamp, stationName: EscapedText, station: Station,
    duplicateOf: BatchID? = nil, header: BatchHeader, sources: [Manifest.Source], sidecarFile: Manifest.Source? = nil,
    sidecar: Sidecar? = nil, pages: [BatchPage], assembly: Assembly, decisions: [DocumentDecision],
    turns: [Int: PageTurn] = [:], decidedBy: Manifest.DecidedBy, wholeSources: [Int] = []
  ) {
    self.batch = batch
    self.receivedAt = receivedAt
    self.finishedAt = finishedAt
    self.stationName = stationName
    self.station = station
    self.duplicateOf = duplicateOf
    self.header = header
    self.sources = sources
    self.sidecarFile = sidecarFile
    self.sidecar = sidecar
    self.pages = pages
    self.assembly = assembly
    self.decisions = decisions
    self.turns = turns
    self.decidedBy = decidedBy
    self.wholeSources = wholeSources
  }
}

/// What a viewer must do with the stored page: turn it clockwise, after mirroring it left to right.
public struct PageTurn: Hashable, Sendable {
  /// 0, 90, 180 or 270 degrees; nil where unknown.
  public var rotation: Int?
  public var mirrored: Bool
  public init(rotation: Int?, mirrored: Bool) {
    self.rotation = rotation
    self.mirrored = mirrored
  }
}

/// Makes the plan of a batch: document ids, object paths, every page's entry. Nothing is decided here.
/// - Throws: ``ManifestError/unbalanced(_:)`` where a page is in no disposition or in two (I3), or
///   ``ManifestError/inconsistentInput(_:)``.
public func makePlan(_ input: PlanInput) throws(ManifestError) -> BatchPlan {
  guard input.decisions.count == input.assembly.drafts.count else {
    throw .inconsistentInput("\(input.assembly.drafts.count) drafts and \(input.decisions.count) decisions")
  }
  guard input.pages.allSatisfy({ input.sources.indices.contains($0.source) }) else {
    throw .inconsistentInput("a page names a source that there is not")
  }
  var builder = PlanBuilder(input: input)
  for (draft, decision) in zip(input.assembly.drafts, input.decisions) { try builder.add(draft, decision) }
  return try builder.finish()
}

private struct PlanBuilder {
  let input: PlanInput
  private var documents: [Manifest.Document] = []
  private var drafts: [String: DocumentDraft] = [:]
  private var waitingUntil: [String: Timestamp] = [:]
  /// By page: what its document says about it.
  private var places: [Int: Place] = [:]
  private var problems: [String] = []

  private struct Place {
    var document: DocumentID
    var disposition: Disposition
    var patientBy: PatientBy?
  }

  init(input: PlanInput) { self.input = input }

  mutating func add(_ draft: DocumentDraft, _ decision: DocumentDecision) throws(ManifestError) {
    let arrived = draft.inOrderOfArrival
    guard arrived.allSatisfy({ input.pages.indices.contains($0 - 1) }) else {
      throw .inconsistentInput("a draft names a page that there is not")
    }
    let isConflict = decision.findings.contains { $0.reason == .duplicateConflict }
    let id = documentID(
      pages: arrived.map { (input.sources[input.pages[$0 - 1].source].sha256, input.pages[$0 - 1].frame) },
      sidecar: input.sidecarFile?.sha256, conflictBatch: isConflict ? input.batch : nil)
    guard drafts.updateValue(draft, forKey: id.description) == nil else {
      throw .inconsistentInput("two documents of the batch are the same: \(id)")
    }
    documents.append(
      .init(
        id: id, decision: decision, pages: draft.pages, blanks: draft.blanks, object: ocflObjectPath(of: id),
        notes: united(draft.notes, decision.notes)))
    if decision.waitingForIndex {
      waitingUntil[id.description] = input.finishedAt.adding(seconds: input.station.waitingHours * 3600)
    }
    for page in draft.pages { place(page, in: id, decision.status == .filed ? .filed : .exception, decision) }
    for page in draft.blanks { place(page, in: id, .blank, decision) }
  }

  private mutating func place(_ page: Int, in id: DocumentID, _ disposition: Disposition, _ decision: DocumentDecision)
  {
    let place = Place(document: id, disposition: disposition, patientBy: decision.patientBy[page])
    if let other = places.updateValue(place, forKey: page) {
      problems.append("page \(page) is in \(id) and in \(other.document)")
    }
  }

  mutating func finish() throws(ManifestError) -> BatchPlan {
    let pages = input.pages.map { entry(of: $0) }
    let uncopyable = input.pages.filter { !$0.isDuplicate && $0.reading.hole?.copyable == false }.map(\.source)
    let manifest = Manifest(
      batch: input.batch, receivedAt: input.receivedAt, finishedAt: input.finishedAt, station: input.stationName,
      duplicateOf: input.duplicateOf, header: input.header, sources: input.sources, sidecar: input.sidecarFile,
      documents: documents, pages: pages, decidedBy: input.decidedBy)
    problems += balanceProblems(of: manifest)
    guard problems.isEmpty else { throw .unbalanced(problems) }
    return BatchPlan(
      manifest: manifest, waitingUntil: waitingUntil, drafts: drafts,
      wholeSources: Set(input.wholeSources + uncopyable).sorted(), rules: input.station, sidecar: input.sidecar,
      prints: prints())
  }

  /// Of the pages that stand in documents, upright.
  private func prints() -> [Int: InkPrint] {
    var prints: [Int: InkPrint] = [:]
    for page in input.pages where places[page.page] != nil {
      let turn = input.turns[page.page]
      prints[page.page] = page.reading.facts?.print?.turned(
        clockwise: turn?.rotation ?? 0, mirrored: turn?.mirrored ?? false)
    }
    return prints
  }

  /// A page's line in the manifest; a page in two dispositions or none becomes a problem.
  private mutating func entry(of page: BatchPage) -> Manifest.Page {
    let place = places[page.page]
    let setAside = input.assembly.setAside[page.page]
    let claims = [page.isDuplicate ? Disposition.duplicate : nil, place?.disposition, setAside].compactMap(\.self)
    if claims.count != 1 {
      problems.append(
        "page \(page.page) is in \(claims.isEmpty ? "no disposition" : claims.map(\.rawValue).joined(separator: " and "))"
      )
    }
    if let setAside, setAside != .separator, setAside != .blank {
      problems.append("page \(page.page) is set aside as \(setAside)")
    }
    let facts = page.reading.facts
    let turn = input.turns[page.page]
    return Manifest.Page(
      page: page.page, source: page.source, frame: page.frame, sheet: input.assembly.sheets[page.page],
      disposition: claims.first ?? .exception, document: place?.document, patientBy: place?.patientBy,
      width: facts?.width,
      height: facts?.height, dpi: facts?.dpi, rotation: turn?.rotation, mirrored: turn?.mirrored,
      sha256: facts?.sha256 ?? page.reading.hole?.sha256, ink: facts?.ink, labels: page.labels,
      unreadable: facts?.unreadable ?? [], notes: notes(of: page))
  }

  private func notes(of page: BatchPage) -> [String] {
    let hole = page.reading.hole.map { ["\($0.reason.rawValue): \($0.detail)"] } ?? []
    return united(page.reading.facts?.notes ?? hole, input.assembly.pageNotes[page.page] ?? [])
  }
}

/// Both lists in order, each text once.
private func united(_ first: [String], _ second: [String]) -> [String] {
  var result: [String] = []
  for note in first + second where !result.contains(note) { result.append(note) }
  return result
}
