import Archiving
import Journaling
import Model

/// After an un-merge or a moved visit: which filed documents came where they are by what was taken back.
///
/// Nothing moves by itself (I6). A document whose own labels all carry the restored number is proposed to it; of every other a
/// person must look at the pages. May be repeated: a review is closed together with its proposals. What a person settled stays so
/// after a rebuild, for the document says it (``RefilingDesk``).
public struct RefilingReview: Sendable {
  public struct Outcome: Hashable, Sendable {
    /// With a patient to go to.
    public var proposed = 0
    public var forPerson = 0
    public init() {}
  }

  private let site: Site
  public init(site: Site) { self.site = site }

  /// - Parameter discretion: what is counted; nil: all.
  /// - Throws: `JournalError`, `ArchiveError`, `SystemError`, ``DeskError``; what was found by then stays.
  public func run(seenBy discretion: Discretion? = nil) async throws -> Outcome {
    var outcome = Outcome()
    let reviews = try await site.journal.openReviews()
    if reviews.isEmpty { return outcome }
    try await ChartFollower(site: site).catchUp()
    for review in reviews {
      let proposals = try await proposals(of: review)
      try await site.journal.finish(review, proposing: proposals)
      for proposal in try await discretion?.visible(proposals) ?? proposals {
        if proposal.target == nil { outcome.forPerson += 1 } else { outcome.proposed += 1 }
      }
    }
    return outcome
  }

  private func proposals(of review: PatientReview) async throws -> [RefilingProposal] {
    // Those merged into the restored number go with it.
    let restored = Set(try await site.journal.aliases(of: review.from) + [review.from])
    let start = review.kind == .unmerge ? review.into : review.from
    var proposals: [RefilingProposal] = []
    for key in try await [start] + site.journal.successors(of: start)
    where review.kind == .visit || !restored.contains(key) {
      for entry in try await site.index.chart(of: key) {
        // Also of what somebody settled: it stays settled as long as the document says so, and no longer.
        guard let verdict = try await judge(entry.document, review, restored) else { continue }
        proposals.append(
          RefilingProposal(
            review: review, document: entry.document.id, filedUnder: key, target: verdict.target, reason: verdict.reason
          ))
      }
    }
    return proposals
  }

  private typealias Verdict = (target: PatientKey?, reason: String)

  private func judge(
    _ document: Manifest.Document, _ review: PatientReview, _ restored: Set<PatientKey>
  ) async throws -> Verdict? {
    switch review.kind {
    case .visit:
      guard document.encounter == review.visit else { return nil }
      let printed = try printedNumbers(of: document)
      if printed.isEmpty { return (review.into, "its pages name the visit only") }
      return (nil, "its pages carry \(Self.list(printed)) beside the visit")
    case .unmerge:
      let printed = try printedNumbers(of: document)
      let isThrough = document.viaAlias.map(restored.contains) ?? false
      guard isThrough || !printed.isDisjoint(with: restored) else { return nil }
      guard !printed.isEmpty else {
        return (nil, "its own pages carry no patient label; another sheet or the visit named it")
      }
      guard printed.isSubset(of: restored) else { return (nil, "its pages carry \(Self.list(printed))") }
      if try await isVisitOfOthers(document, restored) {
        return (nil, "its pages carry \(Self.list(printed)), and its visit is another patient's")
      }
      // A GSRN is nobody's number of their own: without its link it names no chart.
      if review.from.authority == "GS1" { return (nil, "its only patient label is a GSRN that names nobody now") }
      return (review.from, "every patient label on its pages is \(Self.list(printed))")
    }
  }

  /// What patient labels printed on the document's own pages say; a cover, a header or a sidecar is not the document's own.
  private func printedNumbers(of document: Manifest.Document) throws -> Set<PatientKey> {
    let pages = Set(document.pages + document.blanks)
    let record = try site.archive.document(document.id)
    let labels = record.pages.map(\.entry).filter { pages.contains($0.page) }.flatMap(\.labels)
    return Set(
      labels.compactMap { label in
        guard label.isSound, label.origin == .page, let number = label.patientNumber else { return nil }
        let authority = label.authority ?? (label.fields["mrn"] == nil ? "GS1" : site.configuration.facility.authority)
        return PatientKey(authority: authority, mrn: number)
      })
  }

  private func isVisitOfOthers(_ document: Manifest.Document, _ restored: Set<PatientKey>) async throws -> Bool {
    guard let visit = document.encounter else { return false }
    let known = try await site.journal.candidates(numbers: [], visits: [visit]).byVisit[visit] ?? []
    return !known.isEmpty && !known.contains { restored.contains($0.asked) }
  }

  private static func list(_ keys: Set<PatientKey>) -> String {
    keys.sorted().map { EscapedText($0.description).description }.joined(separator: ", ")
  }
}
