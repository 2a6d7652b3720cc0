import Formats
import Journaling
import Model

/// Draws a random sample of what is filed for a second look, and keeps count of what was wrong.
///
/// Whether a document is drawn depends on its id, the seed and its rate alone: nobody can choose, and a repeat draws the same.
/// The rate is that of the configuration that decided its batch, or of the newest batch before the correction that filed it
/// (``QualityRules``), higher where the patient came by inheritance or a label lies over another, tightened in a stratum (station,
/// operator, type) after an error and relaxed after proof, by the verdicts that were given by then.
public struct QualityDesk: Sendable {
  private let site: Site
  public init(of site: Site) { self.site = site }

  /// Verdicts that a stratum is judged by.
  static let tightenedBy = 20
  static let relaxedBy = 50

  // MARK: Drawing

  /// Looks at the records that came since the last time. Several processes may do so at once.
  public func catchUp() async throws {
    var rules = QualityRules(of: site)
    try await site.journal.forEachRecord(after: try await site.journal.qualityPosition()) { record in
      let content = try ChainContent(record)
      let inForce = try await rules.inForce(at: content, record.sequence)
      switch content {
      case .manifest(let manifest):
        try await site.journal.draw(try await samples(of: manifest, inForce), decided: [], sequence: record.sequence)
      case .correction(let correction):
        try await site.journal.draw(
          try await samples(of: correction, inForce), decided: try await followed(by: correction),
          sequence: record.sequence)
      }
    }
  }

  private func samples(of manifest: Manifest, _ rules: Configuration.Quality) async throws -> [QualitySample] {
    var samples: [QualitySample] = []
    for document in manifest.documents where document.status == .filed {
      let pages = manifest.pages.filter { $0.document == document.id }
      let stratum = QualitySample.Stratum(
        station: manifest.station, operator: manifest.header.operator ?? "", type: document.type ?? "")
      let filers = [manifest.header.operator].compactMap(\.self)
      try await draw(document, pages, stratum, filers, manifest.batch, at: manifest.finishedAt, rules, &samples)
    }
    return samples
  }

  /// What a person filed out of the exceptions is drawn too, under that person's name.
  private func samples(of correction: Correction, _ rules: Configuration.Quality) async throws -> [QualitySample] {
    var samples: [QualitySample] = []
    for change in correction.documents where change.before.status == .exception && change.after.status == .filed {
      let batch = correction.batch(of: change)
      guard let claim = try await site.journal.claim(batch) else { continue }
      let stratum = QualitySample.Stratum(
        station: claim.station, operator: correction.operator == Correction.system ? "" : correction.operator,
        type: change.after.type ?? "")
      let filers = try await site.journal.actors(of: correction)
      try await draw(
        change.after, try pages(of: change), stratum, filers, batch, at: correction.correctedAt, rules, &samples)
    }
    return samples
  }

  /// A change that keeps its pages does not name them: what says whose they are stands in the version that it made.
  private func pages(of change: Correction.Change) throws -> [Manifest.Page] {
    if let pages = change.pages { return pages }
    guard try site.archive.contains(change.after.id) else { return [] }
    return try site.archive.document(change.after.id, version: change.version).pages.map(\.entry)
  }

  private func draw(
    _ document: Manifest.Document, _ pages: [Manifest.Page], _ stratum: QualitySample.Stratum, _ filers: [String],
    _ batch: BatchID, at moment: Timestamp, _ rules: Configuration.Quality, _ samples: inout [QualitySample]
  ) async throws {
    let weight = Self.weight(of: document, pages, rules)
    let verdicts = try await site.journal.verdicts(on: stratum, until: moment, limit: Self.relaxedBy).map(\.verdict)
    let rate = min(1, rules.rate * weight * Self.factor(after: verdicts, rules))
    guard Self.lot(of: document.id, seed: rules.seed) < rate else { return }
    samples.append(
      QualitySample(
        document: document.id, batch: batch, stratum: stratum, drawnAt: moment, rate: rate, filers: filers))
  }

  /// Where a mistake is likelier: nobody's label on the page itself, or one label over another.
  static func weight(
    of document: Manifest.Document, _ pages: [Manifest.Page], _ rules: Configuration.Quality
  ) -> Double {
    let notes = document.notes + pages.flatMap(\.notes)
    if notes.contains(where: { $0.hasPrefix("label-over-label") }) { return rules.labelOverLabelWeight }
    let inherited: [PatientBy] = [.cover, .header, .sidecar, .encounter]
    return pages.contains { page in page.patientBy.map(inherited.contains) ?? false } ? rules.inheritedWeight : 1
  }

  /// Tightened after an error among the newest verdicts; relaxed after enough without one.
  /// - Parameter verdicts: newest first.
  static func factor(after verdicts: [QualitySample.Verdict], _ rules: Configuration.Quality) -> Double {
    if verdicts.prefix(tightenedBy).contains(.wrong) { return rules.tightenedFactor }
    let isProven = verdicts.count >= relaxedBy && verdicts.prefix(relaxedBy).allSatisfy { $0 == .confirmed }
    return isProven ? rules.relaxedFactor : 1
  }

  /// A number from 0 to 1, evenly spread over documents.
  static func lot(of id: DocumentID, seed: String) -> Double {
    let digits = hmacSHA256Hex(key: Array(seed.utf8), Array(id.description.utf8)).prefix(13)
    return Double(Int(digits, radix: 16) ?? 0) / Double(1 << 52)
  }

  // MARK: Verdicts

  /// A drawn document that somebody corrected was wrong, whether it was confirmed before or not; one that says again what it said before
  /// was not.
  private func followed(by correction: Correction) async throws -> [QualitySample] {
    let (befores, afters) = (correction.befores, correction.afters)
    var followed: [QualitySample] = []
    for id in Set((befores + afters).map(\.id)).sorted() {
      guard let sample = try await site.journal.sample(id), let after = afters.first(where: { $0.id == id }) else {
        continue
      }
      var now = sample
      now.follow(
        befores.first { $0.id == id }, after, by: correction.operator, at: correction.correctedAt)
      guard now != sample else { continue }
      if now.verdict == .pending {
        // Who says that it was right has looked at it: the second look is somebody else's.
        let filers = sample.filers ?? [sample.stratum.operator].filter { !$0.isEmpty }
        now.filers = Set(filers + (try await site.journal.actors(of: correction))).sorted()
      }
      followed.append(now)
    }
    return followed
  }

  /// Whose second look at it would be none.
  private func filers(of sample: QualitySample, _ state: DocumentState) async throws -> Set<String> {
    var filers = Set([sample.stratum.operator].filter { !$0.isEmpty })
    if let known = sample.filers { return filers.union(known) }
    // An older release kept no names: whoever changed it last is one of them.
    if let record = try await site.journal.chain(after: state.sequence - 1, limit: 1).first,
      case .correction(let correction) = try ChainContent(record)
    {
      filers.formUnion(try await site.journal.actors(of: correction))
    }
    return filers
  }

  /// Those that wait for a second look and that the operator may see, oldest first.
  public func waiting(seenBy discretion: Discretion) async throws -> [(sample: QualitySample, state: DocumentState)] {
    var found: [(sample: QualitySample, state: DocumentState)] = []
    for sample in try await site.journal.samples(.pending, limit: 10_000) {
      guard let state = try await site.journal.document(sample.document), try await discretion.maySee(state) else {
        continue
      }
      found.append((sample, state))
    }
    return found.sorted {
      ($0.state.receivedAt, $0.state.document.id) < ($1.state.receivedAt, $1.state.document.id)
    }
  }

  /// Confirmed documents that were corrected afterwards, as far as the operator may see them, in the order in which they were drawn.
  public func foundLater(seenBy discretion: Discretion) async throws -> [QualitySample] {
    var found: [QualitySample] = []
    for sample in try await site.journal.samples(.wrong, limit: 1_000_000) where sample.overturned != nil {
      if try await sample.isShown(to: discretion, at: site) { found.append(sample) }
    }
    return found
  }

  /// Says that a drawn document is right.
  /// - Throws: ``DeskRefusal`` where it was not drawn, or is decided already, or by whoever filed it.
  public func confirm(_ typed: String, in action: DeskAction) async throws -> QualitySample {
    let state = try await FiledDesk(action).opened(DocumentFinder(action).filed(typed))
    guard var sample = try await site.journal.sample(state.document.id) else {
      throw DeskRefusal("\(state.document.id) was not drawn. See `chartroom qc list`.")
    }
    guard sample.verdict == .pending else { throw DeskRefusal("\(state.document.id) was looked at already.") }
    let filers = try await filers(of: sample, state)
    if let filer = action.who.eyes.first(where: filers.contains) {
      throw DeskRefusal("\(EscapedText(filer)) filed it: the second look is somebody else's.")
    }
    let now = site.clock.now()
    sample.confirm(by: action.who.name, at: now)
    guard try await site.journal.decide(sample, event: action.event(at: now)) else {
      throw DeskRefusal("\(state.document.id) was looked at by somebody else meanwhile.")
    }
    action.markRecorded()
    return sample
  }
}

/// How often what was wrong, by month and stratum.
public struct QualityReport: Sendable {
  public struct Line: Hashable, Sendable, Encodable {
    /// `YYYY-MM`, in UTC.
    public var month: String
    public var station: EscapedText
    public var `operator`: String
    public var type: String
    public var drawn = 0
    public var confirmed = 0
    public var wrong = 0
    /// Of ``wrong``.
    public var kinds: [String: Int] = [:]
    /// Of ``wrong``: somebody had confirmed them, and they were corrected afterwards.
    public var foundLater = 0
    /// Marked wrong, and put back as they were: they count as neither, and wait for a second look again.
    public var reopened = 0
  }
  /// By month, station, operator and type.
  public let lines: [Line]

  /// - Parameter discretion: what the operator may see: nothing else is counted.
  public init(of site: Site, seenBy discretion: Discretion) async throws {
    struct Key: Hashable {
      var month: String
      var stratum: QualitySample.Stratum
    }
    var sums: [Key: Line] = [:]
    for sample in try await site.journal.samples(nil, limit: 1_000_000) {
      guard try await sample.isShown(to: discretion, at: site) else { continue }
      let key = Key(month: String(sample.drawnAt.description.prefix(7)), stratum: sample.stratum)
      var line =
        sums[key]
        ?? Line(
          month: key.month, station: key.stratum.station, operator: key.stratum.operator, type: key.stratum.type)
      line.drawn += 1
      if sample.verdict == .confirmed { line.confirmed += 1 }
      if sample.verdict == .wrong { line.wrong += 1 }
      if sample.verdict == .wrong, sample.overturned != nil { line.foundLater += 1 }
      if sample.verdict == .pending, sample.overturned != nil { line.reopened += 1 }
      if let kind = sample.kind { line.kinds[kind, default: 0] += 1 }
      sums[key] = line
    }
    lines = sums.values.sorted {
      ($0.month, $0.station, $0.operator, $0.type) < ($1.month, $1.station, $1.operator, $1.type)
    }
  }
}
