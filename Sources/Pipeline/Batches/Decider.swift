import Assembling
import Formats
import Indexing
import Journaling
import Manifesting
import Model
import Reading

/// From what was seen to what shall be done: labels by the grammar, duplicates, documents, whose they are, ids.
///
/// The only place where a batch is decided; what it makes is committed before anything is carried out (I5).
struct Decider: Sendable {
  let configuration: Configuration
  let configurationDigest: ContentDigest
  let journal: any Journal & PatientIndex & FingerprintJournal
  /// Moment that the plan's timestamps carry.
  let now: @Sendable () -> Timestamp
  /// Compiled once: it would cost a small batch more than all else that is decided.
  private let grammar: Result<GrammarReader, GrammarError>

  init(
    configuration: Configuration, configurationDigest: ContentDigest, identity: SiteIdentity,
    journal: any Journal & PatientIndex & FingerprintJournal, now: @escaping @Sendable () -> Timestamp
  ) {
    self.configuration = configuration
    self.configurationDigest = configurationDigest
    self.journal = journal
    self.now = now
    grammar = Result { () throws(GrammarError) in
      try GrammarReader(
        LabelGrammar(entries: configuration.reading.labels), foreignKey: Array(identity.foreignKey.utf8),
        showForeignText: configuration.reading.foreignText == .keep)
    }
  }

  struct Decision: Sendable {
    var plan: BatchPlan
    /// Sources that it takes as new.
    var claiming: [SourceKey]
    /// What its documents were compared with.
    var compared: [FingerprintComparison]
    /// Every source repeats bytes taken before.
    var isWhollyDuplicate: Bool
  }

  func decide(_ claim: Claim, _ examination: Examination) async throws -> Decision {
    let station = stationRules(claim, examination.sidecar?.value)
    var twice = try await repeats(in: examination)
    if let first = claim.grownFrom { try await compareGrown(examination, with: first, &twice) }
    let pages = try labelledPages(examination, twice)
    let candidates = try await candidates(for: pages)
    let header = BatchHeader(examination.sidecar?.value)
    let rules = configuration.rules
    var assembly = assemble(pages: pages, station: station, header: header, rules: rules, candidates: candidates)
    holdBatch(claim.findings + sidecarFindings(examination.sidecar, pages), in: &assembly)
    hold(conflicts: twice.conflicts, of: pages, in: &assembly)
    let decisions = assembly.drafts.map { draft in
      Indexing.decide(
        draft: draft, pages: pages, sheets: assembly.sheets, station: station, sidecar: examination.sidecar?.value,
        rules: rules, candidates: candidates)
    }
    var turns: [Int: PageTurn] = [:]
    for page in pages {
      guard let facts = page.reading.facts else { continue }
      let turn = pageRotation(orientation: facts.orientation, labels: page.labels)
      turns[page.page] = PageTurn(rotation: turn.rotation, mirrored: turn.mirrored)
    }
    var input = PlanInput(
      batch: claim.batch, receivedAt: claim.receivedAt, finishedAt: now(), stationName: claim.station,
      station: station,
      duplicateOf: claim.grownFrom ?? twice.duplicateOf, header: header.completed(by: pages),
      sources: examination.sources.map {
        .init(name: $0.name, bytes: $0.bytes, sha256: $0.sha256, frames: $0.frames)
      },
      sidecarFile: examination.sidecar.map {
        .init(name: $0.name, bytes: $0.bytes.count, sha256: $0.sha256, frames: nil)
      },
      sidecar: examination.sidecar?.value, pages: pages, assembly: assembly, decisions: decisions, turns: turns,
      decidedBy: .init(
        chartroom: chartroomVersion, reader: readerVersion, configuration: configurationDigest,
        patients: candidates.revision),
      wholeSources: examination.sources.indices.filter {
        examination.sources[$0].mustStayWhole && !twice.duplicates.contains($0)
      })
    let compared = try await holdRescans(in: &input)
    let plan = try makePlan(input)
    let claiming = examination.sources.indices.filter { !twice.duplicates.contains($0) }.map(examination.key)
    return Decision(
      plan: plan, claiming: claiming, compared: compared,
      isWhollyDuplicate: twice.duplicates.count == examination.sources.count)
  }

  // MARK: Labels

  /// The station's rules with the sidecar's word on sheets.
  private func stationRules(_ claim: Claim, _ sidecar: Sidecar?) -> Station {
    var station = configuration.station(named: claim.station)
    if let duplex = sidecar?.duplex { station.duplex = duplex }
    return station
  }

  private func labelledPages(_ examination: Examination, _ twice: Repeats) throws -> [BatchPage] {
    let grammar = try grammar.get()
    let given = examination.sidecar?.value?.labels ?? []
    var pages: [BatchPage] = []
    for (source, examined) in examination.sources.enumerated() {
      for (frame, reading) in examined.readings.enumerated() {
        let number = pages.count + 1
        let labels = grammar.labels(
          from: reading.facts?.labels ?? [], given: given.filter { $0.page == number },
          on: reading.facts.map(GrammarPage.init))
        pages.append(
          BatchPage(
            page: number, source: source, frame: frame, reading: reading, labels: labels,
            isDuplicate: twice.duplicates.contains(source) || twice.framesBefore.contains(frame)))
      }
    }
    return pages
  }

  private func candidates(for pages: [BatchPage]) async throws -> PatientCandidates {
    let labels = pages.flatMap(\.labels)
    return try await journal.candidates(
      numbers: Array(Set(labels.compactMap(\.patientNumber))).sorted(),
      visits: Array(Set(labels.compactMap(\.encounterNumber))).sorted())
  }

  /// A malformed sidecar, or one whose labels say nothing: for a page that there is not, or in no form that our grammar knows.
  private func sidecarFindings(_ sidecar: GivenSidecar?, _ pages: [BatchPage]) -> [Finding] {
    guard let sidecar else { return [] }
    var problem = sidecar.problem
    if let beyond = sidecar.value?.labels?.first(where: { $0.page > pages.count }) {
      problem = "it has a label for page \(beyond.page), and there are \(pages.count)."
    } else if let page = pages.first(where: { page in page.labels.contains { $0.origin == .sidecar && $0.isForeign } })
    {
      problem = "its label for page \(page.page) is none of this site's labels."
    }
    guard let problem else { return [] }
    return [
      Finding(.badSidecar, "The sidecar \(sidecar.name) cannot be used: \(problem) Correct it and decide by hand.")
    ]
  }

  // MARK: Twice

  /// A document that the rules would file and that looks like one that is in the chart waits for a person.
  /// - Returns: what was compared with what.
  private func holdRescans(in input: inout PlanInput) async throws -> [FingerprintComparison] {
    let search = RescanSearch(journal, configuration)
    guard input.decisions.contains(where: { $0.status == .filed }) else { return [] }
    // As they would be filed: the plan knows the pages as the archive will have them.
    let plan = try makePlan(input)
    let fingerprints = Dictionary(plan.fingerprints.map { ($0.document, $0) }) { first, _ in first }
    var comparisons: [FingerprintComparison] = []
    for (at, document) in plan.manifest.documents.enumerated() where document.status == .filed {
      guard let fingerprint = fingerprints[document.id],
        let question = try await search.question(
          document.patient, type: document.type, encounter: document.encounter, fingerprint)
      else { continue }
      let found = try await search.search(question, for: fingerprint)
      comparisons.append(found.comparison)
      if let earlier = found.earlier { input.decisions[at].hold(asScanOf: earlier) }
    }
    return comparisons
  }

  /// RULES *Twice*, source by source.
  struct Repeats: Sendable {
    /// Sources whose pages are all `duplicate`.
    var duplicates: Set<Int> = []
    /// Batch that took the same bytes first.
    var duplicateOf: BatchID?
    /// Sources that came before otherwise than now, with what to say of each.
    var conflicts: [Int: Finding] = [:]
    /// Frames of a grown file that its first batch has; only ever set for a batch of one source.
    var framesBefore: Set<Int> = []
  }

  /// Only a document with a page of a conflicting source is one; the others of its batch go on (I8).
  private func hold(conflicts: [Int: Finding], of pages: [BatchPage], in assembly: inout Assembly) {
    guard !conflicts.isEmpty else { return }
    for at in assembly.drafts.indices {
      let sources = Set(assembly.drafts[at].inOrderOfArrival.map { pages[$0 - 1].source })
      assembly.drafts[at].findings += sources.sorted().compactMap { conflicts[$0] }
    }
  }

  private func repeats(in examination: Examination) async throws -> Repeats {
    let earlier = try await journal.earlierUses(of: examination.sources.indices.map(examination.key))
    var repeats = Repeats()
    var seen: [ContentDigest: Int] = [:]
    for (index, source) in examination.sources.enumerated() {
      if seen.updateValue(index, forKey: source.sha256) != nil {
        repeats.duplicates.insert(index)
      } else if let use = earlier[examination.key(of: index)] {
        if use.isDuplicate(of: examination.key(of: index)) {
          repeats.duplicates.insert(index)
        } else {
          let why = use.anyRejected ? "documents of it were rejected or withdrawn" : "it came with another sidecar"
          repeats.conflicts[index] = Finding(
            .duplicateConflict,
            "The file \(source.name) was taken before in batch \(use.batch), and \(why). Compare the two and keep one.")
        }
        repeats.duplicateOf = repeats.duplicateOf ?? use.batch
      }
    }
    return repeats
  }

  /// A file that grew after its claim: frames whose page digest equals the first batch's at the same number are duplicates; if
  /// one differs the batch is a conflict (DESIGN §4.6).
  private func compareGrown(_ examination: Examination, with first: BatchID, _ twice: inout Repeats) async throws {
    guard let source = examination.sources.first, let earlier = try await journal.manifest(of: first) else { return }
    let index = earlier.sources.firstIndex { $0.name == source.name } ?? 0
    var differing: [Int] = []
    for page in earlier.pages where page.source == index && page.frame < source.readings.count {
      guard let before = page.sha256, let now = source.readings[page.frame].digest else { continue }
      if before == now { twice.framesBefore.insert(page.frame) } else { differing.append(page.frame + 1) }
    }
    guard !differing.isEmpty else { return }
    twice.framesBefore = []
    let frames = differing.map(String.init).joined(separator: ", ")
    twice.conflicts[0] = Finding(
      .duplicateConflict,
      "The file was changed after batch \(first) had taken it: frames \(frames) differ. Compare the two and keep one.")
  }

  /// Whether a source with these bytes is a duplicate: in a batch of such sources alone nobody needs to read it.
  func isDuplicate(_ source: SourceKey) async throws -> Bool {
    try await journal.earlierUses(of: [source])[source]?.isDuplicate(of: source) ?? false
  }
}

extension EarlierUse {
  /// The same sidecar came with it, and what it became still stands (RULES *Twice*).
  func isDuplicate(of source: SourceKey) -> Bool { !anyRejected && sidecar == source.sidecar }
}

extension PageReading {
  /// Page digest, where the coded bytes could be found.
  var digest: ContentDigest? { facts?.sha256 ?? hole?.sha256 }
}

extension GrammarPage {
  init(_ facts: PageFacts) {
    self.init(width: facts.width, height: facts.height) { [orientation = facts.orientation] labels in
      pageRotation(orientation: orientation, labels: labels)
    }
  }
}

extension BatchHeader {
  /// What the sidecar leaves open, as the batch's first header sheet says it. For the manifest alone: a header's counts are its
  /// section's, and Assembling has judged them.
  func completed(by pages: [BatchPage]) -> BatchHeader {
    let label = pages.lazy.flatMap(\.labels).first { $0.isSound && $0.meaning == .header }
    var header = self
    header.box = box ?? label?.fields["box"]
    header.expectedSheets = expectedSheets ?? label?.fields["sheets"].flatMap { Int($0) }
    header.expectedPages = expectedPages ?? label?.fields["pages"].flatMap { Int($0) }
    return header
  }

  init(_ sidecar: Sidecar?) {
    self.init(
      operator: sidecar?.operator, box: sidecar?.box, expectedSheets: sidecar?.expectedSheets,
      expectedPages: sidecar?.expectedPages)
  }
}
