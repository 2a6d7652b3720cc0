import Formats
import Journaling
import Model
import Pipeline

/// `status --json`: one object.
struct StatusObject: Encodable {
  struct Station: Encodable {
    var station: EscapedText
    /// Regular files in the drop folders.
    var waiting = 0
    var waitingBytes = 0
    /// Files that cannot be taken as they are, with why.
    var notReady: [DropSurvey.Remark] = []
    var batchesInHand = 0
    var batchesFinished = 0
    var pages = Manifest.CountsByDisposition()
    var filed = 0
    /// Exceptions that wait for a person.
    var exceptions = 0
    var waitingForIndex = 0
  }
  struct Room: Encodable {
    var what: String
    var path: String
    var freeBytes: Int
    /// null where the filesystem has no fixed number.
    @Nullable var freeInodes: Int?
    var isBelowFloor: Bool
  }
  /// A folder on a filesystem that does not hold the journal: without it every verb refuses.
  struct Mount: Encodable {
    var path: String
    var mountedAt: String
  }
  struct Patients: Encodable {
    var revision: String
    @Nullable var importedAt: Timestamp?
    @Nullable var ageHours: Double?
    var ageHoursMax: Double
    var isStale: Bool
    var patients: Int
    var aliases: Int
    var encounters: Int
  }
  struct Odd: Encodable {
    var station: EscapedText
    var name: EscapedText
    var what: String
  }
  struct InHand: Encodable {
    var batch: BatchID
    var station: EscapedText
    var state: BatchState
    var receivedAt: Timestamp
  }

  var site: String
  var archive: String
  var stations: [Station]
  var oddities: [Odd]
  var inHand: [InHand]
  var room: [Room]
  var mounts: [Mount]
  var freeBytesMin: Int
  var freeInodesMin: Int
  var patients: Patients
  /// Sequence of the newest record.
  var records: Int
  var unattested: Int
  var warnings: [String]
  /// Newest first.
  var errors: [TroubleNote]

  init(_ status: SiteStatus, _ site: Site) {
    let configuration = site.configuration
    self.site = configuration.facility.name
    archive = site.identity.archive
    stations = Self.stations(status, configuration)
    oddities = status.survey.oddities.map { Odd(station: $0.place.station, name: $0.name, what: $0.detail) }
    inHand = status.inHand.map {
      InHand(batch: $0.batch, station: $0.station, state: $0.state, receivedAt: $0.receivedAt)
    }
    room = status.rooms.map {
      Room(
        what: $0.what, path: $0.path, freeBytes: $0.space.freeBytes,
        freeInodes: $0.space.freeInodes == .max ? nil : $0.space.freeInodes, isBelowFloor: $0.isBelowFloor)
    }
    mounts = status.apart.map { Mount(path: $0.folder.description, mountedAt: $0.mount.description) }
    freeBytesMin = configuration.archiving.freeBytesMin
    freeInodesMin = configuration.archiving.freeInodesMin
    patients = Patients(
      revision: status.patients.revision, importedAt: status.patients.importedAt,
      ageHours: status.patientsAgeHours.map { ($0 * 100).rounded() / 100 },
      ageHoursMax: configuration.indexing.patientsAgeHoursMax,
      isStale: status.patientsAreStale, patients: status.patients.patients, aliases: status.patients.aliases,
      encounters: status.patients.encounters)
    records = status.chainSequence
    unattested = status.unattested
    warnings = status.warnings(configuration)
    errors = status.troubles
  }

  /// Every station that is configured, has files waiting, or has sent batches; in bytewise order.
  static func stations(_ status: SiteStatus, _ configuration: Configuration) -> [Station] {
    var stations: [EscapedText: Station] = [:]
    for name in configuration.stations.keys.map({ EscapedText($0) }) where !status.hiddenStations.contains(name) {
      stations[name] = Station(station: name)
    }
    for found in status.survey.stations {
      stations[found.name, default: Station(station: found.name)].waiting = found.files
      stations[found.name]!.waitingBytes = found.bytes
      stations[found.name]!.notReady = found.notReady
    }
    for counts in status.counts { stations[counts.station, default: Station(station: counts.station)].take(counts) }
    return stations.values.sorted { $0.station < $1.station }
  }
}

extension StatusObject.Station {
  fileprivate mutating func take(_ counts: StationCounts) {
    batchesInHand = counts.batchesInHand
    batchesFinished = counts.batchesFinished
    pages = counts.pages
    filed = counts.documentsFiled
    exceptions = counts.documentsInException
    waitingForIndex = counts.documentsWaitingForIndex
  }
}

/// `status BATCH --json`: one object.
struct BatchObject: Encodable {
  struct Source: Encodable {
    var name: EscapedText
    var bytes: Int64
    var role: ClaimItem.Role
  }
  struct Document: Encodable {
    var id: DocumentID
    /// As it is today.
    var status: DocumentDecision.Status
    var reasons: [ExceptionReason]
    var waiting: Bool
    var pages: [Int]
    @Nullable var type: String?
    var object: String
  }
  var batch: BatchID
  var station: EscapedText
  var state: BatchState
  var origin: Claim.Origin
  var receivedAt: Timestamp
  var sources: [Source]
  @Nullable var sequence: Int?
  @Nullable var duplicateOf: BatchID?
  @Nullable var grownFrom: BatchID?
  @Nullable var counts: Manifest.Counts?
  var documents: [Document]

  init(_ status: BatchStatus) {
    let claim = status.claim
    batch = claim.batch
    station = claim.station
    state = claim.state
    origin = claim.origin
    receivedAt = claim.receivedAt
    sources = claim.items.map { Source(name: $0.name, bytes: $0.size, role: $0.role) }
    sequence = status.manifest.flatMap { $0.sequence > 0 ? $0.sequence : nil }
    duplicateOf = status.manifest?.duplicateOf
    grownFrom = claim.grownFrom
    counts = status.manifest?.counts
    documents = status.documents.map {
      Document(
        id: $0.document.id, status: $0.document.status, reasons: $0.document.reasons,
        waiting: $0.isWaiting(at: status.now),
        pages: $0.document.pages, type: $0.document.type, object: $0.document.object)
    }
  }
}
