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
    /// Of one that a person put together: with the labels of covers and headers that its pages came behind.
    var witness: DocumentDraft?
    var sidecar: Sidecar?
  }

  /// - Parameter pages: as its object has them.
  /// - Returns: nil where today's rules divide the batch otherwise: then a person decides.
  func recover(_ state: DocumentState, _ pages: [Manifest.Page]) async throws -> Recovered? {
    guard let record = try await site.journal.record(of: state.batch),
      case .manifest(let manifest) = try ChainContent(record)
    else { return nil }
    let sidecar = try site.archive.sidecar(of: state.batch).map { bytes in
      GivenSidecar(bytes: bytes, name: manifest.sidecar?.name ?? EscapedText("")).value
    }
    let assembly = try await assemble(manifest, sidecar ?? nil)
    guard let document = manifest.documents.first(where: { $0.id == state.document.id }) else {
      let draft = DocumentDraft(putTogether: state.document, of: pages)
      return Recovered(draft: draft, witness: draft.witness(among: assembly.drafts), sidecar: sidecar ?? nil)
    }
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

extension DocumentDraft {
  /// Of a document that a person put together anew: it has the pages that it has, and its limits are in no doubt any more. But a page that
  /// nobody could see may be anybody's still (I6), and what is wrong with sidecar or source is so for every part.
  /// - Parameter pages: as its object has them.
  init(putTogether document: Manifest.Document, of pages: [Manifest.Page]) {
    let unseen = pages.filter { document.pages.contains($0.page) }.compactMap(\.unseen)
    let lasting: Set<ExceptionReason> = [.badSidecar, .duplicateConflict]
    self.init(
      pages: document.pages, blanks: document.blanks,
      findings: document.evidence.filter { lasting.contains($0.reason) } + unseen)
  }

  /// The same with what stood on the cover and header sheets of the documents that the batch had of its pages: they no longer say whose it
  /// is, for nobody knows for which of its pages they were meant.
  /// - Returns: nil: nothing stood there.
  func witness(among drafts: [DocumentDraft]) -> DocumentDraft? {
    let own = Set(pages + blanks)
    var witness = self
    let before = drafts.filter { !own.isDisjoint(with: $0.pages) }
    for draft in before.sorted(by: { ($0.pages.first ?? 0) < ($1.pages.first ?? 0) }) {
      witness.cover.pages += draft.cover.pages
      witness.cover.labels += draft.cover.labels
      witness.header.pages += draft.header.pages
      witness.header.labels += draft.header.labels
      // Of a sheet that could not be read.
      witness.findings += draft.findings.filter { $0.reason == .unreadableLabel }
    }
    return witness == self ? nil : witness
  }
}

extension Manifest.Page {
  /// Why nobody could see it; nil: it was seen.
  fileprivate var unseen: Finding? {
    guard BatchPage(self).reading.hole != nil else { return nil }
    for note in notes {
      guard let colon = note.firstIndex(of: ":"), let reason = ExceptionReason(rawValue: String(note[..<colon])) else {
        continue
      }
      return Finding(reason, page: page, String(note[colon...].dropFirst(2)))
    }
    return Finding(.undecodable, page: page, "It could not be decoded. Look at the original and rescan the page.")
  }
}

extension BatchPage {
  /// A page with what its disposition tells of its ink: a sheet that divides has none beside its labels.
  fileprivate init(recovered page: Manifest.Page) {
    self.init(page)
    guard var facts = reading.facts else {
      if let reason = page.unseen?.reason, var hole = reading.hole {
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
