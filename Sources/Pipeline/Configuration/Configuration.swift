import Model

/// A site's whole configuration (`chartroom.configuration/1`): one object a stage, keyed as the folders of `Stages/`.
///
/// What a file leaves out has the default that stands here. Every key is explained in `ConfigurationKeys.swift`, which
/// `config explain` prints and `config check` holds files against. Relative paths are relative to the configuration file.
public struct Configuration: Hashable, Sendable, Codable {
  public static let schema = "chartroom.configuration/1"

  public struct Facility: Hashable, Sendable, Codable {
    public var name = "Sample General Hospital"
    /// Assigning authority that a label means which names none.
    public var authority = "GENHOSP"
    /// IANA name; only sets what a day is in reports.
    public var timeZone = "UTC"
    /// What other systems call an authority.
    public struct System: Hashable, Sendable, Codable {
      public var system: String
      public var authority: String
      public init(system: String, authority: String) {
        self.system = system
        self.authority = authority
      }
    }
    public var systems: [System] = []
    /// Lifts the refusal to work on a site that others can read; never one that they can write to.
    public var othersMayRead = false
    public init() {}
  }

  public struct Claiming: Hashable, Sendable, Codable {
    public var drop = ["var/drop"]
    public var claimed = "var/claimed"
    public var originals = "var/originals"
    public var originalsDays = 30
    public var settleSeconds = 5.0
    public var folderQuietSeconds = 30.0
    public var incompleteMinutes = 60.0
    /// The longest that `watch` sleeps without a scan; inotify only shortens it.
    public var rescanSeconds = 10.0
    public var ignore = [
      ".*", "*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "~$*", "*~", "Thumbs.db", "desktop.ini",
    ]
    public init() {}
  }

  public struct Decoding: Hashable, Sendable, Codable {
    /// 12 × 120 in at 300 dpi.
    public var pixelsMax = 3600 * 36_000
    public var fileBytesMax = 2 << 30
    public var framesMax = 65_535
    /// Decoded bytes for each coded byte; the widest all-white G4 page stays under it.
    public var ratioMax = 36_000
    public init() {}
  }

  public struct Reading: Hashable, Sendable, Codable {
    public enum ForeignText: String, Hashable, Sendable, Codable { case hash, keep }
    public var foreignText = ForeignText.hash
    public var markMillimetres = 1.0
    public var borderMillimetres = 5.0
    public var labels: [LabelEntry] = []
    public init() {}
  }

  public struct Assembling: Hashable, Sendable, Codable {
    public var separatorInkMax = 0.005
    public init() {}
  }

  public struct Indexing: Hashable, Sendable, Codable {
    public var requireKnownEncounter = false
    public var labelOverLabelMillimetres = 10.0
    /// `status` warns when the newest patient data is older.
    public var patientsAgeHoursMax = 26.0
    public var duplicateDays = 30.0
    public init() {}
  }

  public struct Archiving: Hashable, Sendable, Codable {
    public var archive = "var/archive"
    public var freeBytesMin = 512 << 20
    public var freeInodesMin = 10_000
    public init() {}
  }

  public struct Manifesting: Hashable, Sendable, Codable {
    public var manifests = "var/manifests"
    public init() {}
  }

  /// Drawing a sample of what is filed for a second look (`qc`).
  public struct Quality: Hashable, Sendable, Codable {
    /// Chance of each document, 0…1.
    public var rate = 0.02
    /// Who does not know it cannot say beforehand what will be drawn.
    public var seed = "chartroom"
    public var inheritedWeight = 4.0
    public var labelOverLabelWeight = 8.0
    public var tightenedFactor = 4.0
    public var relaxedFactor = 0.5
    public init() {}
  }

  public struct Limits: Hashable, Sendable, Codable {
    /// Worker processes; 0: as many as cores.
    public var workers = 0
    public var workerBytesMax = 1536 << 20
    public var pageSecondsMax = 60.0
    /// Batches between claiming and retiring at one moment.
    public var batchesInHandMax = 4
    public init() {}
  }

  public var schema = Configuration.schema
  public var facility = Facility()
  public var claiming = Claiming()
  public var decoding = Decoding()
  public var reading = Reading()
  public var assembling = Assembling()
  public var indexing = Indexing()
  public var archiving = Archiving()
  public var manifesting = Manifesting()
  public var quality = Quality()
  public var documentTypes: [String: DocumentType] = [:]
  public var stations: [String: Station] = [:]
  /// By login name; empty: everybody may do everything.
  public var operators: [String: Operator] = [:]
  public var journal = "sqlite:var/journal.sqlite"
  public var index = "sqlite:var/index.sqlite"
  public var limits = Limits()
  public init() {}

  /// The station's settings; a sub-folder that nobody configured has those of `default`, else the defaults.
  public func station(named name: EscapedText) -> Station {
    stations[name.description] ?? stations["default"] ?? Station()
  }

  /// What Assembling and Indexing need of all this.
  public var rules: SiteRules {
    SiteRules(
      authority: facility.authority, types: documentTypes, requireKnownEncounter: indexing.requireKnownEncounter,
      separatorInkMax: assembling.separatorInkMax, labelOverLabelMillimetres: indexing.labelOverLabelMillimetres)
  }
}
