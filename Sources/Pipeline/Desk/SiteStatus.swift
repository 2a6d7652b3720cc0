import Journaling
import Manifesting
import Model
import System

/// Everything that `status` tells about a site, gathered at one moment.
public struct SiteStatus: Sendable {
  public var survey: DropSurvey
  public var counts: [StationCounts]
  public var rooms: [SiteRoom]
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

  /// - Throws: `SystemError`, `JournalError`.
  public init(of site: Site, troublesMax: Int = 10) async throws {
    survey = try DropSurvey(of: site)
    counts = try await site.journal.counts()
    rooms = try SiteRoom.all(of: site, isProbed: true)
    patients = try await site.journal.revision()
    patientsAgeHours = patients.importedAt.map { site.clock.now().seconds(since: $0) / 3600 }
    patientsAreStale = patientsAgeHours.map { $0 > site.configuration.indexing.patientsAgeHoursMax } ?? true
    troubles = try await site.journal.troubles(limit: troublesMax)
    chainSequence = try await site.journal.chainEnd().sequence
    unattested = try await site.journal.unattested(limit: 100).count
    inHand = try await site.journal.unfinished()
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
  /// The manifest's documents as they are today, in its order; those that nobody knows any more are left out.
  public var documents: [DocumentState]
  /// What waits until later than this waits for the patient index.
  public var now: Timestamp

  /// - Returns: nil where the journal does not know the batch.
  public init?(_ batch: BatchID, of site: Site) async throws {
    guard let claim = try await site.journal.claim(batch) else { return nil }
    self.claim = claim
    now = site.clock.now()
    manifest = try await Self.manifest(of: claim, site)
    documents = []
    for document in manifest?.documents ?? [] {
      if let state = try await site.journal.document(document.id) { documents.append(state) }
    }
  }

  private static func manifest(of claim: Claim, _ site: Site) async throws -> Manifest? {
    let path = site.manifests.folder.appending(ManifestStore.path(of: claim.batch, day: claim.receivedAt))
    if claim.state >= .attested, try Files.exists(path) {
      return try ManifestFile.read(path)
    }
    return try await site.journal.plan(of: claim.batch)?.manifest
  }
}
