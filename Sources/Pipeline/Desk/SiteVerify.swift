import Archiving
import Formats
import Journaling
import Manifesting
import Model
import System

/// Reads a whole site back and holds its parts against each other: one flipped bit anywhere in archive or manifests
/// is found and named.
///
/// The journal by itself and every record in it; the manifests' files against the journal; every byte of the archive
/// against its inventories, its pages' digests against the manifests; charts and counts against the records; originals that are
/// still kept against their manifests. May run
/// beside `watch`: what is filed meanwhile is not judged (``InMotion``).
public struct SiteVerify {
  private let site: Site
  private let report: (VerifyFinding) throws -> Void
  private let progress: (String) -> Void

  public init(site: Site, report: @escaping (VerifyFinding) throws -> Void, progress: @escaping (String) -> Void) {
    self.site = site
    self.report = report
    self.progress = progress
  }

  /// - Throws: what `report` throws, and where a store cannot be read at all.
  public func run() async throws {
    try await checkJournal()
    // Records up to here are judged. Their files are written first where that is left to do: another process may be about to.
    let end = try await site.journal.chainEnd().sequence
    try await attest()
    var tally = ChainTally()
    try await readChain(upTo: end, &tally)
    try await checkManifests(upTo: end)
    try await checkArchive(tally, upTo: end)
    for finding in try tally.configurationFindings(in: site.archive) { try report(finding) }
    try await checkImports()
    try await checkDocuments(upTo: end, &tally)
    try await checkCharts(tally)
    try await checkClaims()
    try await OriginalsCheck(site: site).run(report, progress: progress)
    try await checkDesk()
  }

  private static let journalRemedy = JournalError.remedy

  private func note(_ what: String, where place: String, remedy: String, _ severity: VerifyFinding.Severity = .error)
    throws
  {
    try report(VerifyFinding(severity, what, where: place, remedy: remedy))
  }

  // MARK: Journal

  /// Files that a crash kept from being written are no damage.
  private func attest() async throws {
    do { try await Attestation(site: site).writeMissing() } catch let error as ManifestError {
      try note(
        "\(error)", where: site.manifests.folder.description,
        remedy: "look at the file named and restore it from a copy")
    }
  }

  private func checkJournal() async throws {
    progress("checking the journal")
    for finding in try await site.journal.checkIntegrity() {
      try note(finding, where: site.paths.journal.description, remedy: Self.journalRemedy)
    }
  }

  private func readChain(upTo end: Int, _ tally: inout ChainTally) async throws {
    var previous = ContentDigest.zero
    var tallied = tally
    try await site.journal.forEachRecord(after: 0) { record in
      guard record.sequence <= end else { return }
      progress("reading record \(record.sequence) of \(end)")
      let place = "\(site.paths.journal), record \(record.sequence)"
      if sha256(record.bytes) != record.sha256 {
        try note("its bytes are not those of its digest", where: place, remedy: Self.journalRemedy)
      }
      if record.previous != previous {
        try note("it does not follow the record before it", where: place, remedy: Self.journalRemedy)
      }
      previous = record.sha256
      do { try tallied.add(ChainContent(record), sequence: record.sequence) } catch let error as DeskError {
        try note("\(error)", where: place, remedy: Self.journalRemedy)
      }
    }
    tally = tallied
  }

  // MARK: Manifests

  private func checkManifests(upTo end: Int) async throws {
    progress("reading the manifests")
    let (records, findings) = try site.manifests.readAll()
    var known: [JournalRecord] = []
    try await site.journal.forEachRecord(after: 0) { record in
      if record.sequence <= end {
        known.append(
          JournalRecord(sequence: record.sequence, sha256: record.sha256, id: record.id, day: record.day))
      }
    }
    // What is filed while we read is the next verification's.
    let sequences = Set(known.map(\.sequence))
    let judged = records.filter { sequences.contains($0.sequence) || $0.sequence <= end }
    let newer = records.filter { $0.sequence > end }
    let motion = try await InMotion(site, after: end)
    for finding in findings + verifyChain(judged, journal: known) where await !motion.contains(finding) {
      try report(VerifyFinding(finding, manifests: site.manifests.folder.description))
    }
    for record in newer
    where try await site.journal.chain(after: record.sequence - 1, limit: 1).first?.sha256 != record.sha256 {
      try note(
        "foreign: the journal does not know this record", where: "\(site.manifests.folder)/\(record.path)",
        remedy: "if the journal was restored from an older copy, run `chartroom rebuild`; else move the file elsewhere")
    }
  }

  // MARK: Archive

  private func checkArchive(_ tally: ChainTally, upTo end: Int) async throws {
    // Held back until it is known what was in motion; an archive in ruins is told at once.
    var held: [ArchiveFinding] = []
    _ = try site.archive.verify(expected: tally.expected) { finding in
      if held.count < Self.heldMax { return held.append(finding) }
      try report(VerifyFinding(finding, archive: site.archive.path.description))
    } progress: { summary in
      progress("reading the archive: \(summary.objects) objects, \(summary.bytes >> 20) MiB")
    }
    if held.isEmpty { return }
    let motion = try await InMotion(site, after: end)
    for finding in held where await !motion.contains(finding) {
      try report(VerifyFinding(finding, archive: site.archive.path.description))
    }
  }

  private static let heldMax = 10_000

  /// The newest patient import of the archive is in the journal.
  private func checkImports() async throws {
    let age = JournalAge(journal: site.journal, manifests: site.manifests, archive: site.archive)
    guard let moment = try await age.missingImport() else { return }
    try note(
      "the journal lacks the patient import of \(moment), which the archive holds: it is an older copy, or lost its end",
      where: site.paths.journal.description, remedy: "run `chartroom rebuild`, which takes the file from the archive")
  }

  // MARK: Documents

  /// The journal's documents are what the last record says of them, and no page of a source stands in two of them.
  private func checkDocuments(upTo end: Int, _ tally: inout ChainTally) async throws {
    var claims = FrameClaims(of: tally.repeatedSources)
    var charts = tally.charts
    let last = tally.lastSequence
    try await site.journal.forEachRecord(after: 0) { record in
      guard record.sequence <= end, let content = try? ChainContent(record) else { return }
      progress("comparing record \(record.sequence) of \(end)")
      if case .manifest(let manifest) = content {
        claims.add(manifest)
        try await checkOrigin(of: manifest)
      }
      for document in content.documents where last[document.id] == record.sequence {
        try await check(document, of: record)
        if document.status == .filed, let patient = document.patient { charts[patient, default: 0] += 1 }
      }
    }
    for (what, place) in claims.conflicts(in: tally) {
      try note(what, where: place, remedy: "compare the two documents and withdraw one")
    }
    tally.charts = charts
    try await checkCounts(tally, upTo: end)
  }

  private func check(_ document: Manifest.Document, of record: Journaling.ChainRecord) async throws {
    let state = try await site.journal.anyDocument(document.id)
    // A correction may have come meanwhile.
    if let state, state.sequence > record.sequence { return }
    if state == nil, document.status == .regrouped { return }
    guard state?.document != document else { return }
    let what =
      state == nil
      ? "the journal has lost \(document.id)" : "the journal says something else of \(document.id) than its last record"
    try note(what, where: "\(site.paths.journal), record \(record.sequence)", remedy: Self.journalRemedy)
  }

  private func checkOrigin(of manifest: Manifest) async throws {
    guard let first = manifest.duplicateOf, try await site.journal.claim(first) == nil else { return }
    try note(
      "it names batch \(first) as the first with these bytes, which the journal does not know",
      where: "batch \(manifest.batch)",
      remedy: Self.journalRemedy)
  }

  private func checkCounts(_ tally: ChainTally, upTo end: Int) async throws {
    // Batches that were recorded meanwhile are in the sums already.
    guard try await site.journal.chainEnd().sequence == end else { return }
    for counts in try await site.journal.counts() where counts.pages != tally.pages[counts.station] ?? .init() {
      try note(
        "the sums of pages of station \(counts.station) are not those of its records",
        where: site.paths.journal.description,
        remedy: Self.journalRemedy)
    }
  }

  // MARK: Charts

  private static let indexRemedy = "run `chartroom rebuild`: the index is derived"

  private func checkCharts(_ tally: ChainTally) async throws {
    progress("comparing the charts")
    try await ChartFollower(site: site).catchUp()
    for (patient, count) in tally.charts.sorted(by: { $0.key < $1.key }) {
      let chart = try await site.index.chart(of: patient)
      for entry in chart {
        guard let state = try await site.journal.document(entry.document.id), state.document == entry.document,
          state.batch == entry.batch, state.receivedAt == entry.receivedAt, state.station == entry.station
        else {
          try note(
            "a chart shows \(entry.document.id) otherwise than the journal has it", where: site.paths.index.description,
            remedy: Self.indexRemedy)
          continue
        }
      }
      let isFresh = chart.contains { (tally.lastSequence[$0.document.id] ?? .max) == .max }
      if chart.count != count, !isFresh {
        try note(
          "a chart shows \(chart.count) documents where the records have \(count)", where: site.paths.index.description,
          remedy: Self.indexRemedy)
      }
    }
  }

  // MARK: Desk

  /// The audit trail, and corrections that were begun and could not be finished.
  private func checkDesk() async throws {
    progress("checking the audit trail")
    try await AuditDesk(site: site).verify(withSums: false) { try report($0) }
    for pending in try await site.journal.pending() {
      try note(
        "correction \(pending.correction.correction) was begun and is not recorded",
        where: site.paths.journal.description,
        remedy: "any desk verb finishes it; if it stays, `chartroom status` tells what keeps it", .warning)
    }
  }

  // MARK: Claims

  /// Every unfinished batch has its files; every claimed file has its batch.
  private func checkClaims() async throws {
    let unfinished = try await site.journal.unfinished()
    for claim in unfinished where claim.state == .claimed {
      let folder = site.paths.claimed.appending(claim.batch.description)
      let isThere = try Files.exists(folder)
      if !isThere, try await site.journal.claim(claim.batch)?.state == .claimed {
        try note(
          "batch \(claim.batch) was taken and its files are not in claimed storage", where: folder.description,
          remedy: "somebody removed them: look for them before anything else")
      }
    }
    let rows = Set(unfinished.map(\.batch.description))
    for entry in try Files.list(site.paths.claimed) {
      let name = EscapedText(bytes: entry.name)
      guard !rows.contains(name.description) else { continue }
      if let batch = BatchID(name.description) {
        if try await site.journal.claim(batch) != nil { continue }
        // Whoever holds it is about to commit its row, or to take it away.
        guard try lock(entry.name) != nil, try await site.journal.claim(batch) == nil else { continue }
      }
      try note(
        "it lies in claimed storage and the journal knows no such batch", where: "\(site.paths.claimed)/\(name)",
        remedy: "`chartroom run` takes it up anew", .warning)
    }
  }

  /// nil: another process holds it, or it is gone.
  private func lock(_ name: [UInt8]) throws -> FileLock? {
    do { return try FileLock.take(site.paths.claimed.appending(name)) } catch {
      if error.isAbsent { return nil }
      throw error
    }
  }
}
