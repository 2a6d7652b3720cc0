import Claiming
import Formats
import Model
import System

/// What lies in the drop folders at one moment, for `status`: looked at, never touched.
public struct DropSurvey: Sendable {
  /// A station's files.
  public struct Station: Hashable, Sendable {
    public var name: EscapedText
    /// Regular files that no rule ignores.
    public var files = 0
    /// Bytes of ``files``.
    public var bytes = 0
    /// Files that cannot be taken as they are (incomplete, open for writing, unreadable), with why; at most
    /// ``exampleMax``.
    public var notReady: [Remark] = []
    /// Not-ready files beyond those.
    public var notReadyMore = 0
    init(name: EscapedText) { self.name = name }
  }

  public struct Remark: Hashable, Sendable, Codable {
    /// Path below the station's folder.
    public var name: EscapedText
    public var why: String
  }

  /// In bytewise order of names.
  public private(set) var stations: [Station] = []
  /// What is never taken (links, FIFOs, folders where none belong), with its station; at most ``exampleMax`` a site.
  public private(set) var oddities: [Oddity] = []
  public private(set) var odditiesMore = 0

  /// Files opened to see whether they are whole: a status must answer soon, also over 100,000 waiting files.
  private static let inspectionsMax = 200
  private static let exampleMax = 20

  /// - Throws: `SystemError` where a drop folder cannot be listed.
  public init(of site: Site) throws {
    let configuration = site.configuration
    let rules = ClaimingRules(configuration.claiming)
    let limits = StructureLimits(
      bytesMax: configuration.decoding.fileBytesMax, framesMax: configuration.decoding.framesMax)
    var counts: [EscapedText: Station] = [:]
    var inspections = 0
    for drop in site.paths.drop {
      try DropScan(drop: drop, rules: rules, station: { configuration.station(named: $0) }).run { seen in
        switch seen {
        case .folder: break
        case .oddity(let oddity):
          if oddities.count < Self.exampleMax { oddities.append(oddity) } else { odditiesMore += 1 }
        case .file(let file):
          counts[file.place.station, default: Station(name: file.place.station)].add(file)
          guard inspections < Self.inspectionsMax else { return }
          inspections += 1
          let why = Self.hindrance(inspect(file, drop: drop, limits: limits))
          if let why { counts[file.place.station]!.add(Remark(name: file.name, why: why), max: Self.exampleMax) }
        }
      }
    }
    stations = counts.values.sorted { $0.name < $1.name }
  }

  /// As if there were no such stations.
  mutating func leaveOut(_ hidden: Set<EscapedText>) {
    stations.removeAll { hidden.contains($0.name) }
    oddities.removeAll { hidden.contains($0.place.station) }
  }

  private static func hindrance(_ verdict: FileVerdict) -> String? {
    switch verdict {
    case .whole, .other: nil
    case .incomplete(let what): "incomplete: \(what)"
    case .busy: "open for writing"
    case .unreadable(let why): why
    }
  }
}

extension DropSurvey.Station {
  fileprivate mutating func add(_ file: DropFile) {
    files += 1
    bytes += file.identity.size
  }

  fileprivate mutating func add(_ remark: DropSurvey.Remark, max: Int) {
    if notReady.count < max { notReady.append(remark) } else { notReadyMore += 1 }
  }
}
