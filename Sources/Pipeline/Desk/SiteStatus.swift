import Journaling
import Manifesting
import Model
import System

/// Everything that `status` tells about a site, gathered at one moment.
public struct SiteStatus: Sendable {
  public var survey: DropSurvey
  public var counts: [StationCounts]
  public var rooms: [SiteRoom]
  /// Folders on a filesystem that the journal does not lie on: without it every verb refuses.
  public var apart: [FolderPlace]
  public var patients: PatientRevision
  /// Hours since the newest patient import; nil before the first.
  public var patientsAgeHours: Double?
  public var patientsAreStale: Bool
  /// Newest first.
  public var troubles: [TroubleNote]
  /// Newest record of the chain.
  public var chainSequence: Int
  /// Manifest files that the journal has and the folder lacks, as far as counted.
  public var unattested: Int
  /// Batches that are not finished, oldest first.
  public var inHand: [Claim]

  /// Stations of which the operator may see nothing.
  public var hiddenStations: Set<EscapedText> = []

  /// - Parameter discretion: what the operator may see: nothing else is counted.
  /// - Throws: `SystemError`, `JournalError`.
  public init(of site: Site, seenBy discretion: Discretion, troublesMax: Int = 10) async throws {
    survey = try DropSurvey(of: site)
    counts = try await site.journal.counts()
    rooms = try SiteRoom.all(of: site, isProbed: true)
    apart = try await SiteMounts.apart(site)
    patients = try await discretion.patientRevision()
    patientsAgeHours = patients.importedAt.map { site.clock.now().seconds(since: $0) / 3600 }
    patientsAreStale = patientsAgeHours.map { $0 > site.configuration.indexing.patientsAgeHoursMax } ?? true
    troubles = try await site.journal.troubles(limit: troublesMax)
    chainSequence = try await site.journal.chainEnd().sequence
    unattested = try await site.journal.unattested(limit: 100).count
    inHand = try await site.journal.unfinished()
    try await hide(from: discretion, at: site)
  }

  private mutating func hide(from discretion: Discretion, at site: Site) async throws {
    if discretion.seesEverything { return }
    let stations =
      site.configuration.stations.keys.map { EscapedText($0) } + counts.map(\.station) + survey.stations.map(\.name)
    hiddenStations = Set(stations).filter { !discretion.maySee(station: $0) }
    survey.leaveOut(hiddenStations)
    inHand.removeAll { hiddenStations.contains($0.station) }
    let (hidden, now) = (try await HiddenDocuments(from: discretion, at: site), site.clock.now())
    counts = counts.filter { !hiddenStations.contains($0.station) }.map { hidden.taken(from: $0, at: now) }
  }

  /// What an administrator should look at, one sentence each; empty when all is well.
  public func warnings(_ configuration: Configuration) -> [String] {
    var warnings: [String] = []
    for room in rooms {
      if room.space.isReadOnly {
        warnings.append(
          "The filesystem of \(room.what) at \(room.path) is read-only: intake stops until it is writable.")
      } else if let refusal = room.refusal {
        warnings.append("The filesystem of \(room.what) takes nothing, and intake stops: \(refusal)")
      } else if room.isBelowFloor {
        warnings.append("Little room for \(room.what) at \(room.path): intake stops until some is freed.")
      }
    }
    if let age = patientsAgeHours, patientsAreStale {
      warnings.append(
        "The newest patient data is \(Int(age)) hours old (limit \(Int(configuration.indexing.patientsAgeHoursMax))). "
          + "Run `chartroom patients import` with a fresh export.")
    } else if patientsAgeHours == nil {
      warnings.append(
        "There is no patient data: every document will be an exception. Run `chartroom patients import FILE`.")
    }
    if unattested > 0 {
      warnings.append("\(unattested) manifest files are still to be written; `chartroom run` writes them.")
    }
    return warnings
  }
}

/// One batch as `status BATCH` tells it.
public struct BatchStatus: Sendable {
  public var claim: Claim
  /// From the manifest file, or from the plan while there is none; nil before it is planned.
  public var manifest: Manifest?
  /// The manifest's documents as they are today, in its order; those that nobody knows any more, or that the operator may not see,
  /// are left out.
  public var documents: [DocumentState]
  /// What waits until later than this waits for the patient index.
  public var now: Timestamp

  /// - Returns: nil where the journal does not know the batch.
  /// - Throws: ``DeskRefusal`` where the operator may see nothing of its station.
  public init?(_ batch: BatchID, of site: Site, seenBy discretion: Discretion) async throws {
    guard let claim = try await site.journal.claim(batch) else { return nil }
    guard discretion.maySee(station: claim.station) else {
      throw DeskRefusal("Batch \(batch) came from a station of which you may see nothing.")
    }
    self.claim = claim
    now = site.clock.now()
    manifest = try await Self.manifest(of: claim, site)
    documents = []
    var (seen, hidden) = (0, 0)
    for document in manifest?.documents ?? [] {
      // Also what was rejected or withdrawn since: the batch's counts are those of its manifest.
      guard let state = try await site.journal.anyDocument(document.id) else {
        if try await !discretion.maySee(document, from: claim.station) { manifest?.counts.leaveOut(document) }
        continue
      }
      guard try await discretion.maySee(state) else {
        manifest?.counts.leaveOut(document)
        hidden += 1
        continue
      }
      seen += 1
      if state.document.status.isCurrent { documents.append(state) }
    }
    // What files are called may be a patient's name.
    if hidden > 0, seen == 0 { self.claim.items = [] }
  }

  private static func manifest(of claim: Claim, _ site: Site) async throws -> Manifest? {
    let path = site.manifests.folder.appending(ManifestStore.path(of: claim.batch, day: claim.receivedAt))
    if claim.state >= .attested, try Files.exists(path) {
      return try ManifestFile.read(path)
    }
    return try await site.journal.plan(of: claim.batch)?.manifest
  }
}

extension Manifest.Counts {
  /// As if the document had not been in the batch.
  fileprivate mutating func leaveOut(_ document: Manifest.Document) {
    pages -= document.pages.count + document.blanks.count
    blank -= document.blanks.count
    if document.status == .filed { filed -= document.pages.count } else { exception -= document.pages.count }
  }
}
