import Archiving
import Assembling
import Journaling
import Manifesting
import Model

/// What Assembling made of a document, and its batch's sidecar, where the plan went with a lost journal (I7): assembled again from the
/// batch's manifest, whose pages say what was seen on them. No pixel is read.
struct DraftRecovery {
  let site: Site

  struct Recovered {
    var draft: DocumentDraft
    var sidecar: Sidecar?
  }

  /// - Returns: nil where today's rules divide the batch otherwise: then a person decides.
  func recover(_ state: DocumentState) async throws -> Recovered? {
    guard let record = try await site.journal.record(of: state.batch),
      case .manifest(let manifest) = try ChainContent(record)
    else { return nil }
    let sidecar = try site.archive.sidecar(of: state.batch).map { bytes in
      GivenSidecar(bytes: bytes, name: manifest.sidecar?.name ?? EscapedText("")).value
    }
    guard let document = manifest.documents.first(where: { $0.id == state.document.id }) else {
      // Put together by a person since: its limits are in no doubt.
      return Recovered(
        draft: DocumentDraft(pages: state.document.pages, blanks: state.document.blanks), sidecar: sidecar ?? nil)
    }
    let assembly = try await assemble(manifest, sidecar ?? nil)
    guard
      var draft = assembly.drafts.first(where: { $0.inOrderOfArrival == (document.pages + document.blanks).sorted() })
    else { return nil }
    // What was found out about the batch beside its pages stands in the evidence alone.
    let found = Set(draft.findings.map(\.reason))
    draft.findings += document.evidence.filter { Self.batchReasons.contains($0.reason) && !found.contains($0.reason) }
    return Recovered(draft: draft, sidecar: sidecar ?? nil)
  }

  /// Of a claim, a sidecar or a source, and of pages that were never seen.
  private static let batchReasons: Set<ExceptionReason> = [
    .duplicateConflict, .badSidecar, .undecodable, .tooLarge, .unsupported, .countMismatch,
  ]

  private func assemble(_ manifest: Manifest, _ sidecar: Sidecar?) async throws -> Assembly {
    var station = site.configuration.station(named: manifest.station)
    if let duplex = sidecar?.duplex { station.duplex = duplex }
    let labels = manifest.pages.flatMap(\.labels)
    let candidates = try await site.journal.candidates(
      numbers: Array(Set(labels.compactMap(\.patientNumber))).sorted(),
      visits: Array(Set(labels.compactMap(\.encounterNumber))).sorted())
    return Assembling.assemble(
      pages: manifest.pages.map(BatchPage.init(recovered:)), station: station, header: BatchHeader(sidecar),
      rules: site.configuration.rules, candidates: candidates)
  }
}

extension BatchPage {
  /// A page with what its disposition tells of its ink: a sheet that divides has none beside its labels.
  fileprivate init(recovered page: Manifest.Page) {
    self.init(page)
    guard var facts = reading.facts else {
      if let reason = page.notes.lazy.compactMap({ ExceptionReason(rawValue: String($0.prefix { $0 != ":" })) }).first,
        var hole = reading.hole
      {
        hole.reason = reason
        reading = .hole(hole)
      }
      return
    }
    facts.inkOutsideLabels = page.disposition == .separator ? 0 : 1
    if page.notes.contains("nearly-blank") { facts.blankness = .nearlyBlank }
    reading = .page(facts)
  }
}
